"""The printed form and the tables of a trajectory, and trajectories of paths computed elsewhere."""

import sys
from typing import Any

import numpy as np
import pytest

from landscape_lab.figures.contour import paths_figure
from landscape_lab.figures.curves import curves_figure
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, SCHEDULES, Adam, Clipping, Cosine, GradientDescent, Outcome, Trajectory, run

BOWL, HIMMELBLAU = LANDSCAPES["bowl"], LANDSCAPES["himmelblau"]
STARTS = np.array([(-1.0, 1.0), (0.5, 0.25), (1.5, -1.0)]).T


def batch() -> Trajectory:
    """A batch of three starts and two rates, one of which diverges."""
    return run(BOWL, OPTIMIZERS["gradient_descent"](learning_rate=np.array([[0.1], [1.5]])), STARTS, 40)


def test_trajectory_is_printed_in_words() -> None:
    path = run(BOWL, GradientDescent(learning_rate=0.5), (1.0, 0.5), 3)
    assert repr(path) == "<Trajectory: finished after 3 of 3 steps at (0, 0), loss 0>"
    assert f"{path.outcome}" == "finished"
    assert repr(batch()) == "<Trajectory: runs (2, 3) of 40 steps, 3 finished, 3 diverged>"
    lost = run(BOWL, GradientDescent(learning_rate=2.0), (1.0, 0.5), 90)
    assert repr(lost).startswith(f"<Trajectory: diverged after {lost.last_step} of 90 steps at (")


def test_table_has_every_point_up_to_the_last() -> None:
    pytest.importorskip("pandas")
    path = run(HIMMELBLAU, Adam(), (0.0, 0.0), 30)
    frame = path.to_dataframe()
    assert list(frame.columns) == ["step", "x", "y", "loss", "evaluations"]
    assert np.array_equal(frame[["x", "y"]], path.points) and np.array_equal(frame.loss, path.losses)
    path = batch()
    frame = path.to_dataframe()
    assert list(frame.columns[:3]) == ["run_0", "run_1", "step"] and frame.notna().all(axis=None)
    for index, rows in frame.groupby(["run_0", "run_1"]):
        last = int(path.last_step[index])
        assert np.array_equal(rows.step, np.arange(last + 1))
        assert np.array_equal(rows.y, path.points[: last + 1, 1, *index])
    assert list(run(BOWL, Adam(), STARTS, 2).to_dataframe().columns[:2]) == ["run", "step"]


def test_missing_pandas_raises_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="needs pandas, which is not installed"):
        batch().to_dataframe()


@pytest.mark.parametrize("optimizer", [Adam(), GradientDescent(learning_rate=3.0)], ids=["ends", "diverges"])
@pytest.mark.parametrize("start", [np.array([-1.0, 1.0]), STARTS], ids=["alone", "batch"])
def test_path_computed_elsewhere_equals_that_of_a_run(optimizer: Any, start: Any) -> None:
    known = run(BOWL, optimizer, start, 60)
    points = [start]
    while len(points) <= 60:  # as in another library, without a stopping rule
        now = Adam() if isinstance(optimizer, Adam) else optimizer
        points.append(run(BOWL, now, start, len(points)).points[-1])
    made = Trajectory.of(known.points if optimizer == Adam() else points, BOWL)
    assert np.array_equal(made.last_step, known.last_step) and np.array_equal(made.outcomes, known.outcomes)
    for name in ("points", "losses", "evaluated"):
        assert np.array_equal(getattr(made, name), getattr(known, name), equal_nan=True), name


def test_path_computed_elsewhere_can_be_drawn() -> None:
    angle = np.linspace(0, 6, 50)
    made = Trajectory.of([(2 * np.cos(a) / (1 + a), np.sin(a) / (1 + a)) for a in angle], BOWL, evaluated=3 * angle)
    assert made.steps == 49 and made.outcome == Outcome.FINISHED and made.evaluations == 18
    assert "Spiral" in {trace.name for trace in paths_figure(BOWL, [made], ["Spiral"]).data}  # pyright: ignore
    assert curves_figure([made], ["Spiral"]).data


@pytest.mark.parametrize(
    ("points", "objective", "error", "sentence"),
    [
        (np.zeros((2, 9)).T.ravel(), BOWL, ValueError, r"shape \(steps \+ 1, 2, \*batch\), not \(18,\)"),
        (np.zeros((9, 3)), BOWL, ValueError, r"not \(9, 3\)"),
        ([], BOWL, ValueError, r"not \(0,\)"),
        (np.zeros((9, 2)), "bowl", TypeError, "LANDSCAPES\\['bowl'\\] may be meant"),
    ],
)
def test_invalid_path_raises_a_clear_error(points: Any, objective: Any, error: Any, sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        Trajectory.of(points, objective)


@pytest.mark.parametrize("steps", [20, 120])
def test_function_or_array_is_accepted_as_a_schedule(steps: int) -> None:
    cosine = Cosine().factor(np.arange(steps, dtype=float), steps)
    optimizer = Clipping(Adam(learning_rate=0.3), max_norm=2.0)
    known, *others = (
        run(HIMMELBLAU, optimizer, (0.0, 0.0), steps, schedules={"learning_rate": schedule})
        for schedule in (Cosine(), lambda t, _steps: cosine[t], cosine, cosine.tolist())
    )
    for other in others:
        assert np.array_equal(known.points, other.points)
    switched = run(BOWL, Adam(), STARTS, steps, schedules={"learning_rate": lambda t, steps: 1.0 if t < 5 else 0.0})
    assert np.array_equal(switched.points[5], switched.points[-1])


@pytest.mark.parametrize(
    ("schedule", "sentence"),
    [
        (Cosine, r"the schedule of 'learning_rate' must be an object, not the class: write Cosine\(\.\.\.\)"),
        ("cosine", "must be a schedule, a function of the step and the number of steps, or an array of numbers"),
        (lambda t: t, "must be a schedule, a function of the step and the number of steps"),
        (np.ones(7), r"must give 20 factors, one a step, not \(7,\)"),
        (SCHEDULES, "must be a schedule, a function"),
    ],
)
def test_invalid_schedule_raises_a_clear_error(schedule: Any, sentence: str) -> None:
    with pytest.raises((TypeError, ValueError), match=sentence):
        run(BOWL, Adam(), (1.0, 1.0), 20, schedules={"learning_rate": schedule})


def test_starts_as_rows_raise_an_error_with_the_correct_form() -> None:
    with pytest.raises(ValueError, match=r"one point a row needs \.T"):
        run(BOWL, Adam(), STARTS.T, 3)
