"""Momentum on a parabola: the iterates, and a map of the convergence rate over the settings."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from landscape_lab.figures.axes import (
    MOST_HEADS,
    all_of,
    axis,
    curve,
    gaps,
    guide,
    layers,
    layout,
    linear_axis,
    steps_axis,
)
from landscape_lab.figures.figure_dict import FigureDict, figure_function
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.theme import LINE_WIDTH, EntryStyle, Theme, head_marker, theme
from optim_core.objective import Array

LARGEST = 3.0
"""A curve has diverged when it ends farther from the minimum than this multiple of the distance at its start."""
ENVELOPE_WIDTH = 1.5


@figure_function
def damping_figure(
    iterates: Sequence[ArrayLike],
    labels: Sequence[str],
    *,
    envelopes: Sequence[ArrayLike | None] = (),
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """The signed distance of each entry to the minimum along one eigenvector after every step, with its envelopes.

    A diverging entry is drawn up to the step at which it leaves the picture.

    iterates   (steps + 1,) for each entry, with sign
    envelopes  (steps + 1,) for each entry, or None; drawn with both signs
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    entries = [gaps(path) for path in iterates]
    last = max((len(path) - 1 for path in entries), default=1)
    hover = f"{words.step} %{{x}}<br>{words.displacement} %{{y:.4g}}"
    heads = len(entries) <= MOST_HEADS
    reach = LARGEST * max((abs(path[0]) for path in entries if np.isfinite(path[:1]).any()), default=1.0)
    seen, curves = [], []
    for path, label, style in zip(entries, labels, styles, strict=False):
        end = _leaves(path, reach)
        seen.append(path[:end])
        drawn = curve(label, style, np.arange(len(path))[: end + 1], path[: end + 1], colors, hover=hover, head=heads)
        # The head of an entry that left the picture lies outside and is clipped with its line.
        curves.append([*drawn[:-1], drawn[-1] | {"cliponaxis": end < len(path)}])
    around = []
    for envelope, label, style in zip(envelopes, labels, styles, strict=False):
        if envelope is not None:
            around.append(_around(gaps(envelope), label, style, words))
    farthest = max(np.abs(all_of(seen)), default=1.0)
    frame = layout(
        colors,
        xaxis=steps_axis(words.steps, last, colors),
        yaxis=linear_axis(words.displacement, [-farthest, farthest], colors)
        | {"zeroline": True, "zerolinecolor": colors.muted, "zerolinewidth": 1},
    )
    return {"data": [*around, *layers(curves)], "layout": frame}


@figure_function
def damping_map_figure(
    products: ArrayLike,
    momenta: ArrayLike,
    rates: ArrayLike,
    *,
    critical: ArrayLike,
    border: ArrayLike,
    marks: Sequence[tuple[float, float]] = (),
    labels: Sequence[str] = (),
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """The fraction of the distance to the minimum that remains after a step, by learning rate x curvature and momentum.

    products  (n,): learning rate x curvature
    momenta   (m,)
    rates     (m, n): max |sigma|; values above 1 diverge and have the colour of the grid
    critical  (m,): for each momentum, the product of critical damping
    border    (m,): for each momentum, the product beyond which iterates diverge
    marks     (product, momentum) of the settings to mark, with `labels` and `styles`
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    products, momenta, rates = (np.asarray(each, dtype=float) for each in (products, momenta, rates))
    hover = f"{words.rate_times_curvature} %{{x:.3g}}<br>{words.momentum} %{{y:.3g}}<br>"
    known = hover + f"{words.convergence_rate} %{{z:.3f}}<extra></extra>"
    common = {"x": products, "y": momenta}
    settles = common | {
        "type": "contour",
        "meta": "rates",
        "z": np.where(rates <= 1, rates, np.nan).astype(np.float32),
        "coloraxis": "coloraxis",
        "autocontour": False,
        "contours": {"start": 0.1, "end": 0.9, "size": 0.1, "coloring": "heatmap"},
        "line": {"color": colors.line, "width": 0.75},
        "hovertemplate": known,
        "showlegend": False,
    }
    lost = common | {
        "type": "heatmap",
        "meta": "diverges",
        "z": np.where(rates > 1, rates, np.nan).astype(np.float32),
        "colorscale": [[0, colors.grid], [1, colors.grid]],
        "showscale": False,
        "hovertemplate": hover + f"{words.diverges}: {words.convergence_rate} %{{z:.3f}}<extra></extra>",
        "showlegend": False,
    }
    lines = [
        guide(words.critical, critical, momenta, colors, "solid"),
        guide(words.border, border, momenta, colors, "7px,4px"),
    ]
    for line in lines:
        line["line"] = line["line"] | {"color": colors.ink, "width": LINE_WIDTH - 0.5}
    points = [_mark(*dressed, colors) for dressed in zip(marks, labels, styles, strict=False)]
    frame = layout(
        colors,
        xaxis=axis(words.rate_times_curvature, colors, showgrid=False, range=_ends(products)),
        yaxis=axis(words.momentum, colors, showgrid=False, range=_ends(momenta)),
        coloraxis={
            "colorscale": colors.colorscale,
            "cmin": 0.0,
            "cmax": 1.0,
            "colorbar": {
                "title": {"text": words.convergence_rate, "side": "right"},
                "thickness": 12,
                "len": 1,
                "outlinewidth": 0,
                "ticks": "outside",
                "ticklen": 4,
                "tickcolor": colors.muted,
                "tickfont": {"color": colors.muted},
                "x": 1.01,
                "xpad": 4,
            },
        },
    )
    return {"data": [lost, settles, *lines, *points], "layout": frame}


def _leaves(path: Array, reach: float) -> int:
    """The first step beyond `reach` if the path also ends beyond it, otherwise its length."""
    away = np.flatnonzero(~(np.abs(path) <= reach))
    return int(away[0]) if away.size and away[-1] == len(path) - 1 else len(path)


def _around(envelope: Array, label: str, style: EntryStyle, words: Words) -> dict[str, Any]:
    """The positive and negative envelope as one trace, with a gap between them."""
    steps = np.arange(envelope.size)
    return {
        "type": "scatter",
        "meta": "envelope",
        "name": f"{label} · {words.envelope}",
        "legendgroup": label,
        "mode": "lines",
        "x": np.concatenate([steps, [np.nan], steps]),
        "y": np.concatenate([envelope, [np.nan], -envelope]),
        "line": {"color": style.color, "width": ENVELOPE_WIDTH, "dash": "2px,3px"},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _mark(settings: tuple[float, float], label: str, style: EntryStyle, colors: Theme) -> dict[str, Any]:
    marker = head_marker(style, colors.halo)
    return {
        "type": "scatter",
        "meta": "mark",
        "name": label,
        "mode": "markers",
        "x": settings[:1],
        "y": settings[1:],
        "marker": marker | {"size": marker["size"] + 3},
        "cliponaxis": False,
        "hovertemplate": "%{fullData.name}<br>%{x:.3g}, %{y:.3g}<extra></extra>",
        "showlegend": True,
    }


def _ends(values: Array) -> list[float]:
    return [float(values.min()), float(values.max())] if values.size else [0.0, 1.0]
