"""The figures of local models agree with the mathematics of Taylor models."""

from typing import Any

import numpy as np
import pytest

from landscape_lab.figures.height_scale import loss_text
from landscape_lab.figures.taylor_figures import model_error_figure, taylor_figure
from landscapes import LANDSCAPES
from landscapes.taylor import best_of_landscape, best_of_model, model_error, resolvable_radii, taylor_model

CAMEL, BOWL, ROSENBROCK = (LANDSCAPES[key] for key in ("six_hump_camel", "elliptic_bowl", "rosenbrock"))
POINT, RADIUS = (-1.0, 0.4), 0.3
ORDERS = pytest.mark.parametrize("order", [1, 2])


def trace(figure, role: str) -> Any:
    (found,) = [each for each in figure.data if each.meta == role]
    return found


@ORDERS
def test_model_is_drawn_only_inside_the_disc(order):
    drawn = trace(taylor_figure(CAMEL, POINT, RADIUS, order), "model")
    x, y = np.meshgrid(drawn.x, drawn.y)
    inside = np.hypot(x - POINT[0], y - POINT[1]) < RADIUS * (1 - 1e-9)
    assert np.isnan(drawn.z[np.hypot(x - POINT[0], y - POINT[1]) > RADIUS * (1 + 1e-9)]).all()
    model = taylor_model(CAMEL, POINT, order)
    np.testing.assert_allclose(drawn.z[inside], model.value(np.stack([x, y]))[inside], rtol=1e-5)


@pytest.mark.parametrize("landscape", [CAMEL, ROSENBROCK], ids=["linear map", "logarithmic map"])
def test_local_map_is_linear_and_both_contours_have_the_same_losses(landscape):
    figure: Any = taylor_figure(landscape, landscape.start, 0.4, 2)
    surface, drawn = trace(figure, "surface"), trace(figure, "model")
    x, y = np.meshgrid(surface.x.astype(float), surface.y.astype(float))
    np.testing.assert_allclose(surface.z, landscape.value(np.stack([x, y])), rtol=1e-4, atol=1e-4)
    assert drawn.contours.size == surface.contours.size
    offset = (drawn.contours.start - surface.contours.start) / surface.contours.size
    assert offset == pytest.approx(round(offset), abs=1e-6)
    assert drawn.contours.start - drawn.contours.size < np.nanmin(drawn.z)
    assert drawn.contours.end + drawn.contours.size > np.nanmax(drawn.z)


def test_whole_map_equals_that_of_the_stage():
    figure: Any = taylor_figure(ROSENBROCK, (-0.5, 1.0), 0.4, domain=ROSENBROCK.domain)
    assert trace(figure, "surface").customdata is not None
    assert figure.layout["xaxis"].range == ROSENBROCK.domain[0]


@ORDERS
def test_the_best_points_and_the_error_in_words(order):
    figure: Any = taylor_figure(CAMEL, POINT, RADIUS, order)
    promised, lowest = trace(figure, "model_best"), trace(figure, "true_best")
    best = best_of_model(taylor_model(CAMEL, POINT, order), RADIUS)
    truth = best_of_landscape(CAMEL, POINT, RADIUS)
    assert (promised.x[0], promised.y[0]) == best
    assert (lowest.x[0], lowest.y[0]) == truth
    says = float(taylor_model(CAMEL, POINT, order).value(np.array(best)))
    kept = float(CAMEL.value(np.array(best)))
    assert promised.name == (
        f"model's best point: says {loss_text(says)},<br>is {loss_text(kept)}, error {loss_text(abs(says - kept), 2)}"
    )
    assert lowest.name == f"true best point: {loss_text(float(CAMEL.value(np.array(truth))))}"


def test_arrow_points_uphill_to_the_circle():
    arrow = trace(taylor_figure(CAMEL, POINT, RADIUS), "arrow")
    vector = np.array([np.ptp(arrow.x) * np.sign(arrow.x[1] - arrow.x[0]), arrow.y[1] - arrow.y[0]])
    gradient = CAMEL.gradient(np.array(POINT))
    assert vector == pytest.approx(RADIUS * gradient / np.hypot(*gradient))


def test_zero_gradient_has_no_arrow_and_no_contour():
    figure: Any = taylor_figure(BOWL, (0.0, 0.0), RADIUS)
    assert "arrow" not in {each.meta for each in figure.data}
    assert np.isnan(trace(figure, "model").z).all()


def test_missing_second_derivative_is_noted():
    cusped = next(each for each in LANDSCAPES.values() if each.cusps)
    figure: Any = taylor_figure(cusped, cusped.cusps[0], RADIUS, 2)
    assert {"model", "model_best"}.isdisjoint(each.meta for each in figure.data)
    assert "second order: a derivative is missing" in {each.name for each in figure.data}
    errors: Any = model_error_figure(cusped, cusped.cusps[0], np.geomspace(1e-3, 0.1, 9))
    assert "second order: a derivative is missing" in {each.name for each in errors.data}
    guide, curve = (next(each for each in errors.data if each.name == name) for name in ("as radius²", "first order"))
    assert (guide.y < curve.y).all()


def test_loss_within_rounding_is_shown_as_0():
    figure: Any = taylor_figure(BOWL, (-1.0, 0.6), 2.0, 2)
    best = best_of_model(taylor_model(BOWL, (-1.0, 0.6), 2), 2.0)
    assert best == pytest.approx((0.0, 0.0), abs=1e-12)
    assert trace(figure, "model_best").name == "model's best point: says 0,<br>is 0, error 0"


def test_errors_are_those_of_both_models_over_guides_of_their_slopes():
    radii = resolvable_radii(CAMEL, POINT, CAMEL.domain)
    figure: Any = model_error_figure(CAMEL, POINT, radii, radius=0.1)
    named: dict[str, Any] = {each.name: each for each in figure.data if len(each.x) > 1}
    np.testing.assert_array_equal(named["first order"].y, model_error(CAMEL, POINT, radii, 1))
    np.testing.assert_array_equal(named["second order"].y, model_error(CAMEL, POINT, radii, 2))
    for name, power in (("as radius²", 2), ("as radius³", 3)):
        slopes = np.diff(np.log(named[name].y)) / np.diff(np.log(named[name].x))
        assert slopes == pytest.approx(power)
    assert set(named["disc of radius 0.1"].x) == {0.1}
    low, high = figure.layout["yaxis"].range
    assert low < np.log10(min(each.y.min() for name, each in named.items() if "order" in name))
    assert high > np.log10(max(each.y.max() for name, each in named.items() if "order" in name))


def test_rounding_is_not_shown_as_an_error_of_the_model():
    figure: Any = model_error_figure(BOWL, (1.0, 1.0), np.geomspace(1e-3, 0.1, 9))
    (exact,) = {each.name for each in figure.data if "second" in each.name}
    assert exact == "second order: nothing but rounding"
    assert all(np.isnan(each.y).all() for each in figure.data if each.name == exact)
    tiny: Any = model_error_figure(CAMEL, POINT, np.geomspace(1e-12, 1e-1, 23))
    cubic: Any = next(each for each in tiny.data if each.name == "second order")
    assert np.isnan(cubic.y[:10]).all() and np.isfinite(cubic.y[-3:]).all()
