"""What the page about momentum says beyond its claims."""

from dataclasses import replace

import numpy as np
import pytest

from landscape_lab.experiments import Entry, Race, Scenario, race
from landscape_lab.experiments.course.lessons.momentum import Momentum
from landscape_lab.experiments.course.quadratic import best_settings, convergence_rate, critical_momentum, iterates
from landscape_lab.experiments.course.scaled import Scaled
from landscape_lab.experiments.tables import results
from optim_core import OPTIMIZERS, Outcome, run


def raced(*entries: str, steps: int = 250) -> Race:
    """Other entries in the bowl of the lesson."""
    scenario = Momentum().scenario
    return race(replace(scenario, entries=tuple(Entry.from_text(entry) for entry in entries), steps=steps))


def test_gradient_descent_changes_sides_at_every_step():
    across = Momentum().turned(race(Momentum().scenario).trajectories[0])[1][:101]
    assert (across[1:] * across[:-1] < 0).all()


def test_most_of_the_gradient_points_across_the_valley():
    """At the start, where gradient descent takes its first step."""
    scenario = Momentum().scenario
    x, y = scenario.landscape.gradient(scenario.point)
    along, across = x * np.cos(np.pi / 6) + y * np.sin(np.pi / 6), y * np.cos(np.pi / 6) - x * np.sin(np.pi / 6)
    assert abs(across) > 10 * abs(along)


def test_who_overshoots_as_much_does_not_overshoot_more():
    lesson = Momentum()
    same = raced("gradient_descent(learning_rate=0.03)", *["momentum(learning_rate=0.03,momentum=0.8)"] * 2)
    assert lesson.claims()["overshoots"].found(lesson, race(lesson.scenario)).holds
    assert not lesson.claims()["overshoots"].found(lesson, same).holds


def test_no_other_rate_helps_gradient_descent():
    best, *others = raced(
        *(f"gradient_descent(learning_rate={Momentum().plain_rate * f})" for f in (1, 0.8, 0.95, 1.005)), steps=1000
    ).trajectories
    assert all(best.losses[-1] < other.losses[-1] for other in others)
    assert raced("gradient_descent(learning_rate=0.021)", steps=2000).trajectories[0].outcome == Outcome.DIVERGED


class Pushed:
    """A loss whose gradient does not depend on the place: steady, or changing its sign from call to call."""

    def __init__(self, change: float):
        self.push, self.change = np.ones((2, 1)), change

    def value(self, theta: np.ndarray) -> np.ndarray:
        return theta.sum(axis=0)

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        self.push = self.change * self.push
        return self.push + 0 * theta

    def hessian(self, theta: np.ndarray) -> np.ndarray:
        return np.zeros((2, 2, *theta.shape[1:]))


@pytest.mark.parametrize(("change", "sum_"), [(1.0, 10.0), (-1.0, 1 / 1.9)])
def test_steady_gradients_add_up_and_alternating_ones_cancel(change: float, sum_: float):
    path = run(Pushed(change), OPTIMIZERS["momentum"](learning_rate=1e-3, momentum=0.9), (0.0, 0.0), 400)
    last = np.abs(np.diff(path.points[-2:, 0]))
    np.testing.assert_allclose(last, sum_ * 1e-3, rtol=1e-9)


def test_nesterov_does_not_swing_across_the_valley():
    across = Momentum().turned(race(Momentum().scenario).trajectories[2])[1]
    assert np.abs(across[1:]).max() < 1e-9 * abs(across[0])


def test_nesterov_needs_a_smaller_rate_to_be_stable():
    """1.4 / lambda_2 is too much for Nesterov at momentum 0.9 and fine for momentum and gradient descent."""
    race = raced(*(f"{name}(learning_rate=0.014)" for name in ("nesterov", "momentum", "gradient_descent")), steps=1000)
    assert [path.outcome for path in race.trajectories] == [Outcome.DIVERGED, Outcome.FINISHED, Outcome.FINISHED]
    assert all(path.losses[-1] < 1e-5 for path in race.trajectories[1:])


@pytest.mark.parametrize("curvature", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("start", [(-1.7, 1.0), (0.3, -0.2), (1.0, 0.0)])
def test_in_a_round_bowl_the_rate_decides(curvature: float, start: tuple[float, float]):
    """In any unit of the loss and from any start: steps until a thousandth of the loss is left."""

    def steps(rate: float, momentum: float) -> int:
        theta, velocity, losses = np.array(start), np.zeros(2), []
        for _ in range(600):
            losses.append(theta @ theta)
            velocity = momentum * velocity + rate * curvature * theta
            theta = theta - velocity
        return int(np.flatnonzero(np.array(losses) > 1e-3 * losses[0])[-1]) + 1

    assert (steps(1 / curvature, 0.0), steps(1 / curvature, 0.9)) == (1, 65)
    assert steps(0.01 / curvature, 0.0) > 5 * steps(0.01 / curvature, 0.9)


def test_averaging_momentum_is_the_same_method_with_another_rate():
    """m is a mean of gradients instead of a sum of steps; with the rate 1 / (1 - gamma) times as large the path is the
    same."""
    found = race(Momentum().scenario)
    rate, gamma = Momentum().rate / (1 - 0.9), 0.9
    theta, mean = np.array(found.scenario.point), np.zeros(2)
    for point in found.trajectories[1].points:
        np.testing.assert_allclose(theta, point, atol=1e-9)
        mean = gamma * mean + (1 - gamma) * found.landscape.gradient(theta)
        theta = theta - rate * mean


def test_momentum_in_another_unit_of_the_loss_takes_the_same_path():
    """With the rate 1 / lambda_2, which has the inverse unit."""
    lesson = Momentum()
    scenario = lesson.scenario
    for entry, path in zip(scenario.entries, race(scenario).trajectories, strict=True):
        scaled = replace(entry.optimizer, learning_rate=entry.optimizer.learning_rate / 50)  # type: ignore[attr-defined]
        again = run(Scaled(scenario.landscape, 50.0), scaled, scenario.point, scenario.steps)
        np.testing.assert_allclose(again.points, path.points, atol=1e-9)


@pytest.mark.parametrize(("look_ahead", "limit"), [(True, 3.8 / 2.8), (False, 3.8)])
def test_limits_of_the_rate(look_ahead: bool, limit: float):
    """In units of 1 / lambda, at momentum 0.9: just below it the distance shrinks, just above it grows."""
    for factor in (0.999, 1.001):
        x, m, sizes = 1.0, 0.0, []
        for _ in range(20_000):
            m = 0.9 * m + factor * limit * (x - 0.9 * m * look_ahead)
            x -= m
            sizes.append(abs(x))
            if sizes[-1] > 1e6:
                break
        assert (max(sizes[-10:]) < 1e-3) == (factor < 1)


def test_other_methods_do_not_meet_the_tasks():
    lesson = Momentum()
    for name, lanes in (("quick", "newton"), ("quick", "line_search"), ("critical", "gradient_descent")):
        goal = Momentum.goals()[name]
        other = race(Scenario.from_query({**goal.link, "lanes": lanes}))
        assert not goal.found(lesson, other).holds


@pytest.mark.parametrize(("momentum", "met"), [(0.79, False), (0.8, False), (0.81, True), (0.82, False)])
def test_only_the_largest_momentum_without_overshoot_meets_its_task(momentum: float, met: bool):
    goal = Momentum.goals()["critical"]
    lanes = f"momentum(learning_rate=0.01,momentum={momentum})"
    assert goal.found(Momentum(), race(Scenario.from_query({**goal.link, "lanes": lanes}))).holds == met


@pytest.mark.parametrize(("rate", "met"), [(0.012, False), (0.013, True), (0.014, False)])
def test_only_the_largest_stable_rate_meets_its_task(rate: float, met: bool):
    goal = Momentum.goals()["limit"]
    lanes = f"nesterov(learning_rate={rate},momentum=0.9)"
    assert goal.found(Momentum(), race(Scenario.from_query({**goal.link, "lanes": lanes}))).holds == met


def test_best_momentum_lies_between_creeping_and_swinging():
    a = Momentum().rate * Momentum().curvatures[0]
    best = float(critical_momentum(a))
    assert best == pytest.approx(0.81)
    rates = convergence_rate(a, np.array([best - 0.1, best, best + 0.1]))
    assert rates.argmin() == 1
    paths = raced(*(f"momentum(learning_rate=0.01,momentum={g})" for g in (0.5, best, 0.95)), steps=400).trajectories
    gentle = [Momentum().turned(path)[0] for path in paths]
    assert np.argmin([np.abs(way[-100:]).max() for way in gentle]) == 1
    assert [bool((way > 1e-6).any()) for way in gentle] == [False, False, True], "creeps, just does not swing, swings"


@pytest.mark.parametrize("condition", [20.0, 100.0, 400.0])
def test_best_settings_shrink_the_distance_as_the_page_says(condition: float):
    """Measured on runs, not read off the formula; momentum's double root makes its rate slow to show."""
    root = condition**0.5
    rate, momentum = best_settings(1.0, condition)
    entries = (
        f"gradient_descent(learning_rate={2 / (1 + condition)}),momentum(learning_rate={rate},momentum={momentum})"
    )
    scenario = Scenario.from_query(
        {
            "surface": f"elliptic_bowl(condition={condition},angle=0)",
            "start": "-1.9,-0.6",
            "lanes": entries,
            "steps": "400",
        }
    )
    plain, heavy = (np.hypot(*path.points.T) for path in race(scenario).trajectories)
    assert plain[300] / plain[299] == pytest.approx((condition - 1) / (condition + 1), rel=1e-6)
    t = round(3 * root)
    # A double root: the distance is (c + d t) sigma^t, so t sigma^t after many steps.
    sigma = (heavy[2 * t] / heavy[t] / 2) ** (1 / t)
    assert sigma == pytest.approx((root - 1) / (root + 1), rel=0.02)


def test_best_settings_are_told_in_the_numbers_of_the_knob():
    told = Momentum(condition=100.0).best.values
    assert (told["low"], told["high"]) == (1.0, 100.0)
    assert (told["rate"], told["momentum"]) == best_settings(1.0, 100.0)
    assert told["heavy"] == pytest.approx(9 / 11) and told["plain"] == pytest.approx(99 / 101)
    assert Momentum(ground="plateau").best.values["high"] == 2.0, "those of the hole"


def test_every_swing_loses_root_gamma_a_step():
    way = np.abs(Momentum().turned(race(Momentum().scenario).trajectories[1])[0])
    peaks = np.flatnonzero((way[1:-1] > way[:-2]) & (way[1:-1] > way[2:])) + 1
    assert len(peaks) >= 3
    shrink = (way[peaks[1:]] / way[peaks[:-1]]) ** (1 / np.diff(peaks))
    np.testing.assert_allclose(shrink, 0.9**0.5, rtol=0.01)


def test_on_the_plateau_gradient_descent_arrives_much_later():
    there = Momentum(ground="plateau").scenario
    plain, momentum, nesterov = (row.converged_at for row in results(race(replace(there, steps=1000))))
    assert plain and momentum and nesterov
    assert plain > 3 * momentum > 3 * nesterov


def test_saddle_of_the_invitation_holds_plain_descent_longer():
    plain, momentum = results(race([*Momentum.suggested().values()][3]))
    assert plain.converged_at is None
    assert momentum.converged_at


def test_best_settings_of_the_invitation_win_by_far():
    plain, momentum, nesterov = (row.converged_at for row in results(race(next(iter(Momentum.suggested().values())))))
    assert plain and momentum and nesterov
    assert plain > 3 * max(momentum, nesterov)


def test_arrows_are_the_steps_that_both_would_make():
    """Run afresh from a state of momentum's path, both methods make the steps that the picture shows."""
    lesson = Momentum()
    found = race(lesson.scenario)
    at, ((_, carried, _), (_, plain, tail), (_, looked, _)) = lesson.parting(found)
    points = found.trajectories[1].points
    t = int(np.flatnonzero((points == at).all(axis=1))[0])
    np.testing.assert_allclose(np.add(carried, plain), points[t + 1] - points[t], atol=1e-12)
    assert tail == pytest.approx(np.add(at, carried))
    state = {"m": (points[t - 1] - points[t])[:, None]}
    nesterov = lesson.scenario.entries[2].optimizer
    then, _state = nesterov.step(np.array(at)[:, None], state, found.landscape)
    np.testing.assert_allclose(np.add(carried, looked), then[:, 0] - at, atol=1e-12)


def test_regimes_are_what_they_are_called():
    labels = [str(label) for label, _positions, _envelope in Momentum().regimes()]
    assert [label.partition(": ")[2] for label in labels] == ["overdamped", "critically damped", "underdamped"]
    last = [np.abs(positions[-20:]).max() for _label, positions, _envelope in Momentum().regimes()]
    assert np.argmin(last) == 1


def test_regimes_are_those_of_the_direction_along_the_valley():
    """0.6 of the critical momentum, the critical one, and the knob's, each with the closed form's positions."""
    lesson = Momentum()
    a = lesson.rate * min(np.linalg.eigvalsh(lesson.scenario.landscape.hessian((0.0, 0.0))))
    critical = float(critical_momentum(a))
    momenta = (0.6 * critical, critical, lesson.momentum)
    for (label, positions, around), momentum in zip(lesson.regimes(), momenta, strict=True):
        assert label.values["momentum"] == pytest.approx(momentum, rel=1e-9)
        np.testing.assert_allclose(positions, iterates(a, momentum, lesson.scenario.steps // 2), rtol=1e-9, atol=1e-15)
        assert (around is None) == (momentum != lesson.momentum)


def test_the_look_ahead_matters_most_where_the_arrows_are():
    """Among all points of the path, the last ones too, which matter most where the run diverges."""
    for rate in (None, 0.24):
        lesson = Momentum()
        entries = [entry.text for entry in lesson.scenario.entries]
        if rate:
            entries[1] = f"momentum(learning_rate={rate},momentum={lesson.momentum})"
        found = raced(*entries, steps=40)
        path = found.trajectories[1]
        points = path.points[: int(path.last_step) + 1]
        ahead = points[1:] + lesson.momentum * np.diff(points, axis=0)
        slopes, slopes_ahead = (found.landscape.gradient(at.T).T for at in (points[1:], ahead))
        t = int(np.hypot(*(slopes_ahead - slopes).T).argmax())
        assert (t + 1 == len(points) - 1) == bool(rate)
        assert lesson.parting(found)[0] == pytest.approx(tuple(points[t + 1]))


@pytest.mark.parametrize(("momentum", "met"), [(0.9, False), (0.81, True)])
def test_task_of_the_critical_momentum_can_be_met_with_the_knob(momentum: float, met: bool):
    lesson = Momentum(momentum=momentum)
    assert Momentum.goals()["critical"].found(lesson, race(lesson.scenario)).holds == met
