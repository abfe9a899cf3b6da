"""Plotly figures on pages."""

from typing import Any

import streamlit as st

from landscape_lab.figures.figure_dict import FigureDict, UncheckedFigure


def chart(figure: FigureDict, *, key: str, alt: str, download: bool = False) -> None:
    """Show a static figure with the width of its column. `alt` is its alternative text.

    The camera in its corner saves it as an SVG. It appears with the pointer, or with `download` it is always visible.
    """
    config: dict[str, Any] = {"displaylogo": False, "toImageButtonOptions": {"format": "svg", "filename": key}}
    if download:
        config |= {"displayModeBar": True, "modeBarButtons": [["toImage"]]}
    st.plotly_chart(UncheckedFigure(figure), theme=None, width="stretch", key=key, config=config, alt=alt)
