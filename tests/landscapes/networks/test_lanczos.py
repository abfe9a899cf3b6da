"""The largest eigenvalue of the Hessian, against those of the whole Hessian."""

import numpy as np
import pytest

from landscapes.networks import Moons, Network, largest_eigenpair, sharpness
from optim_core.objective import Array


class Quadratic:
    """Each run has a Hessian of its own: (runs, P, P)."""

    def __init__(self, *hessians: Array) -> None:
        self.hessians, self.products = np.stack(hessians), 0

    def hessian_vector(self, theta: Array, v: Array) -> Array:
        self.products += 1
        return np.einsum("rpq,qr->pr", self.hessians, v)


def symmetric(eigenvalues: Array, seed: int = 0) -> Array:
    q = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(eigenvalues),) * 2))[0]
    return (q * eigenvalues) @ q.T


@pytest.mark.parametrize(
    "network",
    [
        Network((2, 6, 5, 1)),
        Network((2, 6, 1), "relu", "squared_error"),
        Network((2, 6, 1), normalisation="batch", l2=0.1),
    ],
)
def test_sharpness_is_the_largest_eigenvalue_of_the_whole_hessian(network: Network):
    loss = network.on(Moons(n=50).train)
    theta = network.start([[0, 1], [2, 3]])
    found = sharpness(loss, theta, tolerance=1e-9)
    assert found.shape == (2, 2)
    for at in np.ndindex(2, 2):
        eigenvalues = np.linalg.eigvalsh(loss.hessian(theta[:, *at]))
        assert found[at] == pytest.approx(eigenvalues[-1], rel=1e-8)
    np.testing.assert_allclose(sharpness(loss, theta), found, rtol=2e-3)
    assert sharpness(loss, theta[:, 0, 1], tolerance=1e-9) == pytest.approx(found[0, 1], rel=1e-8)


def test_largest_is_the_highest_and_not_the_farthest_from_0():
    objective = Quadratic(symmetric(np.array([-9.0, -1.0, 0.5, 2.0])), symmetric(np.array([-4.0, -3.0, -2.0, -1.0]), 1))
    pair = largest_eigenpair(objective, np.zeros((4, 2)), tolerance=1e-10)
    np.testing.assert_allclose(pair.value, [2.0, -1.0], rtol=1e-9)
    np.testing.assert_allclose(objective.hessian_vector(pair.vector, pair.vector), pair.value * pair.vector, atol=1e-8)
    np.testing.assert_allclose(np.linalg.norm(pair.vector, axis=0), 1.0)


def test_search_goes_on_after_one_run_has_no_direction_left():
    """The first run's Hessian has two eigenvalues, hence a Krylov space of two dimensions."""
    negative = symmetric(np.array([-3.0] * 10 + [-1.0] * 10))
    spread = symmetric(np.linspace(-1, 1, 20), 1)
    pair = largest_eigenpair(Quadratic(negative, spread, np.zeros((20, 20))), np.zeros((20, 3)), tolerance=1e-10)
    np.testing.assert_allclose(pair.value, [-1.0, 1.0, 0.0], atol=1e-9)
    assert pair.products > 4


def test_search_from_a_nearby_eigenvector_is_shorter():
    objective = Quadratic(symmetric(np.linspace(0, 1, 60) ** 3))
    cold = largest_eigenpair(objective, np.zeros((60, 1)))
    warm = largest_eigenpair(objective, np.zeros((60, 1)), cold.vector)
    assert warm.products < cold.products == objective.products - warm.products
    assert warm.value == pytest.approx(cold.value, rel=2e-3)


def test_run_that_has_diverged_has_no_sharpness_and_leaves_the_others_alone():
    network = Network((2, 6, 1))
    loss, theta = network.on(Moons(n=50).train), network.start([0, 1])
    lost = theta.copy()
    for value in (np.nan, np.inf):
        lost[:, 0] = value
        found = largest_eigenpair(loss, lost, np.full_like(theta, np.nan), tolerance=1e-8)
        assert np.isnan(found.value[0])
        assert found.value[1] == pytest.approx(sharpness(loss, theta, tolerance=1e-8)[1], rel=1e-7)


def test_gradient_descent_on_a_network_settles_at_the_edge_of_stability():
    """Cohen et al. 2021, at a rate at which the start is unstable."""
    network = Network((2, 16, 16, 1), loss="squared_error", initialisation="he_normal")
    loss, rate = network.on(Moons(n=60).train), 0.2
    theta = network.start(3)
    first = sharpness(loss, theta)
    values = [loss.value(theta)]
    for _ in range(1500):
        theta = theta - rate * loss.gradient(theta)
        values.append(loss.value(theta))
    assert first > 2 / rate
    assert sharpness(loss, theta) == pytest.approx(2 / rate, rel=0.1)
    assert values[-1] < 0.2 * values[300]
