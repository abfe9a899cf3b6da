"""A search for minima that uses no derivatives, for surfaces whose derivatives are missing or inexact."""

import numpy as np

from landscapes.critical_points import Domain, Point, lowest_first
from landscapes.neighbourhood import HIGHER, classify_neighbourhoods, noise_of
from optim_core.objective import Array, Objective

GRID = 48
MOST = 64
"""The number of grid minima from which a search starts."""
HALVINGS = 45
"""The number of times a search halves its step: from a grid cell down to the rounding of the coordinates."""
DIRECTIONS = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j], dtype=float).T


def minima_by_search(surface: Objective, domain: Domain) -> tuple[Point, ...]:
    """Find the isolated minima inside `domain`, lowest first, from values alone.

    A compass search (Kolda, Lewis and Torczon 2003) starts from the lowest local minima of a grid; a result is kept if
    its whole neighbourhood is higher. A minimum narrower than a grid cell may be missed.
    """
    low, high = np.array(domain).T[..., None]
    size = high - low
    with np.errstate(all="ignore"):
        points = _rounded(surface, _searched(surface, _lowest_cells(surface, low, high), low, high), size)
        inside = ((points > low) & (points < high)).all(axis=0)
        points = points[:, inside & np.isfinite(surface.value(points))]
        kept: list[Array] = []
        for point in points.T:
            if all((np.abs(point - other) > 1e-5 * size[:, 0]).any() for other in kept):
                kept.append(point)
        found = np.array(kept).reshape(-1, 2).T
        return lowest_first(surface, found[:, classify_neighbourhoods(surface, found, 1.0, size[:, 0]) == HIGHER])


def _lowest_cells(surface: Objective, low: Array, high: Array) -> Array:
    """The lowest cells (2, n) of a grid that are no higher than all neighbours and lower than one."""
    grid = low[..., None] + (high - low)[..., None] * (np.indices((GRID, GRID)) + 0.47) / GRID
    heights = surface.value(grid.reshape(2, -1)).reshape(GRID, GRID)
    heights = np.pad(np.where(np.isfinite(heights), heights, np.inf), 1, constant_values=np.inf)
    inner = heights[1:-1, 1:-1]
    around = np.array([np.roll(heights, (i, j), (0, 1))[1:-1, 1:-1] for i, j in DIRECTIONS.T.astype(int)])
    is_low = np.isfinite(inner) & (inner <= around).all(axis=0) & (inner < around).any(axis=0)
    order = np.argsort(inner[is_low], kind="stable")[:MOST]
    return grid[:, is_low][:, order]


def _searched(surface: Objective, points: Array, low: Array, high: Array) -> Array:
    """The ends of a compass search from points (2, n): step in the best of eight directions, or halve the step."""
    if not points.size:
        return points
    heights, step = surface.value(points), np.ones(points.shape[1])
    for _ in range(8 * HALVINGS):
        moves = DIRECTIONS[..., None] * step * ((high - low) / GRID)[:, None]
        around = np.clip(points[:, None] + moves, low[:, None], high[:, None])
        there = surface.value(around.reshape(2, -1)).reshape(8, -1)
        there = np.where(np.isfinite(there), there, np.inf)
        best, column = there.argmin(axis=0), np.arange(points.shape[1])
        better = there[best, column] < heights
        points = np.where(better, around[:, best, column], points)
        heights = np.where(better, there[best, column], heights)
        step = np.where(better, step, step / 2)
        if (step < 0.5**HALVINGS).all():
            break
    return points


def _rounded(surface: Objective, points: Array, size: Array) -> Array:
    """The points with the fewest decimals, within a millionth of the domain, whose values differ only by rounding."""
    if not points.size:
        return points
    left = np.ones(points.shape[1], bool)
    limit = surface.value(points) + noise_of(surface.value, points, size)
    for digits in range(9):
        shorter = np.round(points, digits) + 0.0
        near = (np.abs(shorter - points) <= 1e-6 * size).all(axis=0)
        same = left & near & (surface.value(shorter) <= limit)
        points, left = np.where(same, shorter, points), left & ~same
    return points
