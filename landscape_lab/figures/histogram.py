"""Histograms of several samples on one axis."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from landscape_lab.figures.axes import all_of, finite_of, guide, layout, linear_axis
from landscape_lab.figures.figure_dict import FigureDict, figure_function
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.theme import EntryStyle, theme

BINS = 24
FILL_OPACITY = 0.35
EDGE_WIDTH = 2
REACH = 3.5
"""The extent of the normal curve, in standard deviations to either side."""


@figure_function
def histogram_figure(
    samples: Sequence[ArrayLike],
    labels: Sequence[str],
    *,
    title: str,
    density: str,
    normal: str | None = None,
    bins: int = BINS,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """The histogram of each sample, with `bins` equal bins between its extremes and area 1.

    title, density  the titles of the axes
    normal          the label of the standard normal curve, which is drawn if it is given
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    drawn = [
        (label, style, *_density(finite_of(sample), bins))
        for sample, label, style in zip(samples, labels, styles, strict=False)
        if finite_of(sample).size
    ]
    steps = [_outline(*each) for each in drawn]
    marks: list[dict[str, Any]] = []
    if normal:
        z = np.linspace(-REACH, REACH, 141)
        marks = [guide(normal, z, np.exp(-z * z / 2) / np.sqrt(2 * np.pi), colors)]
    traces = [*steps, *marks]
    frame = layout(
        colors,
        xaxis=linear_axis(title, all_of([trace["x"] for trace in traces]), colors),
        yaxis=linear_axis(density, all_of([trace["y"] for trace in traces]), colors, zero=True),
    )
    return {"data": traces, "layout": frame}


def _density(values: Any, bins: int) -> tuple[Any, Any]:
    heights, edges = np.histogram(values, bins=bins)
    return heights / (heights.sum() * np.diff(edges)), edges


def _outline(label: str, style: EntryStyle, heights: Any, edges: Any) -> dict[str, Any]:
    """The outline of a histogram, starting and ending at the axis."""
    return {
        "type": "scatter",
        "meta": "histogram",
        "name": label,
        "mode": "lines",
        "x": np.repeat(edges, 2),
        "y": np.concatenate([[0.0], np.repeat(heights, 2), [0.0]]),
        "fill": "tozeroy",
        "fillcolor": f"rgba({','.join(str(int(style.color[i : i + 2], 16)) for i in (1, 3, 5))},{FILL_OPACITY})",
        "line": {"color": style.color, "width": EDGE_WIDTH, "dash": style.plotly_dash},
        "hovertemplate": "%{fullData.name}<br>%{x:.4g}: %{y:.3g}<extra></extra>",
        "showlegend": True,
    }
