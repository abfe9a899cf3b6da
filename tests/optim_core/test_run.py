"""The contract of `run`: what is recorded, how runs end, what is counted, what raises an error."""

import json
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optim_core import OPTIMIZERS, SAMPLERS, SCHEDULES, Outcome, Patience, Tolerance, run
from optim_core.backends.choose import STRIDE
from optim_core.final_state import run_to_end
from optim_core.objective import Array
from optim_core.run import ESCAPE
from optim_core.schedule import Schedule
from tests.golden.cases import Rosenbrock
from tests.optim_core.surfaces import EACH, Quadratic, assert_same_bits

of = OPTIMIZERS
BOWL = Quadratic(1, 0, 1)


class Steady:
    """A surface with slope -1 in x: with a rate of 1 the point after step t is (x + t, y)."""

    def __init__(self, domain: Any = None, losses: Array | None = None) -> None:
        self.losses = losses
        if domain:
            self.domain = domain

    def value(self, theta: Array) -> Array:
        return -theta[0] if self.losses is None else self.losses[theta[0].astype(int)]

    def gradient(self, theta: Array) -> Array:
        return np.array([np.full_like(theta[0], -1.0), np.zeros_like(theta[0])])

    def hessian(self, theta: Array) -> Array:
        return np.zeros((2, *theta.shape))


walk = of["gradient_descent"](1.0)


def test_a_run_records_every_point_and_loss() -> None:
    path = run(Rosenbrock(), of["adam"](), (-1.5, 2.0), 60)
    assert path.steps == 60 and path.outcome is Outcome.FINISHED and path.last_step == 60
    np.testing.assert_array_equal(path.points[0], [-1.5, 2.0])
    np.testing.assert_array_equal(path.losses, [Rosenbrock().value(point[:, None])[0] for point in path.points])
    assert path.state == {}


def test_run_of_zero_steps_is_valid() -> None:
    path = run(BOWL, of["adam"](), np.array([[0.5, np.nan], [0.5, 0.0]]), 0, stop=Patience(3), record_state=True)
    assert path.points.shape == (1, 2, 2) and path.evaluations.tolist() == [0, 0] and path.state == {}
    assert path.outcomes.tolist() == [Outcome.FINISHED, Outcome.DIVERGED]


def test_integer_start_is_valid() -> None:
    one, other = run(BOWL, of["adam"](), (1, 2), 9), run(BOWL, of["adam"](), (1.0, 2.0), 9)
    assert_same_bits(one.points, other.points)


def test_the_start_is_not_changed() -> None:
    start = np.array([[0.5], [0.5]])
    run(BOWL, of["gradient_descent"](0.5), start, 9)
    np.testing.assert_array_equal(start, 0.5)


@pytest.mark.parametrize("far", [3, STRIDE - 1, STRIDE, STRIDE + 1, 3 * STRIDE])
def test_run_diverges_at_the_first_point_beyond_a_thousand_domain_sizes(far: int) -> None:
    """The distances lie on both sides of every check. The point outside is kept unchanged and is the last one."""
    edge = ESCAPE * 0.1
    path = run(Steady(((-0.05, 0.05), (-1, 1))), walk, (edge + 0.5 - far, 0.0), 100, record_state=True)
    last = int(path.last_step)
    assert path.outcome is Outcome.DIVERGED
    assert last == far and path.points[last, 0] == edge + 0.5
    assert np.isfinite(path.points[: last + 1]).all() and np.isnan(path.points[last + 1 :]).all()
    assert np.isfinite(path.losses[: last + 1]).all() and np.isnan(path.losses[last + 1 :]).all()
    assert np.isnan(path.evaluated[last + 1 :]).all() and path.evaluations == last
    assert np.isfinite(path.state["g"][:last]).all() and np.isnan(path.state["g"][last:]).all()


def test_run_without_a_domain_diverges_only_at_overflow() -> None:
    path = run(Rosenbrock(), of["gradient_descent"](1.0), (1.5, 2.0), 60)
    assert path.outcome is Outcome.DIVERGED
    assert np.abs(path.points[path.last_step - 1]).max() > 1e20
    assert not np.isfinite(path.losses[path.last_step])
    steady = run(Steady(), of["gradient_descent"](1e6), (0.0, 0.0), 60)
    assert steady.outcome is Outcome.FINISHED and steady.points[-1, 0] == 6e7


@pytest.mark.parametrize("start", [(np.nan, 0.0), (0.0, np.inf), (-np.inf, np.nan), (1e200, 1e200)])
@pytest.mark.parametrize("name", EACH)
def test_non_finite_start_diverges_at_step_0(name: str, start: tuple[float, float]) -> None:
    path = run(Rosenbrock(), EACH[name], start, 50, stop=[Tolerance(), Patience()], record_state=True)
    assert path.outcome is Outcome.DIVERGED and path.last_step == 0 and path.evaluations == 0
    np.testing.assert_array_equal(path.points[0], start)


def test_non_finite_loss_is_a_divergence() -> None:
    losses = np.arange(100.0)
    losses[[17, 40]] = np.nan, np.inf
    path = run(Steady(losses=losses), walk, [[0, 18, 41], [0, 0, 0]], 50)
    assert path.last_step.tolist() == [17, 22, 50]
    assert path.outcomes.tolist() == [Outcome.DIVERGED, Outcome.DIVERGED, Outcome.FINISHED]
    assert path.at_end(path.points)[0].tolist() == [17, 40, 91]


def test_tolerance_ends_a_run_at_the_first_point_with_a_small_gradient() -> None:
    path = run(BOWL, of["gradient_descent"](0.1), [[0.5, 0.0, 1e-4], [0.5, 0.0, 0.0]], 400, stop=Tolerance(1e-3))
    length = np.hypot(*path.points.swapaxes(0, 1))
    assert (path.outcomes == Outcome.STATIONARY).all()
    assert path.last_step[1] == path.last_step[2] == 0 < path.last_step[0] < 400
    end = int(path.last_step[0])
    assert (length[:end, 0] > 1e-3).all() and length[end, 0] <= 1e-3
    assert path.evaluations.tolist() == [end, 0, 0], "gradients computed for the stopping rule must not be counted"


def test_first_rule_decides_and_divergence_precedes_all_rules() -> None:
    both = [Tolerance(2.0), Patience(1)]
    assert run(Steady(losses=np.ones(100)), walk, (0.0, 0.0), 50, stop=both).outcome is Outcome.STATIONARY
    patient_first = run(Steady(losses=np.ones(100)), walk, (0.0, 0.0), 50, stop=Patience(1))
    assert patient_first.outcome is Outcome.STOPPED_EARLY and patient_first.last_step == 1
    assert run(Steady(losses=np.full(100, np.nan)), walk, (0.0, 0.0), 50, stop=both).outcome is Outcome.DIVERGED


def last_step_by_hand(losses: list[float], patience: int, min_delta: float) -> tuple[int, Outcome]:
    """The last step and outcome of early stopping, written as in a usual training loop."""
    best, waited = losses[0], 0
    for step, loss in enumerate(losses[1:], start=1):
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return step, Outcome.STOPPED_EARLY
    return len(losses) - 1, Outcome.FINISHED


@settings(deadline=None)  # a slow machine must not fail the test
@given(
    st.lists(st.lists(st.integers(0, 6), min_size=60, max_size=60), min_size=1, max_size=4),
    st.integers(1, 30),
    st.sampled_from([0.0, 1.0, 2.5]),
    st.integers(0, 59),
)
def test_patience_equals_early_stopping_in_a_plain_loop(
    rows: list[list[int]], patience: int, min_delta: float, steps: int
) -> None:
    """Run i passes over its own section of one long list of losses."""
    surface = Steady(losses=np.array([*np.ravel(rows), 0.0], dtype=float))
    starts = np.array([[60.0 * i for i in range(len(rows))], [0.0] * len(rows)])
    path = run(surface, walk, starts, steps, stop=Patience(patience, min_delta))
    by_hand = [last_step_by_hand([float(v) for v in row[: steps + 1]], patience, min_delta) for row in rows]
    assert [(int(s), Outcome(int(o))) for s, o in zip(path.last_step, path.outcomes, strict=True)] == by_hand


def test_patience_may_watch_another_objective() -> None:
    """The loss decreases at every step; the monitored validation loss has its minimum at x = 30."""
    turns = Steady(losses=np.abs(np.arange(200.0) - 30))
    path = run(Steady(), walk, (0.0, 0.0), 100, stop=Patience(5, monitor=turns))
    assert path.outcome is Outcome.STOPPED_EARLY and path.last_step == 35


@pytest.mark.parametrize(
    ("name", "each_step"),
    [("gradient_descent", 1), ("nesterov", 1), ("adam", 1), ("newton", 3), ("sharpness_aware(adam)", 2), ("rprop", 1)],
)
def test_evaluations_are_counted(name: str, each_step: int) -> None:
    path = run(BOWL, EACH[name], (0.5, 0.5), 60)
    np.testing.assert_array_equal(path.evaluated, each_step * np.arange(61))
    assert path.evaluations == 60 * each_step


def test_line_search_counts_the_evaluations_of_a_plain_loop() -> None:
    """Each run counts only its own trials, even when the search of another run is longer."""
    surface, starts = Rosenbrock(), np.array([[-1.5, 0.99, 20.0], [2.0, 0.98, -5.0]])
    path = run(surface, of["line_search"](1.0, 0.5, 1e-4), starts, 30)
    for index in range(3):
        theta, spent = starts[:, index, None].copy(), 0
        for t in range(30):
            g, value, alpha = surface.gradient(theta), surface.value(theta), 1.0
            spent += 3
            while surface.value(theta - alpha * g) > value - 1e-4 * alpha * (g * g).sum():
                alpha, spent = alpha / 2, spent + 1
            theta = theta - alpha * g
            assert path.evaluated[t + 1, index] == spent
            np.testing.assert_allclose(path.points[t + 1, :, index], theta[:, 0], rtol=1e-9)


def test_recorded_state_has_one_row_per_step() -> None:
    stack = of["lookahead"](of["decoupled_decay"](of["newton"]()))
    path = run(BOWL, stack, np.full((2, 3), 0.5), 40, stop=Tolerance(0.1), record_state=True)
    shapes = {name: variable.shape for name, variable in path.state.items()}
    assert shapes == {
        "fast_steps": (40, 3),
        "slow": (40, 2, 3),
        "g": (40, 2, 3),
        "H": (40, 2, 2, 3),
        "jump": (40, 2, 3),
    }


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        ({"start": 3.0}, ValueError, r"shape \(2, \*batch\)"),
        ({"start": (1.0, 2.0, 3.0)}, ValueError, r"shape \(2, \*batch\), not \(3,\)"),
        ({"start": np.zeros((2, 5)), "seed": np.arange(4)}, ValueError, "do not broadcast"),
        ({"start": ("a", "b")}, ValueError, "could not convert"),
        ({"steps": -1}, ValueError, "0 or more steps, not -1"),
        ({"steps": 2.5}, TypeError, "integer"),
        ({"seed": -1}, ValueError, "whole number from 0, not -1"),
        ({"seed": 1.5}, ValueError, "whole number from 0"),
        ({"schedules": {"speed": SCHEDULES["cosine"]()}}, AttributeError, "no field 'speed'"),
        ({"schedules": {"bias_correction": SCHEDULES["cosine"]()}}, ValueError, "cannot be scheduled"),
        (
            {
                "optimizer": of["lookahead"](of["adam"]()),
                "schedules": {"learning_rate": SCHEDULES["cosine"](), "inner.learning_rate": SCHEDULES["cosine"]()},
            },
            ValueError,
            "scheduled twice",
        ),
        ({"optimizer": of["lookahead"](of["adam"](), np.array([2, 3]))}, ValueError, "same for all runs"),  # pyright: ignore
        ({"optimizer": of["adam"](bias_correction=np.array([True, False]))}, ValueError, "same for all runs"),  # pyright: ignore
    ],
)
def test_invalid_arguments_raise_a_clear_error(arguments: dict[str, Any], error: type, sentence: str) -> None:
    good = {"optimizer": of["adam"](), "start": (0.5, 0.5), "steps": 5, "sampler": SAMPLERS["exact"]()}
    with pytest.raises(error, match=sentence):
        run(BOWL, **(good | arguments))


def test_outcome_prints_as_a_word() -> None:
    path = run(BOWL, of["adam"](), (0.5, 0.5), 3)
    assert f"{path.outcome}" == str(path.outcome) == "finished" and f"{path.outcome:d}" == "0"
    assert f"{Outcome.STOPPED_EARLY:>15}" == "  stopped early" and f"{Outcome.DIVERGED}" == "diverged"
    assert json.dumps(Outcome.DIVERGED) == "3" and path.outcome == 0


@pytest.mark.parametrize(
    ("objective", "optimizer", "sentence"),
    [
        ("rosenbrock", of["adam"](), r"not the text 'rosenbrock'; LANDSCAPES\['rosenbrock'\] may be meant"),
        (lambda theta: theta[0] ** 2, of["adam"](), "with value\\(\\) and gradient\\(\\), not a function"),
        (Quadratic, of["adam"](), "not the class Quadratic"),
        (BOWL, of["adam"], r"not the class: write Adam\(\.\.\.\)"),
        (BOWL, "adam", "subclass of Optimizer, not the text 'adam'"),
        (BOWL, None, "subclass of Optimizer, not a NoneType"),
    ],
)
def test_run_rejects_other_objects_than_an_objective_and_an_optimizer(
    objective: Any, optimizer: Any, sentence: str
) -> None:
    with pytest.raises(TypeError, match=sentence):
        run(objective, optimizer, (0.5, 0.5), 5)
    with pytest.raises(TypeError, match=sentence):
        run_to_end(objective, optimizer, (0.5, 0.5), 5, tolerance=1.0)


@pytest.mark.parametrize("start", [[(1, 2), (3, 4)], ((1.0, 2.0), (3.0, 4.0)), [np.array([1, 2]), np.array([3, 4])]])
def test_two_pairs_are_rejected_as_a_start(start: Any) -> None:
    """Two pairs are ambiguous: rows may be points or coordinates. The error shows both ways to write them."""
    with pytest.raises(ValueError, match="can be read in two ways") as refused:
        run(BOWL, of["adam"](), start, 5)
    by_row, by_point = re.findall(
        r"write (np\.array\(.*?\)) to begin .* and (np\.array\(.*?\)\.T) to", str(refused.value)
    )[0]
    numbers = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert by_row == "np.array([[1.0, 2.0], [3.0, 4.0]])" and by_point == f"{by_row}.T"
    assert "begin at (1.0, 3.0) and (2.0, 4.0), " in str(refused.value)
    assert str(refused.value).endswith("begin at (1.0, 2.0) and (3.0, 4.0)")
    for array, expected in ((numbers, [[1, 2], [3, 4]]), (numbers.T, [[1, 3], [2, 4]])):
        np.testing.assert_array_equal(run(BOWL, of["adam"](), array, 5).points[0], expected)
    with pytest.raises(ValueError, match=r"not \(3, 2\); one point a row needs .T"):
        run(BOWL, of["adam"](), [*start, (5, 6)], 5)


def test_objective_that_returns_another_shape_is_rejected() -> None:
    class Total(Quadratic):
        def value(self, theta: Array) -> Array:
            return super().value(theta).sum()

    with pytest.raises(ValueError, match=r"\(2, 1, 3\) to \(1, 3\), not to \(\)"):
        run(Total(1, 0, 1), of["adam"](), np.ones((2, 3)), 5)


def test_schedule_must_return_one_factor_per_step() -> None:
    class Half(Schedule):
        def factor(self, t: Array, steps: int) -> Any:
            return 0.5 if steps > 3 else [0.5, 0.5]

    path = run(BOWL, of["adam"](), (0.5, 0.5), 5, schedules={"learning_rate": Half()})
    assert_same_bits(path.points, run(BOWL, of["adam"](0.025), (0.5, 0.5), 5).points)
    with pytest.raises(ValueError, match=r"'learning_rate' must give 3 factors, one a step, not \(2,\)"):
        run(BOWL, of["adam"](), (0.5, 0.5), 3, schedules={"learning_rate": Half()})
