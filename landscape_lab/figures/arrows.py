"""A single step: the map near a point, with the arrows of the step to scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from landscape_lab.figures.axes import CLEAR, finite_of, key, number
from landscape_lab.figures.contour import contour_figure, hover_point
from landscape_lab.figures.figure_dict import FigureDict, figure_function, merged
from landscape_lab.figures.figure_words import Words, axis_names
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.surface_grid import POINTS
from landscape_lab.figures.theme import HALO_WIDTH, LINE_WIDTH, MARKER_SIZE, EntryStyle, Theme, theme
from landscapes import Landscape
from landscapes.critical_points import Domain, Point

HEAD_SIZE = 15
BACKOFF = 6
"""The distance in pixels from the end of an arrow's line to its tip, so that the tip is sharp."""
HEIGHT = 560
"""The height of a step figure in pixels. The legend is above it, with a line for each arrow and point."""
AROUND = 0.3
"""The margin around the arrows, relative to the side of the picture."""
SMALLEST = 1e-3
"""The smallest width of a picture relative to the domain of the surface."""


@dataclass(frozen=True)
class Arrow:
    """A named vector on the map, from `tail` or from the point of the figure."""

    label: str
    vector: Point
    tail: Point | None = None

    @property
    def size(self) -> float:
        return float(np.hypot(*self.vector))


@figure_function
def step_figure(
    landscape: Landscape,
    point: Point,
    arrows: Sequence[Arrow],
    *,
    styles: Sequence[EntryStyle] | None = None,
    n: int = POINTS,
    domain: Domain | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """The map around `point` with each arrow drawn to scale, and its length in the legend.

    Without `domain` the picture is a square just large enough for all arrows. An arrow of length 0, or with components
    that are not finite, appears in the legend only.
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    domain = domain or square_around(landscape, point, arrows)
    figure = contour_figure.as_dict(landscape, n=n, domain=domain, dark=dark, equal=True, words=words)
    drawn = [arrow_traces(*dressed, point, colors, words) for dressed in zip(arrows, styles, strict=False)]
    above = [trace for layer in zip(*drawn, strict=True) for trace in layer]
    start = point_trace(landscape, point, words.start, "circle", colors, words)
    return as_still([*figure["data"], *above, start], figure["layout"])


def arrow_traces(
    arrow: Arrow, style: EntryStyle, point: Point, colors: Theme, words: Words, *, name: str | None = None
) -> list[dict[str, Any]]:
    """The traces of an arrow: its halo, its line, and its legend item, `name` or label and length."""
    tail = np.array(arrow.tail or point, dtype=float)
    tip = tail + arrow.vector
    exists = bool(np.isfinite([*tail, *tip]).all()) and arrow.size > 0
    ends = np.array([tail, tip]) if exists else np.zeros((0, 2))
    line = {
        "type": "scatter",
        "meta": "arrow",
        "name": name or words.arrow.format(name=arrow.label, size=number(arrow.size)),
        "legendgroup": arrow.label,
        "mode": "lines+markers",
        "x": ends[:, 0],
        "y": ends[:, 1],
        "line": {"color": style.color, "width": LINE_WIDTH, "backoff": BACKOFF},
        "marker": {
            "symbol": "arrow",
            "size": [0, HEAD_SIZE],
            "angleref": "previous",
            "color": style.color,
            "opacity": 1,
            "line": {"width": 0},
        },
        "hovertemplate": "%{fullData.name}<br>x %{x:.5g}<br>y %{y:.5g}<extra></extra>",
        "showlegend": False,
    }
    halo = line | {
        "meta": "halo",
        "mode": "lines",
        "line": {"color": colors.halo, "width": HALO_WIDTH, "backoff": BACKOFF},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    del halo["hovertemplate"], halo["marker"]
    head = {"symbol": "triangle-right", "size": 10, "color": style.color, "opacity": 1, "line": {"width": 0}}
    sample = key(line["name"], {"color": style.color, "width": LINE_WIDTH}, head)
    return [halo, line, sample | {"legendgroup": arrow.label}]


def point_trace(
    landscape: Landscape, point: Point, name: str, symbol: str, colors: Theme, words: Words
) -> dict[str, Any]:
    """The trace of a named point, in the colour of the map's marks."""
    with np.errstate(all="ignore"):
        loss = float(landscape.value(np.array(point, dtype=float)))
    return {
        "type": "scatter",
        "meta": symbol,
        "name": name,
        "mode": "markers",
        "x": [point[0]],
        "y": [point[1]],
        "marker": {
            "symbol": symbol,
            "size": MARKER_SIZE,
            "color": colors.ink,
            "line": {"color": colors.halo, "width": 1.5},
        },
        "hovertemplate": f"%{{fullData.name}}<br>{hover_point(axis_names(landscape, words))}<br>"
        f"{words.loss} {number(loss)}<extra></extra>",
        "showlegend": True,
    }


def square_around(landscape: Landscape, point: Point, arrows: Sequence[Arrow]) -> Domain:
    """A square around a point and all finite ends of the arrows; the domain of the surface if there are none."""
    tails = [np.array(arrow.tail or point, dtype=float) for arrow in arrows]
    ends = [np.array(point, dtype=float), *tails, *(t + a.vector for t, a in zip(tails, arrows, strict=True))]
    xs, ys = (finite_of([end[axis] for end in ends if np.isfinite(end).all()]) for axis in (0, 1))
    if not xs.size:
        return landscape.domain
    least = SMALLEST * max(high - low for low, high in landscape.domain)
    half = max(np.ptp(xs), np.ptp(ys), least) * (0.5 + AROUND)
    x, y = (float(coordinate.min() + coordinate.max()) / 2 for coordinate in (xs, ys))
    return (x - half, x + half), (y - half, y + half)


def as_still(data: Sequence[dict[str, Any]], layout: dict[str, Any]) -> FigureDict:
    """A square map with a vertical legend above it, which fits on a narrow screen.

    It has no colour bar: numbers are in the legend, and losses are in the hover text.
    """
    legend = {"x": 0, "y": 1.01, "yanchor": "bottom", "bgcolor": CLEAR, "tracegroupgap": 0, "itemsizing": "trace"}
    frame = {
        "height": HEIGHT,
        "width": None,
        "showlegend": True,
        "legend": legend,
        "margin": {"t": 8, "r": 16},
        "coloraxis": {"showscale": False},
        "xaxis": {"constrain": "domain", "constraintoward": "left"},
        "yaxis": {"constraintoward": "top"},
    }
    return {"data": [*data], "layout": merged(layout, frame)}
