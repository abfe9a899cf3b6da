"""A sentence about a choice, whose height does not depend on the choice."""

from collections.abc import Iterable
from html import escape

import streamlit as st


def story(text: str, others: Iterable[str]) -> None:
    """Show a sentence in the space of the longest alternative, so that nothing below it moves."""
    unseen = "".join(f"<p>{escape(other)}</p>" for other in dict.fromkeys(others) if other != text)
    st.html(f'<div class="story"><p>{escape(text)}</p>{unseen}</div>')
