"""What surrounds every page."""

from functools import cache
from pathlib import Path

import streamlit as st

from landscape_lab.ui import state
from landscape_lab.ui.assets import STATIC
from landscape_lab.ui.knobs import STYLE as KNOBS_STYLE
from landscape_lab.ui.reader import reader_choices
from landscape_lab.ui.stage import STYLE as STAGE_STYLE
from landscape_lab.ui.stage import AssetError, publish

# One large block that never changes: Streamlit sends a browser only the number of such a message after the first time.
STYLE = STAGE_STYLE + KNOBS_STYLE + Path(__file__).with_name("page.css").read_text(encoding="utf-8")
ICON, LOGO = (Path(__file__).with_name(name) for name in ("icon.svg", "logo.svg"))
BARE = """
.stApp > header, [data-testid=stHeader], [data-testid=stToolbar], .lll-reader { display: none; }
.stMainBlockContainer { padding: 4px 8px; max-width: none; }
.stMainBlockContainer .lll-stage { --lll-height: max(280px, calc(100dvh - var(--lll-top, 4px) - 8px)); }
.stMainBlockContainer [data-testid=stLayoutWrapper]:has(> .st-key-notice) { top: 4px; }
"""
"""For the stage alone: no header, no edges, as high as what a sentence about the link leaves of the window."""


def frame() -> None:
    """The style sheet of all pages, and the files that the stage fetches. Stops the run if that fails."""
    st.logo(str(LOGO), size="large")
    st.html(f"<style>{STYLE}</style>")
    if state.embedded():
        st.html(f"<style>{BARE}</style>")
    reader_choices()
    try:
        _publish()
    except AssetError as error:
        st.error(str(error))
        st.stop()


@cache
def _publish() -> None:
    """Once a process; where it failed, the next run tries again."""
    publish(STATIC)
