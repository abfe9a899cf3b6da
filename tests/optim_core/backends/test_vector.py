"""The vector backend takes the steps of the optimizer itself for many runs, and counts the same evaluations."""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from landscapes import LANDSCAPES, parse_formula
from optim_core import OPTIMIZERS, SAMPLERS, SCHEDULES, Optimizer, Patience, Tolerance, run
from optim_core.arguments import factors_of
from optim_core.backends.vector import VECTOR_MIN_STEPS, VectorBackend
from optim_core.final_state import FiniteRunningExtrema, RunningExtrema
from optim_core.optimizer import get_field, with_field
from optim_core.tracing.tracer import Untraceable
from tests.optim_core.backends.test_scalar import Curious
from tests.optim_core.surfaces import EACH, STACKS, Waves, float_knobs

LANES, STEPS = 50, 7
FORMULAS = ["abs(x) + y^2", "max(x, y)^2 + log(x + 4)", "x^y + (x - 1)^2 sin(a y)",
            "sinc(x) + sigmoid(x y) + softplus(y) + cbrt(x) + log1p(x^2) + atan2(y, x)^2",
            "x^2 + y^2 + mod(x, y) floor(y) + asinh(x) + log10(2 + hypot(x, y)) + round(x)"]  # fmt: skip
SURFACES: dict[str, Any] = {**LANDSCAPES, **{text: parse_formula(text) for text in FORMULAS}}
SEARCHING = {name for name in STACKS if "line_search" in name or "conjugate_gradient" in name}


def starts() -> np.ndarray:
    theta = np.random.default_rng(0).uniform(-3, 3, (2, LANES))
    theta[:, 0], theta[:, 1], theta[:, 2] = 0.0, np.nan, 1e200
    return theta


def spread(optimizer: Optimizer) -> Optimizer:
    """The optimizer with a different value of every real field in every run."""
    for field, _ in float_knobs(optimizer):
        optimizer = with_field(optimizer, field, get_field(optimizer, field) * np.linspace(0.5, 1, LANES))
    return optimizer


def state_of(backend: VectorBackend, like: Any) -> Any:
    """The state in the backend's rows, with the structure of the state `like`."""
    rows = [
        row[: backend.runs] if slot in backend.program.uneven else row[0]
        for slot, row in zip(backend.program.state, backend.rows, strict=True)
    ]
    return _state(iter(rows[2:]), like)


def _state(rows: Iterator[Any], kept: Any) -> Any:
    """The state made of these rows, with the structure of the state `kept`."""
    return {
        name: _state(rows, leaf)
        if isinstance(leaf, dict)
        else np.stack([next(rows) for _ in range(int(np.prod(leaf.shape[:-1])))]).reshape(*leaf.shape[:-1], -1)
        if np.ndim(leaf) > 1
        else next(rows)
        for name, leaf in kept.items()
    }


def assert_same(state: Any, plain: Any, at: str = "") -> None:
    """Asserts that two states are equal; of `plain`, only the variables kept between steps count."""
    if isinstance(state, dict):
        for name, each in state.items():
            assert_same(each, plain[name], f"{at}.{name}")
    else:
        np.testing.assert_array_equal(np.broadcast_to(state, np.shape(plain)), plain, err_msg=at)


def assert_steps_are(
    surface: Any, optimizer: Optimizer, factors: dict[str, list[float]] | None = None, finite: bool = True
) -> None:
    theta, factors = starts(), factors or {}
    plain = RunningExtrema(optimizer) if finite else FiniteRunningExtrema(optimizer)
    with np.errstate(all="ignore"):
        begin = VectorBackend.begin(surface, plain, {f"inner.{path}": each for path, each in factors.items()}, theta)
        made, points, _ = begin.advance(0, STEPS)
        here, state = theta, plain.init(theta)
        for t in range(STEPS):
            now = plain
            for path, factor in factors.items():
                now = with_field(now, f"inner.{path}", get_field(optimizer, path) * factor[t])
            here, state = now.step(here, state, surface)
            np.testing.assert_array_equal(points[:, t], here)
    np.testing.assert_array_equal(made.theta, here)
    assert_same(state_of(made, plain.init(theta)), state)
    np.testing.assert_array_equal(begin.ahead(0, 0).theta, theta)
    np.testing.assert_array_equal(begin.take(np.empty(0, int)).ahead(0, STEPS).theta, np.empty((2, 0)))
    some = np.array([7, 0, 49, 3])
    np.testing.assert_array_equal(begin.ahead(0, 3).take(some).ahead(3, STEPS - 3).theta, here[:, some])


@pytest.mark.thorough
@pytest.mark.parametrize("key", SURFACES)
def test_every_optimizer_on_every_surface(key: str) -> None:
    for name in EACH.keys() - SEARCHING:
        assert_steps_are(SURFACES[key], EACH[name])


@pytest.mark.parametrize("key", SURFACES)
def test_steps_that_record_finite_losses(key: str) -> None:
    assert_steps_are(SURFACES[key], EACH["momentum"], finite=False)


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(STACKS.keys() - SEARCHING))
def test_every_stack_with_different_fields_in_every_run(name: str) -> None:
    assert_steps_are(LANDSCAPES["himmelblau"], spread(STACKS[name]))


@pytest.mark.parametrize("name", sorted(EACH.keys() - SEARCHING))
def test_schedules(name: str) -> None:
    schedules = {field: SCHEDULES["cosine"](0.5) for field, _ in float_knobs(EACH[name])}
    for optimizer in (EACH[name], spread(EACH[name])):
        assert_steps_are(LANDSCAPES["rosenbrock"], optimizer, factors_of(optimizer, schedules, STEPS))


@pytest.mark.parametrize("name", sorted(SEARCHING))
def test_search_is_not_compiled(name: str) -> None:
    with pytest.raises(Untraceable):
        VectorBackend.begin(LANDSCAPES["bowl"], STACKS[name], {}, starts())


def test_step_that_cannot_be_traced_is_refused() -> None:
    with pytest.raises(Untraceable):
        VectorBackend.begin(LANDSCAPES["bowl"], Curious(), {}, starts())
    with pytest.raises(Untraceable):
        VectorBackend.begin(Waves(), OPTIMIZERS["adam"](), {}, starts())


@pytest.mark.thorough
@pytest.mark.parametrize("noise", [0.0, 0.01])
@pytest.mark.parametrize("name", sorted(STACKS.keys() - SEARCHING))
def test_run_without_the_backend_is_the_same(name: str, noise: float, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 205
    more: dict[str, Any] = {
        "schedules": {field: SCHEDULES["cosine"](0.5) for field, _ in float_knobs(STACKS[name])},
        "sampler": SAMPLERS["gradient_noise"](noise) if noise else None,
        "stop": [Tolerance(0.3), Patience(60)],
        "seed": np.arange(LANES) % 3,
    }
    for surface in (LANDSCAPES["himmelblau"], parse_formula(FORMULAS[2])):
        runs = []
        for worth in (VECTOR_MIN_STEPS, steps + 1):
            monkeypatch.setattr(sys.modules["optim_core.backends.choose"], "VECTOR_MIN_STEPS", worth)
            runs.append(run(surface, STACKS[name], starts(), steps, **more))
        for field in ("points", "losses", "evaluated", "outcomes", "last_step"):
            np.testing.assert_array_equal(*(getattr(each, field) for each in runs), err_msg=field)
