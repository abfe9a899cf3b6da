"""The addresses of the course's pages, and the head that its pages have in common."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from landscape_lab.experiments import Scenario
from landscape_lab.experiments.course.lesson import Lesson
from landscape_lab.experiments.course.lessons import lesson_about
from landscape_lab.ui.i18n.phrases import labelled
from landscape_lab.ui.i18n.translation import _, language
from optim_core import key_of

PLAYGROUND = "pages/playground.py"
NETWORKS = "pages/networks.py"


def page_of(lesson: type[Lesson] | Lesson) -> str:
    """Return the file of a lesson's page."""
    return f"pages/{key_of(lesson)}.py"


def title_of(lesson: type[Lesson] | Lesson) -> str:
    """Return the title of a lesson and its question, in the reader's language."""
    content = lesson.content(language())
    return labelled(content.title, content.question)


def heading(place: str, question: str) -> None:
    """Show the head of a page: its place in the course, and its question."""
    st.html(f'<header class="lesson"><p>{escape(place)}</p><h1>{escape(question)}</h1></header>')


def network_link(label: str, query: Mapping[str, str]) -> None:
    """Show a link to the training of a network, which the page of networks can run and change."""
    st.page_link(NETWORKS, label=label, icon=":material/arrow_forward:", query_params=dict(query))


def lesson_link(scenario: Scenario) -> None:
    """Show a link from a race to the lesson that explains it, if there is one."""
    if lesson := lesson_about(scenario):
        label = _("Which lesson is this? {lesson}").format(lesson=title_of(lesson))
        st.page_link(page_of(lesson), label=label, icon=":material/school:")
