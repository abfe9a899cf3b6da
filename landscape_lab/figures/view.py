"""What a figure needs to know of a landscape: its losses on a grid, and the points worth a mark."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from landscapes import Landscape
from landscapes.critical_points import Domain
from optim_core.caching import bounded_cache
from optim_core.objective import Array

Kind = Literal["global_minimum", "local_minimum", "saddle"]

POINTS = 121
"""Samples along each side of a view: odd, so that the middle of a symmetrical surface is one of them."""
LARGEST = 1e30
"""Anything higher is a hole: single precision, which figures are sent in, ends at 3e38."""


STRETCH = 3
"""A domain whose sides differ more than this is not drawn to scale: its map would be a strip."""


SMALLEST = 40
"""Pixels along each side of the room that a map needs."""


class NoRoom(ValueError):
    """A picture is too small for its map and its legend."""


@dataclass(frozen=True)
class Mark:
    """A point of the surface that is worth a mark."""

    kind: Kind
    x: float
    y: float
    loss: float


def is_to_scale(domain: Domain) -> bool:
    """Whether a map of the domain has one scale on both axes: not where a side is over `STRETCH` times the other."""
    (x0, x1), (y0, y1) = domain
    return 1 / STRETCH <= (x1 - x0) / (y1 - y0) <= STRETCH


def fitted(domain: Domain, width: float, height: float) -> tuple[int, int]:
    """Pixels of the largest map of the domain within width x height: to scale, or else all of it. Raises NoRoom."""
    if min(width, height) < SMALLEST:
        raise NoRoom("a picture is too small for its map and its legend")
    (x0, x1), (y0, y1) = domain
    ratio = (x1 - x0) / (y1 - y0) if is_to_scale(domain) else width / height
    return round(min(width, height * ratio)), round(min(height, width / ratio))


def view(landscape: Landscape, n: int = POINTS, domain: Domain | None = None) -> tuple[Array, Array, Array]:
    """The surface on an n x n grid: xs (n,), ys (n,), losses (n, n), one row for each y; NaN is a hole."""
    xs, ys, losses = landscape.sample(n, domain)
    return xs, ys, _without_giants(losses)


def losses_on(landscape: Landscape, xs: Array, ys: Array) -> Array:
    """The losses on the grid of these coordinates: (len(ys), len(xs)); NaN where they are not finite, or enormous."""
    with np.errstate(all="ignore"):
        return _without_giants(landscape.value(np.stack(np.meshgrid(xs, ys))))


def _without_giants(losses: Array) -> Array:
    return np.where(np.abs(losses) < LARGEST, losses, np.nan)


def special_points(landscape: Landscape, domain: Domain | None = None) -> list[Mark]:
    """The minima and saddles on the view, each with its loss.

    A minimum is global when the landscape has no lower loss anywhere in its domain, not even at the edge.
    """
    (x0, x1), (y0, y1) = domain or landscape.domain
    minima, saddles = landscape.minima, landscape.saddles
    points = [(*p, is_saddle) for listed, is_saddle in ((minima, False), (saddles, True)) for p in listed]
    if not points:
        return []
    losses = landscape.value(np.array([point[:2] for point in points]).T).tolist()
    lowest = min(_lowest(landscape), *losses, np.inf)
    bound = lowest + 1e-6 * max(1.0, abs(lowest))
    return [
        Mark("saddle" if is_saddle else "global_minimum" if loss <= bound else "local_minimum", x, y, loss)
        for (x, y, is_saddle), loss in zip(points, losses, strict=True)
        if x0 <= x <= x1 and y0 <= y <= y1
    ]


@bounded_cache(maxsize=64)
def _lowest(landscape: Landscape) -> float:
    """The lowest loss on the view of the whole domain."""
    return float(np.nanmin(view(landscape)[2]))
