"""Training and held-out loss of a run with early stopping."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from landscape_lab.figures.axes import GUIDE_WIDTH, all_of, curve, key, layers, layout, linear_axis, steps_axis
from landscape_lab.figures.figure_dict import FigureDict, figure_function
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.theme import EntryStyle, head_marker, theme

WAIT_OPACITY = 0.14


@figure_function
def stopping_figure(
    training: ArrayLike,
    held_out: ArrayLike,
    kept: int,
    stop: int | None,
    labels: Sequence[str],
    *,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """Training and held-out loss of a run, (steps + 1,) each, with the steps of early stopping with patience.

    `kept` is the step with the best held-out loss; the patience from there to `stop` is shaded. `stop` is None if the
    run is never stopped. `labels` name the training loss, the held-out loss, the step kept and the step of the stop.
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    both = [np.asarray(each, dtype=float) for each in (training, held_out)]
    last = max(len(each) - 1 for each in both)
    hover = f"{words.step} %{{x}}<br>{words.loss} %{{y:.4g}}"
    curves = [
        curve(label, style, np.arange(len(each)), each, colors, hover=hover)
        for each, label, style in zip(both, labels, styles, strict=False)
    ]
    places = [(kept, labels[2], "solid"), (stop, labels[3], "dash")]
    marked = [(step, label, dash) for step, label, dash in places if step is not None]
    lines = [_upright(step, colors.text, dash) for step, _label, dash in marked]
    wait = [_wait(kept, stop, styles[1].color)] if stop is not None else []
    star = {
        "type": "scatter",
        "meta": "kept",
        "mode": "markers",
        "x": [kept],
        "y": [both[1][kept]],
        "marker": head_marker(styles[1], colors.halo),
        "hoverinfo": "skip",
        "showlegend": False,
    }
    names = [
        key(f"{label}: {words.step} {step}", {"color": colors.text, "width": GUIDE_WIDTH, "dash": dash})
        for step, label, dash in marked
    ]
    frame = layout(
        colors,
        xaxis=steps_axis(words.steps, last, colors),
        yaxis=linear_axis(words.loss, all_of(both), colors),
        shapes=[*wait, *lines],
    )
    return {"data": [*layers(curves), star, *names], "layout": frame}


def _upright(step: int, color: str, dash: str) -> dict[str, Any]:
    line = {"color": color, "width": GUIDE_WIDTH, "dash": dash}
    return {"type": "line", "x0": step, "x1": step, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _wait(kept: int, stop: int, color: str) -> dict[str, Any]:
    return {
        "type": "rect",
        "x0": kept,
        "x1": stop,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "fillcolor": color,
        "opacity": WAIT_OPACITY,
        "line": {"width": 0},
        "layer": "below",
    }
