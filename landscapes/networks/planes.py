"""Planes in the space of the parameters, on which a landscape can be drawn."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike

from landscapes.networks.architecture import Network
from optim_core.objective import Array

MOST_CHECKPOINTS = 1000
"""Principal components are those of at most so many checkpoints, evenly chosen: 0.5 s for 10,000 parameters."""


@final
@dataclass(frozen=True, eq=False)
class Plane:
    """The points origin + a axes[0] + b axes[1].

    origin  (P,)
    axes    (2, P), linearly independent; of length 1 and at right angles, except for filter-normalised directions
    names   what the coordinates a and b are
    share   the share of the paths' variance that the plane holds, for principal components; else None
    """

    origin: Array
    axes: Array
    names: tuple[str, str] = ("a", "b")
    share: float | None = None

    def at(self, a: ArrayLike, b: ArrayLike) -> Array:
        """The parameters at these coordinates: (*batch), (*batch) -> (P, *batch)."""
        at = np.stack(np.broadcast_arrays(np.asarray(a, dtype=float), np.asarray(b, dtype=float)))
        return self.origin.reshape(-1, *[1] * (at.ndim - 1)) + np.tensordot(self.axes.T, at, axes=1)

    def coordinates(self, theta: Array) -> Array:
        """The coordinates of the nearest points of the plane: (P, *batch) -> (2, *batch)."""
        near: Any = np.linalg.solve(self.axes @ self.axes.T, self.axes @ self._offset(theta))
        return near.reshape(2, *np.shape(theta)[1:])

    def distance(self, theta: Array) -> Array:
        """The Euclidean distance from the plane: (P, *batch) -> (*batch)."""
        offset, near = self._offset(theta), self.coordinates(theta).reshape(2, -1)
        return np.linalg.norm(offset - self.axes.T @ near, axis=0).reshape(np.shape(theta)[1:])

    def _offset(self, theta: Array) -> Array:
        return np.reshape(theta, (len(self.origin), -1)) - self.origin[:, None]


def plane_of(paths: ArrayLike) -> Plane:
    """The plane of the first two principal components of all checkpoints, through their mean.

    paths  (checkpoints, P, *runs), as in `Trajectory.points`. Runs of different length may end in NaN

    Li et al. 2018, Visualizing the loss landscape of neural nets, section 7; their plane passes through the last
    checkpoint. Raises ValueError for fewer than three different checkpoints.
    """
    paths = np.asarray(paths, dtype=float)
    if paths.ndim < 2:
        raise ValueError(f"paths need shape (checkpoints, P, *runs), not {paths.shape}")
    points = np.moveaxis(paths.reshape(*paths.shape[:2], -1), 1, 2).reshape(-1, paths.shape[1])
    points = points[np.isfinite(points).all(axis=1)]
    points = points[:: -(-len(points) // MOST_CHECKPOINTS) or 1]
    if len(points) < 3 or (points == points[0]).all():
        raise ValueError("a plane needs three different checkpoints")
    origin = points.mean(axis=0)
    offsets = points - origin
    # The eigenvectors of the smaller one of the two Gram matrices: much faster than a singular value decomposition.
    if len(offsets) < offsets.shape[1]:
        variances, vectors = np.linalg.eigh(offsets @ offsets.T)
        found = offsets.T @ vectors[:, :-3:-1]
    else:
        variances, vectors = np.linalg.eigh(offsets.T @ offsets)
        found = vectors[:, :-3:-1]
    axes = np.linalg.qr(found)[0].T  # at right angles even where the second variance is 0
    axes *= np.sign(axes[np.arange(2), np.abs(axes).argmax(axis=1)])[:, None]  # a sign that no machine changes
    held = np.clip(variances[-2:].sum() / variances.sum(), 0.0, 1.0)
    return Plane(origin, axes, ("first component", "second component"), float(held))


def plane_through(first: Array, second: Array, third: Array) -> Plane:
    """The plane through three points (P,): the first is its origin, the second lies on its first axis.

    Garipov et al. 2018, Loss surfaces, mode connectivity, and fast ensembling of DNNs, appendix A. Raises ValueError
    for three points on a line.
    """
    u, v = second - first, third - first
    length = np.linalg.norm(u)
    rest = v - (v @ u / (length * length) if length else 0.0) * u
    if not length or np.linalg.norm(rest) <= 1e-10 * np.linalg.norm(v):
        raise ValueError("the three points lie on a line, which many planes contain")
    return Plane(first, np.stack([u / length, rest / np.linalg.norm(rest)]))


def random_plane(network: Network, centre: Array, seed: int = 0) -> Plane:
    """The plane through `centre` (P,) along two random directions, filter-normalised.

    The weights into each unit have in each direction the length that they have in the centre; biases, gains and shifts
    are those of the centre. Li et al. 2018, Visualizing the loss landscape of neural nets, section 4.
    """
    rng = np.random.default_rng(seed)
    axes = np.zeros((2, network.parameters))
    for axis in axes:
        for tensor in network.tensors:
            if tensor.is_weight:
                weights, drawn = centre[tensor.rows].reshape(tensor.shape), rng.standard_normal(tensor.shape)
                lengths = np.linalg.norm(weights, axis=1) / np.linalg.norm(drawn, axis=1)
                axis[tensor.rows] = (drawn * lengths[:, None]).ravel()
    if not axes.any():
        raise ValueError("all weights are 0: they have no length for a direction to have")
    return Plane(np.array(centre, dtype=float), axes, ("first direction", "second direction"))
