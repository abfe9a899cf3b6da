"""Learning rates against steps: the effective rates of adaptive methods, and schedules."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from landscape_lab.figures.axes import (
    MOST_HEADS,
    all_of,
    curve,
    gaps,
    key,
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
from landscape_lab.figures.theme import LINE_WIDTH, EntryStyle, head_marker, theme
from optim_core.objective import Array

AXES = ("x", "y")
COORDINATE_DASHES = ("solid", "4px,4px")
"""The dashes that distinguish the two coordinates; entries differ by colour and head."""


@figure_function
def rates_figure(
    series: Sequence[ArrayLike],
    labels: Sequence[str],
    *,
    title: str | None = None,
    axes: tuple[str, str] = AXES,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """The effective learning rates of both coordinates of each entry, on a logarithmic axis.

    series  (steps, 2) for each entry: the displacement of x and of y per unit of gradient at each step. Values that are
            not finite or not positive are gaps.
    axes    what the two coordinates are called
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    entries = [_positive(rates).reshape(-1, len(axes)) for rates in series]
    last = max((len(rates) - 1 for rates in entries), default=1)
    hover = f"{words.step} %{{x}}<br>{words.effective_rate} %{{y:.3g}}"
    curves = []
    for rates, label, style in zip(entries, labels, styles, strict=False):
        steps = np.arange(len(rates))
        for column, (coordinate, dash) in enumerate(zip(axes, COORDINATE_DASHES, strict=True)):
            name = f"{label} · {words.along.format(coordinate=coordinate)}"
            line, head = curve(name, style, steps, rates[:, column], colors, hover=hover)
            line["line"] = line["line"] | {"dash": dash}
            curves.append([line | {"legendgroup": label}, head | {"showlegend": False}])
    keys = [
        key(label, {"color": style.color, "width": LINE_WIDTH}, head_marker(style, colors.halo))
        | {"legendgroup": label}
        for _, label, style in zip(entries, labels, styles, strict=False)
    ]
    keys += [
        key(words.along.format(coordinate=coordinate), {"color": colors.muted, "width": LINE_WIDTH, "dash": dash})
        for coordinate, dash in zip(axes, COORDINATE_DASHES, strict=True)
    ]
    frame = layout(
        colors,
        xaxis=steps_axis(words.steps, last, colors),
        yaxis=log_axis(title or words.effective_rate, all_of(entries), colors),
    )
    return {"data": [*layers(curves), *keys], "layout": frame}


@figure_function
def schedule_figure(
    rates: Sequence[ArrayLike],
    labels: Sequence[str],
    *,
    momenta: Sequence[ArrayLike | None] = (),
    rate_axis: LossAxis = "linear",
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """The learning rate of each entry at every step, and below it the momentum of the entries that have one.

    rates    (steps,) for each entry
    momenta  (steps,) or None for each entry; if all are None there is no second panel
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    entries = [_positive(rate) if rate_axis == "log" else gaps(rate) for rate in rates]
    heavy = [None if momentum is None else gaps(momentum) for momentum in momenta]
    two = any(momentum is not None for momentum in heavy)
    last = max((len(rate) - 1 for rate in entries), default=1)
    heads = len(entries) <= MOST_HEADS

    def panel(groups: Sequence[Any], name: str, where: dict[str, Any]) -> list[dict[str, Any]]:
        hover = f"{words.step} %{{x}}<br>{name} %{{y:.4g}}"
        drawn = [
            curve(label, style, np.arange(len(values)), values, colors, hover=hover, head=heads)
            for values, label, style in zip(groups, labels, styles, strict=False)
            if values is not None
        ]
        return [trace | where for trace in layers(drawn)]

    lowest = steps_axis(words.steps, last, colors)
    if rate_axis == "log":
        heights = log_axis(words.learning_rate, all_of(entries), colors)
    else:
        heights = linear_axis(words.learning_rate, all_of(entries), colors, zero=True)
    if not two:
        data = panel(entries, words.learning_rate, {})
        return {"data": data, "layout": layout(colors, xaxis=lowest, yaxis=heights)}
    present = [momentum for momentum in heavy if momentum is not None]
    frame = layout(
        colors,
        height=480,
        xaxis=lowest | {"title": {"text": ""}, "showticklabels": False, "anchor": "y"},
        yaxis=heights | {"domain": [0.46, 1.0]},
        xaxis2=lowest | {"anchor": "y2", "matches": "x"},
        yaxis2=linear_axis(words.momentum, all_of(present), colors) | {"domain": [0.0, 0.38], "anchor": "x2"},
    )
    lower = [trace | {"showlegend": False} for trace in panel(heavy, words.momentum, {"xaxis": "x2", "yaxis": "y2"})]
    return {"data": [*panel(entries, words.learning_rate, {}), *lower], "layout": frame}


def _positive(values: ArrayLike) -> Array:
    """The values with gaps where they are not positive."""
    values = gaps(values)
    return np.where(values > 0, values, np.nan)
