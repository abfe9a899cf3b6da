"""Maps of many runs: a colour for the outcome of each run, shaded by its rank among runs of the same kind."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from landscape_lab.figures.theme import BOUNDED, ESCAPED, STATIONARY, basin, shades
from optim_core import Outcome

NOTHING = 255
"""The palette index of a cell that has not been computed."""

SPEED_SHADES, BOUNDED_SHADES, OTHER_SHADES = 100, 50, 12
BASIN_SHADES = 204
"""The number of shades of all minima together."""
MOST_BASINS = 17
"""The number of minima with different colours; further ones reuse the colours from the first."""


@dataclass(frozen=True)
class Kind:
    """One kind of cell on a map.

    name    "stationary", "bounded", "escaped", "minimum" (with its index `place`), or "elsewhere" for runs that
            became stationary but converged to no known minimum
    share   the fraction of all cells, 0 to 1
    begin   the palette index of its first colour
    colors  (n, 3), from the first to the last rank
    first, middle, last   minimum, median and maximum of the shaded quantity: steps, or losses
    """

    name: str
    place: int
    share: float
    begin: int
    colors: NDArray[np.uint8]
    first: float
    middle: float
    last: float


@dataclass(frozen=True)
class Picture:
    """A map as an image: `indices` (rows, columns) into `palette` (256, 3); the first row is the lowest."""

    indices: NDArray[np.uint8]
    palette: NDArray[np.uint8]
    kinds: tuple[Kind, ...]

    def png(self, **facts: str) -> bytes:
        """The map as a PNG with one pixel per cell, the first row at the bottom, and `facts` as metadata."""
        image = Image.fromarray(np.ascontiguousarray(self.indices[::-1]), mode="P")
        image.putpalette(self.palette.tobytes())
        metadata = PngInfo()
        for name, text in facts.items():
            metadata.add_itxt(name, text)
        file = io.BytesIO()
        image.save(file, "PNG", pnginfo=metadata, compress_level=6)
        return file.getvalue()


def speed_picture(outcomes: NDArray[Any], crossings: NDArray[Any], losses: NDArray[Any]) -> Picture:
    """A map of stationary, bounded and escaped runs (rows, columns), shaded by steps, the bounded ones by loss.

    The shade is the rank among cells of the same kind, so that every shade covers the same area and fine structures
    are visible.
    """
    groups = [
        ("stationary", outcomes == Outcome.STATIONARY, crossings, STATIONARY, SPEED_SHADES),
        ("bounded", outcomes == Outcome.FINISHED, losses, BOUNDED, BOUNDED_SHADES),
        ("escaped", outcomes == Outcome.DIVERGED, crossings, ESCAPED, SPEED_SHADES),
    ]
    return _picture(outcomes.shape, [(name, 0, *rest) for name, *rest in groups])


def basin_picture(outcomes: NDArray[Any], crossings: NDArray[Any], converged: NDArray[Any], minima: int) -> Picture:
    """A map of runs (rows, columns) by the minimum that they converged to (-1: none), shaded by steps.

    A run that converged without becoming stationary is among the slowest of its basin.
    """
    escaped = outcomes == Outcome.DIVERGED
    bounded = (outcomes == Outcome.FINISHED) & (converged < 0)
    elsewhere = (outcomes == Outcome.STATIONARY) & (converged < 0)
    colored = min(max(minima, 1), MOST_BASINS)
    each = min(BASIN_SHADES // colored, BOUNDED_SHADES)
    groups: list[Any] = [
        ("minimum", i, ~escaped & (converged >= 0) & (converged % colored == i), crossings, basin(i), each)
        for i in range(colored)
    ]
    groups += [
        ("elsewhere", 0, elsewhere, crossings, ((0.93, 0.0, 0), (0.80, 0.0, 0)), OTHER_SHADES),
        ("bounded", 0, bounded, crossings, BOUNDED, OTHER_SHADES),
        ("escaped", 0, escaped, crossings, ((0.16, 0.0, 0), (0.36, 0.01, 60)), OTHER_SHADES),
    ]
    return _picture(outcomes.shape, groups)


def _picture(shape: tuple[int, ...], groups: Sequence[Any]) -> Picture:
    indices = np.full(shape, NOTHING, np.uint8)
    palette = np.zeros((256, 3), np.uint8)
    kinds, used = [], 0
    for name, place, cells, values, stops, count in groups:
        colors = shades(stops, count)
        palette[used : used + count] = colors
        chosen = values[cells]
        if chosen.size:
            indices[cells] = used + _ranks(chosen, count)
            first, middle, last = np.quantile(chosen, (0, 0.5, 1), method="nearest").tolist()
            kinds.append(Kind(name, place, chosen.size / indices.size, used, colors, first, middle, last))
        used += count
    return Picture(indices, palette, tuple(kinds))


def _ranks(values: NDArray[Any], count: int) -> NDArray[np.uint8]:
    """The rank of each value among all values, from 0 to `count` - 1; equal values have equal ranks."""
    edges = np.quantile(values, np.arange(1, count) / count)
    return np.searchsorted(edges, values, side="left").astype(np.uint8)
