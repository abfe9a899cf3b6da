"""NumPy's scalar functions have the same values in JavaScript, also at the edges of their domains."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from optim_core.backends.javascript import CALLED, WRITTEN, arguments_of, function_text, module_text, number_text
from optim_core.tracing.tracer import Graph, Untraceable
from tests.node import in_node

EDGES = [
    0.0,
    -0.0,
    0.5,
    -0.5,
    1.0,
    -1.0,
    1.5,
    2.0,
    -2.5,
    3.0,
    1e-310,
    -1e-200,
    1e200,
    -1e300,
    5e15,
    np.inf,
    -np.inf,
    np.nan,
]
EXACT = {"absolute", "ceil", "floor", "trunc", "rint", "sqrt", "square", "sign", "maximum", "minimum", "remainder"}
TRUTHS = {"bitwise_and", "bitwise_or", "logical_and", "logical_or", "logical_not", "invert"}
NUMBERS = sorted((CALLED | set(WRITTEN)) - TRUTHS - {"where"})
LAST_BITS = 1e-14

RUN = """
const { functions } = await modules(given.text);
const out = [0];
return functions.map((each) => Float64Array.from(given.x, (x, i) => Number(each(x, given.y[i], out))));
"""


def in_javascript(results: list[Any], graph: Graph, names: dict, x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    functions = [function_text(names, graph, [result], "x, y") for result in results]
    return in_node(RUN, {"text": module_text({"functions": functions}), "x": x, "y": y})


def test_every_function_equals_that_of_numpy():
    rng = np.random.default_rng(0)
    x, y = np.array([(a, b) for a in EDGES for b in EDGES]).T
    some = rng.standard_normal((2, 300)) * 10.0 ** rng.uniform(-3, 3, (2, 300))
    x, y = np.hstack([[x, y], some])
    graph = Graph()
    names, point = arguments_of(graph, "x", "y")
    ufuncs = [getattr(np, name) for name in NUMBERS]
    results = [ufunc(*[point[0], point[1]][: ufunc.nin]) for ufunc in ufuncs]
    for name, ufunc, ours in zip(NUMBERS, ufuncs, in_javascript(results, graph, names, x, y), strict=True):
        with np.errstate(all="ignore"):
            theirs = np.asarray(ufunc(*[x, y][: ufunc.nin]), dtype=float)
        bound = 0.0 if name in EXACT or name in WRITTEN else LAST_BITS
        np.testing.assert_allclose(ours, theirs, rtol=bound, atol=5e-324 if bound else 0.0, err_msg=name)
        if name not in ("maximum", "minimum", "hypot"):  # NumPy may return either of two zeros
            zero = theirs == 0
            np.testing.assert_array_equal(np.signbit(ours[zero]), np.signbit(theirs[zero]), err_msg=name)


def test_conditions_and_selections_equal_those_of_numpy():
    x, y = np.array([(a, b) for a in (0.0, 1.0, np.nan) for b in (0.0, -1.0, 2.0)]).T
    graph = Graph()
    names, point = arguments_of(graph, "x", "y")
    u, v = point[0] > 0.5, point[1] > 0.5
    results = [
        u & v,
        u | v,
        ~u,
        np.logical_and(u, v),
        np.logical_or(u, v),
        np.logical_not(u),
        np.where(u, point[1], 7.0),
    ]
    a, b = x > 0.5, y > 0.5
    wanted = [a & b, a | b, ~a, a & b, a | b, ~a, np.where(a, y, 7.0)]
    for ours, theirs in zip(in_javascript(results, graph, names, x, y), wanted, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_hypot_is_correctly_rounded():
    """The result is the floating-point number nearest to the exact value, at every magnitude."""
    rng = np.random.default_rng(1)
    x, y = (
        rng.standard_normal((2, 500)) * 10.0 ** rng.uniform(-2, 2, (2, 500)) * 10.0 ** rng.choice([-300, 0, 300], 500)
    )
    graph = Graph()
    names, point = arguments_of(graph, "x", "y")
    (ours,) = in_javascript([np.hypot(point[0], point[1])], graph, names, x, y)
    for a, b, h in zip(x.tolist(), y.tolist(), ours.tolist(), strict=True):
        exact = Fraction(a) ** 2 + Fraction(b) ** 2
        below, above = ((Fraction(h) + Fraction(float(np.nextafter(h, end)))) / 2 for end in (0.0, np.inf))
        assert below**2 <= exact <= above**2, (a, b)


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "1.0"), (-0.5, "(-0.5)"), (-0.0, "(-0.0)"), (np.nan, "NaN"), (-np.inf, "(-Infinity)"), (1e-300, "1e-300")],
)
def test_numbers_are_written_exactly(number: float, text: str):
    assert number_text(number) == text


def test_value_without_a_literal_raises():
    graph = Graph()
    names, point = arguments_of(graph, "x", "y")
    with pytest.raises(Untraceable, match="spacing has no text"):
        function_text(names, graph, [np.spacing(point[0])], "x, y")
    if point[0] > 0:  # a branch
        with pytest.raises(Untraceable, match="depends on numbers"):
            function_text(names, graph, [point[1]], "x, y")
