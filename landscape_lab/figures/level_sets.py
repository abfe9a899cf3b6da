"""Contours without false loops.

On a grid coarser than a valley, the sampled heights along the floor of the valley oscillate, and a contour through them
breaks up into closed loops, each of which looks like a minimum. This module finds such loops and opens them by lowering
the heights along the path that leads out of them. Terrain models of hydrology do the same: J. B. Lindsay, "Efficient
hybrid breaching-filling sink removal methods", Hydrological Processes 30 (2016).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from landscape_lab.figures.height_scale import LINES, SURFACE_LINES, HeightScale, height_scale
from landscape_lab.figures.surface_grid import SampledSurface, Surface, sample_surface
from landscapes import Landscape
from landscapes.critical_points import Domain, Point
from optim_core.caching import bounded_cache
from optim_core.objective import Array

Value = Callable[[Array], Array]
Place = tuple[int, int]

FEW_LOOPS = 2
"""The number of false loops that are opened without a visible effect; more require a finer grid."""
MOST_LOOPS = 2000
"""A grid with more pits than this is not modified."""
MOST_PLACES = 20_000
"""The maximal number of grid points visited for one loop."""
MOST_MOVES = 200
"""The maximal number of moves of a descent on the surface: enough to leave any loop that matters."""
FINEST = 1e-3
"""A descent ends where no point at this distance, relative to a cell, is lower."""


@dataclass(frozen=True)
class ContourGrid:
    """A surface sampled for contours: xs (k,), ys (m,), losses (m, k), and heights (m, k) without false loops."""

    xs: Array
    ys: Array
    losses: Array
    heights: Array
    scale: HeightScale

    @property
    def is_exact(self) -> bool:
        """Whether the heights equal the losses."""
        return np.array_equal(self.heights, self.losses, equal_nan=True)


def contour_grid(surface: Surface, n: int, domain: Domain, *, log: bool = True) -> ContourGrid:
    """Sample the surface on an n x n grid or, if it has many false loops, on one twice as fine.

    Every closed contour of the heights encloses a minimum or a maximum of the surface. Without `log` the scale is
    always linear. The arrays are cached and read-only. A sampled surface has the grid and the contours that it has.
    """
    if isinstance(surface, SampledSurface):
        xs, ys, losses = surface.sample()
        scale = _scale(losses, None, log)
        return ContourGrid(xs, ys, losses, scale.shown(losses), scale)
    (x0, x1), (y0, y1) = domain
    return _contour_grid(surface, n, ((x0, x1), (y0, y1)), log)


@bounded_cache(maxsize=24)  # 0.25 MB each, or 1 MB on the finer grid; few knobs of a lesson change its maps
def _contour_grid(landscape: Landscape, n: int, domain: Domain, log: bool) -> ContourGrid:
    xs, ys, losses = sample_surface(landscape, n, domain)
    scale = _scale(losses, landscape.minimum_value, log)
    levels = np.union1d(scale.lines(LINES), scale.lines(SURFACE_LINES))
    known = landscape.minima, landscape.maxima
    heights, opened = without_false_loops(landscape.value, xs, ys, scale.shown(losses), levels, *known)
    if opened > FEW_LOOPS:
        xs, ys, losses = sample_surface(landscape, 2 * n - 1, domain)
        heights, _ = without_false_loops(landscape.value, xs, ys, scale.shown(losses), levels, *known)
    for each in (xs, ys, losses, heights):
        each.flags.writeable = False
    return ContourGrid(xs, ys, losses, heights, scale)


def _scale(losses: Array, minimum: float | None, log: bool) -> HeightScale:
    scale = height_scale(losses, minimum)
    if log or not scale.log:
        return scale
    low, high = float(np.nanmin(losses)), float(np.nanmax(losses))
    return HeightScale(False, low, low, high)


def without_false_loops(
    value: Value,
    xs: Array,
    ys: Array,
    heights: Array,
    levels: Array,
    minima: Iterable[Point] = (),
    maxima: Iterable[Point] = (),
) -> tuple[Array, int]:
    """Open every false loop at the given levels; returns the heights (len(ys), len(xs)) and the number of loops.

    A loop is false if the surface, given by `value` (2, *batch) -> (*batch), has no extremum in it. Heights change only
    along narrow valleys and ridges, by less than they differ between neighbouring cells. Loops around known `minima`
    and `maxima` are not searched.
    """
    at = _Grid(xs, ys)
    heights, opened = _without_pits(value, at, heights, np.sort(levels), minima)
    peaks, more = _without_pits(lambda theta: -value(theta), at, -heights, np.sort(-levels), maxima)
    return -peaks, opened + more


@dataclass(frozen=True)
class _Grid:
    """A grid of evenly spaced xs (k,) and ys (m,); a place is a row and a column."""

    xs: Array
    ys: Array

    @cached_property
    def cell(self) -> Array:
        """The sides (2,) of a cell."""
        return np.array([self.xs[1] - self.xs[0], self.ys[1] - self.ys[0]])

    @cached_property
    def _corner(self) -> Array:
        return np.array([self.xs[0], self.ys[0]])

    def point(self, place: Place) -> Array:
        return np.array([self.xs[place[1]], self.ys[place[0]]])

    def nearest(self, point: Point) -> Place:
        """The place nearest to a point, possibly outside the grid."""
        column, row = np.rint((np.array(point) - self._corner) / self.cell).astype(int).tolist()
        return row, column

    def corners(self, point: Array) -> set[Place]:
        """The corners of the cell that contains a point (2,)."""
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
    """The places (k, 2) lower than their neighbours, one of several equal ones; none next to a hole or the edge."""
    middle = heights[1:-1, 1:-1]
    with np.errstate(invalid="ignore"):
        low = (middle < heights[:-2, 1:-1]) & (middle <= heights[2:, 1:-1])
        low &= (middle < heights[1:-1, :-2]) & (middle <= heights[1:-1, 2:])
    return np.argwhere(low) + 1


def _open(heights: Array) -> NDArray[np.bool]:
    """A mask of the places where contours may end: at the edge of the grid and next to a hole."""
    hole = np.pad(~np.isfinite(heights), 1, constant_values=True)
    return hole[:-2, 1:-1] | hole[2:, 1:-1] | hole[1:-1, :-2] | hole[1:-1, 2:] | hole[1:-1, 1:-1]


def _loop(heights: Array, open_at: NDArray[np.bool], pit: Place, level: float) -> set[Place]:
    """The connected places below a level around a pit; empty if they are open or the pit is not their lowest."""
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
    """The places on the lowest path from a pit to a lower place or to the edge; empty if there is none."""
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
    """Whether a descent on the surface, starting from a pit of the grid, ends within the cells of its loop."""
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
    """The lowest point of an ellipse and its height, found even in a valley a millionth of a turn wide.

    The search refines the lowest direction and, as a valley continues on the other side, also the lowest direction of
    the opposite half.
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
