"""A surface as program text has the same values and contains no user input except names and numbers."""

import ast
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from landscapes import LANDSCAPES, parse_formula
from landscapes.catalog import _compiled
from landscapes.formula_functions import FUNCTIONS
from landscapes.formula_graph import OWN, sigmoid
from landscapes.program_text import expression_text, numpy_functions, parameters

THETA = np.random.default_rng(3).uniform(-1, 1, (2, 40))
FORMULA = "a*x^2 - max(y, 0.3)^0.5/b + |sin(x y)|^1.5 + sign(x) - 2^-y + sqrt(x)"


def numbers(landscape, functions):
    names = {"np": np, "math": math, **OWN}
    with np.errstate(all="ignore"):
        for text in functions:
            exec(text, names)
            what = text.split("(")[0].rpartition("_")[2]
            made = names[text.split("(")[0].removeprefix("def ")](*THETA, **parameters(landscape))
            yield made, getattr(landscape.code, what)(*THETA, *parameters(landscape).values())


@pytest.mark.parametrize("key", LANDSCAPES)
def test_functions_of_a_surface_give_its_values(key: str):
    for made, true in numbers(LANDSCAPES[key], numpy_functions(LANDSCAPES[key])):
        np.testing.assert_array_equal(made, true)


def test_functions_of_a_formula_give_its_values():
    surface = parse_formula(FORMULA.replace("|sin(x y)|", "abs(sin(x y))")).with_parameters(a=2.5)
    for made, true in numbers(surface, numpy_functions(surface)):
        np.testing.assert_array_equal(made, true)


class Library:
    """A NumPy stand-in for the functions of PyTorch or JAX that formulas use."""

    as_tensor, remainder, sigmoid = np.asarray, np.mod, staticmethod(sigmoid)
    nn = SimpleNamespace(sigmoid=sigmoid)

    def __getattr__(self, name):
        return getattr(np, name)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_text(name: str):
    more = ", y" * (FUNCTIONS[name].least - 1)
    surface = parse_formula(f"{name}(3x{more}) + x")
    for made, true in numbers(surface, numpy_functions(surface)):
        np.testing.assert_array_equal(made, true)
    x, y = THETA
    for library in ("torch", "jnp"):
        text = expression_text(surface, library)
        with np.errstate(all="ignore"):
            made = eval(text, {"torch": Library(), "jnp": Library(), "jax": Library(), "x": x, "y": y})
        np.testing.assert_allclose(made, surface.value(THETA), rtol=1e-12)


def test_surface_newer_than_the_generated_file_has_text_too():
    beale = LANDSCAPES["beale"]
    new = replace(beale, code=_compiled(beale.expression, beale.knobs))
    for made, true in numbers(new, numpy_functions(new)):
        np.testing.assert_array_equal(made, true)


@pytest.mark.parametrize("key", LANDSCAPES)
def test_expression_is_the_height(key: str):
    surface = LANDSCAPES[key]
    text = expression_text(surface, "jnp")
    x, y = THETA
    made = eval(text, {"jnp": np, "x": x, "y": y, **parameters(surface)})
    np.testing.assert_allclose(made + 0 * x, surface.value(THETA), rtol=1e-12, atol=1e-12)


def test_plain_numbers_become_tensors_for_torch():
    assert "torch.cos(torch.as_tensor(torch.pi * angle / 180))" in expression_text(LANDSCAPES["elliptic_bowl"], "torch")
    assert "torch.maximum(y, torch.as_tensor(0.3))" in expression_text(parse_formula("max(y, 0.3) + x"), "torch")


@pytest.mark.parametrize("library", ["torch", "jnp"])
def test_text_of_a_formula_contains_only_known_names(library: str):
    surface = parse_formula(FORMULA.replace("|sin(x y)|", "abs(sin(x y))"))
    tree = ast.parse(expression_text(surface, library), mode="eval")
    assert {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} == {library, "x", "y", "a", "b"}
