import numpy as np
import pytest

from experiments import Scenario, race, results
from landscapes import LANDSCAPES


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
