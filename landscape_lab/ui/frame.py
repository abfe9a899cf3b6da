"""The common parts of all pages."""

from functools import cache
from pathlib import Path

import streamlit as st

from landscape_lab.ui import state
from landscape_lab.ui.assets import STATIC
from landscape_lab.ui.knobs import STYLE as KNOBS_STYLE
from landscape_lab.ui.picker import STYLE as PICKER_STYLE
from landscape_lab.ui.reader import reader_choices
from landscape_lab.ui.stage import STYLE as STAGE_STYLE
from landscape_lab.ui.stage import AssetError, publish

# One large constant block: Streamlit sends such a message only once, and its hash afterwards.
STYLE = STAGE_STYLE + KNOBS_STYLE + PICKER_STYLE + Path(__file__).with_name("page.css").read_text(encoding="utf-8")
ICON, LOGO = (Path(__file__).with_name(name) for name in ("icon.svg", "logo.svg"))
BARE = """
.stApp > header, [data-testid=stHeader], [data-testid=stToolbar], .lll-reader { display: none; }
.stMainBlockContainer { padding: 4px 8px; max-width: none; }
.lll-connection { min-height: 0; }
.stMainBlockContainer .lll-stage { --lll-height: max(280px, calc(100dvh - var(--lll-top, 4px) - 8px)); }
.stMainBlockContainer [data-testid=stLayoutWrapper]:has(> .st-key-notice) { top: 4px; }
"""
"""The style of the stage alone: no header, no margins, the height of the window without a notice about the link."""


def frame() -> None:
    """Add the style sheet of all pages and publish the files of the stage. Stops the run if that fails."""
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
    """Publish the files once per process. After a failure, the next run tries again."""
    publish(STATIC)
