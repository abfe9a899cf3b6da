"""The surface in three dimensions, with the height scale of the map."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from landscape_lab.figures.contour import color_axis, hover_label, hover_point
from landscape_lab.figures.figure_dict import NO_TEMPLATE, FigureDict, figure_function
from landscape_lab.figures.figure_words import Words, axis_names
from landscape_lab.figures.height_scale import SURFACE_LINES, HeightScale, loss_text
from landscape_lab.figures.level_sets import contour_grid
from landscape_lab.figures.surface_camera import FLOOR, HEIGHT, eye, view_direction
from landscape_lab.figures.surface_grid import POINTS, SampledSurface, SpecialPoint, Surface, special_points
from landscape_lab.figures.theme import FONT, FONT_SIZE, Theme, theme
from landscapes.critical_points import Domain

DISTANCE = 2.2
"""From the camera to the middle of the box, in sides of the box."""
LIGHT_TURN, LIGHT_ELEVATION = -100, 40
"""The direction of the light in degrees: its azimuth from that of the camera, so from the left, and its elevation."""
LIGHT_DISTANCE = 1e4
LIGHTING = {"ambient": 0.62, "diffuse": 0.42, "specular": 0.04, "roughness": 0.6, "fresnel": 0.05}
LIFT = 0.03
"""Marks are drawn above the surface by this fraction of the height; otherwise the surface would hide half of each."""


@figure_function
def surface_figure(
    surface: Surface,
    *,
    n: int = POINTS,
    domain: Domain | None = None,
    dark: bool = False,
    true_values: bool = True,
    words: Words | None = None,
) -> FigureDict:
    """The surface in three dimensions, with the heights of `contour_figure` and labels in losses.

    All axes have fixed ranges, so that traces added later do not move the scene. `true_values` as in `contour_figure`.
    """
    colors, words = theme(dark), words or Words()
    domain = domain or surface.domain
    shown = contour_grid(surface, n, domain)
    scale, names = shown.scale, axis_names(surface, words)
    marks = special_points(surface, domain)
    start = None if isinstance(surface, SampledSurface) else surface.start
    azimuth, elevation = view_direction(shown, start, [(mark.x, mark.y) for mark in marks if mark.kind != "saddle"])
    first, last, step = scale.levels(SURFACE_LINES)
    trace: dict[str, Any] = {
        "type": "surface",
        "meta": "surface",
        "x": shown.xs.astype(np.float32),
        "y": shown.ys.astype(np.float32),
        "z": shown.heights.astype(np.float32),
        "coloraxis": "coloraxis",
        "contours": {
            "x": {"highlight": False},
            "y": {"highlight": False},
            "z": {
                "show": True,
                "start": first,
                "end": last,
                "size": step,
                "color": colors.relief_line,
                "width": 1.5,
                "highlight": False,
                "project": {"z": True},
            },
        },
        "lighting": LIGHTING,
        "lightposition": eye(azimuth + LIGHT_TURN, LIGHT_ELEVATION, LIGHT_DISTANCE),
        "hovertemplate": f"{hover_point(names, 4)}<br>{words.loss} %{{z:.5g}}<extra></extra>",
        "showlegend": False,
    }
    if true_values and not shown.is_exact:
        trace["customdata"] = shown.losses.astype(np.float32)
        trace["hovertemplate"] = trace["hovertemplate"].replace("%{z:", "%{customdata:")
    layout = {
        "template": NO_TEMPLATE,
        "scene": _scene(domain, names, scale, colors, words) | {"camera": _camera(azimuth, elevation)},
        "coloraxis": color_axis(scale, colors, words) | {"showscale": False},
        "paper_bgcolor": colors.paper,
        "font": {"family": FONT, "size": FONT_SIZE, "color": colors.text},
        "hoverlabel": hover_label(colors),
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "showlegend": False,
    }
    return {"data": [trace, *_marks(marks, names, scale, colors, words)], "layout": layout}


def _scene(domain: Domain, names: tuple[str, str], scale: HeightScale, colors: Theme, words: Words) -> dict[str, Any]:
    positions, texts = scale.ticks(most=5)

    def axis(name: str, low: float, high: float) -> dict[str, Any]:
        return {
            "title": {"text": name},
            "range": [low, high],
            "autorange": False,
            "nticks": 6,
            "showbackground": False,
            "gridcolor": colors.grid,
            "zeroline": False,
            "showspikes": False,
            "tickfont": {"color": colors.muted, "size": FONT_SIZE - 2},
        }

    height = scale.high - scale.low
    return {
        "xaxis": axis(names[0], *domain[0]),
        "yaxis": axis(names[1], *domain[1]),
        "zaxis": axis(words.loss, scale.low - FLOOR * height, scale.high + 0.03 * height)
        | {"tickvals": positions, "ticktext": texts},
        "aspectmode": "manual",
        "aspectratio": {"x": 1, "y": 1, "z": HEIGHT},
        "dragmode": "turntable",
    }


def _camera(azimuth: float, elevation: float) -> dict[str, Any]:
    return {
        "eye": eye(azimuth, elevation, DISTANCE),
        "center": {"x": 0, "y": 0, "z": 0},
        "up": {"x": 0, "y": 0, "z": 1},
    }


def _marks(
    marks: Sequence[SpecialPoint], names: tuple[str, str], scale: HeightScale, colors: Theme, words: Words
) -> list[dict[str, Any]]:
    """Markers of minima and saddles, with symbols that every font has, as WebGL draws some of them as text."""
    point = hover_point(names)
    kinds = (
        ("global_minimum", words.global_minimum, "diamond", 5),
        ("local_minimum", words.local_minimum, "circle-open", 6),
        ("saddle", words.saddle, "×", 20),
    )
    lift = LIFT * (scale.high - scale.low)
    return [
        {
            "type": "scatter3d",
            "meta": kind,
            "mode": "text" if kind == "saddle" else "markers",
            "x": [mark.x for mark in group],
            "y": [mark.y for mark in group],
            "z": [float(scale.shown(mark.loss)) + lift for mark in group],
            "text": symbol if kind == "saddle" else None,
            "textfont": {"color": colors.ink, "size": size},
            "textposition": "middle center",
            "hovertext": [f"{name}<br>{words.loss} {loss_text(mark.loss)}" for mark in group],
            "hovertemplate": f"%{{hovertext}}<br>{point}<extra></extra>",
            "marker": {"symbol": "circle" if kind == "saddle" else symbol, "size": size, "color": colors.ink},
            "showlegend": False,
        }
        for kind, name, symbol, size in kinds
        if (group := [mark for mark in marks if mark.kind == kind])
    ]
