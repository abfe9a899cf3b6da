"""Axes, legends and curves that all charts share, in the style of the stage."""

from collections.abc import Sequence
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from landscape_lab.figures.contour import hover_label
from landscape_lab.figures.figure_dict import NO_TEMPLATE
from landscape_lab.figures.height_scale import loss_text
from landscape_lab.figures.theme import FONT, FONT_SIZE, LINE_WIDTH, EntryStyle, Theme, head_marker, head_mode
from optim_core.objective import Array

ROOM = 0.04
"""The margin of an axis beyond the data, relative to its length."""
GUIDE_WIDTH = 1.5
"""Width of a guide line, such as a limit or a slope to compare with."""
CLEAR = "rgba(0,0,0,0)"
MOST_HEADS = 8
"""The number of curves above which no heads are drawn, as they would overlap."""


def axis(title: str, colors: Theme, **more: Any) -> dict[str, Any]:
    """An axis with a title, outside ticks and a light grid; `more` are further settings of Plotly.

    Small numbers are written in decimals or with powers of ten; Plotly's default for 0.0006 is 600µ.
    """
    return {
        "title": {"text": title, "standoff": 6},
        "gridcolor": colors.grid,
        "zeroline": False,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": colors.grid,
        "tickfont": {"color": colors.muted},
        "exponentformat": "power",
        "minexponent": 4,
        "automargin": True,
    } | more


def linear_axis(title: str, values: ArrayLike, colors: Theme, *, zero: bool = False) -> dict[str, Any]:
    """A linear axis over the finite `values`, including 0 if `zero`; from 0 to 1 if there are none."""
    finite = finite_of(values)
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = ROOM * (high - low) or 0.1 * abs(high) or 0.5
    ends = [low - room * (low != 0 or not zero), high + room * (high != 0 or not zero)]
    return axis(title, colors, type="linear", range=ends if ends[0] < ends[1] else [0.0, 1.0])


CLOSE = 0.01
"""Decades: values that are closer have the axis of a single one, as its ticks could not be distinguished."""


def log_axis(title: str, values: ArrayLike, colors: Theme, *, sparse: bool = False) -> dict[str, Any]:
    """A logarithmic axis over the positive `values`, with readable ticks; one decade if there are none.

    `sparse` gives fewer ticks, for a narrow chart.
    """
    finite = finite_of(values)
    positive = finite[finite > 0]
    low, high = (np.log10(positive.min()), np.log10(positive.max())) if positive.size else (-1.0, 0.0)
    room = ROOM * (high - low) if high - low > CLOSE else 0.5
    low, high = float(low - room), float(high + room)
    ticks = _log_ticks(low, high, sparse)
    powers = {"tickfont": power_font(colors)} if "dtick" in ticks else {}
    return axis(title, colors, type="log", range=[low, high]) | ticks | powers


def power_font(colors: Theme) -> dict[str, Any]:
    """The font of ticks that are powers of ten, which Plotly draws a quarter larger than asked for."""
    return {"color": colors.muted, "size": FONT_SIZE / 1.25}


def steps_axis(title: str, last: int, colors: Theme) -> dict[str, Any]:
    """The axis of the steps from 0 to `last`, without a grid and with integer ticks only."""
    few = {"dtick": 1} if last <= 8 else {}
    return axis(title, colors, showgrid=False, range=[0.0, float(max(last, 1))], **few)


def layout(colors: Theme, *, legend: bool = True, **more: Any) -> dict[str, Any]:
    """The layout of a chart; `more` are its axes and further settings of Plotly."""
    return {
        "template": NO_TEMPLATE,
        "paper_bgcolor": colors.paper,
        "plot_bgcolor": colors.plot,
        "font": {"family": FONT, "size": FONT_SIZE, "color": colors.text},
        "hoverlabel": hover_label(colors),
        "margin": {"l": 56, "r": 16, "t": 12, "b": 40},
        "showlegend": legend,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "bgcolor": CLEAR},
    } | more


def key(name: str, line: dict[str, Any], marker: dict[str, Any] | None = None) -> dict[str, Any]:
    """A legend item without data of its own."""
    return {
        "type": "scatter",
        "meta": "key",
        "name": name,
        "mode": "lines+markers" if marker else "lines",
        "x": [None],
        "y": [None],
        "line": line,
        "marker": marker,
        "hoverinfo": "skip",
        "showlegend": True,
    }


def annotation(text: str, colors: Theme, **place: Any) -> dict[str, Any]:
    """A text on a chart, without an arrow."""
    return {
        "text": text,
        "showarrow": False,
        "font": {"color": colors.text},
        "xref": "paper",
        "yref": "paper",
        "align": "left",
    } | place


def curve(
    label: str, style: EntryStyle, x: ArrayLike, y: ArrayLike, colors: Theme, *, hover: str, head: bool = True
) -> list[dict[str, Any]]:
    """The traces of a curve, with a head at its last finite point. Values that are not finite are gaps.

    `hover` is the template of the hover text below the name of the curve, in Plotly's notation.
    """
    x, y = np.asarray(x, dtype=float), gaps(y)
    both = {
        "type": "scatter",
        "name": label,
        "legendgroup": label,
        "line": {"color": style.color, "width": LINE_WIDTH, "dash": style.plotly_dash},
    }
    line = both | {
        "mode": "lines",
        "x": x,
        "y": y,
        "hovertemplate": f"%{{fullData.name}}<br>{hover}<extra></extra>",
        "showlegend": not head,
    }
    if not head:
        return [line]
    last = np.flatnonzero(np.isfinite(y))[-1:]
    return [
        line,
        both
        | {
            **head_mode(style, colors.halo),
            "x": x[last] if last.size else np.array([np.nan]),
            "y": y[last] if last.size else np.array([np.nan]),
            "marker": head_marker(style, colors.halo),
            "cliponaxis": False,
            "hoverinfo": "skip",
            "showlegend": True,
        },
    ]


def layers(groups: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The traces of several curves with all lines before all heads, so that no line covers a head."""
    return [trace for layer in zip(*groups, strict=True) for trace in layer]


def guide(name: str, x: ArrayLike, y: ArrayLike, colors: Theme, dash: str = "dot") -> dict[str, Any]:
    """A guide line, in the colour of the tick labels."""
    return {
        "type": "scatter",
        "name": name,
        "mode": "lines",
        "x": np.asarray(x, dtype=float),
        "y": gaps(y),
        "line": {"color": colors.muted, "width": GUIDE_WIDTH, "dash": dash},
        "hoverinfo": "skip",
        "showlegend": True,
    }


def number(value: float, digits: int = 4) -> str:
    """A number formatted for reading; a dash if it is not finite."""
    return loss_text(value, digits) if np.isfinite(value) else "–"


def gaps(values: ArrayLike) -> Array:
    """The values with NaN for all that are not finite, at which Plotly leaves a gap."""
    values = np.asarray(values, dtype=float)
    return np.where(np.isfinite(values), values, np.nan)


def finite_of(values: ArrayLike) -> Array:
    """The finite values as a flat array."""
    values = np.asarray(values, dtype=float).ravel()
    return values[np.isfinite(values)]


def all_of(groups: Sequence[ArrayLike]) -> Array:
    """The finite values of several arrays as a flat array."""
    return np.concatenate([finite_of(group) for group in groups] or [np.array([])])


def _log_ticks(low: float, high: float, sparse: bool) -> dict[str, Any]:
    """Decades on a long axis; explicit numbers on a short one, for which Plotly would print single digits."""
    if high - low > 3:
        return {"dtick": ceil((high - low) / (4 if sparse else 8))}
    for mantissas in ((1,), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9)):
        values = [m * 10.0**k for k in range(floor(low), ceil(high) + 1) for m in mantissas]
        values = [value for value in values if 10**low <= value <= 10**high]
        if len(values) >= (2 if sparse else 4 if mantissas == (1,) else 3):
            break
    else:
        values = [float(f"{value:.3g}") for value in np.geomspace(10**low, 10**high, 5)[1:-1]]
    return {"tickvals": values, "ticktext": [loss_text(value) for value in values]}
