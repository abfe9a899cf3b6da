"""What the page about the limits of gradient descent says beyond its claims."""

from typing import Any

import numpy as np
import pytest

from landscape_lab.experiments import Scenario, race
from landscape_lab.experiments.convergence import convergence
from landscape_lab.experiments.course.lessons.limits import RATES, SPOTS, ZERO, Limits, stop_of
from landscape_lab.experiments.course.scaled import Scaled
from landscape_lab.experiments.tables import results
from landscapes.critical_points import Kind
from optim_core import OPTIMIZERS, run


def settings(place: str, **push: Any) -> Limits:
    return Limits(place=place, **push)


def end(lesson: Limits) -> np.ndarray:
    return race(lesson.scenario).trajectories[0].points[-1]


def moved(place: str, **push: float) -> float:
    """How far from where it would stop otherwise."""
    return float(np.hypot(*(end(settings(place, **push)) - end(settings(place)))))


@pytest.mark.parametrize("place", SPOTS)
def test_every_place_stops_it_and_is_what_it_is_called(place: str):
    found = race(Limits(place=place).scenario)
    stop = stop_of(found)
    assert stop.slope < ZERO
    assert stop.kind is SPOTS[place].kind
    assert found.trajectories[0].losses[-1] > (found.landscape.minimum_value or 0.0) + 0.1


def test_curvatures_of_the_plateau_tell_nothing():
    assert max(map(abs, stop_of(race(Limits(place="plateau").scenario)).curvatures)) < ZERO


def test_every_place_holds_a_claim_of_being_stuck():
    for place in SPOTS:
        lesson = Limits(place=place)
        assert lesson.claims()["stuck"].found(lesson, race(lesson.scenario)).holds


@pytest.mark.parametrize("place", ["saddle", "top"])
@pytest.mark.parametrize("push", [{"offset": 0.001}, {"noise": 1e-4}])
def test_any_push_leaves_a_saddle_or_a_top(place: str, push: dict[str, float]):
    assert moved(place, **push) > 0.9


@pytest.mark.parametrize("push", [{"offset": 0.1}, {"noise": 0.01}])
def test_a_small_push_rolls_back_into_the_local_minimum(push: dict[str, float]):
    assert moved("minimum", **push) < 0.1


@pytest.mark.parametrize("push", [{"offset": 0.1}, {"noise": 0.01}])
def test_on_the_plateau_no_push_helps(push: dict[str, float]):
    assert race(settings(place="plateau", **push).scenario).trajectories[0].losses[-1] > 0.999


def test_longer_does_not_help_at_the_top_and_on_the_ridge():
    """Exactly level stays exactly level."""
    for place in ("saddle", "top"):
        lesson = Limits(place=place)
        path = race(type(lesson.scenario).from_query({**lesson.link(), "steps": "5000"})).trajectories[0]
        assert path.points[-1, 1] == path.points[0, 1]


def test_offset_off_the_top_leads_to_the_next_level_place():
    assert stop_of(race(Limits(place="top", offset=0.05).scenario)).kind is Kind.SADDLE


def test_adam_is_not_on_the_map_before_it_is_asked_for():
    assert [entry.label for entry in Limits().scenario.entries] == ["Gradient descent"]


def test_lone_minimum_of_the_map_is_not_where_it_stops():
    found = race(Limits().scenario)
    assert "local minimum" in str(results(found)[0].outcome)


def test_invitations_hold_what_they_say():
    heavy, saddle, plateau, pits = (results(race(scenario)) for scenario in Limits.suggested().values())
    assert ["local" in str(row.outcome) for row in heavy] == [True, False] and heavy[1].converged_at
    assert "saddle" in str(saddle[3].outcome) and all(row.converged_at for row in saddle[:3])
    assert [row.converged_at is None for row in plateau] == [True, False, False, False]
    assert all("local minimum" in str(row.outcome) for row in pits)


@pytest.mark.parametrize("place", ["minimum", "plateau"])
def test_in_the_fog_plateau_and_minimum_are_a_loss_that_no_longer_falls(place: str):
    losses = race(settings(place=place).scenario).trajectories[0].losses
    assert 0 <= losses[100] - losses[-1] < 1e-4


def test_adam_gets_over_the_plateau_and_no_further_than_gradient_descent_elsewhere():
    """Dividing by the size of the gradient helps where it is small, not where it is zero."""
    for place in SPOTS:
        plain, adam = race(settings(place, adam=True).scenario).trajectories
        if place == "plateau":
            assert adam.losses[-1] < 1e-4 < 0.9 < plain.losses[-1]
        else:
            assert np.hypot(*(adam.points[-1] - plain.points[-1])) < 1e-2


def test_gathering_speed_gets_over_the_plateau_too():
    """Momentum at the same start, with a larger rate and more steps; gradient descent at that rate stays behind."""
    entries = "gradient_descent(learning_rate=0.5),momentum(learning_rate=0.5)"
    link = {**Limits(place="plateau").link(), "lanes": entries, "steps": "400"}
    plain, momentum = results(race(Limits().scenario.from_query(link)))
    assert momentum.converged_at is not None and plain.converged_at is None


def test_local_minimum_holds_adam_and_gradient_descent_below_its_limit():
    """Starts around the minimum. Above 2 / lambda gradient descent does not converge there."""
    scenario = Limits().scenario
    landscape, minimum = scenario.landscape, np.array(stop_of(race(scenario)).point)
    limit = 2 / np.linalg.eigvalsh(landscape.hessian(minimum))[1]
    assert limit == pytest.approx(0.163, abs=5e-4)
    angles = np.radians(np.arange(0, 360, 15))

    def stay(name: str, rate: float, radius: float) -> np.ndarray:
        starts = minimum[:, None] + radius * np.stack([np.cos(angles), np.sin(angles)])
        path = run(landscape, OPTIMIZERS[name](learning_rate=rate), starts, 1000)
        return np.hypot(*(path.points[-1] - minimum[:, None])) < 0.01

    assert all(stay("adam", rate, 0.6).all() for rate in (0.01, 0.05))
    assert stay("gradient_descent", 0.98 * limit, 0.05).all()
    assert not stay("gradient_descent", 1.02 * limit, 0.05).any()


@pytest.mark.parametrize("unit", [1e-2, 1e2])
def test_no_constant_rate_crosses_the_plateau_in_another_unit_of_the_loss(unit: float):
    there = Limits(place="plateau").scenario
    starts = np.repeat(np.array(there.point)[:, None], len(RATES), axis=1)
    path = run(Scaled(there.landscape, unit), OPTIMIZERS["gradient_descent"](learning_rate=RATES), starts, there.steps)
    assert not (there.landscape.value(path.points[-1]) < 0.1).any()


@pytest.mark.parametrize("start", [(-4.0, 0.9), (-4.5, 0.0), (-4.2, -1.0)])
def test_no_constant_rate_crosses_the_plateau_from_other_starts_on_it(start: tuple[float, float]):
    there = Limits(place="plateau").scenario
    starts = np.repeat(np.array(start)[:, None], len(RATES), axis=1)
    path = run(there.landscape, OPTIMIZERS["gradient_descent"](learning_rate=RATES), starts, there.steps)
    assert not (convergence(there.landscape, path).step >= 0).any()


def test_the_hole_of_the_question_allows_rates_below_one():
    landscape = Limits.prediction.scenario.landscape
    assert np.linalg.eigvalsh(landscape.hessian(np.zeros(2)))[1] == pytest.approx(2)
    for rate, converges in ((0.9, True), (1.1, False)):
        path = run(landscape, OPTIMIZERS["gradient_descent"](learning_rate=rate), (0.1, 0.2), 200)
        assert (float(path.losses[-1]) < 1e-9) == converges


def test_the_larger_rate_of_the_question_leaves_the_plateau_in_one_step():
    """From the edge of the hole, where the loss is still near 1, over the hole, to where it is 1 again."""
    path = race(Limits.prediction.scenario).trajectories[1]
    t = int(np.hypot(*np.diff(path.points, axis=0).T).argmax())
    assert path.points[t, 1] * path.points[t + 1, 1] < 0, "on the other side of the hole"
    assert path.losses[t + 1] > 0.999 and path.losses[-1] > 0.999


@pytest.mark.parametrize("name", ["momentum", "nesterov", "adam", "rmsprop"])
def test_ridge_holds_other_methods_as_well(name: str):
    scenario = Limits(place="saddle").scenario
    path = run(scenario.landscape, OPTIMIZERS[name](), (-1.2, 0.0), scenario.steps)
    assert (path.points[:, 1] == 0).all()


def test_reaching_the_minimum_by_another_method_is_not_the_task():
    lesson, goal = Limits(), Limits.goals()["escape"]
    assert goal.found(lesson, race(goal.solved)).holds
    other = Scenario.from_query({**goal.link, "lanes": "momentum(learning_rate=0.02,momentum=0.97)"})
    assert "local" not in str(results(race(other))[0].outcome)
    assert not goal.found(lesson, race(other)).holds
    assert not goal.found(lesson, race(Scenario.from_query({**goal.link, "start": "0.1,0.1"}))).holds
