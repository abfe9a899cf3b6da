"""What every lane came to at every rate that it was tried with: the curve behind a tuned setting."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from landscape_lab.figures.axes import all_of, curve, gaps, layers, layout, linear_axis, log_axis
from landscape_lab.figures.curves import LOWEST_GAP, curves_figure
from landscape_lab.figures.plain import Plain, figure_function
from landscape_lab.figures.theme import ENTRY_STYLES, LINE_WIDTH, MARKER_SIZE, EntryStyle, theme
from landscape_lab.figures.words import Words


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
    styles: Sequence[EntryStyle] = ENTRY_STYLES,
    dark: bool = False,
    words: Words | None = None,
) -> Plain:
    """The loss of each lane when its budget is spent, against the rate; its head stands on the rate that was chosen.

    rates, losses  (rates) for each lane; what has diverged is infinite, and a gap. A lane without a rate has none.
    chosen         the place of the chosen rate of each lane
    given          the rate and the loss of each lane as it was given: a hollow ring

    A logarithmic axis of losses ends at 1e-16: below is only rounding.
    """
    colors, words = theme(dark), words or Words()
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
    """Two races of the same lanes against gradient evaluations, on the same axes. `options` as in `curves_figure`."""
    before, after = plain_before_and_after(given, tuned, labels, **options)
    return go.Figure(before), go.Figure(after)


def plain_before_and_after(
    given: Sequence[Any], tuned: Sequence[Any], labels: Sequence[str], **options: Any
) -> tuple[Plain, Plain]:
    """The same as plain figures."""
    both = [curves_figure.plain(paths, labels, progress="evaluations", **options) for paths in (given, tuned)]
    for name in ("xaxis", "yaxis"):
        axes = [figure["layout"][name] for figure in both]
        ends = np.array([axis["range"] for axis in axes])
        for axis in axes:
            axis["range"] = [float(ends[:, 0].min()), float(ends[:, 1].max())]
    return both[0], both[1]


def _shown(losses: ArrayLike, log: bool) -> np.ndarray:
    values = gaps(losses)
    return np.maximum(values, LOWEST_GAP) if log else values
