"""What the page about Taylor's theorem and Newton's method says beyond its claims."""

from dataclasses import replace

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons.taylor import SMALL, Taylor
from landscape_lab.experiments.tables import results
from landscapes import LANDSCAPES
from landscapes.taylor import Order, best_of_model, model_error, taylor_model

ORDERS: tuple[Order, ...] = (1, 2)


@pytest.mark.parametrize("key", ["himmelblau", "beale", "mccormick", "tanh_network", "easom"])
def test_best_point_of_the_linear_model_is_straight_downhill(key: str):
    landscape = LANDSCAPES[key]
    g = landscape.gradient(landscape.start)
    step = np.subtract(best_of_model(taylor_model(landscape, landscape.start, 1), 0.1), landscape.start)
    np.testing.assert_allclose(step, -0.1 * g / np.hypot(*g), atol=1e-12)


@pytest.mark.parametrize("key", ["himmelblau", "beale", "six_hump_camel", "tanh_network", "branin"])
def test_errors_fall_like_the_second_and_third_power_of_the_radius(key: str):
    landscape = LANDSCAPES[key]
    radii = np.array([1e-2, 1e-3]) * (landscape.domain[0][1] - landscape.domain[0][0])
    powers = [np.log10(np.divide(*model_error(landscape, landscape.start, radii, order))) for order in ORDERS]
    np.testing.assert_allclose(powers, (2, 3), atol=0.1)


def test_every_step_is_as_long_as_the_radius_while_the_slope_allows():
    careful, bold, _newton = race(Taylor().scenario).trajectories
    for path, radius in ((careful, SMALL), (bold, Taylor().radius)):
        slopes = np.hypot(*race(Taylor().scenario).landscape.gradient(path.points.T))[:-1]
        lengths = np.hypot(*np.diff(path.points, axis=0).T)
        np.testing.assert_allclose(lengths, np.minimum(slopes, radius), rtol=1e-9)


@pytest.mark.parametrize("start", [(-1.7, 0.4), (1.9, -1.2), (0.3, 0.8)])
def test_newton_needs_one_step_on_a_quadratic(start: tuple[float, float]):
    newton = race(Taylor(ground="bowl", start=start).scenario).trajectories[2]
    assert np.hypot(*newton.points[1]) < 1e-12
    assert np.hypot(*newton.points[0]) > 0.5


def test_newton_needs_more_than_one_step_where_the_valley_bends():
    assert (results(race(Taylor().scenario))[2].steps_to_tolerance or 0) > 1


def test_second_order_is_exact_on_a_quadratic():
    lesson = Taylor(ground="bowl")
    found = lesson.claims()["orders"].found(lesson, race(lesson.scenario))
    assert not found.holds, "there is no error to divide"
    assert model_error(lesson.scenario.landscape, lesson.scenario.point, np.array([0.5]), 2)[0] < 1e-13


def test_a_small_enough_circle_keeps_its_promise():
    """The real change of the loss comes as near to the promised one as one likes."""
    landscape, start = Taylor().scenario.landscape, Taylor().scenario.point
    model = taylor_model(landscape, start, 1)
    kept = []
    for radius in (0.5, 0.05, 0.005, 0.0005):
        best = np.array(best_of_model(model, radius))
        kept.append((landscape.value(best) - model.height) / (model.value(best) - model.height))
    assert kept[0] < 0, "it goes up"
    assert np.all(np.diff(kept) > 0) and kept[-1] == pytest.approx(1, abs=0.01)


def test_costs_grow_like_the_first_second_and_third_power():
    rows = {row[0]: row[1:] for row in Taylor().costs()}
    assert rows["2"] == ("16 B", "32 B", "3")
    assert rows["10⁶"] == ("8 MB", "8 TB", "3\N{NARROW NO-BREAK SPACE}×\N{NARROW NO-BREAK SPACE}10¹⁷")
    assert rows["10⁹"] == ("8 GB", "8 EB", "3\N{NARROW NO-BREAK SPACE}×\N{NARROW NO-BREAK SPACE}10²⁶")


def test_newton_climbs_to_a_top_where_gradient_descent_finds_a_valley():
    plain, newton = race(Taylor.prediction.scenario).trajectories
    landscape = LANDSCAPES["himmelblau"]
    assert np.hypot(*(newton.points[-1] - landscape.maxima[0])) < 1e-6
    assert plain.losses[-1] < 1e-6 < newton.losses[0] < newton.losses[-1]


def test_invitations_hold_what_they_say():
    damped, rosenbrock, shrinking = (results(race(scenario)) for scenario in Taylor.suggested().values())
    assert "saddle" in str(damped[0].outcome) and damped[1].steps_to_tolerance
    assert rosenbrock[2].steps_to_tolerance == 5
    assert all((row.steps_to_tolerance or 1000) > 50 for row in rosenbrock[:2])
    assert shrinking[0].final_loss < 0.1 * shrinking[1].final_loss


def test_dragging_the_start_moves_both_models():
    moved = Taylor(start=(0.5, 2.5))
    assert moved.scenario.point == (0.5, 2.5)
    assert not np.array_equal(moved.radii, Taylor().radii)
    assert replace(moved, start=None) == Taylor()


def test_the_angle_is_said_in_degrees_and_the_factors_as_they_are():
    """A direction is looked for among so many that the best of them is off by at most half a part of the circle."""
    lesson = Taylor()
    said = lesson.claims()["downhill"].found(lesson, race(lesson.scenario)).sentence.values
    landscape, point = lesson.scenario.landscape, lesson.scenario.point
    gx, gy = landscape.gradient(point)
    turns = np.arange(said["directions"]) / said["directions"]
    offs = np.abs((np.degrees(np.arctan2(-gy, -gx)) - 360 * turns + 180) % 360 - 180)
    assert said["angle"] == pytest.approx(offs.min(), abs=1e-9)
    said = lesson.claims()["orders"].found(lesson, race(lesson.scenario)).sentence.values
    for name, order in zip(("first", "second"), ORDERS, strict=True):
        wide, near = model_error(landscape, point, np.array([lesson.radius, lesson.radius / 2]), order)
        assert said[name] == pytest.approx(wide / near)
