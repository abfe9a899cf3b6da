import numpy as np
import pytest

from experiments import Scenario, places, race, results
from landscapes import LANDSCAPES
from landscapes.critical_points import Kind


def only_result(**query):
    return results(race(Scenario.from_query(query)))[0]


def test_divergence_is_told_with_its_step_and_loss():
    row = only_result(surface="bowl", lanes="gradient_descent(learning_rate=5)")
    path = race(Scenario.from_query({"surface": "bowl", "lanes": "gradient_descent(learning_rate=5)"})).trajectories[0]
    assert f"diverged at step {int(path.last_step)}: left the map at loss" in str(row.outcome)
    assert row.final_loss == path.losses[path.last_step] and row.steps_to_tolerance is None


def test_arrival_is_told_with_the_step_from_which_it_stays():
    row = only_result(surface="bowl", lanes="gradient_descent(learning_rate=0.1)")
    assert str(row.outcome).startswith("reached the minimum at step")
    assert row.distance == pytest.approx(0, abs=1e-9) and (row.steps_to_tolerance or 0) > 0


def test_a_local_minimum_is_not_the_minimum():
    surface = LANDSCAPES["six_hump_camel"]
    values = [float(surface.value(np.array(place))) for place in surface.minima]
    worst = surface.minima[int(np.argmax(values))]
    row = only_result(
        surface="six_hump_camel", start=f"{worst[0]!r},{worst[1]!r}", lanes="gradient_descent(learning_rate=0.001)"
    )
    assert "local minimum" in str(row.outcome)


def test_a_surface_without_a_minimum_has_no_distance():
    row = only_result(surface="saddle", lanes="gradient_descent(learning_rate=0.001)", steps="3")
    assert row.distance is None and row.steps_to_tolerance is None


def test_one_result_for_each_lane_in_order():
    scenario = Scenario.from_query({"lanes": 'adam(name="b"),adam(name="a"),newton'})
    assert [row.name for row in results(race(scenario))] == ["b", "a", "Newton"]


def test_evaluations_are_those_of_the_run():
    scenario = Scenario.from_query({"surface": "booth", "lanes": "newton,nesterov", "steps": "20"})
    newton, nesterov = results(race(scenario))
    assert (newton.evaluations, nesterov.evaluations) == (60, 20)


def test_a_run_that_bounces_past_a_minimum_at_its_very_end_has_not_reached_it():
    bouncing = Scenario.from_query(
        {
            "surface": "himmelblau",
            "start": "0,0",
            "lanes": "gradient_descent(learning_rate=0.0348)",
            "steps": "60",
        }
    )
    (row,) = results(race(bouncing))
    assert row.steps_to_tolerance is None
    assert str(row.outcome).startswith("is still at loss")


def test_tolerance_is_reached_for_good_or_not_at_all():
    diverging = Scenario.from_query(
        {
            "surface": "elliptic_bowl(condition=10,angle=30)",
            "lanes": "gradient_descent(learning_rate=0.3)",
            "start": "0.001,0.0005",
            "steps": "300",
        }
    )
    (row,) = results(race(diverging))
    assert str(row.outcome).startswith("diverged")
    assert row.steps_to_tolerance is None


def test_the_critical_points_are_those_of_the_surface():
    for key in ("himmelblau", "saddle", "plateau", "rosenbrock"):
        found = places(race(Scenario.from_query({"surface": key, "steps": "5"})))
        surface = LANDSCAPES[key]
        told = tuple(tuple(place.point for place in found if place.kind is kind) for kind in Kind)
        assert told == tuple(surface.critical_points)
        assert all(place.loss == surface.value(np.array(place.point)) for place in found)


def test_lanes_are_listed_where_they_ended():
    starts = {"4,2": (3.0, 2.0), "-3,-3": (-3.779, -3.283)}
    for start, end in starts.items():
        query = {"surface": "himmelblau", "start": start, "steps": "300"}
        ran = race(Scenario.from_query(query | {"lanes": "gradient_descent(learning_rate=0.01),adam,newton"}))
        ended = [place for place in places(ran) if place.lanes]
        first = next(place for place in ended if 0 in place.lanes)
        assert first.kind is Kind.MINIMUM and first.point == pytest.approx(end, abs=1e-3)
        for row, lane in zip(results(ran), range(3), strict=True):
            here = [place for place in ended if lane in place.lanes]
            assert len(here) == ("reached" in str(row.outcome) or "saddle" in str(row.outcome))


def test_only_the_lowest_minima_are_called_so():
    found = places(race(Scenario.from_query({"surface": "six_hump_camel", "steps": "1"})))
    minima = [place for place in found if place.kind is Kind.MINIMUM]
    lowest = min(place.loss for place in minima)
    assert {place.lowest for place in minima} == {True, False}
    assert all(place.lowest == (place.loss < lowest + 1e-6) for place in minima)


def test_who_diverged_or_is_still_on_its_way_ended_nowhere():
    query = {"surface": "bowl", "lanes": "gradient_descent(learning_rate=5),gradient_descent(learning_rate=0.0001)"}
    assert [place.lanes for place in places(race(Scenario.from_query(query)))] == [()]


def test_who_rests_on_a_saddle_ended_there():
    ran = race(
        Scenario.from_query({"surface": "saddle", "start": "1,0", "lanes": "gradient_descent(learning_rate=0.1)"})
    )
    (place,) = (place for place in places(ran) if place.lanes)
    assert place.kind is Kind.SADDLE and not place.lowest
