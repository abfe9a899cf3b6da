"""Plotly figures on pages."""

import streamlit as st

from landscape_lab.figures.figure_dict import FigureDict, UncheckedFigure


def chart(figure: FigureDict, *, key: str, alt: str) -> None:
    """Show a static figure with the width of its column. `alt` is its alternative text.

    The camera in its corner saves it as an SVG.
    """
    config = {"displaylogo": False, "toImageButtonOptions": {"format": "svg", "filename": key}}
    st.plotly_chart(UncheckedFigure(figure), theme=None, width="stretch", key=key, config=config, alt=alt)
