"""Runs of P parameters: every optimizer, schedule and sampler of the registries on functions of seven parameters."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from optim_core import (
    OPTIMIZERS,
    SAMPLERS,
    SCHEDULES,
    Adam,
    Clipping,
    ConjugateGradient,
    GradientDescent,
    GradientNoise,
    LineSearch,
    Newton,
    Optimizer,
    SharpnessAware,
    run,
)
from optim_core.objective import Array
from optim_core.sampler import MOST_SEEDS, normal_at
from tests.optim_core.many_parameters import CURVATURES, START, Coupled, Diagonal, P, Regression
from tests.optim_core.surfaces import EACH, assert_lane_is, assert_same_bits

PAIRS = [[0, 1], [2, 3], [4, 5], [5, 6]]
BATCH = np.stack([START, -START[::-1], 3 * START], axis=1)


def is_coordinate_wise(optimizer: Optimizer) -> bool:
    """Whether no bit of the path of one coordinate depends on another one, on its start or its curvature."""
    others = [(0.7, 2.0), (3.1, -0.3), (1.9, 0.1), (0.3, 5.0)]
    paths = [run(Diagonal([1.3, curvature]), optimizer, (1.1, y), 30).points[:, 0] for curvature, y in others]
    return all(np.array_equal(path, paths[0]) for path in paths)


COORDINATE_WISE = [name for name, optimizer in EACH.items() if is_coordinate_wise(optimizer)]
OTHERS = [name for name in EACH if name not in COORDINATE_WISE]


def pairs_of(optimizer: Optimizer, **options: Any) -> list[tuple[list[int], Array]]:
    """The points of runs of two coordinates each, which the compiled backends execute."""
    return [(pair, run(Diagonal(CURVATURES[pair]), optimizer, START[pair], 60, **options).points) for pair in PAIRS]


@pytest.mark.parametrize("name", COORDINATE_WISE)
def test_every_coordinate_moves_as_in_a_run_of_two(name: str) -> None:
    path = run(Diagonal(), EACH[name], START, 60)
    assert path.points.shape == (61, P) and (path.points[1:] != path.points[:-1]).any()
    for pair, points in pairs_of(EACH[name]):
        assert_same_bits(path.points[:, pair], points)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules_act_on_every_coordinate(schedule: str) -> None:
    schedules = {"learning_rate": SCHEDULES[schedule]()}
    path = run(Diagonal(), Adam(), START, 60, schedules=schedules)
    for pair, points in pairs_of(Adam(), schedules=schedules):
        assert_same_bits(path.points[:, pair], points)


def adam(gradient: Callable[[Array], Array], steps: int) -> list[Array]:
    """The path of Adam with its default hyperparameters."""
    theta, m, v = START, np.zeros(P), np.zeros(P)
    path = [theta]
    for t in range(1, steps + 1):
        g = gradient(theta)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        theta = theta - 0.05 * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        path.append(theta)
    return path


def clipped_adam(loss: Coupled, steps: int) -> list[Array]:
    def gradient(theta: Array) -> Array:
        g = loss.gradient(theta)
        return g * min(1.0, 1.0 / np.linalg.norm(g))

    return adam(gradient, steps)


def sharpness_aware_adam(loss: Coupled, steps: int) -> list[Array]:
    def gradient(theta: Array) -> Array:
        g = loss.gradient(theta)
        return loss.gradient(theta + 0.05 * g / np.linalg.norm(g))

    return adam(gradient, steps)


def armijo(loss: Coupled, theta: Array, d: Array, slope: Any, alpha: Any) -> Any:
    while loss.value(theta + alpha * d) > loss.value(theta) + 1e-4 * alpha * slope:
        alpha /= 2
    return alpha


def line_search(loss: Coupled, steps: int) -> list[Array]:
    path = [START]
    for _ in range(steps):
        g = loss.gradient(path[-1])
        path.append(path[-1] - armijo(loss, path[-1], -g, -g @ g, 1.0) * g)
    return path


def conjugate_gradient(loss: Coupled, steps: int) -> list[Array]:
    path, g_old, d = [START], np.zeros(P), np.zeros(P)
    for t in range(steps):
        g = loss.gradient(path[-1])
        d = (max(0.0, g @ (g - g_old) / (g_old @ g_old)) if t % 10 else 0.0) * d - g
        if g @ d >= 0:
            d = -g
        curvature = d @ loss.hessian_vector(path[-1], d)
        first = -(g @ d) / curvature if curvature > 0 else 1 / np.linalg.norm(d)
        path.append(path[-1] + armijo(loss, path[-1], d, g @ d, first) * d)
        g_old = g
    return path


def newton_cg(loss: Coupled, steps: int) -> list[Array]:
    """Nocedal and Wright 2006, algorithm 7.1, with a full step."""
    path = [START]
    for _ in range(steps):
        theta, z = path[-1], np.zeros(P)
        r = loss.gradient(theta)
        d, size = -r, np.linalg.norm(r)
        for j in range(P):
            Bd = loss.hessian_vector(theta, d)
            if d @ Bd <= 0:
                z = d if j == 0 else z
                break
            alpha = r @ r / (d @ Bd)
            z, before = z + alpha * d, r
            r = r + alpha * Bd
            if np.linalg.norm(r) <= min(0.5, size**0.5) * size:
                break
            d = -r + r @ r / (before @ before) * d
        path.append(theta + z)
    return path


REFERENCES = {
    "clipping(adam)": clipped_adam,
    "conjugate_gradient": conjugate_gradient,
    "line_search": line_search,
    "newton": newton_cg,
    "sharpness_aware(adam)": sharpness_aware_adam,
}


def test_every_other_optimizer_has_reference_code() -> None:
    assert sorted(OTHERS) == sorted(REFERENCES)
    assert len(COORDINATE_WISE) + len(OTHERS) == len(EACH) and set(OPTIMIZERS) <= {n.partition("(")[0] for n in EACH}


@pytest.mark.parametrize("name", OTHERS)
def test_path_equals_that_of_reference_code(name: str) -> None:
    loss = Coupled()
    path = run(loss, EACH[name], START, 6)  # before the last digits decide how a search ends
    np.testing.assert_allclose(path.points, REFERENCES[name](loss, 6), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", EACH)
def test_run_of_a_batch_equals_its_single_run(name: str) -> None:
    path = run(Coupled(), EACH[name], BATCH, 40, record_state=True)
    for i in range(BATCH.shape[1]):
        assert_lane_is(path, (i,), run(Coupled(), EACH[name], BATCH[:, i], 40, record_state=True))


@pytest.mark.parametrize("count", [1, 2, 3, P])
@pytest.mark.parametrize("name", EACH)
def test_loss_falls_for_any_number_of_parameters(name: str, count: int) -> None:
    path = run(Diagonal(CURVATURES[:count]), EACH[name], START[:count], 60)
    assert path.points.shape == (61, count) and path.losses[-1] < path.losses[0]


def test_field_may_differ_between_runs() -> None:
    rates = np.array([[0.1], [0.2]])
    path = run(Coupled(), GradientDescent(learning_rate=rates), BATCH, 20)
    assert path.points.shape == (21, P, 2, 3)
    assert_lane_is(path, (1, 2), run(Coupled(), GradientDescent(learning_rate=0.2), BATCH[:, 2], 20))


def test_newton_converges_fast() -> None:
    assert np.abs(run(Diagonal(), Newton(), START, 8).points[-1]).max() < 1e-12
    path = run(Coupled([4.0] * P), Newton(), START, 12)
    assert np.abs(Coupled([4.0] * P).gradient(path.points[-1])).max() < 1e-12
    damped = run(Diagonal(), Newton(damping=1e6), START, 1)
    np.testing.assert_allclose(damped.points[1] - START, -Diagonal().gradient(START) / 1e6, rtol=1e-3)


def test_newton_leads_down_where_the_curvature_is_negative() -> None:
    """At once along the negative gradient, as in the source; in two dimensions it would jump to the saddle."""
    saddle = Diagonal([1.0, -2.0, 1.0])
    path = run(saddle, Newton(learning_rate=0.1), (0.1, 1.0, 0.1), 5)
    np.testing.assert_allclose(path.points[1], [0.09, 1.2, 0.09])
    assert (np.diff(path.losses) < 0).all()


def test_products_that_other_runs_needed_are_not_counted() -> None:
    path = run(Coupled(), Newton(), BATCH, 8)
    alone = [run(Coupled(), Newton(), BATCH[:, i], 8).evaluations for i in range(3)]
    assert path.evaluations.tolist() == alone and len(set(alone)) > 1
    # The curvature along a direction is one product, and a step of conjugate gradients asks for one.
    searched = run(Diagonal(), ConjugateGradient(), START, 1)
    assert searched.evaluations == 1 + 1 + 1 + 1  # gradient, product, value, and the value at the first length


class Watched(Diagonal):
    """Counts the points at which it computes the loss."""

    points = 0

    def value(self, theta: Array) -> Array:
        self.points += theta[0].size
        return super().value(theta)


@pytest.mark.parametrize(("count", "spare"), [(64, 0), (P, 3)])
def test_search_of_many_parameters_tries_few_lengths_at_once(count: int, spare: int) -> None:
    """A loss of many parameters takes as long as it has points, so that a length in reserve is not for free."""
    loss = Watched(np.linspace(1.0, 5.0, count))
    path = run(loss, LineSearch(), np.ones(count), 10)
    run_itself = 11  # the loss of every point
    needed = path.evaluations - 10  # gradients
    assert needed <= loss.points - run_itself <= needed + 10 * spare
    slow = run(loss, LineSearch(learning_rate=100.0, shrink=0.99), np.ones(count), 1)
    assert slow.losses[1] < slow.losses[0] and slow.evaluations > 256


@pytest.mark.parametrize("inner", [GradientDescent(), Clipping(Adam()), SharpnessAware(Adam()), LineSearch()])
def test_noise_of_two_parameters_begins_that_of_many(inner: Optimizer) -> None:
    for seeds in (4, np.arange(3), np.arange(MOST_SEEDS + 1)):
        many = normal_at(seeds, 5, P)
        assert many.shape == (P, np.size(seeds)) and len(set(many[:, 0].tolist())) == P
        assert_same_bits(many[:2], normal_at(seeds, 5))
        assert_same_bits(many[:3], normal_at(seeds, 5, 3))
    path = run(Diagonal(), inner, START, 20, sampler=GradientNoise(), seed=np.array([3, 4]))
    assert_lane_is(path, (1,), run(Diagonal(), inner, START, 20, sampler=GradientNoise(), seed=4))


def test_noisy_coordinates_move_as_in_a_run_of_two() -> None:
    path = run(Diagonal(), Adam(), START, 60, sampler=GradientNoise(), seed=3)
    assert_same_bits(path.points[:, :2], pairs_of(Adam(), sampler=GradientNoise(), seed=3)[0][1])


@pytest.mark.parametrize("seed", [2, np.array([2, 5])], ids=["one", "batch"])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_samplers_act_on_any_number_of_parameters(sampler: str, seed: Any) -> None:
    """The path of gradient descent is that of a loop over what the sampler gives for each seed."""
    loss, chosen = Regression.random(), SAMPLERS[sampler]()
    path = run(loss, GradientDescent(learning_rate=0.1), START, 30, sampler=chosen, seed=seed)
    for i, one in enumerate(np.atleast_1d(seed).tolist()):
        theta = START[:, None]
        for t in range(30):
            theta = theta - 0.1 * chosen.at(loss, t, one).gradient(theta)
            np.testing.assert_allclose(path.points[t + 1].reshape(P, -1)[:, i], theta[:, 0], rtol=1e-12)
