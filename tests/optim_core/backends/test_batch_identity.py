"""Every run of a batch equals its single run bit for bit, independent of the other runs."""

import numpy as np
import pytest

from optim_core import SAMPLERS, SCHEDULES, Optimizer, Patience, Tolerance, run
from optim_core.optimizer import get_field, with_field
from optim_core.outcome import Outcome
from tests.golden.cases import Rosenbrock
from tests.optim_core.surfaces import EACH, STACKS, Quadratic, Waves, assert_lane_is, float_knobs

STEPS = 60  # more than two checks for ended runs
STARTS = np.array([[-1.5, 0.3, 2.9, -0.7, 0.0, 1.0, -2.0], [2.0, 0.4, -1.1, 0.9, 0.0, 1.0, 7.0]])


@pytest.mark.thorough
@pytest.mark.parametrize("name", STACKS)
def test_batch_of_starts(name: str) -> None:
    path = run(Waves(), STACKS[name], STARTS, STEPS, record_state=True)
    for index in range(STARTS.shape[1]):
        assert_lane_is(path, (index,), run(Waves(), STACKS[name], STARTS[:, index], STEPS, record_state=True))


@pytest.mark.parametrize("name", EACH)
def test_runs_that_diverge_or_stop_do_not_affect_the_others(name: str) -> None:
    surface = Rosenbrock()
    starts = np.concatenate([STARTS, [[1e200, np.nan, 1.0, 40.0], [1.0, 0.0, np.inf, -30.0]]], axis=1)
    stop = [Tolerance(1e-2), Patience(7)]
    sampler = SAMPLERS["gradient_noise"](1e-3)
    path = run(surface, EACH[name], starts, STEPS, stop=stop, sampler=sampler, record_state=True)
    assert {Outcome.DIVERGED} < set(path.outcomes.tolist()), "the runs must end in different ways"
    for index in range(starts.shape[1]):
        alone = run(surface, EACH[name], starts[:, index], STEPS, stop=stop, sampler=sampler, record_state=True)
        assert_lane_is(path, (index,), alone)


def spread(optimizer: Optimizer, path: str, count: int) -> np.ndarray:
    """`count` different values around the field's own, inside its range."""
    knob = dict(float_knobs(optimizer))[path]
    own = get_field(optimizer, path)
    low, high = max(knob.low, 0.3 * own), min(knob.high, 2 * own if own else 1.0)
    return np.linspace(low, high, count)


@pytest.mark.thorough
@pytest.mark.parametrize(("name", "field"), [(name, field) for name in EACH for field, _ in float_knobs(EACH[name])])
def test_batch_of_field_values(name: str, field: str) -> None:
    values = spread(EACH[name], field, 5)
    path = run(Waves(), with_field(EACH[name], field, values), (-1.5, 0.7), STEPS, record_state=True)
    for index, value in enumerate(values.tolist()):
        alone = run(Waves(), with_field(EACH[name], field, value), (-1.5, 0.7), STEPS, record_state=True)
        assert_lane_is(path, (index,), alone)


@pytest.mark.parametrize("name", EACH)
def test_grid_of_starts_fields_schedules_noise_and_seeds(name: str) -> None:
    """Starts vary along one axis and all float fields along the other, with schedules, noise and seeds."""
    rows, columns = 3, 4
    schedules = {field: SCHEDULES["cosine"](0.5) for field, _ in float_knobs(EACH[name])}
    fields = {field: spread(EACH[name], field, rows) for field in schedules}
    seeds = np.arange(columns)
    starts = np.broadcast_to(STARTS[:, None, :columns], (2, rows, columns))
    sampler = SAMPLERS["gradient_noise"](0.01)

    optimizer = EACH[name]
    for field, values in fields.items():
        optimizer = with_field(optimizer, field, values[:, None])
    path = run(Waves(), optimizer, starts, 40, schedules=schedules, sampler=sampler, seed=seeds, record_state=True)
    assert path.points.shape == (41, 2, rows, columns)
    for row, column in [(0, 0), (1, 2), (2, 3)]:
        optimizer = EACH[name]
        for field, values in fields.items():
            optimizer = with_field(optimizer, field, float(values[row]))
        alone = run(
            Waves(),
            optimizer,
            starts[:, 0, column],
            40,
            schedules=schedules,
            sampler=sampler,
            seed=column,
            record_state=True,
        )
        assert_lane_is(path, (row, column), alone)


@pytest.mark.parametrize("shape", [(), (1,), (3, 4), (1, 1, 2)])
def test_batch_shape_is_kept(shape: tuple[int, ...]) -> None:
    starts = np.linspace(-1, 1, 2 * int(np.prod(shape))).reshape(2, *shape)
    path = run(Quadratic(1, 0.2, 3), EACH["adam"], starts, 30, record_state=True)
    assert path.points.shape == (31, 2, *shape)
    assert path.losses.shape == path.evaluated.shape == (31, *shape)
    assert path.outcomes.shape == path.last_step.shape == path.evaluations.shape == shape
    assert path.state["m"].shape == (30, 2, *shape)
    assert path.state["beta1_t"].shape == (30, *shape)
    assert path.at_end(path.points).shape == (2, *shape)
    np.testing.assert_array_equal(path.points[0], starts)
