"""Loss curves against steps or gradient evaluations."""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any, Literal

import numpy as np

from landscape_lab.figures.axes import power_font
from landscape_lab.figures.contour import hover_label
from landscape_lab.figures.figure_dict import NO_TEMPLATE, FigureDict, figure_function
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.height_scale import loss_text
from landscape_lab.figures.smoothing import FAINT, THIN, running_median, window_of
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.theme import FONT, FONT_SIZE, LINE_WIDTH, EntryStyle, Theme, head_marker, head_mode, theme
from optim_core.objective import Array

LossAxis = Literal["log", "linear"]
Progress = Literal["steps", "evaluations"]

LOWEST_GAP = 1e-16
"""The lower end of a logarithmic axis: smaller values are rounding errors."""
FLOOR = 1e-8
"""The lower end of a logarithmic axis in parts of the highest curve; lower ones leave the picture at the bottom."""
ROOM = 0.04
"""The margin of an axis beyond the curves, relative to its length."""
STOPS = 25
"""An axis ends at multiples of a round number, of which it has at most this many."""
DECADES = 1.5
"""The axis of a quantity of which there are positive values only is logarithmic if they span as many decades."""


@figure_function
def curves_figure(
    trajectories: Sequence[Any],
    labels: Sequence[str],
    *,
    loss_axis: LossAxis = "log",
    progress: Progress = "steps",
    minimum: float | None = None,
    noisy: bool = False,
    lines: bool = True,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """The loss curves of trajectories of single runs; without `lines` only the axes, for curves drawn by the browser.

    `minimum` is the lowest loss of the surface, if it has one; a logarithmic axis shows the difference to it. If that
    is not positive everywhere, the axis is linear. The curves of `noisy` runs, whose gradients are drawn at random, are
    smoothed (`smoothing.py`).
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    window = smoothing_of(trajectories) if noisy else 1
    axes = curve_axes(trajectories, minimum=minimum, window=window, words=words)
    log = loss_axis == "log" and axes["log"]
    kind = "log" if log else "linear"

    def axis(name: str) -> dict[str, Any]:
        return {
            "title": {"text": axes["titles"][name], "standoff": 6},
            "range": axes["ranges"][name],
            "gridcolor": colors.grid,
            "zeroline": False,
            "ticks": "outside",
            "ticklen": 4,
            "tickcolor": colors.grid,
            "tickfont": {"color": colors.muted},
            "automargin": True,
        }

    layout = {
        "template": NO_TEMPLATE,
        "xaxis": axis(progress) | {"showgrid": False},
        "yaxis": axis(kind)
        | {"type": kind, "exponentformat": "power"}
        | (log_ticks(axes["ranges"]["log"], colors) if log else {}),
        "paper_bgcolor": colors.paper,
        "plot_bgcolor": colors.plot,
        "font": {"family": FONT, "size": FONT_SIZE, "color": colors.text},
        "hoverlabel": hover_label(colors),
        "margin": {"l": 56, "r": 16, "t": 12, "b": 40},
        "showlegend": lines,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    }
    offset = axes["offset"] if log else 0.0
    entries = zip(trajectories, labels, styles, strict=False) if lines else ()
    curves = [_curve(*entry, progress, offset, window, colors, words) for entry in entries]
    traces = [trace for layer in zip(*curves, strict=True) for trace in layer]
    if log:  # a loss below the axis is drawn on its lower edge
        for trace in traces:
            trace["y"] = np.maximum(trace["y"], 10.0 ** axes["ranges"]["log"][0])
    if window > 1 and curves:
        sample = {"type": "scatter", "mode": "lines", "x": [None], "y": [None], "meta": "smoothed"}
        name = words.smoothed.format(count=window).replace(" (", "<br>(").replace("（", "<br>（")
        traces.append(sample | {"name": name, "line": {"color": colors.muted, "width": THIN}})
    return {"data": traces, "layout": layout}


def curve_axes(
    trajectories: Sequence[Any],
    *,
    minimum: float | None = None,
    beside: Sequence[Array] = (),
    seen: Sequence[Array] = (),
    examples: int = 0,
    window: int = 1,
    words: Words | None = None,
) -> dict[str, Any]:
    """The data for switching the axes of curves: whether a logarithm exists, its offset, ranges and titles.

    beside    losses of other curves in the same picture
    seen      for each trajectory, the number of examples used up to each step; for a loss over `examples`
    examples  the number of examples; if given, there are also ranges of examples and of epochs
    window    of the running median that is drawn; the axis of the losses is that of the medians

    A diverging curve leaves the picture at the top: the range ends just above the highest start and the highest loss
    of the entries that did not diverge. Without a minimum, a curve that falls without bound leaves at the bottom, and
    on a logarithmic axis one that falls below `FLOOR`. The axis of the steps ends with the last run.
    """
    words = words or Words()
    losses = [path.losses[: int(path.last_step) + 1] for path in trajectories]
    columns = [column for each in beside for column in np.atleast_2d(np.transpose(each))]
    drawn = [running_median(each, window) for each in [*losses, *columns]] if window > 1 else [*losses, *beside]
    of_loss = loss_axes(drawn, minimum=minimum, words=words)
    paid = [path.evaluated[np.isfinite(path.evaluated)].max(initial=1.0) for path in trajectories]
    looked = float(max([np.nanmax(each, initial=0.0) for each in seen], default=0.0) or 1.0)
    by_examples = {"examples": [0.0, looked], "epochs": [0.0, looked / examples]} if examples else {}
    progress = {
        "steps": [0.0, float(max([int(path.last_step) for path in trajectories], default=1) or 1)],
        "evaluations": [0.0, float(max(paid, default=1.0))],
    }
    titles = {"steps": words.steps, "evaluations": words.evaluations}
    return of_loss | {
        "ranges": progress | of_loss["ranges"] | by_examples,
        "titles": titles | of_loss["titles"],
    }


def smoothing_of(trajectories: Sequence[Any]) -> int:
    """The window in which the loss curves of a race with random gradients are smoothed."""
    return window_of(max((int(path.last_step) for path in trajectories), default=0))


def loss_axes(curves: Sequence[Array], *, minimum: float | None = None, words: Words | None = None) -> dict[str, Any]:
    """The loss axes of `curve_axes`: whether a logarithm exists, its offset, ranges and titles of both kinds."""
    words = words or Words()
    offset = minimum or 0.0
    losses = [each[np.isfinite(each)] for each in curves]
    losses = [each for each in losses if each.size] or [np.array([0.0, 1.0])]
    far = [100 * max(abs(each[0]), 1.0) for each in losses]
    starts = [each[0] for each in losses]
    tops = [each.max() for each, most in zip(losses, far, strict=True) if each.max() <= most] + starts
    ends = [each.min() for each, most in zip(losses, far, strict=True) if minimum is not None or each.min() >= -most]
    low, high = float(min(ends + starts)), float(max(tops))
    gaps = np.concatenate(losses) - offset
    above = gaps[gaps > LOWEST_GAP]
    log = bool(above.size) and bool((gaps > -1e-9 * max(1.0, abs(offset))).all())
    most = max(high - offset, float(above.min())) if log else 1.0
    least = max(float(above.min()), FLOOR * most) if log else 0.1
    return {
        "log": log,
        "offset": offset,
        "ranges": {"log": _roomy(np.log10(least), np.log10(most)), "linear": _roomy(low, high)},
        "titles": {
            "linear": words.loss,
            # A minimum within rounding of 0 is not shown: data without noise are fitted to 5e-31.
            "log": words.above_minimum.format(minimum=loss_text(offset)) if abs(offset) > LOWEST_GAP else words.loss,
        },
    }


def quantity_axis(values: Array) -> dict[str, Any]:
    """The type and the range of an axis for values of any shape, NaN among them."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if low > 0 and high > low * 10**DECADES:
        return {"type": "log", "range": _roomy(log10(low), log10(high))}
    return {"type": "linear", "range": _roomy(low, high)}


def log_ticks(exponents: list[float], colors: Theme) -> dict[str, Any]:
    """Decades on a long axis; explicit numbers on a short one, for which Plotly would print single digits.

    On one or two decades the ticks are 1, 2 and 5, as labels for all digits would overlap.
    """
    span = exponents[1] - exponents[0]
    if span > 2:
        return {"dtick": ceil(span / 8), "tickfont": power_font(colors)}
    return {"tickformat": "~g"} | ({"dtick": "D2"} if span > 0.9 else {})


def _roomy(low: float, high: float) -> list[float]:
    """A range with a margin and round ends, so that a small change of the curves does not change the axis."""
    room = ROOM * (high - low) or 0.5
    rough = (high - low + 2 * room) / STOPS
    decade = 10.0 ** floor(log10(rough))
    step = next(decade * nice for nice in (1, 2, 5, 10) if decade * nice >= rough)
    return [floor((low - room) / step) * step, ceil((high + room) / step) * step]


def _curve(
    trajectory: Any,
    label: str,
    style: EntryStyle,
    progress: Progress,
    offset: float,
    window: int,
    colors: Theme,
    words: Words,
) -> list[dict[str, Any]]:
    """The traces of a curve: the losses themselves behind a smoothed one, its line and its head."""
    last = int(trajectory.last_step)
    losses, steps = trajectory.losses[: last + 1], np.arange(last + 1)
    x, y = steps if progress == "steps" else trajectory.evaluated[: last + 1], running_median(losses, window) - offset
    line = {"color": style.color, "width": LINE_WIDTH, "dash": style.plotly_dash}
    both = {"type": "scatter", "name": label, "legendgroup": label, "line": line}
    curve = both | {
        "mode": "lines",
        "x": x,
        "y": y,
        "customdata": np.stack([steps, losses], axis=1),
        "hovertemplate": f"%{{fullData.name}}<br>{words.step} %{{customdata[0]}}<br>"
        f"{words.loss} %{{customdata[1]:.5g}}<extra></extra>",
        "showlegend": False,
    }
    head = both | {
        **head_mode(style, colors.halo),
        "x": x[-1:],
        "y": y[-1:],
        "marker": head_marker(style, colors.halo),
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": True,
    }
    thin = {"line": {"color": style.color, "width": THIN}, "opacity": FAINT, "hoverinfo": "skip", "meta": "raw"}
    raw = curve | thin | {"y": losses - offset, "hovertemplate": None}
    return [raw, curve, head] if window > 1 else [curve, head]
