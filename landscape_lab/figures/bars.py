"""How many of how many: shares as bars, each with its count in words."""

from collections.abc import Sequence
from typing import Any

from landscape_lab.figures.axes import axis, layout, note
from landscape_lab.figures.plain import Plain, figure_function
from landscape_lab.figures.theme import ENTRY_STYLES, EntryStyle, theme
from landscape_lab.figures.words import Words

ROW = 58
"""Pixels for each bar and the line of text above it."""
THICKNESS = 0.42
"""Part of its row that a bar takes up."""


@figure_function
def share_figure(
    labels: Sequence[str],
    counts: Sequence[int],
    totals: Sequence[int],
    *,
    title: str = "",
    styles: Sequence[EntryStyle] = ENTRY_STYLES,
    dark: bool = False,
    words: Words | None = None,
) -> Plain:
    """One horizontal bar for each label: `counts` out of `totals`, on an axis from nothing to all of them.

    Above each bar stand its count ("61 of 100") and its label, which has more room there than beside it. `title`
    says what was counted. Nothing out of nothing has no bar. The figure is as tall as it needs.
    """
    colors, words = theme(dark), words or Words()
    rows = list(zip(labels, counts, totals, strict=True))
    places = [len(rows) - 1 - i for i in range(len(rows))]
    told = [words.counted.format(count=count, total=total) for _, count, total in rows]
    shares = [count / total if total else None for _, count, total in rows]
    bars: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "x": shares,
        "y": places,
        "width": THICKNESS,
        "customdata": [[label, text] for label, text in zip(labels, told, strict=True)],
        "marker": {"color": [styles[i % len(styles)].color for i in range(len(rows))], "line": {"width": 0}},
        "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}: %{x:.1%}<extra></extra>",
        "showlegend": False,
    }
    notes = [
        note(f"<b>{text}</b> · {label}", colors, x=0, xref="x", xanchor="left", y=place + THICKNESS / 2, yref="y")
        | {"yanchor": "bottom", "yshift": 1}
        for (label, _, _), text, place in zip(rows, told, places, strict=True)
    ]
    frame = layout(
        colors,
        legend=False,
        height=66 + ROW * max(len(rows), 1),
        margin={"l": 16, "r": 22, "t": 8, "b": 58 if title else 36},
        xaxis=axis(title, colors, range=[0.0, 1.0], tickformat=".0%", tickvals=[0, 0.25, 0.5, 0.75, 1]),
        yaxis=axis("", colors, showgrid=False, showticklabels=False, ticks="")
        | {"range": [-0.4, max(len(rows), 1) - 0.4 + 0.35], "fixedrange": True},
        annotations=notes or None,  # Plotly leaves out a list of nothing
    )
    return {"data": [bars], "layout": frame}
