"""Performance profiles: which share of many problems is solved within which multiple of the least cost."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from landscape_lab.figures.axes import axis, curve, layers, layout
from landscape_lab.figures.plain import Plain, figure_function
from landscape_lab.figures.theme import ENTRY_STYLES, EntryStyle, theme
from landscape_lab.figures.words import Words

LEAST_FACTOR = 4.0
"""The axis goes at least as far as this."""


@figure_function
def profile_figure(
    ratios: Sequence[ArrayLike],
    labels: Sequence[str],
    *,
    styles: Sequence[EntryStyle] = ENTRY_STYLES,
    dark: bool = False,
    words: Words | None = None,
) -> Plain:
    """The profile of each lane (Dolan and Moré 2002): left is speed, right is reliability.

    ratios  (problems) for each lane: its cost over the least cost of all lanes, infinite where it fails

    At 1 stands the share of the problems at which a lane is the fastest, at the right end the share that it solves.
    """
    colors, words = theme(dark), words or Words()
    lanes = [np.asarray(each, dtype=float) for each in ratios]
    finite = np.concatenate([each[np.isfinite(each)] for each in lanes] or [np.array([])])
    last = max(LEAST_FACTOR, float(finite.max(initial=1.0)) * 1.1)
    hover = f"{words.cost_ratio} %{{x:.3g}}<br>{words.share_solved} %{{y:.0%}}"
    drawn = []
    for each, label, style in zip(lanes, labels, styles, strict=False):
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
