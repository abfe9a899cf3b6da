"""Lines of pictures that are drawn without a browser: clipped, thinned and dashed paths in pixels."""

from collections.abc import Iterable, Sequence
from math import ceil

import numpy as np
from PIL import ImageDraw

from optim_core.objective import Array

REACH = 4e3
"""The distance in pixels from the corner of the picture up to which a path is drawn: far beyond the picture."""
MOST_DASHES = 2000
"""The maximal number of dashes of a path, which bounds the work for paths that oscillate far and often."""
SLIGHT = 0.2
"""A turn in radians at which the gap between two segments of a line is invisible."""


def within_reach(path: Array, reach: float = REACH) -> list[Array]:
    """Clip a path to the square of half side `reach` around 0; returns its pieces (k, 2).

    A diverging path leaves the picture by millions of pixels; clipping keeps its direction.
    """
    path = path[np.isfinite(path).all(axis=1).cumprod(dtype=bool)]
    if not len(path) or np.abs(path).max() <= reach:
        return [path] if len(path) else []
    here, way = path[:-1], np.diff(path, axis=0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        edges = (np.array([-reach, reach])[:, None, None] - here) / way
    level = way == 0  # parallel to the edges: always inside or never
    edges[:, level] = np.where(np.abs(here[level]) <= reach, [[-np.inf], [np.inf]], np.inf)
    enters = np.maximum(edges.min(axis=0).max(axis=1), 0)
    leaves = np.minimum(edges.max(axis=0).min(axis=1), 1)
    seen = np.flatnonzero(enters <= leaves)
    begins = np.clip(here[seen] + enters[seen, None] * way[seen], -reach, reach)
    ends = np.clip(here[seen] + leaves[seen, None] * way[seen], -reach, reach)
    cuts = np.flatnonzero((enters[seen][1:] > 0) | (leaves[seen][:-1] < 1) | (np.diff(seen) > 1)) + 1
    pieces = zip(np.split(begins, cuts), np.split(ends, cuts), strict=True)
    return [np.vstack([first[:1], rest]) for first, rest in pieces if len(first)]


def without_crowds(path: Array) -> Array:
    """The path without points that round to the same pixel as the one before; its ends are kept."""
    cells = np.rint(path)
    new = np.concatenate([[True], (cells[1:] != cells[:-1]).any(axis=1)])
    new[-1] = True
    return path[new]


def draw_line(draw: ImageDraw.ImageDraw, path: Array, color: str, width: float) -> None:
    """Draw a line with round joints and ends."""
    path = without_crowds(path)
    draw.line([tuple(point) for point in path.tolist()], fill=color, width=round(width))
    # Pillow's own round joints take longer than everything else, and most turns are too small to leave a visible gap.
    ways = np.diff(path, axis=0)
    turns = np.abs(np.angle(np.exp(1j * np.diff(np.arctan2(ways[:, 1], ways[:, 0])))))
    for x, y in path[[0, *(np.flatnonzero(turns > SLIGHT) + 1), -1]].tolist():
        draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=color)


def inked(pieces: Iterable[Array], dash: Sequence[float]) -> list[Array]:
    """The dashes of all pieces of a path. After `MOST_DASHES` the rest is solid, as dashes would overlap anyway."""
    drawn: list[Array] = []
    for piece in pieces:
        drawn += dashes(piece, dash, max(1, MOST_DASHES - len(drawn)))
    return drawn


def dashes(path: Array, dash: Sequence[float], most: int = MOST_DASHES) -> list[Array]:
    """At most `most` dashes of a path, the last of which extends to its end; the whole path without a dash pattern."""
    if not dash:
        return [path]
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    count = ceil(lengths[-1] / sum(dash))
    starts = sum(dash) * np.arange(min(count, most))
    ends = np.minimum(starts + dash[0], lengths[-1])
    if count > most:
        ends[-1] = lengths[-1]
    firsts, lasts = np.searchsorted(lengths, starts, "right"), np.searchsorted(lengths, ends, "left")
    heads, tails = (np.column_stack([np.interp(at, lengths, one) for one in path.T]) for at in (starts, ends))
    return [
        np.vstack([head, path[first:last], tail])
        for head, first, last, tail in zip(heads, firsts, lasts, tails, strict=True)
    ]
