"""Performance profiles: the share of problems solved within a multiple of the least cost."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from landscape_lab.figures.axes import axis, curve, layers, layout
from landscape_lab.figures.figure_dict import FigureDict, figure_function
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.theme import EntryStyle, theme

LEAST_FACTOR = 4.0
"""The smallest upper end of the axis."""


@figure_function
def profile_figure(
    ratios: Sequence[ArrayLike],
    labels: Sequence[str],
    *,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """The performance profile of each entry (Dolan and Moré 2002).

    ratios  (problems,) for each entry: its cost over the least cost of all entries, infinite where it fails

    The value at 1 is the share of problems on which an entry is the fastest; the right end is the share that it solves.
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    entries = [np.asarray(each, dtype=float) for each in ratios]
    finite = np.concatenate([each[np.isfinite(each)] for each in entries] or [np.array([])])
    last = max(LEAST_FACTOR, float(finite.max(initial=1.0)) * 1.1)
    hover = f"{words.cost_ratio} %{{x:.3g}}<br>{words.share_solved} %{{y:.0%}}"
    drawn = []
    for each, label, style in zip(entries, labels, styles, strict=False):
        steps = np.sort(each[np.isfinite(each)])
        x = np.concatenate([[1.0], steps, [last]])
        y = (each[None] <= x[:, None]).mean(axis=1)
        line, head = curve(label, style, x, y, colors, hover=hover)
        drawn.append([line | {"line": line["line"] | {"shape": "hv"}}, head])
    powers = 2.0 ** np.arange(np.ceil(np.log2(last)) + 1)
    across = axis(
        words.cost_ratio,
        colors,
        type="log",
        range=[0.0, float(np.log10(last))],
        tickvals=powers,
        ticktext=[f"{power:g}" for power in powers],
    )
    up = axis(words.share_solved, colors, type="linear", range=[0.0, 1.04], tickformat=".0%")
    frame = layout(colors, xaxis=across, yaxis=up)
    return {"data": layers(drawn), "layout": frame}
