"""Schedules are pure and vectorised, and have the values of their formulas at characteristic steps."""

import numpy as np
import pytest

from optim_core import OPTIMIZERS, SCHEDULES, run
from optim_core.schedule import Schedule
from tests.golden.cases import Rosenbrock
from tests.optim_core.surfaces import assert_same_bits

of = SCHEDULES
STEPS = 101
T = np.arange(STEPS, dtype=float)
EVERY: dict[str, Schedule] = {
    **{key: cls() for key, cls in of.items()},
    **{f"warmup({key})": of["warmup"](then=cls(), length=10) for key, cls in of.items()},
}


@pytest.mark.parametrize("name", EVERY)
def test_schedule_is_a_pure_vectorised_function_of_the_step(name: str) -> None:
    schedule = EVERY[name]
    whole = schedule.factor(T, STEPS)
    assert whole.shape == T.shape and np.isfinite(whole).all() and (whole >= 0).all()
    np.testing.assert_array_equal(T, np.arange(STEPS))
    one_by_one = np.array([schedule.factor(np.array([t]), STEPS)[0] for t in T])
    np.testing.assert_allclose(one_by_one, whole, rtol=1e-15)
    assert_same_bits(schedule.factor(T.reshape(1, -1), STEPS)[0], whole)
    assert_same_bits(np.array(schedule.values(0.3, STEPS)), 0.3 * whole)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("steps", [0, 1, 2])
def test_schedule_is_defined_for_the_shortest_runs(name: str, steps: int) -> None:
    factor = EVERY[name].factor(np.arange(steps, dtype=float), steps)
    assert factor.shape == (steps,) and np.isfinite(factor).all()


@pytest.mark.parametrize("key", of)
def test_largest_scheduled_value_is_the_value_of_the_field(key: str) -> None:
    """Most schedules reach the maximum at the first step; some rise to it."""
    assert of[key]().factor(T, STEPS).max() == 1


@pytest.mark.parametrize(
    ("schedule", "at", "factor"),
    [
        (of["constant"](), 100, 1.0),
        (of["inverse_sqrt"](), 3, 0.5),
        (of["inverse_sqrt"](), 99, 0.1),
        (of["inverse_time"](rate=0.25), 4, 0.5),
        (of["inverse_time"](rate=0.25), 12, 0.25),
        (of["exponential"](decay=0.5), 3, 0.125),
        (of["step_decay"](every=10, drop=0.5), 9, 1.0),
        (of["step_decay"](every=10, drop=0.5), 10, 0.5),
        (of["step_decay"](every=10, drop=0.5), 35, 0.125),
        (of["cosine"](final=0.0), 25, (2 + np.sqrt(2)) / 4),
        (of["cosine"](final=0.2), 50, 0.6),
        (of["cosine"](final=0.2), 100, 0.2),
        (of["polynomial"](power=1.0, final=0.0), 25, 0.75),
        (of["polynomial"](power=2.0, final=0.5), 50, 0.625),
        (of["polynomial"](power=2.0, final=0.5), 100, 0.5),
        (of["one_cycle"](div=10.0, tail=0.2, tail_div=100.0), 0, 0.1),
        (of["one_cycle"](div=10.0, tail=0.2, tail_div=100.0), 40, 1.0),
        (of["one_cycle"](div=10.0, tail=0.2, tail_div=100.0), 60, 0.55),
        (of["one_cycle"](div=10.0, tail=0.2, tail_div=100.0), 80, 0.1),
        (of["one_cycle"](div=10.0, tail=0.2, tail_div=100.0), 100, 0.001),
        (of["one_cycle_momentum"](low=0.5, tail=0.2), 0, 1.0),
        (of["one_cycle_momentum"](low=0.5, tail=0.2), 40, 0.5),
        (of["one_cycle_momentum"](low=0.5, tail=0.2), 80, 1.0),
        (of["one_cycle_momentum"](low=0.5, tail=0.2), 100, 1.0),
        (of["warmup"](length=10), 0, 0.1),
        (of["warmup"](length=10), 9, 1.0),
        (of["warmup"](length=10), 10, 1.0),
        (of["warmup"](then=of["cosine"](), length=11), 11, 1.0),
        (of["warmup"](then=of["cosine"](), length=11), 100, 0.0),
        (of["warmup"](then=of["exponential"](0.5), length=10), 13, 0.125),
    ],
)
def test_factor_at(schedule: Schedule, at: int, factor: float) -> None:
    """The factor at some steps of a run of 101 steps, the last of which is step 100."""
    assert schedule.factor(T, STEPS)[at] == pytest.approx(factor, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("steps", [2, 3, 6, 10, 101])
@pytest.mark.parametrize("tail", [0.0, 1e-9, 0.1, 0.5, 0.9])
@pytest.mark.parametrize(("div", "tail_div"), [(10.0, 100.0), (25.0, 1e4), (1.0, 1.0)])
def test_one_cycle_is_piecewise_linear(div: float, tail_div: float, tail: float, steps: int) -> None:
    """The factor equals that of three straight segments, also without a tail, where two corners coincide."""
    last = steps - 1
    down = last * (1 - tail)

    def factor(t: int) -> float:
        if t <= down:
            return 1 / div + (1 - 1 / div) * (1 - abs(2 * t / down - 1))
        return 1 / div + (1 / (div * tail_div) - 1 / div) * (t - down) / (last - down)

    rates = of["one_cycle"](div=div, tail=tail, tail_div=tail_div).values(0.3, steps)
    np.testing.assert_allclose(rates, [0.3 * factor(t) for t in range(steps)], rtol=1e-9)
    assert rates[-1] == pytest.approx(0.3 / div if tail == 0 else 0.3 / (div * tail_div), rel=1e-9)


@pytest.mark.parametrize("tail", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("steps", [2, 6, 101])
def test_momentum_of_one_cycle_is_full_from_the_start_of_the_tail(tail: float, steps: int) -> None:
    factor = of["one_cycle_momentum"](low=0.5, tail=tail).factor(np.arange(steps, dtype=float), steps)
    assert factor[0] == factor[-1] == 1
    assert (factor[np.arange(steps) > (steps - 1) * (1 - tail)] == 1).all()


def test_rate_and_momentum_of_one_cycle_mirror_each_other() -> None:
    rate, momentum = (np.diff(of[key](tail=0.2).factor(T, STEPS)) for key in ("one_cycle", "one_cycle_momentum"))
    assert (np.sign(rate[:80]) == -np.sign(momentum[:80])).all()


def test_run_uses_the_values_of_the_schedule() -> None:
    """Step t of gradient descent under a schedule is -values[t] g for every scheduled field."""
    schedule, rate = of["warmup"](then=of["cosine"](), length=5), 4e-4
    optimizer = OPTIMIZERS["gradient_descent"](rate)
    path = run(Rosenbrock(), optimizer, (-1.5, 2.0), 60, schedules={"learning_rate": schedule}, record_state=True)
    used = np.array(schedule.values(rate, 60))
    np.testing.assert_array_equal(path.points[1:], path.points[:-1] - used[:, None] * path.state["g"])


def test_schedule_applies_to_nested_wrappers() -> None:
    """A plain name means the outermost layer with that field; a dotted name is exact; a decay follows its rate."""
    adam = OPTIMIZERS["adam"](0.05)
    halved = {"learning_rate": of["step_decay"](every=1, drop=0.5)}
    exactly = {"inner.learning_rate": of["step_decay"](every=1, drop=0.5)}
    stack = OPTIMIZERS["decoupled_decay"](adam, 0.5)
    one, other = (run(Rosenbrock(), stack, (-1.5, 2.0), 20, schedules=s).points for s in (halved, exactly))
    assert_same_bits(one, other)
    fused = OPTIMIZERS["adamw"](0.05, weight_decay=0.5)
    np.testing.assert_allclose(one, run(Rosenbrock(), fused, (-1.5, 2.0), 20, schedules=halved).points, rtol=1e-12)


def test_momentum_follows_its_own_schedule() -> None:
    """The path equals a hand-written loop that halves the momentum at every step."""
    path = run(
        Rosenbrock(),
        OPTIMIZERS["momentum"](1e-4, 0.8),
        (-1.5, 2.0),
        3,
        schedules={"momentum": of["exponential"](0.5)},
        record_state=True,
    )
    m, g = path.state["m"], path.state["g"]
    np.testing.assert_allclose(m[1:], np.array([[0.4], [0.2]]) * m[:-1] + 1e-4 * g[1:], rtol=1e-12)
