"""A formula typed by a user becomes the surface it describes or raises one clear error."""

import math
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mpmath import mp

from landscape_lab.experiments.scenarios.notation import Call, read
from landscapes import LANDSCAPES, Formula, FormulaError, formula_text, parse_formula
from landscapes.creases import creases
from landscapes.critical_points import CriticalPoints, Kind, classify, find
from landscapes.formula import EDGES, MAX_OPERATIONS
from landscapes.formula_functions import FUNCTIONS
from landscapes.formula_graph import OPERATIONS, Graph, Tape
from optim_core import OPTIMIZERS, Outcome, run
from tests.landscapes.formula_corpus import HONEST, ODD, REFUSED

X, Y = sp.symbols("x y", real=True)
NAMES = {
    **{name: getattr(sp, name) for name in FUNCTIONS if hasattr(sp, name)},
    **{"abs": sp.Abs, "min": sp.Min, "max": sp.Max, "e": sp.E, "pi": sp.pi, "x": X, "y": Y},
    **{"log2": lambda u: sp.log(u, 2), "log10": lambda u: sp.log(u, 10), "log1p": lambda u: sp.log(1 + u)},
    **{"expm1": lambda u: sp.exp(u) - 1, "exp2": lambda u: 2**u, "square": lambda u: u**2},
    **{"hypot": lambda u, v: sp.sqrt(u**2 + v**2), "sinc": lambda u: sp.sin(sp.pi * u) / (sp.pi * u)},
    **{"sigmoid": lambda u: 1 / (1 + sp.exp(-u)), "softplus": lambda u: sp.log(1 + sp.exp(u))},
    **{"cbrt": lambda u: sp.sign(u) * sp.Abs(u) ** sp.Rational(1, 3), "pow": lambda u, v: u**v},
    **{"relu": lambda u: sp.Max(u, 0), "step": lambda u: (1 + sp.sign(u)) / 2},
}
MOST_NODES = 3000
"""The largest graph that a formula within the caps may need, its derivatives included."""


def points(surface: Formula, count: int = 40) -> np.ndarray:
    low, high = np.array(surface.domain).T[..., None]
    return low + (high - low) * np.random.default_rng(1).uniform(size=(2, count))


def outcome(text: str) -> Formula | FormulaError:
    try:
        return parse_formula(text)
    except FormulaError as error:
        return error


# Meaning


@pytest.mark.thorough
@pytest.mark.parametrize("text", HONEST)
def test_value_and_derivatives_are_those_that_sympy_finds(text):
    surface = parse_formula(text)
    letters = {name: sp.Symbol(name, real=True) for name in surface.parameters}
    expression = sp.sympify(eval(HONEST[text] or text, {**NAMES, **letters}))
    values = dict.fromkeys(surface.parameters, 2.0)
    expression = expression.subs({letters[name]: sp.Float(value) for name, value in values.items()})
    surface = surface.with_parameters(**values)
    theta = points(surface)
    got = {(): surface.value(theta)}
    got |= {(i,): surface.gradient(theta)[i] for i in range(2)}
    got |= {(i, j): surface.hessian(theta)[i, j] for i in range(2) for j in range(2)}
    hole = np.isnan(got[()])
    assert not hole.all()
    for order, numbers in got.items():
        wanted = expression
        for axis in order:
            wanted = wanted.diff((X, Y)[axis])
        wanted = wanted.replace(sp.DiracDelta, lambda *_: sp.Integer(0))
        f = sp.lambdify((X, Y), wanted, "mpmath")
        for index, (x, y) in enumerate(theta.T.tolist()):
            if hole[index]:
                assert np.isnan(numbers[index])
                continue
            expected = complex(f(sp.Float(x), sp.Float(y)))
            scale = 1e-9 * max(1.0, abs(expected))
            assert expected.imag == pytest.approx(0.0, abs=scale)
            assert numbers[index] == pytest.approx(expected.real, rel=1e-9, abs=scale)


def test_holes_are_where_the_formula_is_not_real():
    surface = parse_formula("log(x) + sqrt(y)", ((-1.0, 3.0), (-2.0, 2.0)))
    x, y = theta = points(surface, 200)
    np.testing.assert_array_equal(np.isnan(surface.value(theta)), (x < 0) | (y < 0))
    for derivative in (surface.gradient(theta), surface.hessian(theta)):
        np.testing.assert_array_equal(
            np.isnan(derivative).all(axis=tuple(range(derivative.ndim - 1))), (x < 0) | (y < 0)
        )
    assert surface.undefined == pytest.approx(1 - 0.75 * 0.5, abs=0.01)
    assert parse_formula("x*y").undefined == 0.0


def test_undefined_point_is_no_critical_point():
    # The gradient's own formula, 2 x / (x² - 1), is 0 at the origin, where there is no surface.
    assert parse_formula("log(x^2 - 1) + y^2", ((-3.0, 3.0), (-3.0, 3.0))).critical_points == CriticalPoints()


def test_factor_0_does_not_define_an_undefined_point():
    surface = parse_formula("0*log(x) + y^2", ((-1.0, 1.0), (-1.0, 1.0)))
    assert surface.value((0.5, 0.5)) == 0.25 and math.isnan(surface.value((-0.5, 0.5)))


def test_path_into_an_undefined_region_diverges():
    surface = parse_formula("log(x) + y^2", ((-1.0, 3.0), (-2.0, 2.0)))
    path = run(surface, OPTIMIZERS["gradient_descent"](learning_rate=0.5), start=(0.6, 1.0), steps=20)
    assert path.outcome == Outcome.DIVERGED


@pytest.mark.parametrize(
    ("text", "point", "slope"),
    [
        ("abs(x) + y", (0.0, 1.0), (0.0, 1.0)),
        ("max(x, 0) + y", (0.0, 1.0), (0.5, 1.0)),
        ("min(x, 0) + y", (0.0, 1.0), (0.5, 1.0)),
        ("max(x, y)", (1.0, 1.0), (0.5, 0.5)),
        ("sign(x) + y", (0.0, 1.0), (0.0, 1.0)),
        ("sqrt(x^2 + y^2) + 5x", (0.0, 0.0), (5.0, 0.0)),
        ("sqrt(x) + y", (0.0, 1.0), (math.inf, 1.0)),
        ("(x^2 + y^2)^(1/4)", (0.0, 0.0), (0.0, 0.0)),
        ("(x^2)^(3/2) + y", (0.0, 0.0), (0.0, 1.0)),
    ],
)
def test_slope_at_a_kink_is_the_mean_of_both_one_sided_slopes(text, point, slope):
    assert tuple(parse_formula(text, ((-2.0, 2.0), (-2.0, 2.0))).gradient(point)) == slope


# The landscape


@pytest.mark.thorough
@pytest.mark.parametrize(
    "surface",
    [s for s in LANDSCAPES.values() if all(len(name) == 1 for name in s.knobs)],
    ids=lambda surface: surface.key,
)
def test_catalog_typed_as_formulas_has_the_same_values_and_critical_points(surface):
    typed = parse_formula(surface.expression.replace("E", "e"), surface.domain)
    typed = typed.with_parameters(**surface.parameters)
    theta = points(typed)
    for function in ("value", "gradient", "hessian"):
        expected = getattr(surface, function)(theta)
        size = np.abs(expected).max()
        np.testing.assert_allclose(getattr(typed, function)(theta), expected, rtol=1e-10, atol=1e-12 * size)
    for mine, listed in zip(typed.critical_points, surface.critical_points, strict=True):
        assert len(mine) == len(listed)
        for point in listed:
            assert min(math.dist(point, other) for other in mine) < 1e-6


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abs(x) + abs(y)", CriticalPoints(minima=((0.0, 0.0),))),
        ("-abs(x) - abs(y)", CriticalPoints(maxima=((0.0, 0.0),))),
        ("abs(x - 0.25) + y^2", CriticalPoints(minima=((0.25, 0.0),))),
        ("sqrt(x^2 + y^2)", CriticalPoints(minima=((0.0, 0.0),))),
        ("sqrt(x^2 + y^2) + 5x", CriticalPoints()),
        ("max(x^2 + y^2, 2(x - 1)^2 + 2y^2 + x - y)", None),
        ("abs(y - x^2)", CriticalPoints()),  # a flat valley has no isolated minimum
        ("max(x, 0) + max(y, 0)", CriticalPoints()),
        ("0x + 3", CriticalPoints()),
        ("(x^2 + y^2 - 1)^2", CriticalPoints(maxima=((0.0, 0.0),))),  # nor has a circle
        ("(x^2 + y^2 - 1)^2 + 0sqrt(x - 0.5)", CriticalPoints()),  # nor an arc with two ends
        ("sin(x y)", CriticalPoints(saddles=((0.0, 0.0),))),
        ("(x y - 1)^2 - x^2 y^2", CriticalPoints(saddles=((0.0, 0.0),))),
        ("x^2 + y^4", CriticalPoints(minima=((0.0, 0.0),))),
        ("x^2 - y^4", CriticalPoints(saddles=((0.0, 0.0),))),
        ("x^3 + y^2", CriticalPoints(saddles=((0.0, 0.0),))),
        ("10abs(x - y) + abs(x + y - 1)", CriticalPoints(minima=((0.5, 0.5),))),
        ("10abs(y - x^2) + abs(x - 1)", CriticalPoints(minima=((1.0, 1.0),))),
        ("1/2 - sqrt((x - 0.3)^2 + y^2)", CriticalPoints(maxima=((0.3, 0.0),))),
        ("asin(sin(pi x)) + y^2", CriticalPoints(minima=((-0.5, 0.0), (1.5, 0.0)))),
        ("sign(x) + y^2", CriticalPoints()),
        ("x^4 + y^4", CriticalPoints(minima=((0.0, 0.0),))),
        ("sqrt(x^2 + 1) + abs(y)^3", CriticalPoints(minima=((0.0, 0.0),))),
    ],
)
def test_critical_points_with_and_without_a_derivative(text, expected):
    surface = parse_formula(text, ((-2.0, 2.0), (-2.0, 2.0)))
    if expected is not None:
        assert surface.critical_points == expected
        return
    (point,) = surface.minima
    around = np.array(point)[:, None] + 1e-4 * np.random.default_rng(0).normal(size=(2, 500))
    assert (surface.value(around) > surface.value(point)).all()


@pytest.mark.parametrize(
    ("text", "reach"),
    [
        ("x^2 + y^2", 2),
        ("(1-x)^2 + 100(y-x^2)^2", 2),
        ("(x^2+y-11)^2 + (x+y^2-7)^2", 5),
        ("(x-7)^2 + (y-3)^2", 10),
        ("(x-30)^2 + (y+10)^2", 50),
        ("-cos(x)cos(y)exp(-(x-pi)^2 - (y-pi)^2)", 5),  # faint ripples near the origin hide no hole farther out
        ("x^2 - y^2", 2),
        ("log(x-3) + y", 10),
        ("0x + 3", 2),
        ("min(sin(x), cos(y))^2", 2),
        ("abs(y - x)", 2),
        ("(2 + sin(x))^(y - x)", 2),
        ("sin(50x)", 2),
        ("e^x + e^-y", 2),
        ("1/(1 + exp(-x)) + y^2", 2),
    ],
)
def test_view_is_the_smallest_square_that_shows_the_minima(text, reach):
    assert parse_formula(text).domain == ((-reach, reach), (-reach, reach))


def test_flat_region_is_not_searched_point_by_point(monkeypatch):
    calls = []
    gradient = Formula.gradient
    monkeypatch.setattr(Formula, "gradient", lambda self, theta: calls.append(1) or gradient(self, theta))
    assert parse_formula("max(x, 0) + 3").critical_points == CriticalPoints()
    assert len(calls) < 200


def test_view_may_be_given():
    view = ((-1.0, 3.0), (0.0, 2.0))
    assert parse_formula("x + y", view).domain == view
    for wrong in [((1.0, 1.0), (0.0, 1.0)), ((2.0, 1.0), (0.0, 1.0)), ((0.0, math.nan), (0.0, 1.0)),
                  ((0.0, math.inf), (0.0, 1.0)), ((0.0, 1e-4), (0.0, 1.0)), ((0.0, 1.0), (-1e7, 1.0))]:  # fmt: skip
        with pytest.raises(FormulaError, match="A view goes from a lower to a higher number"):
            parse_formula("x + y", wrong)


@pytest.mark.parametrize("text", [*HONEST, *ODD])
def test_every_formula_can_be_raced(text):
    surface = parse_formula(text)
    assert surface.starts and surface.formula
    for x, y in surface.starts:
        (left, right), (bottom, top) = surface.domain
        assert left <= x <= right and bottom <= y <= top and np.isfinite(surface.value((x, y)))
    assert surface.operations <= MAX_OPERATIONS
    assert 0.0 <= surface.undefined < 1.0
    lanes = points(surface, 7)
    for function, outer in {"value": (), "gradient": (2,), "hessian": (2, 2)}.items():
        whole = getattr(surface, function)(lanes)
        assert whole.dtype == np.float64 and whole.shape == (*outer, 7)
        assert not np.shares_memory(whole, lanes)
        for index in range(7):
            assert getattr(surface, function)(lanes[:, index]).tobytes() == whole[..., index].tobytes()
        assert getattr(surface, function)(lanes.reshape(2, 7, 1)).shape == (*outer, 7, 1)
        assert getattr(surface, function)(lanes[:, :0]).shape == (*outer, 0)


def test_variables_become_parameters():
    surface = parse_formula("a*(x - b)^2 + y^2")
    assert surface.parameters == {"a": 1.0, "b": 1.0} and surface.minima == ((1.0, 0.0),)
    assert [(k.low, k.high, k.symbol) for k in surface.knobs.values()] == [(-10.0, 10.0, "a"), (-10.0, 10.0, "b")]
    moved = surface.with_parameters(b=-0.5)
    assert surface.moving and moved.minima == ((-0.5, 0.0),) and moved.domain == surface.domain
    assert moved.value((0.5, 2.0)) == 5.0
    assert surface.with_parameters(a=-1).saddles == ((1.0, 0.0),)
    assert surface.formula == r"a \left(x - b\right)^{2} + y^{2}"


@pytest.mark.parametrize("text", [*HONEST, *ODD])
def test_formula_survives_a_link(text):
    surface = parse_formula(text)
    surface = surface.with_parameters(**{name: 2.5 for name in surface.parameters})
    (call,) = read(surface.text)
    assert isinstance(call, Call) and call.name == surface.key
    arguments = dict(call.arguments)
    typed = arguments.pop("text")
    assert isinstance(typed, str)
    left, right, bottom, top = (float(str(arguments.pop(edge))) for edge in EDGES)
    again = parse_formula(typed, ((left, right), (bottom, top)))
    again = again.with_parameters(**{name: float(str(value)) for name, value in arguments.items()})
    assert again == surface and again.text == surface.text and hash(again) == hash(surface)


def test_formulas_with_other_views_or_variables_differ():
    surface = parse_formula("a*x^2 + y^2")
    assert surface == parse_formula("a*x^2 + y^2 ") != parse_formula("a*x^2 + y^2", ((-1.0, 1.0), (-1.0, 1.0)))
    assert surface != surface.with_parameters(a=2.0) != parse_formula("a*x^2 + 2y^2")


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("(1-x)^2 + 100(y-x^2)^2", r"\left(1 - x\right)^{2} + 100 \left(y - x^{2}\right)^{2}"),
        ("2*3x", r"2 \cdot 3 x"),
        ("x*2", r"x \cdot 2"),
        ("2*(1/2)x", r"2 \cdot \frac{1}{2} x"),
        ("1/2x", r"\frac{1}{2} x"),
        ("x/(2y)", r"\frac{x}{2 y}"),
        ("(x/y)^2", r"\left(\frac{x}{y}\right)^{2}"),
        ("x-(y-1)", r"x - \left(y - 1\right)"),
        ("x - -y", r"x - \left(-y\right)"),
        ("-(x+y)", r"-\left(x + y\right)"),
        ("(-x)^2 - x^2", r"\left(-x\right)^{2} - x^{2}"),
        ("x*(-y)", r"x \left(-y\right)"),
        ("-x*y", r"-x y"),
        ("(x^2)^3", r"\left(x^{2}\right)^{3}"),
        ("x^y^2", r"x^{y^{2}}"),
        ("sin(x)^2", r"\sin^{2}\left(x\right)"),
        ("asin(x)^-1", r"\arcsin\left(x\right)^{-1}"),
        ("exp(-x^2)^2", r"\left(e^{-x^{2}}\right)^{2}"),
        ("sqrt(x)^3 + abs(y)", r"\sqrt{x}^{3} + \left|y\right|"),
        ("min(x, y, 0)", r"\min\left(x, y, 0\right)"),
        ("1e-7x + 0.5pi", r"1 \cdot 10^{-7} x + 0.5 \pi"),
        ("ln(x) + log(y)", r"\ln\left(x\right) + \log\left(y\right)"),
    ],
)
def test_latex_keeps_the_written_form(text, latex):
    assert parse_formula(text).formula == latex


@pytest.mark.parametrize("text", [*HONEST, *ODD])
def test_text_of_a_formula_reads_back_to_the_same_formula(text):
    written = formula_text.read(text)
    again = formula_text.read(written.text)
    assert (again.text, again.graph.nodes, again.parameters) == (written.text, written.graph.nodes, written.parameters)
    assert written.text.isascii() and not set(written.text) & set("\"\\%&#'<>")


@pytest.mark.parametrize(
    ("text", "value", "slope", "bend"),
    [
        ("floor(x) + y", math.floor, 0.0, 0.0),
        ("ceil(x) + y", math.ceil, 0.0, 0.0),
        ("round(x) + y", round, 0.0, 0.0),
        ("trunc(x) + y", math.trunc, 0.0, 0.0),
        ("mod(x, 0.7) + y", lambda x: x - 0.7 * math.floor(x / 0.7), 1.0, 0.0),
        ("mod(x^2, 3) + y", lambda x: x * x - 3 * math.floor(x * x / 3), None, 2.0),
        ("step(x) + y", lambda x: float(x > 0), 0.0, 0.0),
    ],
)
def test_discontinuous_function_is_differentiated_between_its_jumps(text, value, slope, bend):
    surface = parse_formula(text)
    assert creases(surface.written.graph, surface.written.value, surface.parameters, MAX_OPERATIONS)
    for x in (-2.3, -1.6, -0.4, 0.2, 0.9, 1.7, 2.6):
        assert surface.value((x, 0.25)) == pytest.approx(value(x) + 0.25, abs=1e-12)
        assert surface.gradient((x, 0.25)) == pytest.approx((2 * x if slope is None else slope, 1.0))
        assert surface.hessian((x, 0.25)) == pytest.approx(np.array([[bend, 0.0], [0.0, 0.0]]))


def test_values_far_away_and_close_to_0_are_accurate():
    view = ((-1e3, 1e3), (-1e3, 1e3))
    for x in (-700.0, -40.0, -1e-9, 1e-9, 40.0, 700.0):
        small = math.exp(-abs(x)) / (1 + math.exp(-abs(x)))
        sigmoid, slope = parse_formula("sigmoid(x) + 0y", view), small * (1 - small)
        assert sigmoid.value((x, 0.0)) == pytest.approx(small if x < 0 else 1 - small, rel=1e-12)
        assert sigmoid.gradient((x, 0.0))[0] == pytest.approx(slope, rel=1e-12)
        assert sigmoid.hessian((x, 0.0))[0, 0] == pytest.approx(
            slope * (2 * small - 1) * (1 if x > 0 else -1), rel=1e-6
        )
        softplus = parse_formula("softplus(x) + 0y", view)
        assert softplus.value((x, 0.0)) == pytest.approx(max(x, 0) + math.log1p(math.exp(-abs(x))), rel=1e-12)
        assert softplus.gradient((x, 0.0))[0] == pytest.approx(small if x < 0 else 1 - small, rel=1e-12)
        assert softplus.hessian((x, 0.0))[0, 0] == pytest.approx(slope, rel=1e-12)
    sinc = parse_formula("sinc(x) + 0y", view)
    for x in (0.0, 1e-12, 1e-6, 1e-3, 0.2, 0.3183098861837907, 0.32):
        z, order = mp.mpf(x) * mp.pi, (0, 1, 2)
        exact = (
            [mp.taylor(mp.sinc, z, 2)[n] * mp.factorial(n) * mp.pi**n for n in order] if z else [1, 0, -(mp.pi**2) / 3]
        )
        made = (sinc.value((x, 0.0)), sinc.gradient((x, 0.0))[0], sinc.hessian((x, 0.0))[0, 0])
        assert made == pytest.approx([float(each) for each in exact], rel=1e-12, abs=1e-15)


# Errors


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x + sine(x)", "Column 5: “sine” is not a known function."),
        ("factorial(9)", "Column 1: “factorial” is not a known function."),
        ("lambda: x", "Column 1: “lambda” is not a known name."),
        ("x + αy", "Column 5: “alpha” is not a known name."),
        ("x + sin", "Column 5: put in brackets what “sin” is taken of."),
        ("y² + sin x/2", "Column 6: put in brackets what “sin” is taken of."),
        ("½x² + √2x", "Column 7: put in brackets what “sqrt” is taken of."),
        ("x log2y", "Column 3: put in brackets what “log2” is taken of."),
        ("|x|y|z|", "Column 5: put in brackets what “|” is taken of."),
        ("x + LOG(y)", "Column 5: “LOG” is to base 10 in spreadsheets, and natural elsewhere: write log10 or ln."),
        ("ATAN2(x, y)", "Column 1: “ATAN2” takes x first in spreadsheets, and y first elsewhere: write atan2(y, x)."),
        ("x + log(y, 2)", "Column 5: “log” takes one value, not 2; decimals have a point."),
        ("x + sin(0,5y)", "Column 5: “sin” takes one value, not 2; decimals have a point."),
        ("x + atan2(y)", "Column 5: “atan2” takes 2 values, not 1."),
        ("x\u202e", "Column 2: “U+202E” is not a known character."),
        ("x^2 + y!", "Column 8: “!” is not a known character."),
        ("½x + \\foo{y}", "Column 6: the LaTeX command “foo” cannot be read."),
        ("\\frac{x}{y", "Column 1: this bracket is never closed."),
        ("\\sqrt[n]{x}", "Column 1: a root needs a whole number in its square brackets."),
        ("x + 0xff", "Column 5: “0xff” is no decimal number."),
        ("y = x", "Column 3: “=” has no place here; write only what the height is, in x and y."),
        ("x + ", "Column 3: something is missing after “+”."),
        ("x ^ ^ y", "Column 5: something is missing before “^”."),
        ("x ** * y", "Column 6: something is missing before “*”."),
        ("sin()", "Column 5: something is missing before “)”."),
        ("x 2", "Column 3: an operator is missing before “2”."),
        ("2 (x", "Column 3: this bracket is never closed."),
        ("2 (x]", "Column 5: this bracket was never opened."),
        ("2 + |x", "Column 5: this bracket is never closed."),
        ("x) + 1", "Column 2: this bracket was never opened."),
        ("1,5x", "Column 2: a comma stands only between the values of a function; decimals have a point."),
        ("y + min(x)", "Column 5: “min” takes two values or more."),
        ("x + 1e7", "Column 5: “1e7” is too large; a number is 1e+06 at most."),
        ("x^(9^2)", "Column 2: the exponent 81 is too large; 64 is the most."),
        ("x + 1/0", "Column 6: this part has no finite value."),
        ("", "The formula is empty: write one in x and y, such as x^2 + 3*y^2."),
        ("x" * 301, "A formula has 300 characters at most, not 301."),
        ("(x+y)" * 60, "The formula has more than 100 numbers, letters and operations."),
        ("a b c d f g h + x", "A formula has 6 letters besides x and y at most, not 7."),
        ("sqrt(-1 - x^2)", "The formula has no value anywhere in this view: try another view or another formula."),
        ("u + v", "Neither x nor y occurs: write the formula in x and y, or name its two letters first, as in "
                  "f(u, v) = u^2 + v^2."),
        ("3x2 + 1", "Column 2: “x2” stands alone. Write x^2 for a power, or both coordinates with an index."),
        ("y + x[1]", "Column 1: “y” stands beside “x₁”. The coordinates are x and y, or one letter with two indices, "
                     "such as x1 and x2; any other letter is a slider and has no index."),
        ("a₁x + y", "Column 3: “x” stands beside “a₁”. The coordinates are x and y, or one letter with two indices, "
                    "such as x1 and x2; any other letter is a slider and has no index."),
        ("x₁ + x₂ + x₃", "Column 11: a surface has two coordinates, with the indices 1 and 2, or 0 and 1; here are "
                         "x₁, x₂, x₃."),
    ],
)  # fmt: skip
def test_error_states_the_position_and_a_remedy(text, sentence):
    error = outcome(text)
    assert isinstance(error, FormulaError) and str(error) == sentence
    assert error.template.format(**error.values) == sentence
    assert error.column == (int(sentence.split()[1][:-1]) if sentence.startswith("Column") else None)


EVENTS: list[tuple[str, tuple]] = []
LISTENING: list[int | None] = [None]
"""The thread whose events are recorded. Other threads of the process report theirs to the same hook."""


def _hear(event: str, arguments: tuple) -> None:
    if LISTENING[0] == threading.get_ident():
        EVENTS.append((event, arguments))


sys.addaudithook(_hear)


def heard(text: str) -> list[tuple[str, tuple]]:
    """Audit events while a text is read: imports, files, and code that is compiled or run."""
    EVENTS.clear()
    LISTENING[0] = threading.get_ident()
    try:
        outcome(text)
    finally:
        LISTENING[0] = None
    return [(event, arguments) for event, arguments in EVENTS if not event.startswith(("object.", "sys._", "gc."))]


def test_audit_hook_records_events():
    LISTENING[0] = threading.get_ident()
    eval("1 + 1")
    LISTENING[0] = None
    assert {"compile", "exec"} <= {event for event, _ in EVENTS}


def test_audit_hook_ignores_other_threads():
    EVENTS.clear()
    LISTENING[0] = threading.get_ident()
    other = threading.Thread(target=eval, args=("1 + 1",))
    other.start()
    other.join()
    LISTENING[0] = None
    assert "exec" not in {event for event, _ in EVENTS}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text)[:30])
def test_hostile_text_raises_one_short_error(text):
    error = outcome(text)
    assert isinstance(error, FormulaError)
    assert len(str(error)) < 200 and str(error).isprintable() and str(error).endswith((".", "?"))
    assert error.column is None or 1 <= error.column <= len(text)


def test_text_is_never_executed():
    for text in ("sine(x)", "x + y"):
        outcome(text)  # performs all imports before recording
    for text in [*REFUSED, *ODD, *HONEST]:
        assert not heard(text), text


def test_the_corpus_is_large_enough():
    assert len(set(HONEST)) >= 100 and len(set(REFUSED)) >= 150
    assert not {*HONEST, *ODD} & {*REFUSED}


@pytest.mark.parametrize(
    ("fits", "too_much"),
    [
        ("x" + " " * 297 + "+y", "x" + " " * 298 + "+y"),
        ("+".join("x" * 50), "+".join("x" * 51)),
        ("-" * 19 + "x", "-" * 20 + "x"),
        ("(" * 20 + "x" + ")" * 20, "(" * 21 + "x" + ")" * 21),
        ("1e6x", "1000000.1x"),
        ("x^64", "x^64.5"),
        ("x^-64", "x^-64.5"),
        ("a b c d f g x", "a b c d f g h x"),
    ],
)
def test_limits_are_those_documented(fits, too_much):
    assert isinstance(outcome(fits), Formula) and isinstance(outcome(too_much), FormulaError)


def test_too_many_operations_are_refused_and_counted():
    error = outcome(REFUSED[-1])
    assert isinstance(error, FormulaError) and "operations" in str(error)
    assert error.values["count"] > error.values["most"] == MAX_OPERATIONS


# Generated text

ALPHABET = "xyabeE0123456789.+-*/^(), \n_'\"[]{}=<>!|&%@:;\\#~$?²×−πｘ\u202e\0"
WORDS = [
    "sin(",
    "exp(",
    "log(",
    "sqrt(",
    "abs(",
    "min(",
    "max(",
    "asin(",
    "lambda",
    "__",
    "pi",
    "x",
    "y",
    "2",
    "^",
    "**",
    "|",
    "√",
    "½",
    "²",
    "₁",
    "θ",
    "\\frac{",
    "\\sqrt",
    "\\left(",
    "}",
    "[0]",
    "np.",
    "f(x,y)=",
    "mod",
    "log",
]


def bounded(text: str) -> None:
    """Reads a text and counts the operations."""
    try:
        written = formula_text.read(text)
    except FormulaError:
        return
    for first in "xy":
        for second in "xy":
            written.graph.derivative(written.graph.derivative(written.value, first), second)
    assert len(written.graph.nodes) <= MOST_NODES
    result = outcome(text)
    assert isinstance(result, FormulaError) or result.operations <= MAX_OPERATIONS


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text(ALPHABET, max_size=60) | st.lists(st.sampled_from([*WORDS, *ALPHABET[:20]])).map("".join))
@example("\ud800")
def test_any_text_is_a_formula_or_raises_a_clear_error(text):
    bounded(text)


TREES = st.recursive(
    st.sampled_from(["x", "y", "a", "2", "0.5", "pi"]),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from([f for f, each in FUNCTIONS.items() if each.least == 1]), inner).map(
            lambda parts: f"{parts[0]}({parts[1]})"
        ),
        st.tuples(inner, st.sampled_from("+-*/^"), inner).map(lambda parts: f"({parts[0]}{parts[1]}{parts[2]})"),
        st.tuples(inner, inner).map(lambda parts: f"max({parts[0]},{parts[1]})"),
    ),
    max_leaves=25,
)


@settings(max_examples=200, deadline=None)
@given(TREES)
@example("^".join("xy" * 9))
@example("*".join(["(x^y)"] * 24))
@example("/".join(f"tan({i}x)^y" for i in range(1, 14)))
@example("*".join(f"(x+{i}y)^{i + 0.5}" for i in range(1, 12)))
def test_any_tree_is_read_within_the_bounds(text):
    bounded(text)


def test_registers_are_reused():
    graph = Graph()
    node = graph.variable("x")
    for _ in range(50):
        node = graph.apply("sin", graph.apply("add", node, graph.variable("y")))
    tape = Tape(graph, ("x", "y"), [node])
    assert tape.operations == 100 and len(tape._spare) == 1


def test_every_operation_is_in_the_corpus():
    used = {kind for text in HONEST for kind, *_ in _with_derivatives(text).nodes}
    stepping = {"floor", "ceil", "rint", "trunc", "mod"}  # SymPy does not differentiate them
    assert set(OPERATIONS) - stepping <= used


def _with_derivatives(text: str) -> Graph:
    written = formula_text.read(text)
    for letter in "xy":
        written.graph.derivative(written.graph.derivative(written.value, letter), letter)
    return written.graph


def test_formula_needs_no_sympy():
    script = """
import sys
from landscapes import parse_formula
parse_formula("a x^2 + abs(y)").minima
assert "sympy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[2])


def test_long_formulas_are_searched_from_fewer_points_and_short_ones_from_all():
    short = parse_formula("(x^2+y-11)^2 + (x+y^2-7)^2")
    assert short.critical_points == find(short, short.domain)
    assert all(classify(short, point) is Kind.MINIMUM for point in short.minima)
