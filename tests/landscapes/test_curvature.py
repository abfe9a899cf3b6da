"""Curvature of surfaces, compared with NumPy's eigenvalues and with gradient descent at its limit."""

import numpy as np
import pytest

from landscapes import LANDSCAPES, parse_formula
from landscapes.critical_points import Kind
from landscapes.curvature import curvature
from optim_core import OPTIMIZERS, run


@pytest.mark.parametrize("key", ["rosenbrock", "himmelblau", "saddle", "bowl"])
def test_eigenvalues_and_their_directions_are_those_of_the_hessian(key: str) -> None:
    surface = LANDSCAPES[key]
    low, high = np.array(surface.domain).T[..., None]
    theta = np.random.default_rng(0).uniform(low, high, (2, 300))
    found = curvature(surface, theta)
    values, vectors = np.linalg.eigh(np.moveaxis(surface.hessian(theta), -1, 0))
    size = np.abs(values).max(axis=1)
    assert (np.abs(found.eigenvalues.T - values).max(axis=1) <= 1e-12 * size).all()
    apart = values[:, 1] - values[:, 0] > 1e-6 * size
    along = np.cos(found.angle) * vectors[:, 0, 1] + np.sin(found.angle) * vectors[:, 1, 1]
    np.testing.assert_allclose(np.abs(along)[apart], 1.0, rtol=1e-12)
    assert (found.eigenvalues[0] <= found.eigenvalues[1]).all()


@pytest.mark.parametrize(
    ("text", "kind", "condition", "limit"),
    [
        ("x^2 + 4y^2", Kind.MINIMUM, 4.0, 0.25),
        ("x^2 - 4y^2", Kind.SADDLE, 4.0, 1.0),
        ("-x^2 - 4y^2", Kind.MAXIMUM, 4.0, np.inf),
        ("x^2", Kind.FLAT, np.inf, 1.0),
        ("x + y", Kind.FLAT, np.nan, np.inf),
    ],
)
def test_kind_condition_and_limit_follow_from_the_eigenvalues(
    text: str, kind: Kind, condition: float, limit: float
) -> None:
    found = curvature(parse_formula(text), np.array([[0.3], [0.2]]))
    assert found.kinds[0] == kind
    np.testing.assert_array_equal(found.condition, [condition])
    np.testing.assert_array_equal(found.limit, [limit])


def test_gradient_descent_diverges_above_the_limit_and_converges_below() -> None:
    bowl = parse_formula("x^2 + 4y^2")
    (limit,) = curvature(bowl, np.array([[0.3], [0.2]])).limit
    path = run(bowl, OPTIMIZERS["gradient_descent"](learning_rate=limit * np.array([0.99, 1.01])), (1.0, 1.0), 300)
    assert path.losses[-1, 0] < path.losses[0, 0] < path.losses[-1, 1]


def test_small_eigenvalue_is_accurate() -> None:
    found = curvature(parse_formula("1000000x^2 + 0.000001y^2"), np.array([[0.0], [0.0]]))
    np.testing.assert_allclose(found.eigenvalues[:, 0], [2e-6, 2e6], rtol=1e-12)


def test_curvature_is_undefined_without_second_derivatives() -> None:
    found = curvature(parse_formula("log(x) + y^2"), np.array([[-1.0], [0.0]]))
    assert np.isnan(found.eigenvalues).all() and np.isnan(found.limit).all()
