"""Page configuration and the table of contents, in the order of the course."""

import streamlit as st

import ui.process  # noqa: F401 - warm the process once, before anything is drawn
from ui.frame import ICON, frame
from ui.words import _

st.set_page_config(page_title=_("Loss Landscape Lab"), page_icon=str(ICON), layout="wide")
frame()
st.navigation(
    [st.Page("pages/playground.py", title=_("Playground"), icon=":material/landscape:", default=True)],
    position="top",
).run()
