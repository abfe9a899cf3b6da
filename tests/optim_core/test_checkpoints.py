"""What a run of many parameters keeps, how much memory it takes, and what is refused."""

import sys
import tracemalloc
from typing import Any

import numpy as np
import pytest

from landscapes import LANDSCAPES
from optim_core import (
    Adam,
    Clipping,
    ConjugateGradient,
    GradientDescent,
    L2Penalty,
    Newton,
    Outcome,
    Tolerance,
    Trajectory,
    run,
)
from optim_core.final_state import run_to_end
from optim_core.metrics import distance
from optim_core.objective import Array, Objective
from optim_core.optimizer import Optimizer
from optim_core.step_trace import trace_steps
from tests.optim_core.many_parameters import START, Coupled, Diagonal, P
from tests.optim_core.surfaces import Quadratic, assert_same_bits

# Runs that diverge, become stationary and finish, side by side.
RATES = np.array([30.0, 0.3, 1e-3])
BOWL = LANDSCAPES["bowl"]


@pytest.mark.parametrize("every", [1, 2, 7, 25, 30, 119, 120, 500])
@pytest.mark.parametrize(
    ("objective", "start", "optimizer", "record_state"),
    [
        (Diagonal(), START, GradientDescent(learning_rate=RATES), True),
        (Diagonal(), START, Adam(learning_rate=0.3), True),
        (Quadratic(1, 0, 2), START[:2], GradientDescent(learning_rate=RATES[:, None]), False),  # without a form
        (BOWL, (1.0, 0.5), Clipping(GradientDescent(learning_rate=RATES)), False),  # machine code
        (BOWL, (1.0, 0.5), Adam(), True),  # scalar code
    ],
    ids=["batch", "alone", "called", "vector", "scalar"],
)
def test_checkpoints_are_the_points_of_the_whole_path(
    objective: Objective, start: Any, optimizer: Optimizer, record_state: bool, every: int
) -> None:
    options: Any = {"steps": 120, "stop": Tolerance(1e-4), "record_state": record_state}
    whole = run(objective, optimizer, start, **options)
    path = run(objective, optimizer, start, **options, every=every)
    for name in ("losses", "evaluated", "outcomes", "last_step"):
        assert_same_bits(getattr(path, name), getattr(whole, name))
    assert path.steps == 120 and path.points.shape == (-(-120 // every) + 1, *whole.points.shape[1:])
    assert_same_bits(path.at_end(path.points), whole.at_end(whole.points))
    for index in np.ndindex(whole.outcomes.shape):
        last = int(whole.last_step[index])
        kept = sorted({*range(0, last + 1, every), last})
        rows = path.kept_steps[:, *index]
        assert rows.tolist() == kept + [-1] * (len(path.points) - len(kept))
        assert_same_bits(path.points[: len(kept), :, *index], whole.points[kept, :, *index])
        assert np.isnan(path.points[len(kept) :, :, *index]).all()
        for name, values in whole.state.items():
            known, steps = path.state[name][..., *index], np.array(kept[1:], dtype=int) - 1
            assert len(known) == len(path.points) - 1
            assert_same_bits(known[: len(steps)], values[steps, ..., *index])
            assert np.isnan(known[len(steps) :]).all()


def test_the_runs_of_these_tests_end_in_every_way() -> None:
    path = run(Diagonal(), GradientDescent(learning_rate=RATES), START, 120, stop=Tolerance(1e-4))
    assert path.outcomes.tolist() == [Outcome.DIVERGED, Outcome.STATIONARY, Outcome.FINISHED]


def test_run_of_zero_steps_keeps_its_start() -> None:
    path = run(Diagonal(), Adam(), START, 0, every=5, record_state=True)
    assert path.points.tolist() == [START.tolist()] and path.kept_steps.tolist() == [0] and path.state == {}


def test_memory_does_not_grow_with_the_steps_between_checkpoints() -> None:
    start = np.full((2000, 4), 0.5)  # 64 kB

    def peak(steps: int, every: int) -> int:
        tracemalloc.start()
        run(Diagonal(np.ones(2000)), GradientDescent(), start, steps, every=every)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(400, 400) < 2 * peak(100, 100)
    assert peak(400, 1) > 400 * start.nbytes


@pytest.mark.parametrize("every", [1, 10])
def test_too_large_a_record_is_refused_before_it_is_allocated(every: int) -> None:
    tracemalloc.start()
    with pytest.raises(
        ValueError, match=r"would take \d+\.\d GiB, and the limit is 4\.0 GiB: keep every k-th point by e"
    ):
        run(Diagonal(np.ones(10**4)), Adam(), np.broadcast_to(0.5, (10**4, 10**6)), 100, every=every, seed=0)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()
    with pytest.raises(ValueError, match="make fewer runs at once"):
        run(BOWL, GradientDescent(learning_rate=np.full(10**6, 0.1)), (1.0, 1.0), 500)


def test_recorded_state_counts_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    points_alone = 8 * (51 * P + 2 * 51)
    monkeypatch.setattr(sys.modules["optim_core.run"], "MAX_BYTES", 2 * points_alone)
    assert run(Diagonal(), Adam(), START, 50).steps == 50
    with pytest.raises(ValueError, match="would take"):
        run(Diagonal(), Adam(), START, 50, record_state=True)
    assert run(Diagonal(), Adam(), START, 50, record_state=True, every=10).state["m_hat"].shape == (5, P)


class Short(Diagonal):
    """Has two parameters, and says nothing when it is given more."""

    def value(self, theta: Array) -> Array:
        return theta[0] ** 2 + theta[1] ** 2

    def gradient(self, theta: Array) -> Array:
        return 2 * theta[:2]


class Three(Diagonal):
    domain = ((-1.0, 1.0), (-2.0, 2.0), (0.0, 10.0))


class Four(Diagonal):
    dimension = 4


class WithoutProduct:
    """A sum of squares without second derivatives."""

    def value(self, theta: Array) -> Array:
        return Diagonal(np.ones(len(theta))).value(theta)

    def gradient(self, theta: Array) -> Array:
        return theta


@pytest.mark.parametrize(
    ("objective", "optimizer", "start", "error", "sentence"),
    [
        (
            WithoutProduct(),
            Newton(),
            START,
            TypeError,
            r"for 7 parameters .* hessian_vector\(theta, v\), which Without",
        ),
        (WithoutProduct(), ConjugateGradient(), START, TypeError, "which WithoutProduct does not have"),
        (WithoutProduct(), L2Penalty(Clipping(Newton())), START, TypeError, "which WithoutProduct does not have"),
        (Short(), Adam(), START, ValueError, r"gradient\(\) has 2 parameters at a point of 7"),
        (Three(), Adam(), START, ValueError, r"the start needs shape \(3, \*batch\), not \(7,\)"),
        (Four(), Adam(), np.ones((2, 4)), ValueError, r"\(4, \*batch\), not \(2, 4\); one point a row needs \.T"),
        (Four(), Adam(), np.eye(4).tolist(), ValueError, "can be read in two ways"),
        (Diagonal(), Adam(), np.empty((0, 3)), ValueError, r"the start needs shape \(P, \*batch\), not \(0, 3\)"),
        (Diagonal(), Adam(), np.float64(1.0), ValueError, r"\(P, \*batch\), not \(\)"),
    ],
)
def test_what_cannot_run_is_refused_in_a_sentence(
    objective: Any, optimizer: Optimizer, start: Any, error: type, sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        run(objective, optimizer, start, 60)


def test_what_is_made_for_two_parameters_is_refused_for_more() -> None:
    with pytest.raises(ValueError, match=r"run_to_end\(\) is for two parameters, not 7"):
        run_to_end(Diagonal(), Adam(), START, 60, tolerance=1e-6)
    with pytest.raises(ValueError, match="can be traced for two parameters"):
        trace_steps(Diagonal(), Adam(), run(Diagonal(), Adam(), START, 60))
    with pytest.raises(ValueError, match="if every point was kept"):
        trace_steps(BOWL, Adam(), run(BOWL, Adam(), (1.0, 1.0), 60, every=2))
    for every in (0, -3):
        with pytest.raises(ValueError, match=f"for k from 1, not {every}"):
            run(Diagonal(), Adam(), START, 60, every=every)


def test_run_diverges_where_a_coordinate_leaves_the_domain_or_is_not_finite() -> None:
    """Without a domain, a run ends at the first number that is not finite."""
    domain = run(Three([-1.0, 1.0, 1.0]), GradientDescent(learning_rate=1.0), (1.0, 1.0, 1.0), 60)
    assert domain.outcome is Outcome.DIVERGED and domain.last_step == 11 and domain.points[11, 0] == 2048
    free = run(Diagonal([-1.0, 1.0, 1.0]), GradientDescent(learning_rate=1.0), (1.0, 1.0, 1.0), 60)
    assert free.outcome is Outcome.FINISHED and free.points[60, 0] == 2.0**60
    assert run(Diagonal(), Newton(), np.full(P, np.inf), 60).last_step == 0
    overflow = run(Diagonal(), GradientDescent(learning_rate=100.0), START, 200)
    assert overflow.outcome is Outcome.DIVERGED and not np.isfinite(overflow.at_end(overflow.losses))


def test_table_text_and_distance_of_many_parameters() -> None:
    pytest.importorskip("pandas")
    path = run(Diagonal(), GradientDescent(learning_rate=RATES), START, 120, stop=Tolerance(1e-4), every=50)
    frame = path.to_dataframe()
    assert list(frame.columns) == ["run", "step", *(f"theta_{i}" for i in range(P)), "loss", "evaluations"]
    for i, rows in frame.groupby("run"):
        steps = path.kept_steps[:, i]
        steps = steps[steps >= 0]
        assert rows.step.tolist() == steps.tolist() and np.array_equal(rows.loss, path.losses[steps, i])
        assert np.array_equal(rows.theta_6, path.points[: len(steps), 6, i])
    alone = run(Diagonal(), Adam(), START, 10)
    assert repr(alone) == f"<Trajectory: finished after 10 of 10 steps, loss {alone.losses[-1]:.6g}>"
    assert "steps at (0.5, 0.5, 0.5), loss" in repr(run(Three(np.zeros(3)), GradientDescent(), [0.5] * 3, 2))
    away = distance(path.points, [[0.0] * P, START.tolist()])
    expected = [min(np.linalg.norm(point), np.linalg.norm(point - START)) for point in path.points[:, :, 2]]
    np.testing.assert_allclose(away[:, 2], expected, rtol=1e-12)
    assert np.isnan(away[-1, 0])


def test_path_of_many_parameters_may_be_computed_elsewhere() -> None:
    known = run(Coupled(), Adam(), START, 30)
    made = Trajectory.of(known.points, Coupled())
    assert_same_bits(made.losses, known.losses)
    with pytest.raises(ValueError, match=r"shape \(steps \+ 1, 4, \*batch\), not \(31, 7\)"):
        Trajectory.of(known.points, Four())
