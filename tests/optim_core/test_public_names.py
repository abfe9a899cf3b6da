"""The public names of `optim_core`, and its errors for names that do not exist."""

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import optim_core
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, SAMPLERS, SCHEDULES, Adam, Optimizer, knob, run
from optim_core.knob import HasKnobs
from scripts.registries import ROOT, files

REGISTRIES = [OPTIMIZERS, SCHEDULES, SAMPLERS]


@pytest.mark.parametrize(("name", "text"), list(files().items()))
def test_names_and_types_match_the_registries(name: str, text: str) -> None:
    assert (ROOT / name).read_text() == text, f"{name} lacks a class: run `make registries`"


def test_every_class_of_the_registries_is_importable_by_its_name() -> None:
    classes = {cls.__name__: cls for registry in REGISTRIES for cls in registry.values()}
    assert len(classes) == sum(map(len, REGISTRIES)), "two classes have one name"
    exported = {name: getattr(optim_core, name) for name in optim_core.__all__}
    concrete = {
        name: thing
        for name, thing in exported.items()
        if isinstance(thing, type) and issubclass(thing, HasKnobs) and not getattr(thing, "__abstractmethods__", ())
    }
    assert concrete == classes, "run `make registries`"


@pytest.mark.parametrize("registry", REGISTRIES)
def test_error_for_a_misspelt_setting_lists_the_valid_ones(registry: Any) -> None:
    for cls in registry.values():
        with pytest.raises(TypeError) as caught:
            cls(no_such_setting=3)
        assert str(caught.value).startswith(f"{cls.__name__} has no 'no_such_setting'")
        assert all(name in str(caught.value) for name in cls.__match_args__)


@pytest.mark.parametrize("registry", REGISTRIES)
def test_signature_shows_the_arguments(registry: Any) -> None:
    for cls in registry.values():
        assert tuple(inspect.signature(cls).parameters) == cls.__match_args__


def test_error_suggests_the_nearest_setting() -> None:
    with pytest.raises(TypeError, match=r"^Adam has no 'lerning_rate'; did you mean 'learning_rate'\? it has"):
        OPTIMIZERS["adam"](lerning_rate=3)  # pyright: ignore


def test_custom_constructor_may_take_any_arguments() -> None:
    class Halved(Optimizer):
        learning_rate: float = knob(0.1, 0.0, 1.0, symbol="r", help="The rate.")

        def __init__(self, double: float, **more: Any) -> None:
            object.__setattr__(self, "learning_rate", double / 2)

        def step(self, theta: Any, state: Any, objective: Any) -> Any:
            return theta, state

    assert Halved(double=0.5, anything=1).learning_rate == 0.25  # pyright: ignore


SCRIPT = """
import numpy as np
from optim_core import OPTIMIZERS, SAMPLERS, SCHEDULES, Adam, Lookahead, Minibatch

Adam(learning_rate=3, beta1=np.array([0.5, 0.9]))
Lookahead(Minibatch())  # wrong: a sampler
Adam(lerning_rate=3)  # wrong: no such name
OPTIMIZERS["adam"](learning_rate=np.geomspace(0.1, 1, 5)).bias_correction
OPTIMIZERS["adam"](lerning_rate=3)  # wrong: no such name
OPTIMIZERS["lookahead"](Adam(), sync_period=np.array([2, 3]))  # wrong: one for all runs
SCHEDULES["cosine"](final=0.1).factor(np.arange(3.0), 3)
SCHEDULES["cosine"](last=0.1)  # wrong: no such name
SAMPLERS["minibatch"](size="all")  # wrong: no number
SAMPLERS["minibatch"](size=4).replacement.upper()  # wrong: a bool
for key in OPTIMIZERS:
    OPTIMIZERS[key](any_name=3)
"""


@pytest.mark.thorough
def test_type_checker_reports_a_misspelt_setting(tmp_path: Path) -> None:
    """The type checker knows the arguments of each class, by its name and by its key."""
    pytest.importorskip("pyright")
    (tmp_path / "script.py").write_text(SCRIPT)
    home = Path(optim_core.__file__).parents[1]
    (tmp_path / "pyrightconfig.json").write_text(f'{{"extraPaths": ["{home}"]}}')
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "-p", str(tmp_path)], capture_output=True, text=True, check=False
    )
    found = [int(line) for line in re.findall(r"script\.py:(\d+):\d+ - error:", done.stdout)]
    wrong = [number for number, line in enumerate(SCRIPT.splitlines(), 1) if "# wrong" in line]
    assert found == wrong, done.stdout


@pytest.mark.parametrize(
    ("objective", "optimizer", "sentence"),
    [
        (LANDSCAPES["bowl"], Adam, r"the optimizer must be an object, not the class: write Adam\(\.\.\.\)"),
        (LANDSCAPES["bowl"], "adam", "the optimizer must be an object of a subclass of Optimizer, not the text 'adam'"),
        ("rosenbrock", Adam(), r"not the text 'rosenbrock'; LANDSCAPES\['rosenbrock'\] may be meant"),
        (lambda theta: theta[0], Adam(), r"not a function; landscapes\.objective\(f\) makes one of a function"),
    ],
    ids=["class", "key", "surface's key", "function"],
)
def test_invalid_argument_of_run_raises_a_clear_error(objective: Any, optimizer: Any, sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence):
        run(objective, optimizer, (0.0, 0.0), 3)
