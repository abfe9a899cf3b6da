"""Figures on a page."""

import streamlit as st

from landscape_lab.figures.plain import Plain, Unchecked


def chart(figure: Plain, *, key: str, alt: str) -> None:
    """Show a plain figure as wide as its column. `alt` is its alternative text."""
    st.plotly_chart(Unchecked(figure), theme=None, width="stretch", key=key, config={"displaylogo": False}, alt=alt)
