"""Sharpness: the largest eigenvalue of the Hessian, for all runs of a batch, from Hessian-vector products."""

from typing import NamedTuple, Protocol

import numpy as np

from optim_core.objective import Array

MOST_PRODUCTS = 100
"""Hessian-vector products at most. The largest eigenvalue usually needs 10 to 30."""


class Curved(Protocol):
    """An objective with Hessian-vector products."""

    def hessian_vector(self, theta: Array, v: Array) -> Array:
        """(P, *batch), (P, *batch) -> (P, *batch)"""
        ...


class Eigenpair(NamedTuple):
    """The largest eigenvalue of each run's Hessian (*batch), its eigenvector (P, *batch), and the products used.

    The eigenvalue is NaN where a product is not finite.
    """

    value: Array
    vector: Array
    products: int


def sharpness(objective: Curved, theta: Array, *, tolerance: float = 1e-3) -> Array:
    """The largest eigenvalue of the Hessian: (P, *batch) -> (*batch). Gradient descent is stable below 2 / rate.

    Cohen et al. 2021, Gradient descent on neural networks typically occurs at the edge of stability.
    """
    return largest_eigenpair(objective, theta, tolerance=tolerance).value


def largest_eigenpair(
    objective: Curved, theta: Array, start: Array | None = None, *, tolerance: float = 1e-3
) -> Eigenpair:
    """The largest eigenvalue with its eigenvector, by the Lanczos method with full reorthogonalisation.

    start      (P, *batch): where the search begins, best the eigenvector of a nearby theta; by default random
    tolerance  the relative error at which it ends: an eigenvalue lies within it of the result

    All runs make the same number of steps. Golub and Van Loan 2013, Matrix computations, section 10.1.
    """
    theta = np.asarray(theta, dtype=float)
    points = theta.reshape(len(theta), -1)
    parameters, runs = points.shape
    q = np.repeat(np.random.default_rng(0).standard_normal((1, parameters)), runs, axis=0)
    if start is not None:  # with some noise: a start orthogonal to the eigenvector would never find it
        q = np.nan_to_num(np.reshape(start, points.shape).T) + 1e-3 * q / np.linalg.norm(q, axis=1, keepdims=True)
    q /= np.linalg.norm(q, axis=1, keepdims=True)
    most = min(MOST_PRODUCTS, parameters)
    basis, diagonal, beside = np.empty((runs, most, parameters)), np.zeros((runs, most)), np.zeros((runs, most))
    finite, searching = np.ones(runs, dtype=bool), np.ones(runs, dtype=bool)
    for k in range(most):
        basis[:, k] = q
        with np.errstate(all="ignore"):  # a run may have diverged
            w = objective.hessian_vector(points, np.ascontiguousarray(q.T)).T
        finite &= np.isfinite(w).all(axis=1)
        w = np.where(finite[:, None], w, 0.0)
        diagonal[:, k] = np.where(searching, (q * w).sum(axis=1), diagonal[:, 0])  # which is never above the largest
        known = basis[:, : k + 1]
        for _ in range(2):  # twice is enough: Parlett 1998, The symmetric eigenvalue problem, section 6.9
            w = w - ((known @ w[..., None]).swapaxes(1, 2) @ known)[:, 0]
        beside[:, k] = np.linalg.norm(w, axis=1)
        values, vectors = np.linalg.eigh(_tridiagonal(diagonal[:, : k + 1], beside[:, :k]))
        weights, scale = vectors[:, :, -1], np.abs(values).max(axis=1)
        error = beside[:, k] * np.abs(weights[:, -1])  # an eigenvalue of the Hessian is at most so far away
        if (error <= tolerance * scale).all() or k + 1 == most:
            value = np.where(finite, values[:, -1], np.nan)
            vector = (weights[:, None] @ known)[:, 0].T
            return Eigenpair(value.reshape(theta.shape[1:]), vector.reshape(theta.shape), k + 1)
        searching &= beside[:, k] > 1e-12 * scale  # otherwise no direction is left
        beside[:, k] *= searching
        q = w / np.where(searching, beside[:, k], np.inf)[:, None]
    raise ValueError("theta has no parameters")


def _tridiagonal(diagonal: Array, beside: Array) -> Array:
    """(runs, k), (runs, k - 1) -> (runs, k, k)"""
    runs, k = diagonal.shape
    matrix, at = np.zeros((runs, k, k)), np.arange(k)
    matrix[:, at, at] = diagonal
    matrix[:, at[1:], at[:-1]] = matrix[:, at[:-1], at[1:]] = beside
    return matrix
