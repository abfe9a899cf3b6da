"""Taylor models are compared with their definition, and best points with a search."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscapes import LANDSCAPES
from landscapes.taylor import (
    TaylorModel,
    best_of_landscape,
    best_of_model,
    model_error,
    resolvable_radii,
    rounding,
    taylor_model,
)
from optim_core import OPTIMIZERS, run

SMOOTH = pytest.mark.parametrize(
    "landscape", [each for each in LANDSCAPES.values() if not each.cusps], ids=lambda each: each.key
)
ORDERS = pytest.mark.parametrize("order", [1, 2])


def aside(landscape):
    """A generic point near the start."""
    (x0, x1), (y0, y1) = landscape.domain
    return landscape.start[0] + 0.013 * (x1 - x0), landscape.start[1] + 0.017 * (y1 - y0)


@SMOOTH
@ORDERS
def test_model_has_the_derivatives_of_its_surface(landscape, order):
    point = aside(landscape)
    model, theta = taylor_model(landscape, point, order), np.array(point)
    assert model.exists
    assert model.value(theta) == landscape.value(theta)
    np.testing.assert_array_equal(model.gradient(theta), landscape.gradient(theta))
    expected = landscape.hessian(theta) if order == 2 else np.zeros((2, 2))
    np.testing.assert_array_equal(model.hessian(theta), expected)


@SMOOTH
@ORDERS
def test_error_decreases_with_the_next_power_of_the_radius(landscape, order):
    point = aside(landscape)
    radii = resolvable_radii(landscape, point, landscape.domain)[:6]
    errors = model_error(landscape, point, radii, order)
    if errors.max() <= 1000 * rounding(landscape, point):
        assert order == 2  # a quadratic surface is its own second-order model
        return
    slope = np.polyfit(np.log(radii), np.log(errors), 1)[0]
    assert slope == pytest.approx(order + 1, abs=0.15)


def test_quadratic_is_its_own_second_order_model():
    bowl = LANDSCAPES["elliptic_bowl"]
    radii = resolvable_radii(bowl, bowl.start, bowl.domain)
    assert model_error(bowl, bowl.start, radii, 2).max() < 10 * rounding(bowl, bowl.start)
    assert model_error(bowl, bowl.start, radii, 1).min() > 1000 * rounding(bowl, bowl.start)


@SMOOTH
def test_resolvable_radii_grow_evenly_over_a_decade_or_more(landscape):
    radii = resolvable_radii(landscape, aside(landscape), landscape.domain)
    steps = np.diff(np.log(radii))
    assert steps == pytest.approx(steps[0])
    assert radii[-1] / radii[0] >= 10 * (1 - 1e-12)


class Offset:
    """A loss whose large terms cancel."""

    def value(self, theta):
        return (theta[0] + theta[1] + 1e6) - 1e6


def test_rounding_is_detected_after_cancellation():
    eps = np.finfo(float).eps
    offset: Any = Offset()
    assert 1e5 * eps < rounding(offset, (0.1, 0.2)) < 1e7 * eps
    bowl = LANDSCAPES["bowl"]
    assert rounding(bowl, (1.0, 1.0)) < 10 * eps
    assert rounding(bowl, (np.nan, 0.0)) == np.inf


class Far:
    """A plane around a point so far away that small steps are lost to rounding."""

    def value(self, theta):
        return theta[0] - 1e6

    def gradient(self, theta):
        return np.stack([np.ones_like(theta[0]), np.zeros_like(theta[0])])


def test_step_below_rounding_is_no_error_of_the_model():
    far: Any = Far()
    assert model_error(far, (1e6, 0.0), np.array([1e-9, 3e-7])).tolist() == [0.0, 0.0]


def test_model_accepts_batches_and_can_be_minimised():
    model = taylor_model(LANDSCAPES["rosenbrock"], (0.9, 0.9), 2)
    theta = np.random.default_rng(0).normal(size=(2, 3, 4))
    assert model.value(theta).shape == (3, 4)
    assert model.gradient(theta).shape == (2, 3, 4)
    assert model.hessian(theta).shape == (2, 2, 3, 4)
    np.testing.assert_allclose(model.value(theta)[1, 2], model.value(theta[:, 1, 2]), rtol=1e-14)
    path = run(model, OPTIMIZERS["newton"](learning_rate=1.0, damping=0.0), (0.0, 0.0), 1)
    assert model.gradient(path.points[1]) == pytest.approx(np.zeros(2), abs=1e-9)


@SMOOTH
def test_first_order_model_is_lowest_along_the_negative_gradient(landscape):
    point = aside(landscape)
    step = np.subtract(best_of_model(taylor_model(landscape, point), 0.2), point)
    gradient = landscape.gradient(np.array(point))
    assert step == pytest.approx(-0.2 * gradient / np.hypot(*gradient), abs=1e-12)


def test_best_point_is_that_of_newton_inside_the_disc():
    booth = LANDSCAPES["booth"]
    assert best_of_model(taylor_model(booth, (0.0, 0.0), 2), 5.0) == pytest.approx(booth.minima[0])


NUMBERS = st.floats(-3, 3).map(lambda number: round(number, 3))


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.floats(0.01, 3))
def test_best_point_is_the_minimum_of_the_model_in_the_disc(a, b, c, g, h, radius):
    model = TaylorModel((0.5, -0.5), 2, 1.0, np.array([g, h]), np.array([[a, b], [b, c]]))
    best = best_of_model(model, radius)
    assert np.hypot(best[0] - 0.5, best[1] + 0.5) <= radius * (1 + 1e-9)
    found = best_of_landscape(model, model.point, radius)
    lowest, seen = model.value(np.array(best)), model.value(np.array(found))
    assert lowest <= seen + 1e-9 * (1 + abs(seen))


@pytest.mark.parametrize("radius", [0.1, 1.0])
def test_best_point_of_a_surface_is_found_inside_and_on_the_edge(radius):
    bowl = LANDSCAPES["bowl"]
    assert best_of_landscape(bowl, (0.03, 0.04), radius) == pytest.approx((0.0, 0.0), abs=1e-7)
    x, y = best_of_landscape(bowl, (1.8, 2.4), radius)
    assert (x, y) == pytest.approx((1.8 - 0.6 * radius, 2.4 - 0.8 * radius), abs=1e-7)


def test_best_point_of_a_constant_model_is_its_centre():
    bowl = LANDSCAPES["bowl"]
    assert best_of_model(taylor_model(bowl, (0.0, 0.0), 1), 1.0) == (0.0, 0.0)
    assert best_of_model(taylor_model(bowl, (0.0, 0.0), 2), 1.0) == (0.0, 0.0)


def test_best_point_at_a_saddle_is_along_the_negative_curvature():
    saddle = LANDSCAPES["saddle"]
    x, y = best_of_model(taylor_model(saddle, (0.0, 0.0), 2), 0.5)
    assert (x, abs(y)) == pytest.approx((0.0, 0.5))


@pytest.mark.parametrize("radius", [0.25, 0.5, 3.0])
def test_best_point_in_the_hard_case(radius):
    """In the hard case of Moré and Sorensen mu is 1: the step across is -0.6 / (2 + 1), the rest is along the axis."""
    for slope, bend in (((0.0, 0.6), (-1.0, 2.0)), ((0.6, 0.0), (2.0, -1.0))):
        model = TaylorModel((0.5, -0.5), 2, 1.0, np.array(slope), np.diag(bend))
        step = np.subtract(best_of_model(model, radius), model.point)
        along, across = (step[0], step[1]) if bend[0] < 0 else (step[1], step[0])
        assert (abs(along), across) == pytest.approx((np.sqrt(radius**2 - 0.04), -0.2))


@pytest.mark.parametrize("radius", [0.01, 0.1, 1.0, 10.0])
def test_step_to_the_edge_solves_its_equation(radius):
    """Where Newton's step is too long, (H + mu I) d = -g with |d| equal to the radius and mu at least 0."""
    bend, slope = np.array([[3.0, 1.0], [1.0, 0.5]]), np.array([4.0, -7.0])
    model = TaylorModel((0.0, 0.0), 2, 0.0, slope, bend)
    step = np.array(best_of_model(model, radius))
    left = -(slope + bend @ step)
    mu = left @ step / radius**2
    assert np.hypot(*step) == pytest.approx(radius) and mu >= 0
    assert left == pytest.approx(mu * step, rel=1e-6)


def test_cusp_has_no_second_order_model():
    cusped = next(each for each in LANDSCAPES.values() if each.cusps)
    assert not taylor_model(cusped, cusped.cusps[0], 2).exists
    assert np.isnan(model_error(cusped, cusped.cusps[0], np.array([0.1]), 2)).all()
