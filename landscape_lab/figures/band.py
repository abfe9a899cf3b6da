"""Many runs that differ only in their seed: the median, and the band between the quartiles."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from landscape_lab.figures.axes import (
    MOST_HEADS,
    all_of,
    curve,
    gaps,
    layers,
    layout,
    linear_axis,
    log_axis,
    steps_axis,
)
from landscape_lab.figures.curves import LossAxis
from landscape_lab.figures.figure_dict import FigureDict, figure_function
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.theme import EntryStyle, theme
from optim_core.objective import Array

BAND_OPACITY = 0.25
RUN_OPACITY = 0.3
RUN_WIDTH = 1


@figure_function
def band_figure(
    lows: Sequence[ArrayLike],
    medians: Sequence[ArrayLike],
    highs: Sequence[ArrayLike],
    labels: Sequence[str],
    *,
    runs: Sequence[ArrayLike] = (),
    loss_axis: LossAxis = "log",
    title: str | None = None,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """The median loss of each entry's runs at every step, in the band between their lower and upper quartile.

    lows, medians, highs  (steps + 1,) for each entry; values that are not finite are gaps, so that the quartile of
                          diverged runs leaves the picture
    runs                  optional: (steps + 1, runs) for each entry, drawn faintly
    title                 the title of the axis, if it is not the loss

    The axis is linear if a logarithmic one would have no positive value.
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    entries = [[gaps(part) for part in parts] for parts in zip(lows, medians, highs, strict=True)]
    single = [np.atleast_2d(gaps(each).T).T for each in runs]
    seen = all_of([part for parts in entries for part in parts])
    log = loss_axis == "log" and bool((seen > 0).any())
    last = max((len(parts[1]) - 1 for parts in entries), default=1)
    name = title or words.loss
    data = [
        _faint(each, label, style, log) for each, label, style in zip(single, labels, styles, strict=False) if each.size
    ]
    medians_drawn = []
    for (low, median, high), label, style in zip(entries, labels, styles, strict=False):
        data += _bands(low, high, label, style, log)
        between = f"{words.step} %{{x}}<br>{words.median} %{{y:.4g}}<br>%{{customdata}}"
        line, *head = curve(
            label,
            style,
            np.arange(len(median)),
            _on(median, log),
            colors,
            hover=between,
            head=len(entries) <= MOST_HEADS,
        )
        line["customdata"] = [
            words.half_of_runs.format(low=f"{a:.4g}", high=f"{b:.4g}") for a, b in zip(low, high, strict=True)
        ]
        medians_drawn.append([line, *head])
    scale = log_axis if log else linear_axis
    frame = layout(colors, xaxis=steps_axis(words.steps, last, colors), yaxis=scale(name, seen, colors))
    return {"data": [*data, *layers(medians_drawn)], "layout": frame}


def _bands(low: Array, high: Array, label: str, style: EntryStyle, log: bool) -> list[dict[str, Any]]:
    """A closed outline for each contiguous range of steps with both quartiles."""
    whole = np.isfinite(_on(low, log)) & np.isfinite(_on(high, log))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], whole, [False]]).astype(int)))
    stretches = [np.arange(first, end) for first, end in zip(edges[::2], edges[1::2], strict=True)]
    return [
        {
            "type": "scatter",
            "meta": "band",
            "name": label,
            "legendgroup": label,
            "mode": "lines",
            "x": np.concatenate([steps, steps[::-1]]),
            "y": np.concatenate([high[steps], low[steps][::-1]]),
            "fill": "toself",
            "fillcolor": style.color,
            "line": {"width": 0, "color": style.color},
            "opacity": BAND_OPACITY,
            "hoverinfo": "skip",
            "showlegend": False,
        }
        for steps in stretches
    ]


def _faint(runs: Array, label: str, style: EntryStyle, log: bool) -> dict[str, Any]:
    """All runs of an entry as one trace, with a gap after each."""
    steps, count = runs.shape
    x = np.tile(np.append(np.arange(steps, dtype=float), np.nan), count)
    y = np.concatenate([_on(runs, log), np.full((1, count), np.nan)]).T.ravel()
    return {
        "type": "scatter",
        "meta": "runs",
        "name": label,
        "legendgroup": label,
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"width": RUN_WIDTH, "color": style.color},
        "opacity": RUN_OPACITY,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _on(values: Array, log: bool) -> Array:
    """The values that the axis can show, with gaps for the others."""
    return np.where(values > 0, values, np.nan) if log else values
