"""The table of contents: the pages for Streamlit's navigation, cached."""

from copy import copy
from functools import lru_cache
from typing import Any

import streamlit as st


def listed(file: str, *, title: str, icon: str, default: bool = False) -> Any:
    """Return a page for `st.navigation`. Cached, because the constructor accesses the disk, for each page in each
    run."""
    # A copy, because `st.navigation` modifies the selected page, and sessions run concurrently.
    return copy(_listed(file, title, icon, default))


@lru_cache(maxsize=512)
def _listed(file: str, title: str, icon: str, default: bool) -> Any:
    return st.Page(file, title=title, icon=icon, default=default)
