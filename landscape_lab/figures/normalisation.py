"""The kinds of normalisation: which values of a layer share one mean and one standard deviation."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape_lab.figures.axes import axis, layout
from landscape_lab.figures.figure_dict import FigureDict, figure_function
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.theme import theme

EXAMPLES, CHANNELS, SIDE, GROUPS = 4, 6, 2, 2
"""The batch of the figure: the number of examples, of channels, the side of the square of positions in each channel,
and the number of groups of channels in group normalisation."""
POSITIONS = SIDE * SIDE
HEIGHT = 300
LINE, BORDER = 1, 3
"""The width in pixels of the lines between channels or examples, and of those between sets."""


@dataclass(frozen=True)
class Kind:
    """A kind of normalisation: the axes over which it averages, besides the positions.

    examples   whether it averages over the examples of the batch
    channels   the number of adjacent channels over which it averages
    """

    examples: bool
    channels: int

    @property
    def sets(self) -> NDArray[np.int64]:
        """The number of the set to which the values of each example and channel belong: (EXAMPLES, CHANNELS)."""
        example, channel = np.indices((EXAMPLES, CHANNELS))
        return np.where(self.examples, 0, example) * CHANNELS + channel // self.channels

    @property
    def size(self) -> int:
        """The number of values that share one mean."""
        return (EXAMPLES if self.examples else 1) * self.channels * POSITIONS

    @property
    def count(self) -> int:
        """The number of means that the whole batch has."""
        return len(np.unique(self.sets))


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "batch": Kind(examples=True, channels=1),
        "layer": Kind(examples=False, channels=CHANNELS),
        "instance": Kind(examples=False, channels=1),
        "group": Kind(examples=False, channels=CHANNELS // GROUPS),
    }
)
"""The four kinds, as in Wu and He 2018 (Group normalization, figure 2)."""


@figure_function
def normalisation_figure(
    kind: str,
    examples: str,
    channels: str,
    *,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """The values of one layer for a batch, one square a value, with the sets over which the kind `kind` of `KINDS`
    takes a mean and a standard deviation.

    Rows are examples, columns are channels, and the small squares in a cell are the positions in a channel. Thick lines
    enclose the sets; the first one is coloured. `examples` and `channels` are the titles of the axes.
    """
    del words  # it has no text of its own, but every figure takes the argument
    colors, chosen = theme(dark), KINDS[kind]
    sets = chosen.sets
    first = np.kron(sets == sets[0, 0], np.ones((SIDE, SIDE)))
    squares = {
        "type": "heatmap",
        "x": (np.arange(CHANNELS * SIDE) + 0.5) / SIDE + 0.5,
        "y": (np.arange(EXAMPLES * SIDE) + 0.5) / SIDE + 0.5,
        "z": first,
        "zmin": 0,
        "zmax": 1,
        "colorscale": [[0, colors.soft], [1, series_styles(dark)[0].color]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hoverinfo": "skip",
    }
    ticks: dict[str, Any] = {"showgrid": False, "ticks": "", "fixedrange": True}
    frame = layout(
        colors,
        legend=False,
        height=HEIGHT,
        xaxis=axis(channels, colors, range=[0.5, CHANNELS + 0.5], tickvals=[*range(1, CHANNELS + 1)], **ticks),
        yaxis=axis(examples, colors, range=[0.5, EXAMPLES + 0.5], tickvals=[*range(1, EXAMPLES + 1)], **ticks),
        shapes=[*_lines(sets, colors.rim, colors.ink)],
    )
    return {"data": [squares], "layout": frame}


def _lines(sets: NDArray[np.int64], thin: str, thick: str) -> list[dict[str, Any]]:
    """The lines around all cells, thick ones last, on top: thick where two sets meet and at the edge."""
    padded = np.pad(sets, 1, constant_values=-1)
    upright = [
        _line(column + 0.5, row + 0.5, column + 0.5, row + 1.5, padded[row + 1, column] != padded[row + 1, column + 1])
        for row in range(EXAMPLES)
        for column in range(CHANNELS + 1)
    ]
    level = [
        _line(column + 0.5, row + 0.5, column + 1.5, row + 0.5, padded[row, column + 1] != padded[row + 1, column + 1])
        for row in range(EXAMPLES + 1)
        for column in range(CHANNELS)
    ]
    lines = sorted([*upright, *level], key=lambda each: each[1])
    return [
        shape | {"line": {"color": thick if border else thin, "width": BORDER if border else LINE}}
        for shape, border in lines
    ]


def _line(x0: float, y0: float, x1: float, y1: float, border: bool) -> tuple[dict[str, Any], bool]:
    return {"type": "line", "x0": x0, "y0": y0, "x1": x1, "y1": y1}, bool(border)
