"""The map of a surface: filled contours, minima and saddles, with or without paths."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from landscape_lab.figures.figure_dict import NO_TEMPLATE, FigureDict, figure_function, merged
from landscape_lab.figures.figure_words import Words, axis_names, axis_title
from landscape_lab.figures.height_scale import HeightScale, loss_text
from landscape_lab.figures.level_sets import ContourGrid, contour_grid
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.surface_grid import POINTS, Surface, fitted_size, is_to_scale, special_points
from landscape_lab.figures.theme import (
    FONT,
    FONT_SIZE,
    HALO_WIDTH,
    LINE_WIDTH,
    EntryStyle,
    Theme,
    head_marker,
    head_mode,
    theme,
)
from landscapes import Landscape
from landscapes.critical_points import Domain

ROOM, SIDES = (900, 350), 150
"""Pixels: the size of a map in a figure of Plotly's default height, and the width of what is beside it."""
GLOBAL_SIZE, LOCAL_SIZE, SADDLE_SIZE = 15, 9, 9


@figure_function
def contour_figure(
    surface: Surface,
    *,
    n: int = POINTS,
    domain: Domain | None = None,
    dark: bool = False,
    equal: bool | None = None,
    true_values: bool = True,
    words: Words | None = None,
) -> FigureDict:
    """The map of a surface. Colours and lines are heights of its `HeightScale`; all labels are losses.

    The grid has n x n points, or four times as many if a valley is too narrow for it. Both axes have the same scale,
    so that gradients are at right angles to contours, unless the domain is too long (`is_to_scale`); `equal` overrides
    this. Without `true_values` a logarithmic map contains heights only, at half the size, and the caller converts them
    to losses for the hover text.
    """
    colors, words = theme(dark), words or Words()
    domain = domain or surface.domain
    drawn = contour_grid(surface, n, domain)
    names = axis_names(surface, words)
    contours = surface_trace(drawn, names, colors, words, true_values=true_values)
    marks = _marks(surface, domain, colors, words)
    return {"data": [contours, *marks], "layout": map_layout(domain, names, drawn.scale, colors, words, equal)}


def surface_trace(
    ground: ContourGrid, names: tuple[str, str], colors: Theme, words: Words, *, true_values: bool = True
) -> dict[str, Any]:
    """The filled contours of a surface with axes of these names."""
    first, last, step = ground.scale.levels()
    surface: dict[str, Any] = {
        "type": "contour",
        "meta": "surface",
        "x": ground.xs.astype(np.float32),
        "y": ground.ys.astype(np.float32),
        "z": ground.heights.astype(np.float32),
        "coloraxis": "coloraxis",
        "autocontour": False,
        "contours": {"start": first, "end": last, "size": step, "coloring": "fill"},
        "line": {"color": colors.line, "width": 0.75, "smoothing": 1},
        "hovertemplate": f"{hover_point(names, 4)}<br>{words.loss} %{{z:.5g}}<extra></extra>",
        "showlegend": False,
    }
    if true_values and not ground.is_exact:
        surface["customdata"] = ground.losses.astype(np.float32)
        surface["hovertemplate"] = surface["hovertemplate"].replace("%{z:", "%{customdata:")
    return surface


@figure_function
def paths_figure(
    landscape: Landscape,
    trajectories: Sequence[Any],
    labels: Sequence[str],
    *,
    styles: Sequence[EntryStyle] | None = None,
    n: int = POINTS,
    domain: Domain | None = None,
    dark: bool = False,
    equal: bool | None = None,
    words: Words | None = None,
) -> FigureDict:
    """The map with the paths of single runs, without animation."""
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    figure = contour_figure.as_dict(landscape, n=n, domain=domain, dark=dark, equal=equal, words=words)
    entries = zip(trajectories, labels, styles, strict=False)
    paths = [_path(*entry, axis_names(landscape, words), colors, words) for entry in entries]
    above = [trace for layer in zip(*paths, strict=True) for trace in layer]
    frame = {
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"},
        "margin": {"t": 12},
    }
    return {"data": [*figure["data"], *above], "layout": merged(figure["layout"], frame)}


def color_axis(scale: HeightScale, colors: Theme, words: Words) -> dict[str, Any]:
    """The colour axis of the heights, with a colour bar labelled in losses."""
    positions, texts = scale.ticks()
    return {
        "colorscale": colors.colorscale,
        "cmin": scale.low,
        "cmax": scale.high,
        "colorbar": {
            "title": {"text": words.loss, "side": "top"},
            "tickvals": positions,
            "ticktext": texts,
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
    }


def hover_label(colors: Theme) -> dict[str, Any]:
    """The style of hover labels."""
    return {
        "bgcolor": colors.paper,
        "bordercolor": colors.muted,
        "font": {"family": FONT, "size": FONT_SIZE, "color": colors.text},
    }


def hover_point(names: tuple[str, str], digits: int = 5) -> str:
    """The template of a hover text for a point on axes of these names."""
    return f"{names[0]} %{{x:.{digits}g}}<br>{names[1]} %{{y:.{digits}g}}"


def map_layout(
    domain: Domain, names: tuple[str, str], scale: HeightScale, colors: Theme, words: Words, equal: bool | None
) -> dict[str, Any]:
    """The layout of a map. A note on the x axis says if the scales of the axes differ without `equal` asking for it."""
    to_scale = is_to_scale(domain) if equal is None else equal
    across, up = map(axis_title, names)
    across += f" ({words.stretched})" if equal is None and not to_scale else ""

    def axis(title: str, span: tuple[float, float]) -> dict[str, Any]:
        return {
            "title": {"text": title, "standoff": 6},
            "range": list(span),
            "showgrid": False,
            "zeroline": False,
            "ticks": "outside",
            "ticklen": 4,
            "tickcolor": colors.muted,
            "tickfont": {"color": colors.muted},
            "automargin": True,
        }

    return {
        "template": NO_TEMPLATE,
        "xaxis": axis(across, domain[0]) | ({"constrain": "domain", "constraintoward": "right"} if to_scale else {}),
        "yaxis": axis(up, domain[1]) | ({"scaleanchor": "x", "constrain": "domain"} if to_scale else {}),
        "width": fitted_size(domain, *ROOM)[0] + SIDES if to_scale else None,
        "coloraxis": color_axis(scale, colors, words),
        "paper_bgcolor": colors.paper,
        "plot_bgcolor": colors.plot,
        "font": {"family": FONT, "size": FONT_SIZE, "color": colors.text},
        "hoverlabel": hover_label(colors),
        "margin": {"l": 48, "r": 8, "t": 14, "b": 40},
        "showlegend": False,
    }


def _marks(surface: Surface, domain: Domain, colors: Theme, words: Words) -> list[dict[str, Any]]:
    """Markers: stars for global minima, rings for local minima, crosses for saddles; no trace for an empty kind."""
    marks, point = special_points(surface, domain), hover_point(axis_names(surface, words))
    kinds = (
        ("local_minimum", words.local_minimum, "circle-open", LOCAL_SIZE, 2.5, colors.ink),
        ("saddle", words.saddle, "x-thin", SADDLE_SIZE, 2.5, colors.ink),
        ("global_minimum", words.global_minimum, "star", GLOBAL_SIZE, 1.5, colors.halo),
    )
    return [
        {
            "type": "scatter",
            "meta": kind,
            "mode": "markers",
            "x": [mark.x for mark in group],
            "y": [mark.y for mark in group],
            "text": [f"{name}<br>{words.loss} {loss_text(mark.loss)}" for mark in group],
            "hovertemplate": f"%{{text}}<br>{point}<extra></extra>",
            "marker": {"symbol": symbol, "size": size, "color": colors.ink, "line": {"color": edge, "width": width}},
            "showlegend": False,
        }
        for kind, name, symbol, size, width, edge in kinds
        if (group := [mark for mark in marks if mark.kind == kind])
    ]


def _path(
    trajectory: Any, label: str, style: EntryStyle, names: tuple[str, str], colors: Theme, words: Words
) -> list[dict[str, Any]]:
    """The traces of a path: its halo, its line, and its head at the end, which may lie outside the map."""
    last = int(trajectory.last_step)
    points, losses = trajectory.points[: last + 1], trajectory.losses[: last + 1]
    whole = {"type": "scatter", "legendgroup": label, "x": points[:, 0], "y": points[:, 1], "mode": "lines"}
    line = {"color": style.color, "width": LINE_WIDTH, "dash": style.plotly_dash}
    hover = f"%{{fullData.name}}<br>{words.step} %{{pointNumber}}<br>{hover_point(names)}<br>"
    path = whole | {
        "name": label,
        "line": line,
        "customdata": losses,
        "hovertemplate": hover + f"{words.loss} %{{customdata:.5g}}<extra></extra>",
        "showlegend": False,
    }
    halo = whole | {"line": {"color": colors.halo, "width": HALO_WIDTH}, "hoverinfo": "skip", "showlegend": False}
    head = {
        "type": "scatter",
        "legendgroup": label,
        "name": label,
        **head_mode(style, colors.halo),
        "x": points[-1:, 0],
        "y": points[-1:, 1],
        "line": line,
        "marker": head_marker(style, colors.halo),
        "hoverinfo": "skip",
        "showlegend": True,
    }
    return [halo, path, head]
