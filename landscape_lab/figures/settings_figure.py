"""The outcome of a race against one of its settings: a curve for each entry, with an optional band."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from landscape_lab.figures.axes import all_of, curve, gaps, guide, layers, layout, linear_axis, log_axis
from landscape_lab.figures.figure_dict import FigureDict, figure_function
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.theme import EntryStyle, theme

BAND_OPACITY = 0.2
Scale = Literal["log", "linear"]


@figure_function
def settings_figure(
    values: ArrayLike,
    outcomes: Sequence[ArrayLike],
    labels: Sequence[str],
    *,
    setting: str,
    outcome: str,
    lows: Sequence[ArrayLike | None] = (),
    highs: Sequence[ArrayLike | None] = (),
    setting_axis: Scale = "log",
    outcome_axis: Scale = "linear",
    zero: bool = False,
    here: float | None = None,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """The outcome of each entry at each value of a setting.

    values            (settings,), in ascending order
    outcomes          (settings,) for each entry; values that are not finite are gaps
    lows, highs       optional: the edges of each entry's band, (settings,) or None for an entry without one
    setting, outcome  the titles of the axes
    zero              whether a linear axis of outcomes includes 0
    here              a value of the setting to mark, such as that of a knob
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    x = np.asarray(values, dtype=float)
    edges = [*zip(lows, highs, strict=True)] or [(None, None)] * len(outcomes)
    hover = f"{setting} %{{x:.4g}}<br>{outcome} %{{y:.4g}}"
    entries = [*zip(outcomes, edges, labels, styles, strict=False)]
    bands = [
        _band(x, gaps(low), gaps(high), label, style)
        for _, (low, high), label, style in entries
        if low is not None and high is not None
    ]
    seen = all_of([*outcomes, *(edge for pair in edges for edge in pair if edge is not None)])
    across = log_axis(setting, x, colors) if setting_axis == "log" else linear_axis(setting, x, colors)
    log = outcome_axis == "log"
    up = log_axis(outcome, seen, colors) if log else linear_axis(outcome, seen, colors, zero=zero)
    marks: list[dict[str, Any]] = []
    if here is not None:
        ends = [10**end for end in up["range"]] if log else up["range"]
        marks = [guide(words.start, [here, here], ends, colors)]
    drawn = [curve(label, style, x, gaps(each), colors, hover=hover) for each, _, label, style in entries]
    frame = layout(colors, xaxis=across, yaxis=up)
    return {"data": [*bands, *marks, *layers(drawn)], "layout": frame}


def _band(x: Any, low: Any, high: Any, label: str, style: EntryStyle) -> dict[str, Any]:
    whole = np.isfinite(low) & np.isfinite(high)
    return {
        "type": "scatter",
        "meta": "band",
        "name": label,
        "legendgroup": label,
        "mode": "lines",
        "x": np.concatenate([x[whole], x[whole][::-1]]),
        "y": np.concatenate([high[whole], low[whole][::-1]]),
        "fill": "toself",
        "fillcolor": style.color,
        "opacity": BAND_OPACITY,
        "line": {"width": 0, "color": style.color},
        "hoverinfo": "skip",
        "showlegend": False,
    }
