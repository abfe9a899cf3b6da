"""What the page about the limits of gradient descent says beyond its claims."""

from typing import Any

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons.limits import SPOTS, ZERO, Limits, stop_of
from landscape_lab.experiments.tables import results
from landscapes.critical_points import Kind


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


def test_a_millionth_needs_longer_than_a_thousandth():
    y = race(Limits.prediction.scenario).trajectories[0].points[:, 1]
    assert y[0] == 1e-6
    slow = int(np.argmax(np.abs(y) > 0.1))
    near = race(Limits(place="saddle", offset=0.001).scenario).trajectories[0].points[:, 1]
    assert 0 < int(np.argmax(np.abs(near) > 0.1)) < slow


def test_lone_minimum_of_the_map_is_not_where_it_stops():
    found = race(Limits().scenario)
    assert "local minimum" in str(results(found)[0].outcome)


def test_invitations_hold_what_they_say():
    heavy, saddle, plateau, pits = (results(race(scenario)) for scenario in Limits.suggested().values())
    assert [row.steps_to_tolerance is None for row in heavy] == [True, False]
    assert "saddle" in str(saddle[3].outcome) and all(row.steps_to_tolerance for row in saddle[:3])
    assert [row.steps_to_tolerance is None for row in plateau] == [True, False, False, False]
    assert all("local minimum" in str(row.outcome) for row in pits)


@pytest.mark.parametrize("place", ["minimum", "plateau"])
def test_in_the_fog_plateau_and_minimum_are_a_loss_that_no_longer_falls(place: str):
    losses = race(settings(place=place).scenario).trajectories[0].losses
    assert 0 <= losses[100] - losses[-1] < 1e-4


def test_adam_gets_over_the_plateau_and_no_further_than_gradient_descent_elsewhere():
    """Dividing by the size of the gradient helps where it is small, not where it is zero."""
    for place in SPOTS:
        plain, adam = race(settings(place).scenario).trajectories
        if place == "plateau":
            assert adam.losses[-1] < 1e-4 < 0.9 < plain.losses[-1]
        else:
            assert np.hypot(*(adam.points[-1] - plain.points[-1])) < 1e-2


def test_gathering_speed_gets_over_the_plateau_too():
    """Momentum at the same start, with a larger rate and more steps; gradient descent at that rate stays behind."""
    entries = "gradient_descent(learning_rate=0.5),momentum(learning_rate=0.5)"
    link = {**Limits(place="plateau").link(), "lanes": entries, "steps": "400"}
    plain, momentum = results(race(Limits().scenario.from_query(link)))
    assert momentum.steps_to_tolerance is not None and plain.steps_to_tolerance is None
