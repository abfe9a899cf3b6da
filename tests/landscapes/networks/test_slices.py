"""Planes through the space of the parameters, and the loss on them."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from landscapes.networks import (
    Digits,
    Moons,
    Network,
    line_between,
    plane_of,
    plane_through,
    random_plane,
    slice_of,
)
from landscapes.networks.layers import ACTIVATIONS, LOSSES, NORMALISATIONS
from landscapes.networks.planes import Plane
from optim_core import Adam
from optim_core.objective import Array

DATA = Moons(n=40, validation=30)


def path_of(network: Network, steps: int = 40, runs: int = 2, rate: float = 0.3) -> Array:
    """A path (steps + 1, P, runs) of gradient descent."""
    loss, theta = network.on(DATA.train), network.start(range(runs))
    path = [theta]
    for _ in range(steps):
        theta = theta - rate * loss.gradient(theta)
        path.append(theta)
    return np.array(path)


def test_principal_plane_is_that_of_the_singular_value_decomposition():
    rng = np.random.default_rng(0)
    for shape in ((30, 12, 2), (10, 40)):  # more checkpoints than parameters, and fewer
        paths = rng.normal(size=shape).cumsum(axis=0)
        plane = plane_of(paths)
        points = np.moveaxis(paths.reshape(*shape[:2], -1), 1, 2).reshape(-1, shape[1])
        centred = points - points.mean(axis=0)
        _, s, vt = np.linalg.svd(centred, full_matrices=False)
        np.testing.assert_allclose(np.abs(plane.axes @ vt[:2].T), np.eye(2), atol=1e-7)
        assert plane.share == pytest.approx((s[:2] ** 2).sum() / (s**2).sum(), rel=1e-10)
        np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-12)


def test_principal_plane_of_a_straight_path_is_still_a_plane():
    path = np.linspace(0, 1, 20)[:, None] * np.arange(1.0, 8)
    plane = plane_of(path)
    assert plane.share == pytest.approx(1.0) and np.linalg.matrix_rank(plane.axes) == 2
    np.testing.assert_allclose(plane.distance(path.T), 0, atol=1e-12)


def test_principal_plane_leaves_out_what_follows_the_end_of_a_run():
    path = path_of(Network((2, 4, 1)))
    ended = np.concatenate([path, np.full((5, *path.shape[1:]), np.nan)])
    np.testing.assert_allclose(plane_of(ended).axes, plane_of(path).axes)


@pytest.mark.parametrize("paths", [np.zeros((9, 4)), np.ones((2, 4)), np.full((9, 4), np.nan), 3.0])
def test_plane_needs_three_checkpoints(paths: Any):
    with pytest.raises(ValueError, match=r"three different checkpoints|need shape"):
        plane_of(paths)


def test_three_points_lie_in_their_plane():
    a, b, c = np.random.default_rng(0).normal(size=(3, 9))
    plane = plane_through(a, b, c)
    points = np.stack([a, b, c], axis=1)
    np.testing.assert_allclose(plane.distance(points), 0, atol=1e-13)
    coordinates = plane.coordinates(points)
    np.testing.assert_allclose(coordinates[:, 0], 0, atol=1e-13)
    np.testing.assert_allclose(coordinates[:, 1], [float(np.linalg.norm(b - a)), 0.0], atol=1e-13)
    np.testing.assert_allclose(plane.at(*coordinates), points, atol=1e-13)
    for third in (a, b, 2 * b - a):
        with pytest.raises(ValueError, match="on a line"):
            plane_through(a, b, third)


def test_random_directions_have_the_lengths_of_the_weights_of_each_unit():
    network = Network((3, 5, 2), normalisation="batch")
    centre = network.start(1)
    plane = random_plane(network, centre, seed=4)
    for axis in plane.axes:
        for tensor in network.tensors:
            values, weights = axis[tensor.rows].reshape(tensor.shape), centre[tensor.rows].reshape(tensor.shape)
            if tensor.is_weight:
                np.testing.assert_allclose(np.linalg.norm(values, axis=1), np.linalg.norm(weights, axis=1))
            else:
                assert (values == 0).all()
    assert (random_plane(network, centre, seed=4).axes == plane.axes).all()
    assert (random_plane(network, centre, seed=5).axes != plane.axes).any()
    with pytest.raises(ValueError, match="all weights are 0"):
        random_plane(network, np.zeros(network.parameters))


def test_filter_normalised_landscape_does_not_change_with_the_scale_of_the_weights():
    """Li et al. 2018, section 4: a ReLU network computes the same if one layer is scaled up and the next one down."""
    network = Network((2, 6, 1), "relu")
    centre, scaled = network.start(0), network.start(0)
    scaled[network.tensors[0].rows] *= 10
    scaled[network.tensors[2].rows] /= 10
    loss = network.on(DATA.train)
    first, second = (slice_of(loss, random_plane(network, each, 2), n=9).loss for each in (centre, scaled))
    np.testing.assert_allclose(first, second, rtol=1e-5)


@pytest.mark.parametrize(("activation", "loss", "normalisation"), list(product(ACTIVATIONS, LOSSES, NORMALISATIONS)))
def test_slice_agrees_with_the_plain_evaluation(activation: str, loss: str, normalisation: str):
    for network, data in (
        (Network((2, 6, 5, 1), activation, loss, normalisation=normalisation, l2=0.01), DATA),
        (Network((64, 8, 10), activation, loss, normalisation=normalisation), Digits(n=60, validation=20)),
    ):
        objective = network.on(data.train, data.held_out)
        plane = random_plane(network, network.start(0), 1)
        for each in (objective, objective.validation):
            made = slice_of(each, plane, n=11, reach=2.0)
            plain = each.value(plane.at(*np.meshgrid(made.x, made.y)))
            np.testing.assert_allclose(made.loss, plain, rtol=1e-5)
            assert np.ptp(plain) > 0.01


def test_slice_with_fixed_moments_or_of_a_line_without_hidden_layers_agrees_as_well():
    network = Network((2, 6, 1), normalisation="batch")
    centre = network.start(0)
    fixed: Any = network.on(DATA.train).in_use(network.on(DATA.train).moments_at(centre))
    for objective in (fixed, Network((2, 1)).on(DATA.train)):
        plane = random_plane(objective.network, objective.network.start(0), 1)
        made = slice_of(objective, plane, n=7)
        np.testing.assert_allclose(made.loss, objective.value(plane.at(*np.meshgrid(made.x, made.y))), rtol=1e-5)


@pytest.mark.parametrize("loss", LOSSES)
def test_slice_agrees_with_the_plain_evaluation_about_a_trained_network(loss: str):
    """There the outputs are large or the errors small, and float32 has the fewest digits to spare."""
    network = Network((2, 16, 16, 1), loss=loss)
    objective, adam = network.on(Moons(n=40, noise=0.05).train), Adam(0.02)
    theta = network.start(0)
    state = adam.init(theta)
    for _ in range(3000):
        if objective.value(theta) <= 2e-3:
            break
        theta, state = adam.step(theta, state, objective)
    made = slice_of(objective, random_plane(network, theta), n=9, reach=0.01)
    plain = objective.value(made.plane.at(*np.meshgrid(made.x, made.y)))
    np.testing.assert_allclose(made.loss, plain, rtol=1e-5)
    assert 1e-3 < plain.min() < plain.max() < 5e-3


def test_slice_says_how_wrong_it_is():
    network = Network((2, 8, 1))
    loss, path = network.on(DATA.train), path_of(network, runs=3)
    plane = plane_of(path[:, :, 0])
    made = slice_of(loss, plane, path, n=15)
    assert made.path.shape == (41, 2, 3) and made.distance.shape == made.true.shape == made.drawn.shape == (41, 3)
    np.testing.assert_allclose(made.true[7], loss.value(path[7]), rtol=1e-14)
    a, b = made.path[7, :, 1]
    near = plane.origin + a * plane.axes[0] + b * plane.axes[1]
    assert made.drawn[7, 1] == pytest.approx(float(loss.value(near)), rel=1e-12)
    assert made.distance[7, 1] == pytest.approx(np.linalg.norm(path[7, :, 1] - near), rel=1e-10)
    # the plane is that of the first run, whose share is that of its variance; the others are far from it
    assert made.share[0] == pytest.approx(plane.share, rel=1e-10) and made.share[0] > 0.95 > made.share[1:].max()
    assert np.abs(made.true - made.drawn)[:, 0].max() < 0.05 < np.abs(made.true - made.drawn)[:, 1:].max()
    # all checkpoints are inside
    assert (made.x[0] < made.path[:, 0].min()) and (made.path[:, 1].max() < made.y[-1])


def test_share_and_distance_are_right_for_directions_that_are_not_at_right_angles():
    plane = Plane(np.zeros(3), np.array([[2.0, 0, 0], [3.0, 1, 0]]))
    point = np.array([1.0, 2.0, 3.0])
    assert plane.distance(point) == pytest.approx(3.0)
    np.testing.assert_allclose(plane.at(*plane.coordinates(point)), [1, 2, 0], atol=1e-13)
    network = Network((2, 1))
    made = slice_of(network.on(DATA.train), plane, np.stack([point, point]), n=2)
    assert made.share == pytest.approx(5 / 14)


def test_ended_runs_and_diverged_ones_leave_a_slice_finite():
    network = Network((2, 4, 1))
    path = path_of(network)
    plane = plane_of(path)
    path[20:, :, 1] = np.nan
    made = slice_of(network.on(DATA.train), plane, path, n=5)
    assert np.isfinite(made.loss).all() and np.isnan(made.true[20:, 1]).all() and np.isfinite(made.share).all()


def test_line_between_two_points_has_their_losses_at_its_ends():
    network = Network((2, 8, 1))
    loss, path = network.on(DATA.train), path_of(network, 300)
    first, second = path[-1].T
    line = line_between(loss, first, second, 21)
    np.testing.assert_allclose(line.loss[[0, -1]], loss.value(path[-1]), rtol=1e-12)
    middle = loss.value((first + second) / 2)
    assert line.loss[10] == pytest.approx(float(middle), rel=1e-12)
    assert line.barrier >= middle - line.loss[[0, -1]].mean() - 1e-12
    assert line_between(loss, first, first).barrier == pytest.approx(0.0, abs=1e-15)
    assert line.barrier > 0.05, "two networks from different starts"


@pytest.mark.parametrize("n", [1, 10**6])
def test_grid_of_another_size_is_refused(n: int):
    network = Network((2, 1))
    with pytest.raises(ValueError, match="2 to 201 points"):
        slice_of(network.on(DATA.train), random_plane(network, network.start()), n=n)
