"""Page configuration and the table of contents, in the order of the course."""

import streamlit as st

import ui.process  # noqa: F401 - warm the process once, before anything is drawn
from experiments.lessons import LESSONS
from ui import state
from ui.frame import ICON, frame
from ui.lesson import page_of
from ui.words import _

state.greet()
st.set_page_config(page_title=_("Loss Landscape Lab"), page_icon=str(ICON), layout="wide")
frame()
st.navigation(
    {
        "": [
            st.Page("pages/start.py", title=_("Start"), icon=":material/home:", default=True),
            st.Page("pages/playground.py", title=_("Playground"), icon=":material/landscape:"),
            st.Page("pages/maps.py", title=_("Maps"), icon=":material/grid_on:"),
            st.Page("pages/fairness.py", title=_("Compare fairly"), icon=":material/balance:"),
        ],
        _("Course"): [
            st.Page(page_of(lesson), title=f"{number} · {_(lesson.title)}", icon=lesson.icon)
            for number, lesson in enumerate(LESSONS.values(), 1)
        ],
        _("Look up"): [
            st.Page("pages/glossary.py", title=_("Glossary"), icon=":material/dictionary:"),
            st.Page("pages/sources.py", title=_("Sources"), icon=":material/menu_book:"),
            st.Page("pages/sharing.py", title=_("Sharing"), icon=":material/ios_share:"),
        ],
    },
    position="top",
).run()
