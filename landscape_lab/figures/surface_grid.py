"""A landscape sampled for figures: its losses on a grid, and its special points."""

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from landscapes import Landscape
from landscapes.critical_points import Domain
from optim_core.caching import bounded_cache
from optim_core.objective import Array

Kind = Literal["global_minimum", "local_minimum", "saddle"]

POINTS = 121
"""Samples along each side of a grid: odd, so that the centre of a symmetrical surface is one of them."""
LARGEST = 1e30
"""Larger losses become NaN: figures are sent in single precision, which ends at 3e38."""


STRETCH = 3
"""The ratio of sides above which a domain is not drawn to scale, as its map would be a strip."""


SMALLEST = 40
"""The smallest side of a map in pixels."""


class PictureTooSmall(ValueError):
    """Raised if a picture is too small for its map and its legend."""


@dataclass(frozen=True)
class SpecialPoint:
    """A minimum or a saddle that is marked on a figure."""

    kind: Kind
    x: float
    y: float
    loss: float


@dataclass(frozen=True, eq=False)
class SampledSurface:
    """A surface of which only the losses on a grid are known: xs (n,), ys (m,), losses (m, n), one row for each y.

    `axes` are the names of the coordinates.
    """

    xs: Array
    ys: Array
    losses: Array
    axes: tuple[str, str]

    minimum_value: ClassVar[None] = None

    @property
    def domain(self) -> Domain:
        """The rectangle of the grid."""
        (x0, x1), (y0, y1) = ((float(each[0]), float(each[-1])) for each in (self.xs, self.ys))
        return (x0, x1), (y0, y1)

    def sample(self) -> tuple[Array, Array, Array]:
        """The grid, with NaN where the loss is not finite or too large to draw."""
        return self.xs, self.ys, _without_huge(self.losses)

    def between(self, values: Array, xs: Array, ys: Array) -> Array:
        """Values (m, n) on the grid interpolated to other coordinates within it: (len(ys), len(xs)).

        By piecewise cubic polynomials; NaN in a cell with a NaN at a corner. Keys 1981, Cubic convolution interpolation
        for digital image processing.
        """
        (across, column), (up, row) = _weights(self.xs, xs), _weights(self.ys, ys)
        hole = np.isnan(values)
        out = up @ np.where(hole, 0.0, values) @ across.T
        hole = hole[1:] | hole[:-1]
        hole = hole[:, 1:] | hole[:, :-1]
        out[hole[np.ix_(row, column)]] = np.nan
        return out


def _weights(nodes: Array, at: Array) -> tuple[Array, NDArray[np.intp]]:
    """The weights (len(at), n) of values at the nodes (n,), and the interval of each coordinate."""
    interval = np.clip(np.searchsorted(nodes, at, "right") - 1, 0, len(nodes) - 2)
    width = (nodes[interval + 1] - nodes[interval])[:, None]
    t = (at - nodes[interval])[:, None] / width
    value = np.eye(len(nodes))
    slope = np.gradient(value, nodes, axis=0)
    first = (1 + 2 * t) * (1 - t) ** 2 * value[interval] + width * t * (1 - t) ** 2 * slope[interval]
    second = t**2 * (3 - 2 * t) * value[interval + 1] - width * t**2 * (1 - t) * slope[interval + 1]
    return first + second, interval


Surface: TypeAlias = Landscape | SampledSurface
"""What is drawn as a map or in three dimensions."""


def is_to_scale(domain: Domain) -> bool:
    """Whether a map of the domain has equal scales: not if one side is more than `STRETCH` times the other."""
    (x0, x1), (y0, y1) = domain
    return 1 / STRETCH <= (x1 - x0) / (y1 - y0) <= STRETCH


def fitted_size(domain: Domain, width: float, height: float) -> tuple[int, int]:
    """The size in pixels of the largest map of the domain within width x height.

    It is to scale if `is_to_scale`, and fills all of the room otherwise. Raises PictureTooSmall if that is too small.
    """
    if min(width, height) < SMALLEST:
        raise PictureTooSmall("a picture is too small for its map and its legend")
    (x0, x1), (y0, y1) = domain
    ratio = (x1 - x0) / (y1 - y0) if is_to_scale(domain) else width / height
    return round(min(width, height * ratio)), round(min(height, width / ratio))


def sample_surface(surface: Surface, n: int = POINTS, domain: Domain | None = None) -> tuple[Array, Array, Array]:
    """Sample the surface on an n x n grid: xs (n,), ys (n,), losses (n, n) with one row for each y.

    NaN where the loss is not finite or too large to draw. A sampled surface has the grid that it has.
    """
    if isinstance(surface, SampledSurface):
        return surface.sample()
    xs, ys, losses = surface.sample(n, domain)
    return xs, ys, _without_huge(losses)


def losses_on(landscape: Landscape, xs: Array, ys: Array) -> Array:
    """The losses (len(ys), len(xs)) on a grid of coordinates; NaN where not finite or too large to draw."""
    with np.errstate(all="ignore"):
        return _without_huge(landscape.value(np.stack(np.meshgrid(xs, ys))))


def _without_huge(losses: Array) -> Array:
    return np.where(np.abs(losses) < LARGEST, losses, np.nan)


def special_points(surface: Surface, domain: Domain | None = None) -> list[SpecialPoint]:
    """The minima and saddles inside `domain`, each with its loss; none of a sampled surface.

    A minimum is global if the landscape has no lower loss anywhere in its domain, including the edge.
    """
    if isinstance(surface, SampledSurface):
        return []
    landscape = surface
    (x0, x1), (y0, y1) = domain or landscape.domain
    minima, saddles = landscape.minima, landscape.saddles
    points = [(*p, is_saddle) for listed, is_saddle in ((minima, False), (saddles, True)) for p in listed]
    if not points:
        return []
    losses = landscape.value(np.array([point[:2] for point in points]).T).tolist()
    lowest = min(_lowest(landscape), *losses, np.inf)
    bound = lowest + 1e-6 * max(1.0, abs(lowest))
    return [
        SpecialPoint("saddle" if is_saddle else "global_minimum" if loss <= bound else "local_minimum", x, y, loss)
        for (x, y, is_saddle), loss in zip(points, losses, strict=True)
        if x0 <= x <= x1 and y0 <= y <= y1
    ]


@bounded_cache(maxsize=64)
def _lowest(landscape: Landscape) -> float:
    """The lowest loss sampled over the whole domain."""
    return float(np.nanmin(sample_surface(landscape)[2]))
