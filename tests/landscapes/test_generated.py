"""Generated code equals the catalog, so that the app needs no SymPy."""

import importlib
import math
import subprocess
import sys

import mpmath
import numpy as np
import pytest

from landscapes import LANDSCAPES, catalog, generate
from landscapes.codegen import compiled, functions_text, trusted, trusted_latex
from landscapes.critical_points import CriticalPoints

ROOT = generate.CODE_FILE.parent.parent


def test_code_file_is_up_to_date():
    assert generate.code_text() == generate.CODE_FILE.read_text(encoding="utf-8"), (
        "the file is out of date: run `make surfaces`"
    )


def test_points_file_is_up_to_date():
    # Newton's last digits differ between processors: numbers are compared, not text.
    made: dict = {"CriticalPoints": CriticalPoints}
    exec(generate.points_text(), made)
    stored = importlib.import_module("landscapes.generated_points").POINTS
    assert list(made["POINTS"]) == list(stored) == list(LANDSCAPES), "the file is out of date: run `make surfaces`"
    for key, points in stored.items():
        for now, then in zip(made["POINTS"][key], points, strict=True):
            assert now == pytest.approx(then, abs=1e-9) if not then else np.allclose(now, then, rtol=0, atol=1e-9)


def test_surfaces_work_without_sympy():
    script = """
import sys
from landscapes import LANDSCAPES
for surface in LANDSCAPES.values():
    surface.value(surface.start), surface.gradient(surface.start), surface.hessian(surface.start)
    surface.sample(5), surface.formula, surface.minima, surface.minimum_value
    surface.with_parameters(**{name: knob.high for name, knob in surface.knobs.items()}).minima
assert "sympy" not in sys.modules, "sympy was imported"
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)


def test_entry_newer_than_the_file_computes_the_same():
    surface = LANDSCAPES["sharp_and_flat"]
    code = catalog._compiled(surface.expression, surface.knobs)
    assert code.latex == surface.formula and code.parameters == surface.code.parameters
    x, y = np.random.default_rng(0).normal(size=(2, 20))
    for function in ("value", "gradient", "hessian"):
        expected = getattr(surface.code, function)(x, y, 3.0)
        np.testing.assert_array_equal(getattr(code, function)(x, y, 3.0), expected)


@pytest.mark.parametrize(
    "expression",
    [
        "x**7*y**-3",
        "x**2.5 + y**1.3 - 1/sqrt(x*y)",
        "-(x + y)**2/3 - 2*(x - y)*x",
        "sin(x)*cos(y) + tan(x*y/9) - asin(x/9) + acos(y/9)*atan(x)",
        "sinh(x) - cosh(y) + tanh(x - y) + log(x + y)*exp(-x)",
        "Abs(x - 9)*sign(y)",
        "(x + y)**y",
        "sin(a*pi/7)*x + log(a)*y + exp(-a) + Abs(a)*sqrt(a)*x*y",
        "3/7 + pi/7 - E",
        "1/(x*(y - 7)**2) - 2/3*x/y",
    ],
)
def test_generated_functions_agree_with_arbitrary_precision(expression):
    code = compiled(trusted(expression), expression)
    arguments = (2.0,) * len(code.parameters)
    rng = np.random.default_rng(3)
    x, y = rng.uniform(0.5, 3.0, (2, 6))
    value, gradient, hessian = (f(x, y, *arguments) for f in (code.value, code.gradient, code.hessian))
    names = {**vars(mpmath), "E": mpmath.e, "Abs": abs, "a": mpmath.mpf(2)}
    with mpmath.workdps(30):
        for index in range(x.size):
            at = (mpmath.mpf(x[index]), mpmath.mpf(y[index]))

            def f(u, v):
                return mpmath.mpf(1) * eval(expression, {**names, "x": u, "y": v})

            assert value[index] == pytest.approx(float(f(*at)), rel=1e-13, abs=1e-13)
            for i, order in enumerate([(1, 0), (0, 1)]):
                assert gradient[i, index] == pytest.approx(float(mpmath.diff(f, at, order)), rel=1e-12, abs=1e-12)
            for (i, j), order in {(0, 0): (2, 0), (0, 1): (1, 1), (1, 0): (1, 1), (1, 1): (0, 2)}.items():
                assert hessian[i, j, index] == pytest.approx(float(mpmath.diff(f, at, order)), rel=1e-10, abs=1e-10)


def test_generated_code_uses_products_and_common_subexpressions():
    value, gradient, _ = functions_text("f", trusted("(x + y)**4 + exp(x + y)"))
    assert "**" not in value + gradient and gradient.count("x + y") == 1
    assert functions_text("f", trusted("sin(k*pi)*x"))[0].count("math.sin") == 1


def test_unknown_function_is_refused():
    with pytest.raises(ValueError, match="no NumPy code for"):
        functions_text("f", trusted("gamma(x)"))


def test_latex_keeps_the_order_of_the_catalog():
    assert trusted_latex("(1 - x)**2 + k*(y - x**2)**2", {"k": r"\kappa"}) == (
        r"\left(1 - x\right)^{2} + \kappa \left(y - x^{2}\right)^{2}"
    )
    assert math.isclose(compiled(trusted("x/3"), "").value(np.ones(1), np.ones(1))[0], 1 / 3)
