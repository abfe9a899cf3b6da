"""The results of tuning: final losses against learning rates, and races before and after."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from landscape_lab.figures.axes import all_of, curve, gaps, layers, layout, linear_axis, log_axis
from landscape_lab.figures.curves import LOWEST_GAP, curves_figure, log_ticks
from landscape_lab.figures.figure_dict import FigureDict, figure_function
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.theme import LINE_WIDTH, MARKER_SIZE, EntryStyle, theme


@figure_function
def tuning_figure(
    rates: Sequence[ArrayLike],
    losses: Sequence[ArrayLike],
    labels: Sequence[str],
    chosen: Sequence[int],
    given: Sequence[tuple[float, float]],
    *,
    title: str | None = None,
    log: bool = True,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """The loss of each entry at the end of its budget against its learning rate, with a head at the chosen rate.

    rates, losses  (rates,) for each entry; infinite losses, of diverged runs, are gaps. Empty for an entry without a
                   learning rate
    chosen         the index of the chosen rate of each entry
    given          the rate and the loss of each entry before tuning, drawn as a ring

    A logarithmic axis of losses ends at 1e-16, below which there is only rounding.
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    drawn = [
        (np.asarray(x, dtype=float), _shown(y, log), *rest) for x, y, *rest in zip(rates, losses, chosen, strict=True)
    ]
    rings = [(x, float(_shown(y, log))) for x, y in given]
    hover = f"{words.learning_rate} %{{x:.3g}}<br>{words.loss} %{{y:.4g}}"
    traces, marks = [], []
    for (x, y, place), (rate, loss), label, style in zip(drawn, rings, labels, styles, strict=False):
        if not x.size:
            continue
        line, head = curve(label, style, x, y, colors, hover=hover)
        traces.append([line, head | {"x": x[[place]], "y": y[[place]]}])
        marks.append(
            {
                "type": "scatter",
                "meta": "given",
                "name": words.as_given,
                "legendgroup": label,
                "mode": "markers",
                "x": [rate],
                "y": [loss],
                "marker": {
                    "symbol": "circle-open",
                    "size": MARKER_SIZE + 3,
                    "color": style.color,
                    "line": {"width": LINE_WIDTH - 1},
                },
                "hovertemplate": f"{label}, {words.as_given}<br>{hover}<extra></extra>",
                "showlegend": False,
            }
        )
    if marks:
        ring = {"symbol": "circle-open", "size": MARKER_SIZE, "color": colors.muted, "line": {"width": LINE_WIDTH - 1}}
        marks.append(
            {"type": "scatter", "name": words.as_given, "mode": "markers", "x": [None], "y": [None], "marker": ring}
        )
    seen = all_of([*(y for _x, y, _place in drawn), [loss for _rate, loss in rings]])
    across = log_axis(words.learning_rate, all_of([x for x, *_rest in drawn]), colors)
    up = (log_axis if log else linear_axis)(title or words.loss, seen, colors)
    frame = layout(colors, xaxis=across, yaxis=up)
    return {"data": [*layers(traces), *marks], "layout": frame}


def before_and_after(
    given: Sequence[Any], tuned: Sequence[Any], labels: Sequence[str], **options: Any
) -> tuple[go.Figure, go.Figure]:
    """The loss curves of a race before and after tuning, against gradient evaluations and on the same axes.

    `options` are those of `curves_figure`.
    """
    before, after = before_and_after_dicts(given, tuned, labels, **options)
    return go.Figure(before), go.Figure(after)


def before_and_after_dicts(
    given: Sequence[Any], tuned: Sequence[Any], labels: Sequence[str], **options: Any
) -> tuple[FigureDict, FigureDict]:
    """The figures of `before_and_after` as dicts."""
    both = [curves_figure.as_dict(paths, labels, progress="evaluations", **options) for paths in (given, tuned)]
    for name in ("xaxis", "yaxis"):
        axes = [figure["layout"][name] for figure in both]
        ends = np.array([axis["range"] for axis in axes])
        for axis in axes:
            axis["range"] = [float(ends[:, 0].min()), float(ends[:, 1].max())]
            if axis.get("type") == "log":
                axis |= {"dtick": None, "tickformat": None} | log_ticks(
                    axis["range"], theme(options.get("dark", False))
                )
    return both[0], both[1]


def _shown(losses: ArrayLike, log: bool) -> np.ndarray:
    values = gaps(losses)
    return np.maximum(values, LOWEST_GAP) if log else values
