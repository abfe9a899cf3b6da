"""Momentum on a parabola in closed form: the iterates along one eigenvector of a quadratic's Hessian.

Along an eigenvector of the Hessian with eigenvalue lambda the loss is lambda x² / 2, and momentum with rate eta and
momentum gamma multiplies (x, m) at each step by the matrix

    [[1 - a, -gamma], [a, gamma]]        with a = eta lambda, the step,

whose eigenvalues sigma solve sigma² - (1 - a + gamma) sigma + gamma = 0 (Goh 2017, Why momentum really works,
Distill). All functions depend only on a and gamma.
"""

from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape_lab.experiments.scenarios.sentence import word
from optim_core.objective import Array

NEARLY = 1e-9
"""The relative distance from the critical step within which a step counts as critical."""


class Damping(Enum):
    """The kinds of behaviour of the iterates along one eigenvector."""

    OVERDAMPED = word("overdamped")
    CRITICAL = word("critically damped")
    UNDERDAMPED = word("underdamped")
    ALTERNATING = word("changing sides at every step")
    DIVERGENT = word("divergent")


def eigenvalues(step: ArrayLike, momentum: ArrayLike) -> NDArray[np.complex128]:
    """Return both eigenvalues sigma: (2, *shape) for a and gamma that broadcast to `shape`; complex if the iterates
    oscillate."""
    a, gamma = _complex(step), _complex(momentum)
    half = (1 - a + gamma) / 2
    root = np.sqrt(half * half - gamma)
    return np.stack(np.broadcast_arrays(half + root, half - root))


def convergence_rate(step: ArrayLike, momentum: ArrayLike) -> Array:
    """Return max |sigma|, the asymptotic factor of the distance to the minimum per step. Above 1 it grows."""
    return np.abs(eigenvalues(step, momentum)).max(axis=0)


def critical_step(momentum: ArrayLike) -> Array:
    """Return the step (1 - sqrt gamma)², above which the iterates oscillate, and for which gamma is the best
    momentum."""
    return (1 - np.sqrt(momentum)) ** 2


def alternating_step(momentum: ArrayLike) -> Array:
    """Return the step (1 + sqrt gamma)², above which the iterates change sign at every step."""
    return (1 + np.sqrt(momentum)) ** 2


def largest_step(momentum: ArrayLike) -> Array:
    """Return the step 2 (1 + gamma), from which on the iterates diverge; it is 2 for plain gradient descent."""
    return 2 + 2 * np.asarray(momentum, dtype=float)


def critical_momentum(step: ArrayLike) -> Array:
    """Return the momentum (1 - sqrt a)² that is best for a step; with more the iterates oscillate."""
    return (1 - np.sqrt(step)) ** 2


def best_settings(smallest: float, largest: float) -> tuple[float, float]:
    """Return the best learning rate and momentum for a bowl with these two curvatures: (eta, gamma).

    eta = (2 / (sqrt lambda_1 + sqrt lambda_n))², gamma = ((sqrt lambda_n - sqrt lambda_1) / (their sum))²: Polyak 1964.
    """
    low, high = float(np.sqrt(smallest)), float(np.sqrt(largest))
    return (2 / (low + high)) ** 2, ((high - low) / (high + low)) ** 2


def damping(step: float, momentum: float) -> Damping:
    """Return the behaviour for this step. The convergence rate 1, at which nothing converges, counts as divergent."""
    critical = float(critical_step(momentum))
    if not 0 < step < largest_step(momentum) or not momentum < 1:
        return Damping.DIVERGENT
    if abs(step - critical) <= NEARLY * critical:
        return Damping.CRITICAL
    if step < critical:
        return Damping.OVERDAMPED
    return Damping.UNDERDAMPED if step < alternating_step(momentum) else Damping.ALTERNATING


def iterates(step: float, momentum: float, steps: int, start: float = 1.0) -> Array:
    """Return x after 0, 1, ..., `steps` steps, from rest at `start`: (steps + 1).

    x_t = start ((1 - a) D_t - gamma D_(t-1)) with D_t = sum over k < t of sigma_1^k sigma_2^(t-1-k), which is
    (sigma_1^t - sigma_2^t) / (sigma_1 - sigma_2) if that can be computed. Values that exceed a float are not finite.
    """
    with np.errstate(all="ignore"):
        powers = eigenvalues(step, momentum)[:, None] ** np.arange(max(steps, 1))
        divided = np.real(np.convolve(*powers)[: max(steps, 1)])
        before = np.concatenate([[0.0], divided[:-1]])
        return start * np.concatenate([[1.0], (1 - step) * divided - momentum * before])[: steps + 1]


def envelope(step: float, momentum: float, steps: int, start: float = 1.0) -> Array:
    """Return the curve c max|sigma|^t with the smallest c that bounds all iterates: (steps + 1)."""
    sizes = np.abs(iterates(step, momentum, steps, start))
    with np.errstate(all="ignore"):
        decay = convergence_rate(step, momentum) ** np.arange(steps + 1)
        ratios = np.divide(sizes, decay, out=np.zeros(steps + 1), where=decay > 0)
        return decay * ratios[np.isfinite(ratios)].max()


def _complex(values: ArrayLike) -> NDArray[np.complex128]:
    return np.asarray(values, dtype=complex)
