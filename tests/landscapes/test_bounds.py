"""Bounds on the values of a surface; a positive answer is always correct."""

import numpy as np
import pytest

from landscapes import LANDSCAPES
from landscapes.bounds import is_bounded

SIZES = (("x", 1e4), ("y", 1e4), ("a", 3.0))


@pytest.mark.parametrize("text", ["x**4 - 3*x*y/7 + a", "-(x + sin(y))**2", "cos(pi*x)/2 + tanh(x**3)", "x^4 - a*y^2"])
def test_polynomials_and_waves_are_bounded(text: str):
    assert is_bounded(text, SIZES)


@pytest.mark.parametrize(
    "text",
    ["1/x", "log(x)", "sqrt(x)", "exp(x)", "x**y", "x**0.5", "x**-1", "x^(-1)", "x^y", "x**60", "z", "x/0", "((", ""],
)
def test_surface_that_may_overflow_is_not_bounded(text: str):
    assert not is_bounded(text, SIZES)


@pytest.mark.parametrize("key", LANDSCAPES)
def test_bounded_surface_is_finite_in_its_range(key: str):
    surface = LANDSCAPES[key]
    if not surface.is_finite_within(1e3):
        return
    domain = np.array(surface.domain)
    middle, size = domain.mean(axis=1), np.ptp(domain, axis=1)
    rng = np.random.default_rng(0)
    parts = rng.uniform(-1e3, 1e3, (2, 5000))
    parts[:, :4] = [[1e3, 1e3, -1e3, -1e3], [1e3, -1e3, 1e3, -1e3]]
    assert np.isfinite(surface.value(middle[:, None] + size[:, None] * parts)).all()


def test_most_surfaces_are_known_to_be_bounded():
    assert sum(surface.is_finite_within(1e3) for surface in LANDSCAPES.values()) > len(LANDSCAPES) / 2
