"""The connected parts of a level set that the contours of a grid enclose."""

import numpy as np
from numpy.typing import NDArray


def closed_parts(heights: NDArray, level: float, *, saddles: bool = True) -> list[NDArray[np.intp]]:
    """The connected parts below a level that touch neither the edge of the grid nor a hole: (k, 2) rows and columns.

    Neighbours lie beside each other. With `saddles` also across a cell whose other two corners are above the level, if
    the mean of its corners is below: where contours of a grid are ambiguous, Plotly decides by that.
    """
    below = heights < level
    starts = below & ~np.pad(below, ((0, 0), (1, 0)))[:, :-1]
    runs = np.cumsum(starts).reshape(below.shape) * below
    beside = below[:-1] & below[1:]
    pairs = [np.stack([runs[:-1][beside], runs[1:][beside]])]
    if saddles:
        a, b, c, d = _corners(below)
        mean = sum(_corners(heights)) / 4 < level
        ra, rb, rc, rd = _corners(runs)
        for here, there, other, another, one, two in ((a, d, b, c, ra, rd), (b, c, a, d, rb, rc)):
            across = here & there & ~other & ~another & mean
            pairs.append(np.stack([one[across], two[across]]))
    first, second = np.unique(np.concatenate(pairs, axis=1), axis=1)
    parent = np.arange(runs.max() + 1)
    while True:
        before = parent.copy()
        lower = np.minimum(parent[first], parent[second])
        np.minimum.at(parent, parent[first], lower)
        np.minimum.at(parent, parent[second], lower)
        parent = parent[parent]
        if (parent == before).all():
            break
    parts = parent[runs]
    hole = np.pad(~np.isfinite(heights), 1, constant_values=True)
    touching = hole[:-2, 1:-1] | hole[2:, 1:-1] | hole[1:-1, :-2] | hole[1:-1, 2:]
    closed = np.setdiff1d(parent, [0, *np.unique(parts[touching])])
    return [np.argwhere(parts == part) for part in closed]


def _corners(grid: NDArray) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    return grid[:-1, :-1], grid[:-1, 1:], grid[1:, :-1], grid[1:, 1:]
