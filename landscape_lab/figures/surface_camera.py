"""The camera of a surface: the direction from which its valley and the descent into it are visible."""

from math import cos, pi, radians, sin, tan

import numpy as np
from numpy.typing import NDArray

from landscape_lab.figures.level_sets import ContourGrid
from optim_core.objective import Array

HEIGHT = 0.8
"""The ratio of the height of the box, with its floor, to the length of its sides."""
FLOOR = 0.3
"""How far the floor is below the surface: a fraction of its heights. The floor has the shadow of the contour lines."""
AZIMUTHS = tuple(quarter + turn for quarter in (0, 90, 180, 270) for turn in (-20, 20))
"""Candidates in degrees, counterclockwise from the x axis: oblique, but so that one axis lies across the picture.

At 270 that would be the x axis, which points to the right, as on the map.
"""
ELEVATIONS = (34, 44, 54)
"""Candidates in degrees above the horizon."""
MAP_LIKE, HIGH = 0.15, 0.1
"""What a direction loses, of a score of at most 1, for the opposite of the map's and for the highest elevation."""
LOW_PART = 0.08
"""The lowest part of the surface that is tested, as a fraction of the area."""
SAMPLES, MOST_POINTS = 32, 60
"""Tested points of a line of sight, and of each group of points on the surface."""
LENGTH = 0.75
"""How far a line of sight is followed, in sides of the box."""

Indices = NDArray[np.intp]


def view_direction(
    grid: ContourGrid, start: tuple[float, float] | None, minima: list[tuple[float, float]]
) -> tuple[int, int]:
    """The azimuth and the elevation in degrees from which most of the valley is visible.

    It is measured by the minima, the lowest part of the surface and the steepest descent from `start`, as far as there
    are any, each with the same weight. The height of the box is `HEIGHT`, and the lines of sight are parallel.
    """
    heights = _box_heights(grid)
    groups = [_cells(grid, minima), _lowest(heights), _descent(heights, _cells(grid, [start] if start else []))]
    groups = [group for group in groups if group.size]

    def score(azimuth: int, elevation: int) -> float:
        seen = [float(visible(heights, group, azimuth, elevation).mean()) for group in groups]
        turned = abs((azimuth - 270 + 180) % 360 - 180) / 180
        high = (elevation - ELEVATIONS[0]) / (ELEVATIONS[-1] - ELEVATIONS[0])
        return float(np.mean(seen)) - MAP_LIKE * turned - HIGH * high

    return max(((a, e) for e in ELEVATIONS for a in AZIMUTHS), key=lambda pose: round(score(*pose), 9))


def visible(heights: Array, cells: Indices, azimuth: float, elevation: float) -> NDArray[np.bool_]:
    """Whether the cells (n, 2) of `heights`, as row and column, are visible from a direction in degrees: (n,)."""
    rows, columns = heights.shape
    along = np.linspace(0, LENGTH, SAMPLES + 1)[1:]
    turn = radians(azimuth)
    y = cells[:, :1] + along * sin(turn) * (rows - 1)
    x = cells[:, 1:] + along * cos(turn) * (columns - 1)
    sight = heights[cells[:, 0], cells[:, 1]][:, None] + 0.01 + along * tan(radians(elevation))
    inside = (x >= 0) & (y >= 0) & (x <= columns - 1) & (y <= rows - 1)
    ground = heights[np.clip(np.rint(y), 0, rows - 1).astype(int), np.clip(np.rint(x), 0, columns - 1).astype(int)]
    return ~(inside & (ground > sight)).any(axis=1)


def eye(azimuth: float, elevation: float, distance: float) -> dict[str, float]:
    """The position of a camera in the coordinates of Plotly."""
    turn, up = azimuth * pi / 180, elevation * pi / 180
    place = (distance * cos(up) * cos(turn), distance * cos(up) * sin(turn), distance * sin(up))
    return dict(zip("xyz", (round(value, 4) for value in place), strict=True))


def _box_heights(grid: ContourGrid) -> Array:
    """The heights in sides of the box, above the lowest; the bottom where the surface is undefined."""
    low, high = grid.scale.low, grid.scale.high
    return HEIGHT / (1 + FLOOR) * np.nan_to_num((grid.heights - low) / (high - low), nan=0.0).clip(0, 1)


def _cells(grid: ContourGrid, points: list[tuple[float, float]]) -> Indices:
    """The nearest cells (n, 2), as row and column, of the points (x, y) within the grid."""
    (x0, x1), (y0, y1) = (grid.xs[0], grid.xs[-1]), (grid.ys[0], grid.ys[-1])
    inside = [(x, y) for x, y in points if x0 <= x <= x1 and y0 <= y <= y1]
    cells = [((y - y0) / (y1 - y0) * (grid.ys.size - 1), (x - x0) / (x1 - x0) * (grid.xs.size - 1)) for x, y in inside]
    return np.rint(np.array(cells).reshape(-1, 2)).astype(int)


def _lowest(heights: Array) -> Indices:
    cells = np.argwhere(heights <= np.quantile(heights, LOW_PART))
    return cells[:: max(1, len(cells) // MOST_POINTS)]


def _descent(heights: Array, start: Indices) -> Indices:
    """The cells of the steepest descent from a cell, each the lowest of the eight around the one before."""
    cells = [tuple(cell) for cell in start[:1]]
    padded = np.pad(heights, 1, constant_values=np.inf)
    while cells and len(cells) < 4 * max(heights.shape):
        row, column = cells[-1]
        around = padded[row : row + 3, column : column + 3]
        down, right = np.unravel_index(int(np.argmin(around)), (3, 3))
        if around[down, right] >= heights[row, column]:
            break
        cells.append((row + int(down) - 1, column + int(right) - 1))
    return np.array(cells[:: max(1, len(cells) // MOST_POINTS)]).reshape(-1, 2).astype(int)
