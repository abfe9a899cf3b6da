"""Plotly figures on pages."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from landscape_lab.figures.figure_dict import FigureDict, UncheckedFigure
from landscape_lab.figures.footnotes import with_footnotes
from landscape_lab.figures.theme import LARGE, enlarged


def is_dark() -> bool:
    """Whether the page has the dark theme."""
    return st.context.theme.type == "dark"


def chart(figure: FigureDict, *, key: str, alt: str, notes: Sequence[str] = (), download: bool = False) -> None:
    """Show a static figure with the width of its column, enlarged if the page has large type.

    `alt` is its alternative text, and `notes` are sentences below its plot. The camera in its corner saves it as an
    SVG. It appears with the pointer, or with `download` it is always visible.
    """
    scale = LARGE if st.session_state.get("large") else 1.0
    figure = with_footnotes(enlarged(figure, scale) if scale > 1 else figure, notes, dark=is_dark(), scale=scale)
    config: dict[str, Any] = {"displaylogo": False, "toImageButtonOptions": {"format": "svg", "filename": key}}
    if download:
        config |= {"displayModeBar": True, "modeBarButtons": [["toImage"]]}
    st.plotly_chart(UncheckedFigure(figure), theme=None, width="stretch", key=key, config=config, alt=alt)
