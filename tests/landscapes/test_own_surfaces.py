"""Surfaces made from a user's function or SymPy expression."""

from typing import Any

import numpy as np
import pytest
import sympy as sp

from landscape_lab.figures.contour import contour_figure, paths_figure
from landscape_lab.figures.curves import curves_figure
from landscapes import LANDSCAPES, Landscape, landscape, objective
from optim_core import OPTIMIZERS, Adam, GradientDescent, Newton, run
from optim_core.objective import Transparent

X, Y = sp.symbols("x y")
POINTS = np.random.default_rng(0).uniform(-1.9, 1.9, (2, 40))
SMOOTH = ["bowl", "rosenbrock", "himmelblau", "beale", "styblinski_tang"]


def one_point(theta: Any) -> float:
    """A function that accepts only a single point."""
    x, y = (float(coordinate) for coordinate in theta)
    return (x - 1) ** 2 + abs(y + 0.5)


@pytest.mark.parametrize("key", SMOOTH)
def test_central_differences_are_the_derivatives(key: str) -> None:
    known = LANDSCAPES[key]
    for made, digits in ((objective(known.value), 5), (objective(known.value, known.gradient), 8)):
        assert np.array_equal(made.value(POINTS), known.value(POINTS))
        size = np.abs(known.hessian(POINTS)).max()
        np.testing.assert_allclose(made.gradient(POINTS), known.gradient(POINTS), rtol=1e-8, atol=1e-9 * size)
        np.testing.assert_allclose(made.hessian(POINTS), known.hessian(POINTS), atol=10.0**-digits * size)


def test_surface_states_how_its_gradient_is_computed() -> None:
    assert repr(objective(one_point)) == "<objective one_point, gradient by central differences>"
    assert "gradient given" in repr(objective(one_point, lambda theta: theta))
    assert "central differences" in repr(objective(one_point, domain=((-2, 2), (-2, 2))))


def test_function_of_one_point_is_called_point_by_point() -> None:
    made = objective(one_point)
    assert np.array_equal(made.value(POINTS), [one_point(point) for point in POINTS.T])
    assert made.value(POINTS[:, :6].reshape(2, 3, 2)).shape == (3, 2)
    assert made.hessian(POINTS[:, 0]).shape == (2, 2) and made.value((1, -0.5)) == 0.0


@pytest.mark.parametrize(
    "f", [lambda t: t[0] * t[1] + np.mean(t), lambda t: np.linalg.norm(t), lambda t: (t @ t) * t[0]]
)
def test_function_that_mixes_points_is_called_point_by_point(f: Any) -> None:
    assert np.array_equal(objective(f).value(POINTS), [f(point) for point in POINTS.T])


def test_vectorised_function_is_called_once() -> None:
    calls = []

    def f(theta: Any) -> Any:
        calls.append(np.shape(theta))
        return theta[0] ** 2 + theta[1] ** 2

    made = objective(f)
    made.value(POINTS)
    calls.clear()
    made.gradient(POINTS)
    assert calls == [(2, 160)]


@pytest.mark.parametrize("key", [*SMOOTH, "rastrigin", "ackley"])
def test_minima_of_a_function_are_those_of_the_surface(key: str) -> None:
    known = LANDSCAPES[key]
    made = objective(known.value, domain=known.domain)
    assert len(made.minima) == len(known.minima)
    size = np.ptp(known.domain, axis=1)
    for point in made.minima:
        assert min(np.abs(np.subtract(point, other) / size).max() for other in known.minima) < 1e-6


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: objective("x**2"), "f must be a function of a point, not 'x"),  # pyright: ignore
        (lambda: objective(one_point, 3), "gradient must be a function"),  # pyright: ignore
        (lambda: objective(one_point, domain=(-2, 2)), r"a domain must be \(\(x0, x1\), \(y0, y1\)\), not \(-2, 2\)"),  # pyright: ignore
        (lambda: objective(one_point, domain=((2, -2), (0, 1))), "from a lower to a higher number"),
        (lambda: objective(one_point, start=(0.0, 0.0)), "a start needs a domain"),
        (
            lambda: objective(lambda t: t).value(POINTS),
            r"f must return one number for a point \(2,\), not shape \(2,\)",
        ),
        (lambda: objective(one_point, one_point).gradient(POINTS), r"gradient must return an array of shape \(2,\)"),
        (lambda: landscape("x^2"), "a SymPy expression is needed, not str"),  # pyright: ignore
        (lambda: landscape(sp.Symbol("u") ** 2), "a surface has two symbols, this expression has u:"),
        (lambda: landscape(X * Y * sp.Symbol("u")), "has u, x, y: give symbols="),
        (lambda: landscape(sp.besselj(0, X) + Y), "there is no NumPy code for besselj"),
        (lambda: landscape(sp.I * X + Y), "the constant I is not a finite real number"),
        (lambda: landscape(sp.oo * X + Y), "the constant oo is not a finite"),
        (lambda: landscape(sp.log(-1 - X**2 - Y**2)), "no value anywhere in this view"),
    ],
)
def test_invalid_surface_raises_a_clear_error(make: Any, sentence: str) -> None:
    with pytest.raises((TypeError, ValueError), match=sentence):
        make()


EXPRESSIONS = {
    "plain symbols": (X**2 + (X + Y) ** 4, {(0.0, 0.0)}),
    "other names": ((1 - sp.Symbol("u")) ** 2 + (sp.Symbol("v") - 1) ** 2, {(1.0, 1.0)}),
    "absolute value": (sp.Abs(X - 1) + sp.Abs(Y) / 2, {(1.0, 0.0)}),
    "pieces": (sp.Piecewise((X**2, X > 0), (-X, True)) + Y**2, {(0.0, 0.0)}),
    "pieces without a rest": (sp.Piecewise((sp.log(X) ** 2, X > 0)) + Y**2, {(1.0, 0.0)}),
    "conditions": (
        sp.Piecewise((2 * X**2, (X > 0) & (Y > 0)), (3 * X**2, (X > 0) | (Y < -9)), (X**2, True)) + Y**2,
        {(0.0, 0.0)},
    ),
    "maximum": (sp.Max(X, -X, Y, evaluate=False) + Y**2, {(0.0, 0.0)}),
    "inverse hyperbolic": (sp.asinh(X) ** 2 + sp.atan2(Y, 2) ** 2, {(0.0, 0.0)}),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_expression_has_its_values_derivatives_and_minima(name: str) -> None:
    expression, minima = EXPRESSIONS[name]
    made = landscape(expression)
    symbols = sorted(expression.free_symbols, key=str)
    true = [
        float(v) if (v := expression.subs(dict(zip(symbols, p, strict=True)))).is_real else np.nan for p in POINTS.T
    ]
    np.testing.assert_allclose(made.value(POINTS), true, rtol=1e-12)
    differences = objective(made.value)
    inside = np.isfinite(differences.gradient(POINTS)).all(axis=0)
    assert inside.sum() > 10
    np.testing.assert_allclose(made.gradient(POINTS)[:, inside], differences.gradient(POINTS)[:, inside], atol=1e-7)
    np.testing.assert_allclose(made.hessian(POINTS)[..., inside], differences.hessian(POINTS)[..., inside], 1e-5, 1e-4)
    assert set(made.minima) == minima


def test_order_of_the_symbols_can_be_chosen() -> None:
    p, q = sp.symbols("p q")
    made = landscape(p**2 + 3 * q, symbols=(q, p), domain=((-1, 1), (-1, 1)), start=(0.5, 0.25), name="turned")
    assert made.value(np.array([2.0, 3.0])) == 15.0 and made.start == (0.5, 0.25) and made.key == "turned"
    assert landscape(Y**2).value(np.array([5.0, 2.0])) == 4.0


@pytest.mark.parametrize("name", ["pieces", "maximum", "conditions", "inverse hyperbolic"])
@pytest.mark.parametrize("key", ["adam", "newton"])
def test_run_on_an_expression_equals_that_on_plain_numpy(name: str, key: str) -> None:
    made = landscape(EXPRESSIONS[name][0])
    starts = np.array(np.meshgrid([-1.5, 0.3, 1.4], [-1.2, 0.1, 1.7])).reshape(2, -1)
    for start in (made.start, starts):
        fast, plain = (run(surface, OPTIMIZERS[key](), start, 150) for surface in (made, Transparent(made)))
        assert np.array_equal(fast.points, plain.points, equal_nan=True)


@pytest.mark.parametrize(
    "made", [objective(one_point, domain=((-2, 2), (-2, 2))), landscape(EXPRESSIONS["pieces"][0])], ids=["f", "sympy"]
)
def test_figures_draw_user_surfaces(made: Landscape) -> None:
    paths = [run(made, optimizer, made.start, 60) for optimizer in (Adam(), GradientDescent(learning_rate=0.1))]
    labels = ["Adam", "Descent"]
    drawn = paths_figure(made, paths, labels)
    assert {"Adam", "Descent"} <= {trace.name for trace in drawn.data}  # pyright: ignore
    assert curves_figure(paths, labels).data
    marks = [trace for trace in contour_figure(made).data if trace.type == "scatter"]  # pyright: ignore
    assert sum(len(trace.x) for trace in marks) == len(made.minima)  # pyright: ignore


def test_newton_runs_on_estimated_curvature() -> None:
    made = objective(LANDSCAPES["rosenbrock"].value, domain=((-2, 2), (-1, 3)))
    end = run(made, Newton(), (-1.2, 1.0), 30).points[-1]
    np.testing.assert_allclose(end, [1.0, 1.0], atol=1e-6)
