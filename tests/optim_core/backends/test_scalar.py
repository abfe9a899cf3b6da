"""The scalar backend has the numbers of the plain loop, which takes over where the backend does not apply."""

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from landscapes import DATA_LOSSES, LANDSCAPES, parse_formula
from optim_core import OPTIMIZERS, SAMPLERS, SCHEDULES, Optimizer, Outcome, Patience, Tolerance, Trajectory, run
from optim_core.backends.scalar import ScalarBackend
from optim_core.form import filled_of
from optim_core.objective import Array, Objective
from optim_core.optimizer import State
from optim_core.samplers.exact import Exact
from optim_core.tracing.tracer import Untraceable
from tests.optim_core.surfaces import EACH, STACKS, Waves, float_knobs

FORMULAS = ["abs(x) + y^2", "sqrt(x^2 + y^2)", "max(x, y)^2 + log(x + 4)", "x^y + (x - 1)^2 sin(a y)", "exp(x y) / x",
            "sinc(x) + sigmoid(x y) + softplus(y) + cbrt(x) + log1p(x^2) + atan2(y, x)^2",
            "x^2 + y^2 + mod(x, y) floor(y) + asinh(x) + log10(2 + hypot(x, y)) + round(x)"]  # fmt: skip
SURFACES: dict[str, Any] = {**LANDSCAPES, **{text: parse_formula(text) for text in FORMULAS}}
STEPS = 260  # more than one check for ended runs


@contextmanager
def the_plain_way(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["optim_core.backends.choose"], "SCALAR_MIN_STEPS", math.inf)
        yield


def both(monkeypatch: pytest.MonkeyPatch, *args: Any, **options: Any) -> tuple[Trajectory, Trajectory]:
    fast = run(*args, **options)
    with the_plain_way(monkeypatch):
        return fast, run(*args, **options)


def assert_same(fast: Trajectory, plain: Trajectory) -> None:
    for name in ("points", "losses", "evaluated", "outcomes", "last_step"):
        np.testing.assert_array_equal(getattr(fast, name), getattr(plain, name), err_msg=name)
    assert fast.state.keys() == plain.state.keys()
    for name in fast.state.keys() - {"waited"}:  # the plain loop tries several lengths at once
        np.testing.assert_array_equal(fast.state[name], plain.state[name], err_msg=name)


@pytest.mark.thorough
@pytest.mark.parametrize("key", SURFACES)
def test_every_optimizer_on_every_surface(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    surface = SURFACES[key]
    for optimizer in EACH.values():
        assert_same(*both(monkeypatch, surface, optimizer, surface.start, STEPS))


@pytest.mark.thorough
@pytest.mark.parametrize("name", STACKS)
def test_every_stack_of_wrappers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for start in [(-1.5, 2.0), (1.0, 1.0), (1e200, 0.0), (math.nan, 0.0)]:  # far away, at the minimum, not finite
        assert_same(*both(monkeypatch, LANDSCAPES["rosenbrock"], STACKS[name], start, STEPS, record_state=True))


@pytest.mark.parametrize("name", EACH)
@pytest.mark.parametrize("surface", [LANDSCAPES["himmelblau"], Waves()])
def test_schedules_noise_and_rules(name: str, surface: Objective, monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, Any] = {
        "schedules": {field: SCHEDULES["cosine"](0.5) for field, _ in float_knobs(EACH[name])},
        "sampler": SAMPLERS["gradient_noise"](0.01),
        "stop": [Tolerance(1e-3), Patience(30)],
        "seed": 3,
        "record_state": True,
    }
    assert_same(*both(monkeypatch, surface, EACH[name], (-1.5, 0.7), STEPS, **options))


def test_loss_over_examples_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    loss = next(iter(DATA_LOSSES.values()))
    assert_same(*both(monkeypatch, loss, EACH["adam"], loss.start, STEPS, sampler=SAMPLERS["minibatch"](4), seed=1))


def test_division_by_zero_raises_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    fast, plain = both(monkeypatch, LANDSCAPES["bowl"], OPTIMIZERS["adagrad"](epsilon=0.0), (0.0, 0.0), STEPS)
    assert fast.outcome is Outcome.DIVERGED
    assert_same(fast, plain)


@dataclass(frozen=True)
class Curious(Optimizer):
    """Branches on the values of its arrays, which no registered optimizer does."""

    label: ClassVar[str] = "Curious"
    formula: ClassVar[str] = ""
    source: ClassVar[str] = ""
    year: ClassVar[int] = 2026

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        g = objective.gradient(theta)
        return theta - 0.1 * g / np.linalg.norm(g, axis=0), State()


def test_step_that_needs_arrays_receives_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Untraceable):
        ScalarBackend(LANDSCAPES["bowl"], Curious(), {}, Exact(), 0)
    assert_same(*both(monkeypatch, LANDSCAPES["bowl"], Curious(), (1.0, 0.5), STEPS))


def test_every_registered_optimizer_can_be_compiled() -> None:
    for name, optimizer in STACKS.items():
        surface = LANDSCAPES["rosenbrock"]
        text = ScalarBackend(surface, optimizer, {}, Exact(), 0, filled=filled_of(surface)).text
        assert "ask(" not in text, name
