"""The sentence about what was chosen, which keeps its place when another thing is chosen."""

from collections.abc import Iterable
from html import escape

import streamlit as st


def story(text: str, others: Iterable[str]) -> None:
    """A sentence in the room of the longest of all that may stand in its place, so that nothing below it moves."""
    unseen = "".join(f"<p>{escape(other)}</p>" for other in dict.fromkeys(others) if other != text)
    st.html(f'<div class="story"><p>{escape(text)}</p>{unseen}</div>')
