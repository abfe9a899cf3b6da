"""What `optim_core` offers by name, and how it answers a name that does not exist."""

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import optim_core
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, SAMPLERS, SCHEDULES, Adam, Optimizer, knob, run
from optim_core.knob import HasKnobs

REGISTRIES = [OPTIMIZERS, SCHEDULES, SAMPLERS]


def test_every_class_of_the_registries_is_importable_by_its_name() -> None:
    classes = {cls.__name__: cls for registry in REGISTRIES for cls in registry.values()}
    assert len(classes) == sum(map(len, REGISTRIES)), "two classes have one name"
    exported = {name: getattr(optim_core, name) for name in optim_core.__all__}
    concrete = {
        name: thing
        for name, thing in exported.items()
        if isinstance(thing, type) and issubclass(thing, HasKnobs) and not getattr(thing, "__abstractmethods__", ())
    }
    assert concrete == classes, "optim_core/__init__.py exports every class of the registries"


@pytest.mark.parametrize("registry", REGISTRIES)
def test_a_misspelt_setting_is_named_with_those_that_exist(registry: Any) -> None:
    for cls in registry.values():
        with pytest.raises(TypeError) as caught:
            cls(no_such_setting=3)
        assert str(caught.value).startswith(f"{cls.__name__} has no 'no_such_setting'")
        assert all(name in str(caught.value) for name in cls.__match_args__)


@pytest.mark.parametrize("registry", REGISTRIES)
def test_a_notebook_shows_the_arguments(registry: Any) -> None:
    for cls in registry.values():
        assert tuple(inspect.signature(cls).parameters) == cls.__match_args__


def test_the_nearest_setting_is_proposed() -> None:
    with pytest.raises(TypeError, match=r"^Adam has no 'lerning_rate'; did you mean 'learning_rate'\? it has"):
        OPTIMIZERS["adam"](lerning_rate=3)


def test_an_own_constructor_takes_what_it_likes() -> None:
    class Halved(Optimizer):
        learning_rate: float = knob(0.1, 0.0, 1.0, symbol="r", help="The rate.")

        def __init__(self, double: float, **more: Any) -> None:
            object.__setattr__(self, "learning_rate", double / 2)

        def step(self, theta: Any, state: Any, objective: Any) -> Any:
            return theta, state

    assert Halved(double=0.5, anything=1).learning_rate == 0.25  # pyright: ignore


def test_an_editor_sees_a_misspelt_setting(tmp_path: Path) -> None:
    """The type checker knows the names and the arguments of the classes."""
    pytest.importorskip("pyright")
    text = "from optim_core import Adam, Minibatch\nAdam(learning_rate=3)\nMinibatch()\nAdam(lerning_rate=3)\n"
    (tmp_path / "script.py").write_text(text)
    home = Path(optim_core.__file__).parents[1]
    (tmp_path / "pyrightconfig.json").write_text(f'{{"extraPaths": ["{home}"]}}')
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "-p", str(tmp_path)], capture_output=True, text=True, check=False
    )
    errors = [line for line in done.stdout.splitlines() if " error: " in line]
    assert len(errors) == 1 and ":4:" in errors[0] and "lerning_rate" in errors[0], done.stdout


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
def test_what_cannot_be_run_is_refused_in_a_sentence(objective: Any, optimizer: Any, sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence):
        run(objective, optimizer, (0.0, 0.0), 3)
