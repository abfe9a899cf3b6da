"""A part of a page that is collapsed on a phone until its title is tapped. On a wide page it is simply shown.

The server does not know the width of the page, so the style sheet decides. The browser keeps what is open: the HTML of
the title does not change from one run to the next.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import streamlit as st


@contextmanager
def folded(title: str, key: str) -> Iterator[None]:
    """Show what follows below a title that exists on a phone only. `key` is unique on the page."""
    st.html(f'<details class="lll-fold"><summary>{escape(title)}</summary></details>')
    with st.container(key=f"folded-{key}"):
        yield
