"""The map of a recording: the plane with the paths of its runs, and how much of them the plane shows.

A recording has the attributes of `landscape_lab.experiments.recordings.Recording`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import numpy as np

from landscape_lab.figures.contour import contour_figure, hover_point
from landscape_lab.figures.curves import loss_axes
from landscape_lab.figures.figure_dict import FigureDict, figure_function, merged
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.height_scale import loss_text
from landscape_lab.figures.smoothing import window_of
from landscape_lab.figures.still import SIZE, Still, still_picture
from landscape_lab.figures.still_losses import curves_with_axes, picture_with_losses
from landscape_lab.figures.styles import styles_of_runs
from landscape_lab.figures.surface_grid import SampledSurface
from landscape_lab.figures.theme import HALO_WIDTH, LINE_WIDTH, EntryStyle, Theme, head_marker, theme
from optim_core.objective import Array


@dataclass(frozen=True)
class _Path:
    """A run as figures take it: points (T, 2), losses (T,), and the last finite checkpoint."""

    points: Array
    losses: Array
    last_step: int


@figure_function
def recording_figure(
    recording: Any,
    *,
    names: Sequence[str] = (),
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """The map with the paths; the hover text of a checkpoint has its step, its true loss and the drawn one.

    Below it is the share of the paths that the plane holds. `names` replace those of the runs.
    """
    colors, words = theme(dark), words or Words()
    axes = escape(recording.axes[0]), escape(recording.axes[1])  # Plotly reads texts as HTML
    figure = contour_figure.as_dict(_surface(recording, axes), dark=dark, words=words)
    styles = styles_of_runs(recording.optimizers or ("",) * len(recording.names), dark)
    labels = [escape(label) for label in run_labels(recording, words, names)]
    runs = [
        _traces(recording, lane, label, style, hover_point(axes), colors, words)
        for lane, (label, style) in enumerate(zip(labels, styles, strict=True))
    ]
    frame = {
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"},
        "margin": {"t": 12},
    }
    across = figure["layout"]["xaxis"]["title"]
    across["text"] = "<br>".join(filter(None, [across["text"], share_text(recording, words)]))
    above = [trace for layer in zip(*runs, strict=True) for trace in layer]
    return {"data": [*figure["data"], *above], "layout": merged(figure["layout"], frame)}


def recording_picture(
    recording: Any,
    *,
    title: str = "",
    names: Sequence[str] = (),
    axes: tuple[str, str] | None = None,
    losses: bool = False,
    size: tuple[int, int] = SIZE,
    dark: bool = False,
    words: Words | None = None,
) -> Still:
    """The map with the paths as a still picture, with the loss curves if `losses`; raises PictureTooSmall.

    The legend has the losses at the ends, and the note below it the share of the paths that the plane holds. `names`
    and `axes` replace those of the recording.
    """
    words = words or Words()
    count = len(recording.names)
    surface, labels = _surface(recording, axes or recording.axes), run_labels(recording, words, names)
    paths = [_path(recording, lane) for lane in range(count)]
    look: dict[str, Any] = {
        "title": title,
        "note": share_text(recording, words),
        "size": size,
        "styles": styles_of_runs(recording.optimizers or ("",) * count, dark),
        "dark": dark,
        "words": words,
    }
    if not losses:
        return still_picture(surface, paths, labels, **look)
    steps = np.asarray(recording.steps, dtype=float)
    scales = loss_axes([path.losses for path in paths], words=words)
    scales["ranges"] |= {"steps": [0.0, float(steps[max(path.last_step for path in paths)]) or 1.0]}
    scales["titles"] |= {"steps": words.steps}
    curves = [(steps[: path.last_step + 1], path.losses[: path.last_step + 1]) for path in paths]
    shown = curves_with_axes(curves, scales, "log", "steps")
    if recording.noisy:
        shown = shown.smoothed(window_of(max(path.last_step for path in paths)))
        look["words"] = replace(words, smoothed=words.smoothed_checkpoints)
    return picture_with_losses(surface, paths, labels, shown, **look)


def share_text(recording: Any, words: Words) -> str:
    """How much of the paths the plane holds, in words; "" where only their distance from it is known."""
    shares = recording.shares
    if shares is None or not np.isfinite(shares).any():
        return words.unknown_distance if recording.distance is None else ""
    low, high = (round(100 * float(each)) for each in (np.nanmin(shares), np.nanmax(shares)))
    return (words.one_share if low == high else words.shares).format(low=low, high=high)


def run_labels(recording: Any, words: Words, names: Sequence[str] = ()) -> list[str]:
    """The names of the runs, each with the true loss and the drawn loss at its end."""
    labels = []
    for lane, name in enumerate(names or recording.names):
        last = _path(recording, lane).last_step
        drawn = None if recording.drawn is None else recording.drawn[last, lane]
        template = words.run_end if drawn is None else words.run_end_drawn
        if recording.diverged and recording.diverged[lane]:
            template = "{name}: " + words.diverges
        labels.append(template.format(name=name, loss=_text(recording.loss[last, lane]), drawn=_text(drawn)))
    return labels


def _text(loss: float | None) -> str:
    return "–" if loss is None or not np.isfinite(loss) else loss_text(loss, 3)


def _surface(recording: Any, axes: tuple[str, str]) -> SampledSurface:
    return SampledSurface(recording.x, recording.y, recording.grid, axes)


def _path(recording: Any, lane: int) -> _Path:
    points = recording.path[:, :, lane]
    return _Path(points, recording.loss[:, lane], int(np.isfinite(points).all(axis=1).sum()) - 1)


def _traces(
    recording: Any, lane: int, label: str, style: EntryStyle, point: str, colors: Theme, words: Words
) -> tuple[dict[str, Any], ...]:
    """The halo of a path, its line and its head at the end."""
    path = _path(recording, lane)
    kept = slice(0, path.last_step + 1)
    points = path.points[kept]
    columns = [recording.steps[kept], path.losses[kept]]
    lines = [f"{words.step} %{{customdata[0]}}", point, f"{words.loss} %{{customdata[1]:.5g}}"]
    for values, name in ((recording.drawn, words.drawn), (recording.distance, words.plane_distance)):
        if values is not None:
            lines.append(f"{name} %{{customdata[{len(columns)}]:.5g}}")
            columns.append(values[kept, lane])
    whole = {"type": "scatter", "legendgroup": label, "x": points[:, 0], "y": points[:, 1], "mode": "lines"}
    line = {"color": style.color, "width": LINE_WIDTH, "dash": style.plotly_dash}
    halo = whole | {"line": {"color": colors.halo, "width": HALO_WIDTH}, "hoverinfo": "skip", "showlegend": False}
    shown = whole | {
        "name": label,
        "line": line,
        "customdata": np.column_stack(columns),
        "hovertemplate": "<br>".join(["%{fullData.name}", *lines]) + "<extra></extra>",
        "showlegend": False,
    }
    head = whole | {
        "name": label,
        "mode": "lines+markers",
        "x": points[-1:, 0],
        "y": points[-1:, 1],
        "line": line,
        "marker": head_marker(style, colors.halo),
        "hoverinfo": "skip",
    }
    return halo, shown, head
