"""Minima and maxima where a surface has no derivative: at the foot of |x| + |y| Newton's method finds nothing."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscapes.critical_points import Domain, Point
from optim_core.objective import Array, Objective

MOST = 32
"""How many of the lowest and of the highest points of the grid are looked at."""
REACH = 2.5
"""How many cells of the grid away the lowest point may be."""


def lows(z: Array, strictly: bool = False) -> NDArray[np.bool_]:
    """Where a grid of heights is as low as all eight neighbours and lower than one of them, or strictly than all.

    Never on its border.
    """
    rows, columns = z.shape
    around = [z[1 + i : rows - 1 + i, 1 + j : columns - 1 + j] for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    inner, least, most = z[1:-1, 1:-1], np.min(around, axis=0), np.max(around, axis=0)
    low = np.zeros(z.shape, bool)
    low[1:-1, 1:-1] = np.isfinite(inner) & ((inner < least) if strictly else (inner <= least) & (inner < most))
    return low


def kinks(surface: Objective, domain: Domain, cells: int = 48) -> tuple[Point, ...]:
    """Points inside `domain` from which the surface rises, or falls, at once in a straight line in some direction.

    A search by smaller and smaller steps from the `MOST` lowest and the `MOST` highest points of a grid. What counts is
    a point with higher ground on a whole circle round it, from which the way up is not that of a smooth minimum: there
    a circle 100 times smaller is 10⁴ times less high.
    """
    low, high = np.array(domain).T
    size = (high - low)[:, None]
    # Off the axes of symmetry: four cells that meet in a minimum would be equally low, and none the lowest.
    inside = (np.indices((cells, cells)).reshape(2, -1) + np.array([[0.42], [0.44]])) / cells
    grid = low[:, None] + size * inside
    found: list[Point] = []
    for sign in (1.0, -1.0):

        def height(theta: Array, sign: float = sign) -> Array:
            z = sign * surface.value(theta)
            return np.where(np.isnan(z), np.inf, z)

        z = height(grid)
        places = np.flatnonzero(lows(z.reshape(cells, cells)))
        lowest = places[np.argsort(z[places], kind="stable")[:MOST]]
        points = _lowest_near(height, grid[:, lowest], REACH * size / cells)
        far, near = (_rises(height, points, radius * size) for radius in (1e-3, 1e-5))
        steepest, gentlest = far.max(axis=0, initial=0.0), _gentlest(height, points, 1e-3 * size)
        with np.errstate(invalid="ignore"):
            sharp = (near > 0).all(axis=0) & (near.max(axis=0, initial=0.0) > 1e-3 * steepest)
            # A level valley is no minimum: some direction along it does not rise at all.
            found += [(float(x), float(y)) for x, y in points[:, sharp & (gentlest > 1e-6 * steepest)].T]
    return tuple(found)


def _lowest_near(height: Any, centres: Array, reach: Array) -> Array:
    """The lowest point of a box round each centre (2, n): for every x the lowest y, and of those the lowest x.

    One inside the other: a search in both at once is caught where a kink runs across the way down.
    """

    def lowest_y(x: Array) -> tuple[Array, Array]:
        return _section(lambda y: height(np.array([np.broadcast_to(x, y.shape), y])), centres[1], reach[1], x.shape)

    x, _ = _section(lambda x: lowest_y(x)[1], centres[0], reach[0], centres[0].shape)
    return np.array([x, lowest_y(x)[0]])


def _section(height: Any, centre: Array, reach: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """The lowest of 9 points in an interval, again and again in the quarter round it: its place and height."""
    place = lowest = np.broadcast_to(centre, shape)
    for level in range(26):
        tried = place + reach * 0.25**level * np.linspace(-1.0, 1.0, 9).reshape(9, *[1] * len(shape))
        z = height(tried)
        best = z.argmin(axis=0)[None]
        place, lowest = np.take_along_axis(tried, best, 0)[0], np.take_along_axis(z, best, 0)[0]
    return place, lowest


def _rises(height: Any, points: Array, radius: Array) -> Array:
    """How much higher it is at each degree of an ellipse round each of the points (2, n): (360, n)."""
    return _rise(height, points, radius, np.radians(np.arange(360.0))[:, None])


def _rise(height: Any, points: Array, radius: Array, angle: Array) -> Array:
    circle = radius[:, :, None] * [np.cos(angle), np.sin(angle)]
    with np.errstate(invalid="ignore"):
        return height(points[:, None] + circle) - height(points)


def _gentlest(height: Any, points: Array, radius: Array) -> Array:
    """The least rise (n) on an ellipse round each of the points, in whatever direction it is."""
    rises = _rises(height, points, radius)
    angle, step = np.radians(rises.argmin(axis=0)), np.radians(1.0)
    least = rises.min(axis=0, initial=np.inf)
    for _ in range(9):
        tried = angle + step * np.linspace(-1.0, 1.0, 21)[:, None]
        rises = _rise(height, points, radius, tried)
        best = rises.argmin(axis=0)[None]
        angle, least = np.take_along_axis(tried, best, 0)[0], np.minimum(least, rises.min(axis=0, initial=np.inf))
        step /= 10.0
    return least
