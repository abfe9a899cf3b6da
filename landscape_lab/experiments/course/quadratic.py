"""Momentum on a parabola, solved: what one eigen-direction of a quadratic bowl does, without running anything.

Along an eigenvector of the Hessian with eigenvalue lambda the loss is lambda x² / 2, and momentum with rate eta and
momentum gamma multiplies (x, m) at each step by the matrix

    [[1 - a, -gamma], [a, gamma]]        with a = eta lambda, the step,

whose eigenvalues sigma solve sigma² - (1 - a + gamma) sigma + gamma = 0 (Goh 2017, Why momentum really works,
Distill). Everything here depends on a and gamma alone.
"""

from enum import Enum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscape_lab.experiments.scenarios.sentence import word
from optim_core.objective import Array

NEARLY = 1e-9
"""How near to the critical step a step counts as critical, as a part of it."""


class Damping(Enum):
    """How the iterates of one eigen-direction come to rest, or that they do not."""

    OVERDAMPED = word("overdamped")
    CRITICAL = word("critically damped")
    UNDERDAMPED = word("underdamped")
    ALTERNATING = word("changing sides at every step")
    DIVERGENT = word("divergent")


def eigenvalues(step: ArrayLike, momentum: ArrayLike) -> NDArray[np.complex128]:
    """Both sigma: a and gamma of any shapes that broadcast -> (2, *shape), complex where the iterates swing."""
    a, gamma = _complex(step), _complex(momentum)
    half = (1 - a + gamma) / 2
    root = np.sqrt(half * half - gamma)
    return np.stack(np.broadcast_arrays(half + root, half - root))


def convergence_rate(step: ArrayLike, momentum: ArrayLike) -> Array:
    """By how much a step shrinks the distance to the minimum in the long run: max |sigma|. Above 1 it grows."""
    return np.abs(eigenvalues(step, momentum)).max(axis=0)


def critical_step(momentum: ArrayLike) -> Array:
    """The step (1 - sqrt gamma)² from which on the iterates swing: the fastest way home for this step's size."""
    return (1 - np.sqrt(momentum)) ** 2


def alternating_step(momentum: ArrayLike) -> Array:
    """The step (1 + sqrt gamma)² beyond which the iterates change sides at every step."""
    return (1 + np.sqrt(momentum)) ** 2


def largest_step(momentum: ArrayLike) -> Array:
    """The step 2 (1 + gamma) at which convergence ends; 2 for plain gradient descent."""
    return 2 + 2 * np.asarray(momentum, dtype=float)


def critical_momentum(step: ArrayLike) -> Array:
    """The momentum (1 - sqrt a)² that is best for a step: less creeps, more swings."""
    return (1 - np.sqrt(step)) ** 2


def best_settings(smallest: float, largest: float) -> tuple[float, float]:
    """The learning rate and momentum that are best for a bowl with these two curvatures: (eta, gamma).

    eta = (2 / (sqrt lambda_1 + sqrt lambda_n))², gamma = ((sqrt lambda_n - sqrt lambda_1) / (their sum))²: Polyak 1964.
    """
    low, high = float(np.sqrt(smallest)), float(np.sqrt(largest))
    return (2 / (low + high)) ** 2, ((high - low) / (high + low)) ** 2


def damping(step: float, momentum: float) -> Damping:
    """How a direction with this step behaves; the rate 1, where nothing ever comes to rest, counts as divergent."""
    critical = float(critical_step(momentum))
    if not 0 < step < largest_step(momentum) or not momentum < 1:
        return Damping.DIVERGENT
    if abs(step - critical) <= NEARLY * critical:
        return Damping.CRITICAL
    if step < critical:
        return Damping.OVERDAMPED
    return Damping.UNDERDAMPED if step < alternating_step(momentum) else Damping.ALTERNATING


def iterates(step: float, momentum: float, steps: int, start: float = 1.0) -> Array:
    """x after 0, 1, ..., `steps` steps, from rest at `start`: (steps + 1).

    x_t = start ((1 - a) D_t - gamma D_(t-1)) with D_t = sum over k < t of sigma_1^k sigma_2^(t-1-k), which is
    (sigma_1^t - sigma_2^t) / (sigma_1 - sigma_2) wherever that can be computed. Not finite where it outgrows a float.
    """
    with np.errstate(all="ignore"):
        powers = eigenvalues(step, momentum)[:, None] ** np.arange(max(steps, 1))
        divided = np.real(np.convolve(*powers)[: max(steps, 1)])
        before = np.concatenate([[0.0], divided[:-1]])
        return start * np.concatenate([[1.0], (1 - step) * divided - momentum * before])[: steps + 1]


def envelope(step: float, momentum: float, steps: int, start: float = 1.0) -> Array:
    """The curve c max|sigma|^t with the smallest c that keeps all these iterates below it: (steps + 1)."""
    sizes = np.abs(iterates(step, momentum, steps, start))
    with np.errstate(all="ignore"):
        decay = convergence_rate(step, momentum) ** np.arange(steps + 1)
        ratios = np.divide(sizes, decay, out=np.zeros(steps + 1), where=decay > 0)
        return decay * ratios[np.isfinite(ratios)].max()


def _complex(values: ArrayLike) -> NDArray[np.complex128]:
    return np.asarray(values, dtype=complex)
