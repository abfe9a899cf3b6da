"""Why Adagrad divides by the root of the sum of squared gradients: curvature, and features of different frequency."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from landscape_lab.figures.axes import all_of, axis, curve, gaps, guide, key, layers, layout, linear_axis, log_axis
from landscape_lab.figures.figure_dict import FigureDict, figure_function
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.theme import LINE_WIDTH, EntryStyle, Theme, head_marker, theme

HEIGHT = 460
"""The height in pixels of the two panels of the ruler figure."""
LEAST = 0.04
"""The smallest gradient on the axis, relative to the largest one of its function: near the minimum it is 0."""
DASHES = ("solid", "4px,4px")
"""The dashes that distinguish the two parameters; entries differ by colour and head."""


@figure_function
def ruler_figure(
    points: ArrayLike,
    losses: Sequence[ArrayLike],
    slopes: Sequence[ArrayLike],
    labels: Sequence[str],
    *,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """Functions of one parameter, and below them the sizes of their gradients with the root mean square of each.

    points  (n,): the values of the parameter, symmetric about the minimum at 0
    losses  (n,) for each function
    slopes  (n,) for each function: its first derivative at `points`

    On the logarithmic axis of the lower panel a factor is a vertical shift. The root mean square of each function is a
    horizontal line with a head where it meets the size of the gradient; heads of parabolas are below one another.
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    x = gaps(points)
    sizes = [np.abs(gaps(slope)) for slope in slopes]
    upper, lower, levels = [], [], []
    for loss, size, label, style in zip(losses, sizes, labels, styles, strict=False):
        drawn = curve(label, style, x, loss, colors, hover=f"x = %{{x:.3g}}<br>{words.loss} %{{y:.4g}}", head=False)
        upper.append(drawn)
        below = curve(
            label, style, x, size, colors, hover=f"x = %{{x:.3g}}<br>{words.gradient_size} %{{y:.4g}}", head=False
        )
        lower.append([trace | {"showlegend": False, "xaxis": "x2", "yaxis": "y2"} for trace in below])
        levels += _level(x, size, label, style, colors, words)
    keys = [guide(words.root_mean_square, [np.nan], [np.nan], colors, "dot")] if levels else []
    ends = [float(x.min()), float(x.max())] if x.size else [-1.0, 1.0]
    shown = [size[size > LEAST * np.nanmax(size, initial=0.0)] for size in sizes]
    frame = layout(
        colors,
        height=HEIGHT,
        xaxis=axis("", colors, showgrid=False, range=ends, showticklabels=False, anchor="y"),
        yaxis=linear_axis(words.loss, all_of(losses), colors, zero=True) | {"domain": [0.56, 1.0]},
        xaxis2=axis("x", colors, showgrid=False, range=ends, anchor="y2", matches="x"),
        yaxis2=log_axis(words.gradient_size, all_of(shown), colors) | {"domain": [0.0, 0.48], "anchor": "x2"},
    )
    return {"data": [*layers(upper), *layers(lower), *levels, *keys], "layout": frame}


def _level(
    x: np.ndarray, size: np.ndarray, label: str, style: EntryStyle, colors: Theme, words: Words
) -> list[dict[str, Any]]:
    """The root mean square of gradients as a line, with a head where the gradient to the right of 0 has this size."""
    if not np.isfinite(size).any():
        return []
    level = float(np.sqrt(np.nanmean(size * size)))
    right = x > 0
    beyond = np.flatnonzero(size[right] >= level)[:1]
    i = int(beyond[0]) if beyond.size else 0
    between = size[right][i - 1 : i + 1], x[right][i - 1 : i + 1]
    meets = float(np.interp(level, *between)) if i else np.nan
    both = {"type": "scatter", "name": label, "xaxis": "x2", "yaxis": "y2", "showlegend": False}
    hover = f"%{{fullData.name}}<br>{words.root_mean_square} {level:.4g}<extra></extra>"
    line = both | {
        "meta": "level",
        "mode": "lines",
        "x": np.array([x.min(), x.max()]),
        "y": np.array([level, level]),
        "line": {"color": style.color, "width": 1.5, "dash": "dot"},
        "hovertemplate": hover,
    }
    head = both | {
        "meta": "meets",
        "mode": "markers",
        "x": np.array([meets]),
        "y": np.array([level]),
        "marker": head_marker(style, colors.halo),
        "hovertemplate": hover,
    }
    return [line, head]


@figure_function
def best_rates_figure(
    rates: Sequence[ArrayLike],
    errors: Sequence[ArrayLike],
    labels: Sequence[str],
    parameters: tuple[str, str],
    *,
    title: str,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """The final errors of two parameters of each entry against its learning rate, with a head at each smallest error.

    rates       (k,) for each entry, positive
    errors      (k, 2) for each entry; infinite errors, of diverged runs, are gaps
    parameters  the names of the two parameters; `title` is that of the axis of errors
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    entries = [np.asarray(error, dtype=float).reshape(-1, 2) for error in errors]
    hover = f"{words.learning_rate} %{{x:.3g}}<br>{title} %{{y:.3g}}"
    curves = []
    for rate, error, label, style in zip(rates, entries, labels, styles, strict=False):
        x = np.asarray(rate, dtype=float)
        for column, (parameter, dash) in enumerate(zip(parameters, DASHES, strict=True)):
            y = error[:, column]
            line, head = curve(f"{label} · {parameter}", style, x, y, colors, hover=hover)
            best = [int(np.nanargmin(gaps(y)))] if np.isfinite(y).any() else []
            line["line"] = line["line"] | {"dash": dash}
            head = head | {"meta": "best", "showlegend": False}
            curves.append([line, head | ({"x": x[best], "y": y[best]} if best else {})])
    keys = [
        key(label, {"color": style.color, "width": LINE_WIDTH}, head_marker(style, colors.halo))
        for _, label, style in zip(entries, labels, styles, strict=False)
    ]
    keys += [
        key(parameter, {"color": colors.muted, "width": LINE_WIDTH, "dash": dash})
        for parameter, dash in zip(parameters, DASHES, strict=True)
    ]
    frame = layout(
        colors,
        xaxis=log_axis(words.learning_rate, all_of(rates), colors),
        yaxis=log_axis(title, all_of(entries), colors),
    )
    return {"data": [*layers(curves), *keys], "layout": frame}
