"""The loss of a network on a plane or a line in the space of its parameters, and how wrong such a picture is."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscapes.networks.layers import LOSSES, Numbers
from landscapes.networks.network_loss import ExampleLoss, NetworkLoss
from landscapes.networks.passes import Layer, forward, layers_of
from landscapes.networks.planes import Plane
from optim_core.objective import Array

POINTS = 51
"""Points along each side of the grid."""
MOST_POINTS = 201
"""A finer grid shows no more and takes 16 times as long."""
MARGIN = 0.2
"""How far the grid reaches beyond the paths, relative to their extent."""
IN_CACHE = 2**17
"""Activations of a layer that are computed together: 512 kB of float32."""


@final
@dataclass(frozen=True, eq=False)
class Slice:
    """A landscape on a plane, with the paths projected on it and the errors of the projection.

    x, y      (n,) the coordinates of the grid
    loss      (n, n): loss[j, i] is the loss at (x[i], y[j])
    path      (checkpoints, 2, *runs): the nearest point of the plane for each checkpoint
    distance  (checkpoints, *runs): how far each checkpoint is from the plane
    true      (checkpoints, *runs): its loss
    drawn     (checkpoints, *runs): the loss at the nearest point of the plane, at which a picture shows it
    """

    plane: Plane
    x: Array
    y: Array
    loss: Array
    path: Array
    distance: Array
    true: Array
    drawn: Array

    @property
    def share(self) -> Array:
        """The share of each run's squared distance from the origin of the plane that lies within the plane: (*runs)."""
        within = np.einsum("tp...,pq,tq...->t...", self.path, self.plane.axes @ self.plane.axes.T, self.path)
        inside, outside = np.nansum(within, axis=0), np.nansum(self.distance**2, axis=0)
        return inside / np.maximum(inside + outside, np.finfo(float).tiny)


def slice_of(
    loss: ExampleLoss,
    plane: Plane,
    paths: ArrayLike | None = None,
    *,
    n: int = POINTS,
    reach: float | None = None,
) -> Slice:
    """The loss on an n x n grid of the plane.

    paths  (checkpoints, P, *runs): the grid covers their projections; NaN after the end of a run
    reach  without paths: the grid goes from −reach to reach along both axes, by default 1

    Grid values are computed in float32. They agree with `loss.value` to a relative error of 1e-5, by squared error as
    long as the loss is above 1e-3. True and drawn losses are computed in float64. Raises ValueError for a grid that is
    too fine.
    """
    if not 2 <= n <= MOST_POINTS:
        raise ValueError(f"a slice has 2 to {MOST_POINTS} points a side, not {n}")
    path = np.empty((0, len(plane.origin))) if paths is None else np.asarray(paths, dtype=float)
    theta = np.moveaxis(path, 1, 0)
    near = plane.coordinates(theta)
    corners = near.reshape(2, -1)
    corners = corners[:, np.isfinite(corners).all(axis=0)]
    if reach is not None or not corners.size:
        low, high = np.full(2, -(reach or 1.0)), np.full(2, reach or 1.0)
    else:
        low, high = corners.min(axis=1), corners.max(axis=1)
        # A path along one axis still gets a picture with an extent in the other.
        margin = MARGIN * np.maximum(high - low, (high - low).max() / 2)
        margin = margin if margin.any() else np.ones(2)
        low, high = low - margin, high + margin
    x, y = (np.linspace(a, b, n) for a, b in zip(low, high, strict=True))
    with np.errstate(all="ignore"):  # far away the loss may overflow
        grid = loss_on_grid(loss, plane, x, y)
        true, drawn = (loss.value(each) if path.size else np.empty(0) for each in (theta, plane.at(*near)))
    return Slice(plane, x, y, grid, np.moveaxis(near, 0, 1), plane.distance(theta), true, drawn)


def loss_on_grid(loss: ExampleLoss, plane: Plane, x: Array, y: Array) -> Array:
    """The loss at all (x[i], y[j]) as an array [j, i], in float32.

    The products of the first layer are linear in the parameters: those of the origin and of both axes are computed
    once, and combined at each point.
    """
    network, source = loss.network, loss.training if isinstance(loss, NetworkLoss) else None
    parts = [layers_of(network, v[None].astype(np.float32)) for v in (plane.origin, *plane.axes)]
    a, b = (each.astype(np.float32).reshape(-1, 1, 1) for each in np.meshgrid(x, y))
    together = max(1, IN_CACHE // (loss.n * max(network.widths[1:])))
    fixed = source if source and network.normalisation == "batch" else None
    firsts = [_first_products(parts, each.features) for each in (loss, *([fixed] if fixed else []))]
    grid = np.empty(len(a))
    for i in range(0, len(a), together):
        p, q = a[i : i + together], b[i : i + together]
        layers = [_combined(three, p, q) for three in zip(*parts, strict=True)]
        z0, *z1 = (first[0] + p * first[1] + q * first[2] for first in firsts)
        moments = loss._fixed() if loss.moments is not None else None
        if fixed is not None and moments is None:
            record = forward(network, layers, fixed.features, first=z1[0])[2]
            moments = tuple(hidden.moments for hidden in record if hidden.moments)
        z = forward(network, layers, loss.features, loss.masks, moments, first=z0)[0]
        grid[i : i + together] = LOSSES[network.loss].value(z.astype(float), loss.targets)
    if network.l2 and loss.penalised:
        grid += network.l2 / 2 * _squares(plane, network.weight_rows, a.ravel(), b.ravel())
    return grid.reshape(len(y), len(x))


@final
@dataclass(frozen=True, eq=False)
class Line:
    """The loss along the line from a first to a second point: loss (n,) at the shares `t` (n,) of the way."""

    t: Array
    loss: Array

    @property
    def barrier(self) -> float:
        """How far the loss rises above the straight line between its two ends.

        Frankle et al. 2020, Linear mode connectivity and the lottery ticket hypothesis, section 2.
        """
        return float((self.loss - (1 - self.t) * self.loss[0] - self.t * self.loss[-1]).max())


def line_between(loss: ExampleLoss, first: Array, second: Array, n: int = POINTS) -> Line:
    """The loss on the line between two points (P,), which are its ends. Goodfellow, Vinyals and Saxe 2015."""
    t = np.linspace(0.0, 1.0, n)
    return Line(t, loss.value(first[:, None] * (1 - t) + second[:, None] * t))


def _first_products(parts: list[list[Layer]], features: Array) -> list[Numbers]:
    x = features.astype(np.float32)
    return [layers[0].weight @ x + layers[0].bias for layers in parts]


def _combined(three: tuple[Layer, ...], p: Numbers, q: Numbers) -> Layer:
    """The parameters of a layer at the points of a chunk."""
    values: Any = (None if u is None else u + p * v + q * w for u, v, w in zip(*three, strict=True))
    return Layer(*values)


def _squares(plane: Plane, rows: NDArray[np.bool_], a: Numbers, b: Numbers) -> Array:
    """The sum of the squares of these rows at the points of the grid, from six inner products."""
    basis = np.stack([plane.origin, *plane.axes])[:, rows]
    at = np.stack([np.ones_like(a), a, b]).astype(float)
    return np.einsum("ik,ij,jk->k", at, basis @ basis.T, at)
