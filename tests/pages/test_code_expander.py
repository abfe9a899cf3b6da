"""The code expander: closed and empty at first, then with the script of the entry chosen in the panel."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from landscape_lab.experiments import Scenario
from landscape_lab.experiments.export.snippets import LIBRARIES

APP = Path(__file__).parents[2] / "app.py"
RACE = {"lanes": 'adam(name="A_b"),qhm,rmsprop', "steps": "40"}


def opened(entry: int = 0, library: str | None = None, is_open: bool = True) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=60)
    at.switch_page("pages/playground.py")
    for name, value in RACE.items():
        at.query_params[name] = value
    at.session_state["as-code"] = is_open
    at.session_state["entry"] = entry
    if library:
        at.session_state["as-code-library"] = library
    at.run()
    assert not at.exception, at.exception[0].message
    return at


def test_script_is_written_only_on_request():
    assert not opened(is_open=False).code


def test_script_of_the_chosen_entry_is_shown():
    (code,) = opened(entry=0).code
    assert code.value.startswith('"""A_b on Rosenbrock, in NumPy.')
    (code,) = opened(entry=2).code
    assert "class RMSprop" in code.value


@pytest.mark.parametrize("library", LIBRARIES)
def test_each_library_states_its_differences(library: str):
    at = opened(entry=2, library=library)
    (code,) = at.code
    assert LIBRARIES[library].label in code.value.splitlines()[0]
    assert len(at.info) == (library != "numpy")


def test_missing_feature_of_a_library_is_reported_instead_of_a_script():
    at = opened(entry=1, library="torch")
    assert not at.code
    assert "PyTorch has no QHM" in at.info[0].value
    assert at.session_state["scenario"] == Scenario.from_query(RACE)
