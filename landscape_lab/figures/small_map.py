"""The effect of a change to a landscape: small maps to compare, and losses against the strength of the change."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from landscape_lab.figures.axes import all_of, axis, curve, guide, layers, linear_axis
from landscape_lab.figures.axes import layout as chart_layout
from landscape_lab.figures.contour import contour_figure
from landscape_lab.figures.figure_dict import FigureDict, figure_function, merged
from landscape_lab.figures.figure_words import Words, axis_title
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.theme import LINE_WIDTH, EntryStyle, head_marker, theme
from landscapes import Landscape
from landscapes.critical_points import Domain, Point

POINTS = 71
HEIGHT = 330
RING = 12


@figure_function
def small_map_figure(
    landscape: Landscape,
    domain: Domain,
    *,
    before: Point | None = None,
    label: str = "",
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """A small map of `domain` with equal scales and without a colour bar, to be compared with others.

    `before` is the minimum before the change: it is marked by a ring with the name `label`, and an arrow leads from it
    to the present minimum.
    """
    colors, words = theme(dark), words or Words()
    figure = contour_figure.as_dict(landscape, n=POINTS, domain=domain, dark=dark, equal=True, words=words)
    layout = merged(figure["layout"], {"height": HEIGHT, "width": None, "coloraxis": {"showscale": False}})
    if before is None:
        return {"data": figure["data"], "layout": layout}
    ring = {
        "type": "scatter",
        "meta": "before",
        "mode": "markers",
        "x": [before[0]],
        "y": [before[1]],
        "marker": {"symbol": "circle-open", "size": RING, "color": colors.ink, "line": {"width": 2.5}},
        "hovertemplate": f"{label}<br>x %{{x:.4g}}<br>y %{{y:.4g}}<extra></extra>",
        "showlegend": False,
    }
    (x0, x1), (y0, y1) = domain
    moved = landscape.minima[0] if landscape.minima else before
    if np.hypot(moved[0] - before[0], moved[1] - before[1]) > 0.08 * np.hypot(x1 - x0, y1 - y0):
        layout |= {"annotations": [_arrow(before, moved, colors.ink)]}
    return {"data": [*figure["data"], ring], "layout": layout}


def _arrow(tail: Point, tip: Point, color: str) -> dict[str, Any]:
    """An arrow from the ring to the star, with a gap at both ends."""
    return {
        "x": tip[0],
        "y": tip[1],
        "ax": tail[0],
        "ay": tail[1],
        "xref": "x",
        "yref": "y",
        "axref": "x",
        "ayref": "y",
        "standoff": RING,
        "startstandoff": RING,
        "text": "",
        "showarrow": True,
        "arrowhead": 2,
        "arrowwidth": 2,
        "arrowcolor": color,
    }


@figure_function
def outlines_figure(
    outlines: Sequence[ArrayLike],
    labels: Sequence[str],
    *,
    axes: tuple[str, str] = ("x", "y"),
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """Contours of several landscapes on axes with equal scales, each with its centre: (n, 2) for each label.

    The first and the last point of an outline are connected. `axes` are the names of the parameters.
    """
    del words  # it has no text of its own, but every figure takes the argument
    colors = theme(dark)
    styles = styles or series_styles(dark)
    data: list[dict[str, Any]] = []
    lines = [np.asarray(outline, dtype=float) for outline in outlines]
    for line, label, style in zip(lines, labels, styles, strict=False):
        x, y = np.concatenate([line, line[:1]]).T
        both = {
            "type": "scatter",
            "name": label,
            "legendgroup": label,
            "line": {"color": style.color, "width": LINE_WIDTH},
        }
        data.append(both | {"mode": "lines", "x": x, "y": y, "hoverinfo": "skip", "showlegend": False})
        (at_x,), (at_y,) = line.mean(axis=0, keepdims=True).T
        place = {"x": [at_x], "y": [at_y], "marker": head_marker(style, colors.halo), "mode": "lines+markers"}
        data.append(both | place | {"hovertemplate": "%{fullData.name}<br>(%{x:.3g}, %{y:.3g})<extra></extra>"})
    points = np.concatenate(lines) if lines else np.zeros((1, 2))
    frame = chart_layout(
        colors,
        height=HEIGHT + 30,
        xaxis=linear_axis(axis_title(axes[0]), points[:, 0], colors),
        yaxis=linear_axis(axis_title(axes[1]), points[:, 1], colors) | {"scaleanchor": "x"},
    )
    return {"data": data, "layout": frame}


@figure_function
def strength_figure(
    strengths: ArrayLike,
    losses: Sequence[ArrayLike],
    labels: Sequence[str],
    *,
    title: str,
    chosen: float | None = None,
    chosen_label: str = "",
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """Losses at the minimum against the strength of a change: strengths (n,), and losses (n,) for each label.

    `title` names the axis of the strength. A vertical line with the name `chosen_label` marks the `chosen` strength.
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    xs, all_losses = np.asarray(strengths, dtype=float), all_of(losses)
    hover = f"{title} %{{x:.3g}}<br>{words.loss} %{{y:.4g}}"
    curves = [
        curve(label, style, xs, each, colors, hover=hover)
        for each, label, style in zip(losses, labels, styles, strict=False)
    ]
    ends = [float(all_losses.min()), float(all_losses.max())]
    line = [] if chosen is None else [guide(chosen_label, [chosen, chosen], ends, colors)]
    frame = chart_layout(
        colors,
        xaxis=axis(title, colors, range=[float(xs.min()), float(xs.max())], showgrid=False),
        yaxis=linear_axis(words.loss, all_losses, colors),
    )
    return {"data": [*line, *layers(curves)], "layout": frame}
