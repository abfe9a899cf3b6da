"""On quadratics the iterates are known in closed form."""

import numpy as np
import pytest

from optim_core import OPTIMIZERS, Outcome, run
from optim_core.objective import Array, dot
from optim_core.run import ESCAPE
from tests.golden.cases import Rosenbrock
from tests.optim_core.surfaces import Quadratic, Waves

of = OPTIMIZERS
EIGENVALUES = np.array([0.7, 3.0])
BOWL = Quadratic(EIGENVALUES[0], 0.0, EIGENVALUES[1])
START = np.array([0.8, -0.6])
STEPS = 50


def test_gradient_descent_shrinks_every_eigenvector_by_one_minus_eta_lambda() -> None:
    rates = np.array([0.01, 0.2, 0.5])
    path = run(BOWL, of["gradient_descent"](rates), START[:, None], STEPS)
    t = np.arange(STEPS + 1)[:, None, None]
    expected = (1 - rates * EIGENVALUES[:, None]) ** t * START[:, None]
    np.testing.assert_allclose(path.points, expected, rtol=1e-12, atol=1e-15)


def matrix_path(matrix: Array) -> Array:
    """The second entry of [m, theta] after 0, 1, ... multiplications by the matrix, from [0, 1]."""
    return np.array([(np.linalg.matrix_power(matrix, t) @ [0.0, 1.0])[1] for t in range(STEPS + 1)])


@pytest.mark.parametrize("gamma", [0.0, 0.5, 0.9, 0.99])
def test_momentum_is_a_power_of_a_two_by_two_matrix(gamma: float) -> None:
    eta = 0.1
    path = run(BOWL, of["momentum"](eta, gamma), START, STEPS)
    for i, curvature in enumerate(EIGENVALUES):
        expected = matrix_path(np.array([[gamma, eta * curvature], [-gamma, 1 - eta * curvature]]))
        np.testing.assert_allclose(path.points[:, i], START[i] * expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 0.9, 0.99])
def test_nesterov_is_a_power_of_a_two_by_two_matrix(gamma: float) -> None:
    """The recursion is m' = gamma m + eta lambda (theta - gamma m), theta' = theta - m'."""
    eta = 0.1
    path = run(BOWL, of["nesterov"](eta, gamma), START, STEPS)
    for i, curvature in enumerate(EIGENVALUES):
        keep = gamma * (1 - eta * curvature)
        expected = matrix_path(np.array([[keep, eta * curvature], [-keep, 1 - eta * curvature]]))
        np.testing.assert_allclose(path.points[:, i], START[i] * expected, rtol=1e-10, atol=1e-14)


def test_gradient_descent_diverges_exactly_beyond_two_over_the_largest_eigenvalue() -> None:
    limit = 2 / EIGENVALUES.max()
    path = run(BOWL, of["gradient_descent"](limit * np.array([0.95, 1.0, 1.05])), START[:, None], 1000)
    assert path.outcomes.tolist() == [Outcome.FINISHED, Outcome.FINISHED, Outcome.DIVERGED]
    assert path.losses[-1, 0] < 1e-30
    np.testing.assert_allclose(np.abs(path.points[:, 1, 1]), 0.6, rtol=1e-9)  # oscillates without decay
    # |1 - eta lambda| = 1.1: the step at which 0.6 * 1.1^t leaves the map.
    size = BOWL.domain[1][1] - BOWL.domain[1][0]
    assert path.last_step[2] == np.ceil(np.log(ESCAPE * size / 0.6) / np.log(1.1))


@pytest.mark.parametrize("delay", [0, 1, 2, 5, 20])
def test_delay_lowers_the_limit_of_gradient_descent(delay: int) -> None:
    """For a delay of tau steps, eta lambda may be 2 sin(pi / (2 (2 tau + 1))) at most: 2, 1, 0.62, ... for 0, 1, 2.

    There the characteristic equation q^(tau + 1) = q^tau - eta lambda has roots of absolute value 1.
    """
    limit = 2 * np.sin(np.pi / (2 * (2 * delay + 1))) / EIGENVALUES.max()
    rates = limit * np.array([0.97, 1.03])
    path = run(BOWL, of["delayed"](of["gradient_descent"](rates), delay), START[:, None], 4000)
    early, late = (np.abs(path.points[first : first + 1000, 1]).max(axis=0) for first in (0, 3000))
    assert late[0] < 0.1 * early[0]
    assert path.outcomes[1] == Outcome.DIVERGED or late[1] > 10 * early[1]


@pytest.mark.parametrize("bowl", [BOWL, Quadratic(5, -2, 1), Quadratic(1, 2, -3)])
def test_newton_needs_one_step(bowl: Quadratic) -> None:
    """Newton's method reaches the stationary point in one step, also where it is a saddle (the last quadratic)."""
    path = run(bowl, of["newton"](), START, 1)
    np.testing.assert_allclose(path.points[1], 0, atol=1e-15)


def test_damping_is_added_to_the_curvature() -> None:
    path = run(BOWL, of["newton"](1.0, damping=2.0), START, 1)
    np.testing.assert_allclose(path.points[1], START * (1 - EIGENVALUES / (EIGENVALUES + 2)), rtol=1e-12)


@pytest.mark.parametrize("bowl", [BOWL, Quadratic(5, -2, 1), Quadratic(100, 3, 1)])
def test_conjugate_gradient_needs_two_steps(bowl: Quadratic) -> None:
    path = run(bowl, of["conjugate_gradient"](), START, 2, record_state=True)
    assert np.abs(path.points[1]).max() > 1e-3
    np.testing.assert_allclose(path.points[2], 0, atol=1e-13)
    first, second = path.state["d"]
    assert abs(first @ bowl.matrix @ second) < 1e-12 * np.abs(bowl.matrix).max()  # the directions are conjugate


def test_conjugate_gradient_restarts_after_the_given_number_of_steps() -> None:
    path = run(Rosenbrock(), of["conjugate_gradient"](restart=4), (-1.5, 2.0), 20, record_state=True)
    assert (path.state["beta"][::4] == 0).all()
    assert (path.state["beta"] > 0).any()
    np.testing.assert_array_equal(path.state["d"][::4], -path.state["g"][::4])


@pytest.mark.parametrize("surface", [BOWL, Rosenbrock(), Waves()])
@pytest.mark.parametrize("name", ["line_search", "conjugate_gradient"])
def test_armijos_rule_holds_at_every_step(name: str, surface: Quadratic | Rosenbrock | Waves) -> None:
    """The loss falls by at least c times the predicted decrease, or the step is too short to move the point."""
    starts = np.array([[-1.5, 0.3, 1.2, 0.0], [1.7, 0.4, 1.0, -0.9]])
    path = run(surface, of[name](), starts, 400, record_state=True)
    d = path.state["d"] if name == "conjugate_gradient" else -path.state["g"]
    alpha, slope = path.state["alpha"], dot(d.swapaxes(0, 1), path.state["g"].swapaxes(0, 1))
    obeyed = path.losses[1:] <= path.losses[:-1] + 1e-4 * alpha * slope
    still = (path.points[1:] == path.points[:-1]).all(axis=1)
    assert (obeyed | still).all()
    assert obeyed[:5].all() and (path.losses[-1] < path.losses[0]).all()


@pytest.mark.parametrize("shrink", [0.1, 0.5, 0.9])
def test_line_search_accepts_the_first_sufficient_length(shrink: float) -> None:
    """The length tried before the accepted one violates the rule, and every trial is counted as an evaluation."""
    surface = Rosenbrock()
    path = run(surface, of["line_search"](1.0, shrink, 1e-4), (-1.5, 2.0), 50, record_state=True)
    alpha, g = path.state["alpha"], path.state["g"]
    tries = 1 + np.round(np.log(alpha) / np.log(shrink))
    np.testing.assert_allclose(alpha, shrink ** (tries - 1), rtol=1e-12)
    longer = path.points[:-1] - (alpha / shrink)[:, None] * g
    refused = surface.value(longer.T) > path.losses[:-1] - 1e-4 * alpha / shrink * (g * g).sum(axis=1)
    assert (refused | (alpha == 1.0)).all() and (tries > 16).any() == (shrink == 0.9)
    np.testing.assert_array_equal(np.diff(path.evaluated), tries + 2)  # the gradient and the value where it starts


def test_line_search_at_the_minimum_is_bounded() -> None:
    """Near the minimum the decrease of the loss is below rounding; the search must still end."""
    path = run(Rosenbrock(), of["line_search"](), (1.0 + 1e-15, 1.0), 20, record_state=True)
    assert path.evaluations < 20 * 60
    np.testing.assert_allclose(path.points, 1.0, rtol=1e-14)
