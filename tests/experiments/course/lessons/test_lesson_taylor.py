"""What the page about Taylor's theorem and Newton's method says beyond its claims."""

from dataclasses import replace

import numpy as np
import pytest

from landscape_lab.experiments import Scenario, race
from landscape_lab.experiments.course.lessons.taylor import SMALL, Taylor, below_the_limit
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
    assert (results(race(Taylor().scenario))[2].converged_at or 0) > 1


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


def test_suggestions_hold_what_they_say():
    suggested = Taylor.suggested()
    below, above = results(race(suggested["two_rates"]))
    assert below.converged_at and not above.converged_at and above.final_loss > 1e3
    plain, conjugate, newton = results(race(suggested["rosenbrock"]))
    assert newton.converged_at == 5 and conjugate.converged_at and not plain.converged_at
    shrinking, constant = results(race(suggested["shrinking"]))
    assert shrinking.final_loss < 0.1 * constant.final_loss


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


# ---- a bound on the curvature ----


def test_every_rate_below_two_over_the_curvature_lowers_the_loss_at_every_step():
    """On a quadratic, without the app's optimizer: the course corrects that only infinitely small rates are safe."""
    H = np.array([[7.0, 2.0], [2.0, 3.0]])
    limit = 2 / np.linalg.eigvalsh(H)[-1]
    for rate in np.linspace(0.01, 0.999, 20) * limit:
        theta, losses = np.array([1.3, -0.7]), []
        for _ in range(60):
            losses.append(theta @ H @ theta / 2)
            theta = theta - rate * (H @ theta)
        assert (np.diff(losses) < 0).all() or losses[-1] < 1e-25


@pytest.mark.parametrize("rate", [0.0005, 0.002, 0.01])
def test_small_rates_lower_the_loss_at_every_step_where_the_surface_is_not_quadratic(rate: float):
    link = {"surface": "himmelblau", "start": "0,0", "steps": "100", "lanes": f"gradient_descent(learning_rate={rate})"}
    (path,) = race(Scenario.from_query(link)).trajectories
    assert (np.diff(path.losses) <= 0).all()


@pytest.mark.parametrize("ground", ["banana", "bowl"])
@pytest.mark.parametrize("start", [(-1.2, -0.6), (0.1, 0.2), (1.7, 1.9)])
def test_no_step_below_the_limit_raises_the_loss_from_other_starts(ground: str, start: tuple[float, float]):
    landscape, circles = Taylor(ground=ground).scenario.landscape, race(Taylor(ground=ground, start=start).scenario)
    assert below_the_limit(landscape, circles.trajectories[0]).any()
    for path in circles.trajectories[:2]:
        safe, rises = below_the_limit(landscape, path), np.diff(path.losses) > 0
        assert not (safe & rises).any()
        if ground == "bowl":  # the curvature is the same all along the step, so that the limit is sharp
            assert rises[~safe].all()


def test_limit_is_measured_along_the_step():
    """Compared with the curvature by finite differences of the loss."""
    landscape = Taylor().scenario.landscape
    path = race(Taylor().scenario).trajectories[1]
    safe = below_the_limit(landscape, path)
    for step in (0, 1, 7, 40):
        at, to = path.points[step], path.points[step + 1]
        length = np.hypot(*(to - at))
        along = [at + share * (to - at) for share in np.linspace(0, 1, 201)]
        losses = np.array([float(landscape.value(point)) for point in along])
        bend = (np.diff(losses, 2) / (length / 200) ** 2).max()
        assert safe[step] == (bend < 2 * np.hypot(*landscape.gradient(at)) / length)


def test_small_circle_on_the_bowl_ends_by_jumping_at_five_times_the_limit():
    """There the step is as long as the gradient: a learning rate of 1."""
    lesson = Taylor(ground="bowl")
    path = race(lesson.scenario).trajectories[0]
    curvature = np.linalg.eigvalsh(lesson.scenario.landscape.hessian(np.zeros(2)))[-1]
    assert 1 / (2 / curvature) == pytest.approx(5)
    rises = np.diff(path.losses) > 0
    assert not rises[:20].any() and rises[-20:].sum() >= 8
    assert path.losses[-40:].min() < path.losses[-1]


@pytest.mark.parametrize("start", [(-0.2, -1.1), (-0.05, -0.65), (-0.5, -1.2)])
def test_newton_climbs_from_other_starts_close_to_the_top(start: tuple[float, float]):
    link = dict(Taylor.prediction.link) | {"start": f"{start[0]},{start[1]}"}
    run = race(Scenario.from_query(link))
    assert Taylor.prediction.answered(Taylor(), run)[0] == "hill"


def test_newton_does_not_depend_on_the_units_of_loss_and_parameters():
    """One step of Newton's method by hand in other units; clipping and gradient descent would change."""
    landscape = Taylor().scenario.landscape
    newton = race(Taylor().scenario).trajectories[2]
    at, units = newton.points[0], np.array([3.0, 0.2])
    g, H = 10 * landscape.gradient(at) * units, 10 * landscape.hessian(at) * np.outer(units, units)
    np.testing.assert_allclose(at - units * np.linalg.solve(H, g), newton.points[1], rtol=1e-9)


# ---- goals ----


def test_start_at_a_saddle_does_not_meet_the_goal():
    goal = Taylor.goals()["ends_at_a_saddle"]
    x, y = LANDSCAPES["himmelblau"].saddles[0]
    for away in (0.0, 0.3):
        assert not goal.found(Taylor(), race(Scenario.from_query({**goal.link, "start": f"{x},{y + away}"}))).holds


def test_other_methods_do_not_meet_the_goals_about_one_method():
    for name, lanes in (("never_rises", "newton"), ("damped", "gradient_descent(learning_rate=0.05)")):
        goal = Taylor.goals()[name]
        assert not goal.found(Taylor(), race(Scenario.from_query({**goal.link, "lanes": lanes}))).holds
