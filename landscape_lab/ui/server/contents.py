"""The table of contents: what Streamlit is told of the pages in every run, looked up on the disk only once."""

from copy import copy
from functools import lru_cache
from typing import Any

import streamlit as st


def listed(file: str, *, title: str, icon: str, default: bool = False) -> Any:
    """A page for `st.navigation`. Making one asks the disk where its file is, for each page in every change."""
    # A copy, because `st.navigation` marks the one that it chooses, and sessions run side by side.
    return copy(_listed(file, title, icon, default))


@lru_cache(maxsize=512)
def _listed(file: str, title: str, icon: str, default: bool) -> Any:
    return st.Page(file, title=title, icon=icon, default=default)
