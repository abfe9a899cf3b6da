"""The loss curves of a race beside or below its map, in a still picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Any

import numpy as np

from landscape_lab.figures.coinciding import Stretches
from landscape_lab.figures.curves import LossAxis, Progress, curve_axes, smoothing_of
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.height_scale import loss_text
from landscape_lab.figures.map_image import HEAD_SIZE
from landscape_lab.figures.smoothing import FAINT, THIN, running_median
from landscape_lab.figures.still import (
    BELOW,
    LEFT,
    MARGIN,
    RIGHT,
    ROW,
    SCALE,
    SIZE,
    TICK,
    TOP,
    Area,
    Line,
    Shape,
    Still,
    Text,
    head_shapes,
    round_ticks,
    still_picture,
)
from landscape_lab.figures.strokes import inked, within_reach, without_crowds
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.surface_grid import PictureTooSmall, Surface, fitted_size
from landscape_lab.figures.theme import LINE_WIDTH, EntryStyle, Theme, blended, theme
from landscapes.critical_points import Domain
from optim_core.objective import Array

ACROSS, DOWN = 0.57, 0.62
"""The part of the picture's width, or of its height, that the map has beside, or above, the curves."""
NARROWEST = 70
"""The smallest side of the panel with the curves, in pixels."""
MOST_TICKS = 7
EDGE = 1.5
"""The distance in pixels from the lower edge of a logarithmic axis at which a loss below the axis is drawn."""
LOWEST = 1e-300
"""The positive number whose logarithm stands for that of a loss of at most 0: far below every axis."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class LossCurves:
    """Curves with their axes: positions (k,) and losses (k,) of each, and the ends of both axes.

    `log` states that the vertical axis shows log10(loss - offset), which is also the unit of `vertical`. Of curves that
    are smoothed over a `window` of more than one step, `raw` has the losses themselves.
    """

    curves: Sequence[tuple[Array, Array]]
    horizontal: tuple[float, float]
    vertical: tuple[float, float]
    titles: tuple[str, str]
    log: bool = False
    offset: float = 0.0
    window: int = 1
    raw: Sequence[tuple[Array, Array]] = ()

    def smoothed(self, window: int) -> "LossCurves":
        """The curves smoothed over a window of some steps (`smoothing.py`), with the losses themselves behind them."""
        if window <= 1:
            return self
        curves = [(x, running_median(losses, window)) for x, losses in self.curves]
        return replace(self, curves=curves, raw=self.curves, window=window)

    def heights(self, losses: Array) -> Array:
        """The losses in the unit of the vertical axis."""
        return np.log10(np.maximum(losses - self.offset, LOWEST)) if self.log else losses

    def ticks(self) -> list[tuple[float, str]]:
        """The heights of round numbers on the vertical axis, and the numbers as texts."""
        low, high = self.vertical
        if not self.log:
            return [(value, loss_text(value)) for value in round_ticks(low, high)]
        stride = max(1, ceil((high - low) / MOST_TICKS))
        exponents = [k for k in range(ceil(low), floor(high) + 1) if k % stride == 0]
        values = [10.0**k for k in exponents]
        if high - low <= 2:
            values = [m * 10.0**k for k in range(floor(low), ceil(high) + 1) for m in (1, 2, 5)]
            values = [value for value in values if low <= np.log10(value) <= high]
        if len(values) < 2:
            values = round_ticks(10.0**low, 10.0**high)
        return [(float(np.log10(value)), loss_text(value)) for value in values]


def race_curves(
    trajectories: Sequence[Any],
    *,
    loss_axis: str = "log",
    progress: str = "steps",
    minimum: float | None = None,
    noisy: bool = False,
    words: Words | None = None,
) -> LossCurves:
    """The loss curves of trajectories of single runs, with the axes of `curve_axes`.

    The axes are those of a view; curves against anything but gradient evaluations are drawn against steps. Those of
    `noisy` runs, whose gradients are drawn at random, are smoothed.
    """
    against: Progress = "evaluations" if progress == "evaluations" else "steps"
    window = smoothing_of(trajectories) if noisy else 1
    axes = curve_axes(trajectories, minimum=minimum, window=window, words=words)
    curves = []
    for path in trajectories:
        kept = slice(0, int(path.last_step) + 1)
        losses = path.losses[kept]
        curves.append((path.evaluated[kept] if against == "evaluations" else np.arange(len(losses)), losses))
    made = curves_with_axes(curves, axes, "linear" if loss_axis == "linear" else "log", against)
    return made.smoothed(window)


def curves_with_axes(
    curves: Sequence[tuple[Array, Array]], axes: Mapping[str, Any], loss_axis: LossAxis, progress: Progress
) -> LossCurves:
    """The curves with axes as `curve_axes` returns them; a logarithmic axis only if there is one."""
    log = loss_axis == "log" and axes["log"]
    kind, ranges, titles = "log" if log else "linear", axes["ranges"], axes["titles"]
    across, up = tuple(ranges[progress]), tuple(ranges[kind])
    return LossCurves(curves, across, up, (titles[progress], titles[kind]), log, axes["offset"] if log else 0.0)


def race_picture(
    surface: Surface,
    trajectories: Sequence[Any],
    labels: Sequence[str],
    *,
    losses: LossCurves | None = None,
    **more: Any,
) -> Still:
    """The picture of `still_picture`, or of `picture_with_losses` if there are any; `more` are their arguments."""
    if losses is None:
        return still_picture(surface, trajectories, labels, **more)
    return picture_with_losses(surface, trajectories, labels, losses, **more)


def picture_with_losses(
    surface: Surface,
    trajectories: Sequence[Any],
    labels: Sequence[str],
    losses: LossCurves,
    *,
    title: str = "",
    note: str = "",
    size: tuple[int, int] = SIZE,
    domain: Domain | None = None,
    lines: bool = True,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> Still:
    """The picture of `still_picture` with the loss curves beside the map, or below it where the map is larger so.

    The picture is no larger than `size`; raises PictureTooSmall if that is too small.
    """
    beside = _is_beside(domain or surface.domain, size)
    most = (round(ACROSS * size[0]), size[1]) if beside else (size[0], round(DOWN * size[1]))
    colors, styles, words = theme(dark), styles or series_styles(dark), words or Words()
    if losses.window > 1:
        note = f"{note}\n{words.smoothed.format(count=losses.window)}".strip()
    still = still_picture(
        surface, trajectories, labels, title=title, note=note, size=most, domain=domain, lines=lines,
        styles=styles, dark=dark, words=words,
    )  # fmt: skip
    if beside:
        box, whole = (still.size[0] + LEFT, TOP, size[0] - 2 * MARGIN, still.box[3]), (size[0], still.size[1])
    else:
        box = (LEFT, still.size[1] + MARGIN, still.box[2], size[1] - BELOW)
        whole = (still.size[0], size[1])
    if min(box[2] - box[0], box[3] - box[1]) < NARROWEST:
        raise PictureTooSmall("a picture is too small for its loss curves")
    return replace(still, size=whole, around=[*still.around, *_panel(losses, styles, box, colors)], panel=box)


def _is_beside(domain: Domain, size: tuple[int, int]) -> bool:
    """Whether the map is larger with the curves beside it than with the curves below it."""
    areas: list[float] = []
    for across, down in ((ACROSS, 1.0), (1.0, DOWN)):
        room = across * size[0] - LEFT - RIGHT, down * size[1] - TOP - BELOW - ROW - MARGIN
        try:
            width, height = fitted_size(domain, *room)
        except PictureTooSmall:
            width = height = 0
        areas.append(width * height)
    return areas[0] >= areas[1]


def _panel(losses: LossCurves, styles: Sequence[EntryStyle], box: Box, colors: Theme) -> list[Shape]:
    """The panel with its axes, the curves and their heads."""
    left, top, right, bottom = box
    shapes: list[Shape] = [
        Area(np.array([[left, top], [right, top], [right, bottom], [left, bottom]]), colors.plot),
        Text((left + right) / 2, bottom + BELOW - 14, losses.titles[0], colors.text, anchor="mm"),
        Text(left - LEFT + 14, (top + bottom) / 2, losses.titles[1], colors.text, anchor="mm", up=True),
    ]
    for at in round_ticks(*losses.horizontal):
        x = _between(at, losses.horizontal, left, right)
        shapes.append(Line(np.array([[x, bottom], [x, bottom + TICK]]), colors.muted, 1))
        shapes.append(Text(x, bottom + TICK + 12, loss_text(at), colors.muted, anchor="mm"))
    for at, text in losses.ticks():
        y = _between(at, losses.vertical, bottom, top)
        shapes.append(Line(np.array([[left - TICK, y], [left, y]]), colors.muted, 1))
        shapes.append(Line(np.array([[left, y], [right, y]]), colors.grid, 1))
        shapes.append(Text(left - TICK - 4, y, text, colors.muted, anchor="rm"))
    if losses.log and any((losses.heights(each) < losses.vertical[0]).any() for _x, each in losses.curves):
        text = f"≤ {loss_text(10.0 ** losses.vertical[0], 1)}"
        shapes.append(Text(right - 6, bottom - HEAD_SIZE - 10, text, colors.muted, anchor="rm"))
    return [*shapes, *curve_shapes(losses, styles, box, colors)]


def curve_shapes(losses: LossCurves, styles: Sequence[EntryStyle], box: Box, colors: Theme) -> list[Shape]:
    """The curves in a box, and then their heads."""
    lines: list[Shape] = [
        Line(piece, blended(style.color, colors.plot, FAINT), THIN)
        for curve, style in zip(losses.raw, styles, strict=False)
        for piece in curve_pieces(losses, curve, box)
    ]
    heads: list[Shape] = []
    placed = [_in_pixels(losses, curve, box) for curve in losses.curves]
    stretches = Stretches(placed, [style.dash for style in styles[: len(placed)]])
    for i in stretches.order:
        style = styles[i]
        for part, pattern in stretches.parts(i):
            lines += [Line(dash, style.color, LINE_WIDTH) for dash in inked(_inside(part, box), pattern)]
        pieces = _inside(placed[i], box)
        if pieces and len(pieces[-1]) and box[1] < pieces[-1][-1][1] < box[3]:
            heads += head_shapes(style, pieces[-1][-1] + [HEAD_SIZE * stretches.shift(i), 0], colors)
    return [*lines, *heads]


def curve_pieces(losses: LossCurves, curve: tuple[Array, Array], box: Box) -> list[Array]:
    """The pieces (k, 2) of a curve that lie inside a box, in pixels."""
    return _inside(_in_pixels(losses, curve, box), box)


def _in_pixels(losses: LossCurves, curve: tuple[Array, Array], box: Box) -> Array:
    left, top, right, bottom = box
    across = _between(np.asarray(curve[0], dtype=float), losses.horizontal, left, right)
    up = _between(losses.heights(np.asarray(curve[1], dtype=float)), losses.vertical, bottom, top)
    if losses.log:
        up = np.minimum(up, bottom - EDGE)
    return np.column_stack([across, up])


def _inside(path: Array, box: Box) -> list[Array]:
    left, top, right, bottom = box
    scale, middle = np.array([right - left, top - bottom]) / 2, np.array([left + right, top + bottom]) / 2
    inside = within_reach((path - middle) / scale, 1.0)
    return [without_crowds(SCALE * (middle + scale * piece)) / SCALE for piece in inside]


def _between(values: Any, ends: tuple[float, float], first: float, last: float) -> Any:
    """Map values linearly so that the ends of a range become `first` and `last`."""
    return first + (values - ends[0]) / (ends[1] - ends[0]) * (last - first)
