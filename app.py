"""Page configuration and the table of contents, in the order of the course."""

import streamlit as st

import landscape_lab.ui.server.process  # noqa: F401 - sets up the process
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.ui import state
from landscape_lab.ui.course.links import page_of
from landscape_lab.ui.frame import ICON, frame
from landscape_lab.ui.i18n.translation import _, language
from landscape_lab.ui.jobs.script_semaphore import SCRIPTS
from landscape_lab.ui.parts import begin_page
from landscape_lab.ui.server.contents import listed

state.greet()
st.set_page_config(page_title=_("Loss Landscape Lab"), page_icon=str(ICON), layout="wide")
page = st.navigation(
    {
        "": [
            listed("pages/start.py", title=_("Start"), icon=":material/home:", default=True),
            listed("pages/playground.py", title=_("Playground"), icon=":material/landscape:"),
            listed("pages/maps.py", title=_("Maps"), icon=":material/grid_on:"),
            listed("pages/fairness.py", title=_("Compare fairly"), icon=":material/balance:"),
            listed("pages/networks.py", title=_("Networks"), icon=":material/hub:"),
        ],
        _("Course"): [
            listed(page_of(lesson), title=f"{number} · {lesson.content(language()).title}", icon=lesson.icon)
            for number, lesson in enumerate(LESSONS.values(), 1)
        ],
        _("Look up"): [
            listed("pages/glossary.py", title=_("Glossary"), icon=":material/dictionary:"),
            listed("pages/sources.py", title=_("Sources"), icon=":material/menu_book:"),
            listed("pages/sharing.py", title=_("Sharing"), icon=":material/ios_share:"),
            listed("pages/teaching.py", title=_("For teachers"), icon=":material/cast_for_education:"),
        ],
    },
    position="top",
)
# After the navigation: of a run that is replaced before it, Streamlit forgets the components that it has shown.
frame()
state.turn_to(page.url_path)
begin_page()
with SCRIPTS.running():
    page.run()
