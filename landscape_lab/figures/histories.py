"""Histories of gradients as bars, and beside each the size of the step that results from it."""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from landscape_lab.figures.axes import all_of, annotation, axis, gaps, layout, number
from landscape_lab.figures.figure_dict import FigureDict, figure_function
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.theme import EntryStyle, Theme, theme
from optim_core.objective import Array

ROW, BETWEEN = 150, 58
"""The height in pixels of a history, and of the gap between two of them."""
MARGIN = {"l": 44, "r": 16, "t": 34, "b": 46}
SPREAD = 20.0
"""The ratio of the largest to the smallest gradient above which heights are logarithmic."""
SPLIT = 0.76
"""The fraction of the width for the gradients; the rest is for the step."""
CLOSEST = 0.16
"""The smallest distance between two ticks, relative to the height."""
MOST_NUMBERS = 8
"""The length of a history above which its bars have no numbers, as they would overlap."""
HEADROOM = 0.22
"""The margin above the bars for their numbers, relative to the height."""


@figure_function
def histories_figure(
    histories: Sequence[ArrayLike],
    steps: ArrayLike,
    labels: Sequence[str],
    *,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """A row for each history: its gradients in order, and the size of the last step that results from them.

    histories  gradients of one coordinate, (k,) each, of any sign
    steps      the size of the last step of each history, (len(histories),)

    All rows have the same axes. Gradients of very different sizes have logarithmic heights on both sides of 0; steps
    always have linear heights. Every bar of a short history has its number beside it. Labels should be short: a narrow
    screen has room for about twenty characters.
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    rows = [gaps(history) for history in histories]
    steps = gaps(steps)
    heights = _Heights(rows)
    count = max(len(rows), 1)
    traces: list[dict[str, Any]] = []
    inside = ROW * count + BETWEEN * (count - 1)
    frame = layout(colors, legend=False, height=inside + MARGIN["t"] + MARGIN["b"], margin=MARGIN)
    notes = []
    longest = max((row.size for row in rows), default=0)
    most = float(np.nanmax(np.abs(steps))) if np.isfinite(steps).any() else 1.0
    for i in range(count):
        top = 1 - i * (ROW + BETWEEN) / inside
        bottom = max(top - ROW / inside, 0.0)
        own = f"{i + 1 if i else ''}"
        other = f"{count + i + 1}"
        last = i == count - 1
        frame[f"xaxis{own}"] = axis(words.step if last else "", colors, showgrid=False, anchor=f"y{own}") | {
            "domain": [0.0, SPLIT],
            "dtick": ceil(max(longest, 1) / 6),
            "range": [-0.5, max(longest, 1) - 0.5],
        }
        frame[f"yaxis{own}"] = axis("", colors, anchor=f"x{own}", domain=[bottom, top]) | heights.axis
        frame[f"xaxis{other}"] = axis(words.last_step_size if last else "", colors, anchor=f"y{other}") | {
            "domain": [SPLIT + 0.04, 1.0],
            "showticklabels": False,
            "showgrid": False,
            "ticks": "",
            "range": [-0.6, 0.6],
        }
        frame[f"yaxis{other}"] = axis("", colors, anchor=f"x{other}", domain=[bottom, top]) | {
            "range": [0.0, (most or 1.0) * (1 + HEADROOM)],
            "showticklabels": False,
            "ticks": "",
            "showgrid": False,
        }
        if i < len(rows):
            style = styles[i % len(styles)]
            traces.append(
                _bars(np.arange(rows[i].size, dtype=float), heights.shown(rows[i]), rows[i], labels[i], style, colors)
                | {"meta": "gradients", "xaxis": f"x{own}", "yaxis": f"y{own}"}
                | ({"textposition": "none"} if longest > MOST_NUMBERS else {})
            )
            size = np.abs(steps[i : i + 1])
            traces.append(
                _bars(np.zeros(1), size, size, labels[i], style, colors)
                | {"meta": "step", "xaxis": f"x{other}", "yaxis": f"y{other}", "width": 0.6}
            )
            name = f"<b>{labels[i]}</b> · {words.gradients_seen}"
            notes.append(annotation(name, colors, x=0, xanchor="left", y=top, yanchor="bottom", yshift=4))
            if not np.isfinite(size[0]):
                notes.append(annotation("–", colors, x=0, xref=f"x{other}", y=0, yref=f"y{other}", yanchor="bottom"))
    return {"data": traces, "layout": frame | {"annotations": notes or None, "bargap": 0.25}}


class _Heights:
    """The heights of gradients: linear, or sign(g) log10(1 + |g| / s) with s half the smallest if they differ much."""

    def __init__(self, rows: Sequence[Array]) -> None:
        sizes = np.abs(all_of(rows))
        sizes = sizes[sizes > 0]
        self.unit = None
        if sizes.size and sizes.max() > SPREAD * sizes.min():
            self.unit = float(sizes.min()) / 2
        values = all_of(rows)
        shown = self.shown(np.append(values, 0.0))
        self.low, self.high = float(shown.min()), float(shown.max())

    def shown(self, values: ArrayLike) -> Array:
        values = np.asarray(values, dtype=float)
        return values if self.unit is None else np.sign(values) * np.log10(1 + np.abs(values) / self.unit)

    @property
    def axis(self) -> dict[str, Any]:
        """The range, with a margin for the numbers, and ticks labelled with gradients."""
        span = (self.high - self.low) or 1.0
        ends = [self.low - HEADROOM * span * (self.low < 0), (self.high or (self.low == 0)) + HEADROOM * span]
        if self.unit is None:
            return {"range": ends, "nticks": 5}
        values = [0.0]
        for k in range(ceil(log10(2 * self.unit) - 1e-9), floor(log10(self.unit) + span + 1e-9) + 1):
            if self.shown(10.0**k) - self.shown(max(values)) >= CLOSEST * span:
                values += [10.0**k, -(10.0**k)]
        values = sorted(value for value in values if self.low <= self.shown(value) <= self.high)
        return {"range": ends, "tickvals": self.shown(values).tolist(), "ticktext": [number(v) for v in values]}


def _bars(x: Array, y: Array, values: Array, label: str, style: EntryStyle, colors: Theme) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": label,
        "x": x,
        "y": y,
        "customdata": values,
        "text": [number(value, 3) for value in values.tolist()],
        "textposition": "outside",
        "textangle": 0,
        "textfont": {"color": colors.text, "size": 12},
        "constraintext": "none",
        "cliponaxis": False,
        "marker": {"color": style.color, "line": {"color": colors.halo, "width": 1}},
        "hovertemplate": "%{fullData.name}<br>%{customdata:.6g}<extra></extra>",
    }
