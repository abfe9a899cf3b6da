"""Own data in several sessions of one process: nobody sees another's, whatever the process has computed."""

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import ui.process  # noqa: F401 - as in app.py, which AppTest leaves out after the first run
from experiments import Scenario
from experiments.surfaces import by_key, losses_over
from ui.cached import surface_tree
from ui.own_data import MOST_FILES

APP = Path(__file__).parents[2] / "app.py"
ROWS = "\n".join(f"{i / 7},{i * i % 11}" for i in range(24))
MINE, YOURS = (f"{header}\n{ROWS}".encode() for header in ("height,weight", "<img src=x>,LOSERS"))
LANES = {"lanes": "gradient_descent(learning_rate=0.01),adam", "steps": "25"}


def session(page: str = "playground", **query: str) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=120)
    at.switch_page(f"pages/{page}.py")
    for name, value in query.items():
        at.query_params[name] = value
    return ran(at)


def ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception[0].message
    return at


def load(at: AppTest, content: bytes) -> AppTest:
    at.session_state["section"] = "Surface and start"
    at.session_state["own-data-file"] = True
    ran(at)
    at.file_uploader(key="own-file").upload("data.csv", content, "text/csv")
    return ran(at)


def link_of(at: AppTest) -> dict[str, str]:
    return {name: values[0] for name, values in at.query_params.items()}


def warnings(at: AppTest) -> list[str]:
    return [each.value for each in at.warning]


def sent(at: AppTest) -> bytes:
    """Everything that the browser has got: figures, tables, the stage's message with the examples."""
    return b"".join(element.proto.SerializeToString() for element in at.main if hasattr(element, "proto")) + b"".join(
        element.proto.SerializeToString() for element in at.get("bidi_component")
    )


@pytest.fixture
def owner() -> Iterator[AppTest]:
    at = load(session(**LANES), MINE)
    assert not warnings(at)
    assert at.session_state["scenario"].landscape.data.names == ("height", "weight")
    yield at


def test_same_numbers_under_other_names_stay_apart(owner: AppTest):
    other = load(session(**LANES), YOURS)
    assert b"LOSERS" in sent(other) and b"height" not in sent(other)
    for knob in (("standardised", True), ("l2", 0.5)):
        for at in (owner, other):
            key = f"surface-{at.session_state['scenario'].surface}-{knob[0]}"
            with_knob = dict(at.session_state["scenario"].parameters) | dict([knob])
            at.session_state["scenario"] = Scenario(
                **vars(at.session_state["scenario"]) | {"parameters": tuple(with_knob.items())}
            )
            ran(at)
            assert key
        assert b"LOSERS" in sent(other) and b"height" not in sent(other)
        assert b"height" in sent(owner) and b"LOSERS" not in sent(owner)


@pytest.mark.parametrize("page", ["playground", "maps", "fairness"])
def test_link_opens_for_nobody_who_has_not_loaded_the_file(owner: AppTest, page: str):
    """Neither for a stranger, nor for the owner in a second tab or after a reload: each is a session of its own."""
    link = {name: value for name, value in link_of(owner).items() if name in ("surface", "lanes", "steps")}
    stranger = session(page, **link)
    assert len(warnings(stranger)) == 1 and "Load that file first" in warnings(stranger)[0]
    assert b"height" not in sent(stranger) and "regression_" not in str(link_of(stranger))
    assert owner.session_state["scenario"].surface in link["surface"]


def test_link_opens_once_its_file_is_loaded(owner: AppTest):
    link = link_of(owner) | {"steps": "31"}
    again = session(**link)
    assert "Load that file first" in warnings(again)[0]
    load(again, YOURS)
    assert link_of(again)["steps"] != "31", "another file is not the one that the link is about"
    load(again, MINE)
    assert link_of(again) == link and not warnings(again)
    load(again, YOURS)
    assert link_of(again)["surface"] != link["surface"], "it is opened once"


def test_everyone_with_the_file_sees_the_same(owner: AppTest):
    classmate = load(session(**LANES), MINE)
    assert link_of(classmate) == link_of(owner)
    mine, theirs = (at.session_state["scenario"].landscape for at in (owner, classmate))
    assert mine == theirs and surface_tree(mine) is not surface_tree(theirs)


def test_session_goes_on_to_other_pages_with_its_data(owner: AppTest):
    link = {name: value for name, value in link_of(owner).items() if name in ("surface", "lanes", "steps")}
    for page in ("maps", "fairness"):
        owner.switch_page(f"pages/{page}.py")
        for name, value in link.items():
            owner.query_params[name] = value
        ran(owner)
        assert not warnings(owner)
        assert link["surface"] in link_of(owner)["surface"]


def test_oldest_of_too_many_files_goes():
    at = session(**LANES)
    files = [f"a{i},b\n{ROWS}".encode() for i in range(MOST_FILES + 2)]
    for file in files:
        load(at, file)
    load(at, files[5])  # what is loaded again is the newest, and there once
    kept = at.session_state["own data"]
    assert len(kept) == MOST_FILES
    for i, file in enumerate(files):
        keys = by_key(losses_over(file).values()).keys()
        assert any(each.keys() == keys for each in kept) == (i >= 2), i


def test_nothing_of_a_session_outlives_it(monkeypatch: pytest.MonkeyPatch):
    """Data, losses, runs and pictures: all that any cache of the process could hold."""
    monkeypatch.setattr("ui.map_work.AT_ONCE", 60.0)
    at = load(session(**LANES, noise="minibatch(size=4)", show="inspector,arrows"), MINE)
    link = {name: value for name, value in link_of(at).items() if name in ("surface", "lanes", "steps")}
    for page, extra in (("fairness", {"budget": "20"}), ("maps", {})):
        at.switch_page(f"pages/{page}.py")
        for name, value in (link | extra).items():
            at.query_params[name] = value
        ran(at)
    assert not warnings(at)
    losses = [loss for file in at.session_state["own data"] for loss in file.values()]
    gone: list[Any] = [weakref.ref(each) for loss in losses for each in (loss, loss.data, loss.private_cache)]
    assert all(each() is not None for each in gone) and len(gone) >= 6
    del at, losses
    gc.collect()
    assert [each() for each in gone if each() is not None] == []
