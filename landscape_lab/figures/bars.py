"""Shares as horizontal bars, each with its count."""

from collections.abc import Sequence
from typing import Any

from landscape_lab.figures.axes import annotation, axis, layout
from landscape_lab.figures.figure_dict import FigureDict, figure_function
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.theme import EntryStyle, theme

ROW = 58
"""The height in pixels of a bar with the line of text above it."""
THICKNESS = 0.42
"""The height of a bar relative to its row."""


@figure_function
def share_figure(
    labels: Sequence[str],
    counts: Sequence[int],
    totals: Sequence[int],
    *,
    title: str = "",
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> FigureDict:
    """A horizontal bar for each label: `counts` out of `totals`, on an axis from 0 to 100 %.

    The count ("61 of 100") and the label are above each bar, where there is more room than beside it. `title` says what
    was counted. A total of 0 has no bar. The height of the figure depends on the number of bars.
    """
    colors, words = theme(dark), words or Words()
    styles = styles or series_styles(dark)
    rows = list(zip(labels, counts, totals, strict=True))
    places = [len(rows) - 1 - i for i in range(len(rows))]
    counted = [words.counted.format(count=count, total=total) for _, count, total in rows]
    shares = [count / total if total else None for _, count, total in rows]
    bars: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "x": shares,
        "y": places,
        "width": THICKNESS,
        "customdata": [[label, text] for label, text in zip(labels, counted, strict=True)],
        "marker": {"color": [styles[i % len(styles)].color for i in range(len(rows))], "line": {"width": 0}},
        "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}: %{x:.1%}<extra></extra>",
        "showlegend": False,
    }
    notes = [
        annotation(f"<b>{text}</b> · {label}", colors, x=0, xref="x", xanchor="left", y=place + THICKNESS / 2, yref="y")
        | {"yanchor": "bottom", "yshift": 1}
        for (label, _, _), text, place in zip(rows, counted, places, strict=True)
    ]
    frame = layout(
        colors,
        legend=False,
        height=66 + ROW * max(len(rows), 1),
        margin={"l": 16, "r": 22, "t": 8, "b": 58 if title else 36},
        xaxis=axis(title, colors, range=[0.0, 1.0], tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1]),
        yaxis=axis("", colors, showgrid=False, showticklabels=False, ticks="")
        | {"range": [-0.4, max(len(rows), 1) - 0.4 + 0.35], "fixedrange": True},
        annotations=notes or None,  # Plotly omits an empty list
    )
    return {"data": [bars], "layout": frame}
