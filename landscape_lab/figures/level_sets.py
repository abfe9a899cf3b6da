"""Contours without false islets.

On a grid that is coarser than a valley, the heights along the valley's floor go up and down: a contour drawn through
them falls apart into a row of closed loops, and each looks like a minimum. Here such loops are found, and opened: the
grid's heights are lowered along the way by which the valley leads out. Terrain models of hydrology do the same:
J. B. Lindsay, "Efficient hybrid breaching-filling sink removal methods", Hydrological Processes 30 (2016).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from landscape_lab.figures.heights import LINES, RELIEF_LINES, HeightScale, height_scale
from landscape_lab.figures.view import view
from landscapes import Landscape
from landscapes.critical_points import Domain, Point
from optim_core.caching import bounded_cache
from optim_core.objective import Array

Value = Callable[[Array], Array]
Place = tuple[int, int]

FEW_LOOPS = 2
"""So many false loops can be opened without harm to the look of the map; more call for a finer grid."""
MOST_LOOPS = 2000
"""A grid with more pits than that is left as it is."""
MOST_PLACES = 20_000
"""Of the grid, that are looked at for one loop."""
MOST_MOVES = 200
"""Of a walk down the surface: enough to leave any loop that is worth opening."""
FINEST = 1e-3
"""A walk ends where there is nothing lower this part of a cell away."""


@dataclass(frozen=True)
class Ground:
    """A surface on a grid: xs (k,), ys (m,), losses (m, k), and the heights (m, k) to draw contours through."""

    xs: Array
    ys: Array
    losses: Array
    heights: Array
    scale: HeightScale

    @property
    def is_exact(self) -> bool:
        """Whether the heights are the losses themselves."""
        return np.array_equal(self.heights, self.losses, equal_nan=True)


def ground(landscape: Landscape, n: int, domain: Domain, *, log: bool = True, finer: bool = True) -> Ground:
    """The surface on an n x n grid; if many of its contours are false there, and with `finer`, on one twice as fine.

    In the heights every closed contour of a map or of a relief encloses a minimum or a maximum of the surface. Without
    `log` the scale is never logarithmic. The arrays are shared, and read-only.
    """
    (x0, x1), (y0, y1) = domain
    return _ground(landscape, n, ((x0, x1), (y0, y1)), log, finer)


@bounded_cache(maxsize=24)  # a quarter of a megabyte each, or one; the maps of a lesson change with few of its knobs
def _ground(landscape: Landscape, n: int, domain: Domain, log: bool, finer: bool) -> Ground:
    xs, ys, losses = view(landscape, n, domain)
    scale = height_scale(losses, landscape.minimum_value)
    if scale.log and not log:
        low, high = float(np.nanmin(losses)), float(np.nanmax(losses))
        scale = HeightScale(False, low, low, high)
    levels = np.union1d(scale.lines(LINES), scale.lines(RELIEF_LINES))
    known = landscape.minima, landscape.maxima
    heights, opened = without_false_loops(landscape.value, xs, ys, scale.shown(losses), levels, *known)
    if opened > FEW_LOOPS and finer:
        xs, ys, losses = view(landscape, 2 * n - 1, domain)
        heights, _ = without_false_loops(landscape.value, xs, ys, scale.shown(losses), levels, *known)
    for each in (xs, ys, losses, heights):
        each.flags.writeable = False
    return Ground(xs, ys, losses, heights, scale)


def without_false_loops(
    value: Value,
    xs: Array,
    ys: Array,
    heights: Array,
    levels: Array,
    minima: Iterable[Point] = (),
    maxima: Iterable[Point] = (),
) -> tuple[Array, int]:
    """The heights (len(ys), len(xs)) with every false loop at the levels opened, and how many those were.

    A loop is false when the surface, whose `value` (2, *batch) -> (*batch) grows with the heights, has no extremum in
    it. Heights change along narrow valleys and ridges alone, by less than they differ from cell to cell. Extrema that
    are known already save the search for one in the loops around them.
    """
    at = _Grid(xs, ys)
    heights, opened = _without_pits(value, at, heights, np.sort(levels), minima)
    peaks, more = _without_pits(lambda theta: -value(theta), at, -heights, np.sort(-levels), maxima)
    return -peaks, opened + more


@dataclass(frozen=True)
class _Grid:
    """The places of a grid of evenly spaced xs (k,) and ys (m,): rows and columns."""

    xs: Array
    ys: Array

    @cached_property
    def cell(self) -> Array:
        """The sides of a cell, (2,)."""
        return np.array([self.xs[1] - self.xs[0], self.ys[1] - self.ys[0]])

    @cached_property
    def _corner(self) -> Array:
        return np.array([self.xs[0], self.ys[0]])

    def point(self, place: Place) -> Array:
        return np.array([self.xs[place[1]], self.ys[place[0]]])

    def nearest(self, point: Point) -> Place:
        """The place nearest to a point; it may lie outside the grid."""
        column, row = np.rint((np.array(point) - self._corner) / self.cell).astype(int).tolist()
        return row, column

    def corners(self, point: Array) -> set[Place]:
        """The corners of the cell that a point (2,) lies in."""
        column, row = np.floor((point - self._corner) / self.cell).astype(int).tolist()
        return {(row, column), (row + 1, column), (row, column + 1), (row + 1, column + 1)}


def _without_pits(
    value: Value, grid: _Grid, heights: Array, levels: Array, minima: Iterable[Point]
) -> tuple[Array, int]:
    pits = _pits(heights)
    if not len(pits) or len(pits) > MOST_LOOPS:
        return heights, 0
    heights, opened = heights.copy(), 0
    open_at, known = _open(heights), {grid.nearest(point) for point in minima}
    for pit in sorted(map(tuple, pits.tolist()), key=lambda place: heights[place]):
        above = int(np.searchsorted(levels, heights[pit], "right"))
        if above == len(levels):
            continue
        inside = _loop(heights, open_at, pit, levels[above])
        if not inside or inside & known:
            continue
        if not _has_minimum(value, grid, pit, inside):
            way = _way_out(heights, open_at, pit)
            opened += 1
            for place in way:
                heights[place] = min(heights[place], heights[pit])
    return heights, opened


def _pits(heights: Array) -> NDArray[np.intp]:
    """Places (k, 2) that are lower than their neighbours, one of several equal ones; none beside a hole or the edge."""
    middle = heights[1:-1, 1:-1]
    with np.errstate(invalid="ignore"):
        low = (middle < heights[:-2, 1:-1]) & (middle <= heights[2:, 1:-1])
        low &= (middle < heights[1:-1, :-2]) & (middle <= heights[1:-1, 2:])
    return np.argwhere(low) + 1


def _open(heights: Array) -> NDArray[np.bool]:
    """Where a contour need not close: at the edge of the grid, and beside a hole."""
    hole = np.pad(~np.isfinite(heights), 1, constant_values=True)
    return hole[:-2, 1:-1] | hole[2:, 1:-1] | hole[1:-1, :-2] | hole[1:-1, 2:] | hole[1:-1, 1:-1]


def _loop(heights: Array, open_at: NDArray[np.bool], pit: Place, level: float) -> set[Place]:
    """The places below a level around a pit; none if they are open, or if the pit is not the lowest of them."""
    inside, ahead, lowest = {pit}, [pit], heights[pit]
    while ahead:
        place = ahead.pop()
        if open_at[place] or heights[place] < lowest or len(inside) > MOST_PLACES:
            return set()
        for beside in _beside(place):
            if heights[beside] < level and beside not in inside:
                inside.add(beside)
                ahead.append(beside)
    return inside


def _beside(place: Place) -> tuple[Place, ...]:
    row, column = place
    return (row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)


def _way_out(heights: Array, open_at: NDArray[np.bool], pit: Place) -> list[Place]:
    """The places on the lowest way from a pit to something lower, or to the edge; none where there is no such way."""
    before: dict[Place, Place] = {pit: pit}
    ahead = [(heights[pit], pit)]
    while ahead and len(before) < MOST_PLACES:
        height, place = heappop(ahead)
        if height < heights[pit] or open_at[place]:
            way = []
            while place != pit:
                way.append(place)
                place = before[place]
            return way
        for beside in _beside(place):
            if beside not in before:
                before[beside] = place
                heappush(ahead, (heights[beside], beside))
    return []


def _has_minimum(value: Value, grid: _Grid, pit: Place, inside: set[Place]) -> bool:
    """Whether a walk down the surface itself, from a pit of the grid, ends within the cells of its loop."""
    at = grid.point(pit)
    lowest, radius = _values(value, at)[()], 1.0
    for _ in range(MOST_MOVES):
        point, height = _lowest_around(value, at, radius * grid.cell)
        if height < lowest:
            at, lowest = point, height
        elif radius > FINEST:
            radius /= 4
        else:
            return True
        if not inside & grid.corners(at):
            return False
    return True


def _lowest_around(value: Value, at: Array, radii: Array) -> tuple[Array, float]:
    """The lowest point of an ellipse, and its height: found even in a valley a millionth of a turn wide.

    On both sides of the middle of such a valley the ellipse climbs: the search closes in on the lowest direction, and,
    since the valley leads up and down, also on the lowest one of the opposite half.
    """
    angles = np.linspace(0, 2 * np.pi, 65)[:-1]
    first = angles[int(_values(value, _ellipse(at, radii, angles)).argmin())]
    middles = np.array([first, first + np.pi])
    for half in np.pi / 2 / 16.0 ** np.arange(6):
        angles = middles[:, None] + np.linspace(-half, half, 65)
        best = _values(value, _ellipse(at, radii, angles)).argmin(axis=1)
        middles = angles[[0, 1], best]
    points = _ellipse(at, radii, middles)
    heights = _values(value, points)
    lower = int(heights.argmin())
    return points[:, lower], float(heights[lower])


def _ellipse(at: Array, radii: Array, angles: Array) -> Array:
    directions = np.stack([np.cos(angles), np.sin(angles)])
    return np.moveaxis(at + radii * np.moveaxis(directions, 0, -1), -1, 0)


def _values(value: Value, points: Array) -> Array:
    with np.errstate(all="ignore"):
        losses = np.asarray(value(points), dtype=float)
    return np.where(np.isfinite(losses), losses, np.inf)
