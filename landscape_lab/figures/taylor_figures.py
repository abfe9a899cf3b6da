"""Taylor models of a surface: their contours near a point, their best steps, and their errors."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from landscape_lab.figures.arrows import Arrow, arrow_traces, as_still, point_trace
from landscape_lab.figures.axes import CLEAR, all_of, curve, guide, key, layers, layout, log_axis, number
from landscape_lab.figures.contour import map_layout, surface_trace
from landscape_lab.figures.figure_dict import FigureDict, figure_function
from landscape_lab.figures.figure_words import Words, axis_names
from landscape_lab.figures.height_scale import HeightScale
from landscape_lab.figures.level_sets import contour_grid
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.surface_grid import POINTS
from landscape_lab.figures.theme import HALO_WIDTH, LINE_WIDTH, EntryStyle, theme
from landscapes import Landscape
from landscapes.critical_points import Domain, Point
from landscapes.taylor import (
    TRUST,
    Order,
    TaylorModel,
    best_of_landscape,
    best_of_model,
    model_error,
    rounding,
    taylor_model,
)
from optim_core.caching import bounded_cache

AROUND = 1.7
"""Half the side of the picture, in units of the radius."""
BELOW = 0.2
"""The factor between a guide line and its curve."""
GRID = 121
"""Samples of the model along each side of its disc, enough for its edge to be hidden by the circle."""


@figure_function
def taylor_figure(
    landscape: Landscape,
    point: Point,
    radius: float,
    order: Order = 1,
    *,
    styles: Sequence[EntryStyle] | None = None,
    n: int = POINTS,
    domain: Domain | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """The map around `point` with the contours of the Taylor model in a disc, and the minima of both in the disc.

    The contours of the model have the same losses as those of the map: where they differ, the model is wrong. The arrow
    of the gradient shows its direction and is as long as the radius. Without `domain` the size of the picture is
    proportional to the radius and its contours have equal spacing, as a plane needs. Losses within rounding of 0 are
    shown as 0.
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    x, y = point
    half = AROUND * radius
    near = ((x - half, x + half), (y - half, y + half)) if np.isfinite([x, y]).all() else landscape.domain
    near_point = contour_grid(landscape, n, domain or near, log=domain is not None)
    scale = near_point.scale
    name = words.first_order if order == 1 else words.second_order
    model = taylor_model(landscape, point, order)
    noise, truth = _measured(landscape, (float(x), float(y)), float(radius))
    circle = np.linspace(0, 2 * np.pi, 181)
    ring = {
        "type": "scatter",
        "meta": "disc",
        "name": words.disc.format(radius=number(radius)),
        "mode": "lines",
        "x": x + radius * np.cos(circle),
        "y": y + radius * np.sin(circle),
        "line": {"color": colors.ink, "width": LINE_WIDTH},
        "hoverinfo": "skip",
        "showlegend": True,
    }
    halo = ring | {"meta": "halo", "line": {"color": colors.halo, "width": HALO_WIDTH}, "showlegend": False}
    drawn: list[dict[str, Any]] = []
    if model.exists:
        drawn += [*_model_lines(model, radius, scale, words.model_lines.format(order=name), styles[0]), halo, ring]
        if model.slope.any():
            size = float(np.hypot(*model.slope))
            arrow = Arrow("gradient", (float(model.slope[0]) * radius / size, float(model.slope[1]) * radius / size))
            named = words.uphill.format(size=number(size))
            drawn += arrow_traces(arrow, styles[1], point, colors, words, name=named)
    else:
        drawn += [halo, ring, key(words.missing.format(order=name), {"color": CLEAR})]
    drawn.append(point_trace(landscape, point, words.start, "circle", colors, words) | {"showlegend": False})
    if model.exists:
        best = best_of_model(model, radius)
        promised, kept = float(model.value(np.array(best))), float(landscape.value(np.array(best)))
        named = words.model_best.format(
            model=_rounded(promised, noise), truth=_rounded(kept, noise), error=_rounded(abs(kept - promised), noise, 2)
        )
        found = point_trace(landscape, best, named, "diamond", colors, words)
        larger = found["marker"] | {"size": 19, "color": styles[0].color}
        drawn.append(found | {"meta": "model_best", "marker": larger})
    named = words.true_best.format(truth=_rounded(float(landscape.value(np.array(truth))), noise))
    lowest = point_trace(landscape, truth, named, "star", colors, words)
    drawn.append(lowest | {"meta": "true_best"})
    # Without other critical points, whose markers would look the same.
    names = axis_names(landscape, words)
    surface = surface_trace(near_point, names, colors, words)
    return as_still([surface, *drawn], map_layout(domain or near, names, scale, colors, words, equal=True))


@bounded_cache(maxsize=16)  # shared by the two orders of a page
def _measured(landscape: Landscape, point: Point, radius: float) -> tuple[float, Point]:
    """The rounding error of losses near a point, and the minimum of the loss in the disc around it."""
    return rounding(landscape, point), best_of_landscape(landscape, point, radius)


@figure_function
def model_error_figure(
    landscape: Landscape,
    point: Point,
    radii: ArrayLike,
    *,
    radius: float | None = None,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """The largest error of both models on circles around `point` against the radius, on logarithmic axes.

    Guide lines below the curves have slopes 2 and 3. Errors within rounding are omitted; the legend says if a model has
    no others. `radius` is marked. Suitable radii are given by `landscapes.taylor.resolvable_radii`.
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    radii = np.asarray(radii, dtype=float)
    noise = TRUST * rounding(landscape, point)
    curves, guides, seen = [], [], []
    orders: tuple[tuple[Order, str, str, str], ...] = (
        (1, words.first_order, "²", "dot"),
        (2, words.second_order, "³", "dash"),
    )
    for (order, name, power, dash), style in zip(orders, styles, strict=False):
        errors = model_error(landscape, point, radii, order)
        if not taylor_model(landscape, point, order).exists:
            name = words.missing.format(order=name)
        elif errors.size and (errors <= noise).all():
            name = words.exact.format(order=name)
        errors = np.where(errors > noise, errors, np.nan)
        hover = f"{words.radius} %{{x:.3g}}<br>{words.model_error} %{{y:.3g}}"
        curves.append(curve(name, style, radii, errors, colors, hover=hover))
        if np.isfinite(errors).any():
            first = int(np.flatnonzero(np.isfinite(errors))[0])
            powers = radii[first:] ** (order + 1)
            below = BELOW * np.nanmin(errors[first:] / powers) * powers
            seen += [errors, below]
            guides.append(guide(words.power.format(power=power), radii[first:], below, colors, dash))
    heights = log_axis(words.model_error, all_of(seen), colors)
    if radius is not None:
        low, high = heights["range"]
        guides.append(guide(words.disc.format(radius=number(radius)), [radius] * 2, [10**low, 10**high], colors))
        guides[-1]["line"] = guides[-1]["line"] | {"color": colors.ink, "dash": "solid"}
    frame = layout(colors, xaxis=log_axis(words.radius, radii, colors, sparse=True), yaxis=heights)
    return {"data": [*guides, *layers(curves)], "layout": frame}


def _rounded(loss: float, noise: float, digits: int = 4) -> str:
    return number(loss if abs(loss) > noise or not np.isfinite(noise) else 0.0, digits)


def _model_lines(
    model: TaylorModel, radius: float, scale: HeightScale, name: str, style: EntryStyle
) -> list[dict[str, Any]]:
    """The contours of the model in its disc, at the losses of the map's contours, and a legend item."""
    along = np.linspace(-radius, radius, GRID)
    steps = np.stack(np.meshgrid(along, along))
    losses = model.height + model.rise(steps)
    losses[np.hypot(*steps) > radius] = np.nan
    # A horizontal plane has no contours, even if its height equals that of a contour of the map.
    heights = losses if model.slope.any() or model.curvature.any() else np.full_like(losses, np.nan)
    if scale.log and np.isfinite(heights).any():
        # `shown` clips losses below the floor of the surface; here they are left out.
        heights = np.full_like(losses, np.nan)
        np.log10(losses - scale.floor, out=heights, where=losses > scale.floor)
    first, last, step = scale.levels()
    if not scale.log and np.isfinite(losses).any():
        # The model may exceed the range of the map.
        first += step * np.floor(min(0.0, np.nanmin(losses) - first) / step)
        last += step * np.ceil(max(0.0, np.nanmax(losses) - last) / step)
    line = {"color": style.color, "width": 2}
    contour = {
        "type": "contour",
        "meta": "model",
        "name": name,
        "x": model.point[0] + along,
        "y": model.point[1] + along,
        "z": heights.astype(np.float32),
        "autocontour": False,
        "contours": {"start": float(first), "end": float(last), "size": step, "coloring": "none"},
        "line": line | {"smoothing": 1},
        "hoverinfo": "skip",
        "showlegend": False,
        "showscale": False,
    }
    return [contour, key(name, line)]
