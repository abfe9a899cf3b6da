"""The start page: a race in relief that starts immediately, and the course as cards."""

from dataclasses import replace
from html import escape

import streamlit as st

from landscape_lab.experiments import RACES
from landscape_lab.experiments.course.lesson import Lesson
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui import state
from landscape_lab.ui.course import progress
from landscape_lab.ui.course.links import PLAYGROUND, page_of
from landscape_lab.ui.course.question import ask_all_again
from landscape_lab.ui.i18n.translation import _, as_text, language
from landscape_lab.ui.playground.results import winner
from landscape_lab.ui.stage.message import race_tree
from landscape_lab.ui.stage.show import show_race
from landscapes import SURFACES
from optim_core import OPTIMIZERS, key_of

COLUMNS = 3
FIRST = "paths"
"""The race of the start page, which has one clear winner from every start nearby."""


VIEW = View("relief")


def forward() -> None:
    """Forward a link to a race, or a start that was set on this page's map, to the playground."""
    if query := state.arrived_with():
        st.switch_page(PLAYGROUND, query_params=query)
    if scenario := st.session_state.pop("taken over", None):
        st.switch_page(PLAYGROUND, query_params=scenario.to_query())


def first_picture() -> None:
    """Compute the first picture to fill the caches."""
    race_tree(RACES[FIRST].scenario, VIEW)


def race() -> None:
    """Show the race and an introduction."""
    scenario = RACES[FIRST].scenario

    def taken_over(x: float, y: float) -> None:
        st.session_state["taken over"] = replace(scenario, start=(x, y))

    words, button = st.columns([4, 1], gap="medium", vertical_alignment="bottom")
    with words:
        promise = _("Watch optimizers race down a loss surface, and learn why they move as they do.")
        st.html(
            f'<header class="lesson start"><h1>{escape(_("Loss Landscape Lab"))}</h1><p>{escape(promise)}</p></header>'
        )
    with button, st.container(key="take-the-controls"):
        st.page_link(
            PLAYGROUND, label=_("Open the playground"), icon=":material/tune:", query_params=scenario.to_query()
        )
    show_race(scenario, VIEW, on_start=taken_over, on_view=lambda _view: None, tour=True)
    st.caption(
        " ".join(
            [
                as_text(winner(scenario)),
                _("Or click the surface: the race starts there, in the playground."),
            ]
        )
    )


def cards() -> None:
    """Show a card for each lesson of the course."""
    st.header(_("The course"), anchor=False)
    facts = _("{surfaces} surfaces, {optimizers} optimizers and wrappers, {lessons} lessons. Every number is computed.")
    st.markdown(facts.format(surfaces=len(SURFACES), optimizers=len(OPTIMIZERS), lessons=len(LESSONS)))
    first = next(iter(LESSONS.values()))
    st.page_link(page_of(first), label=_("Begin the course"), icon=":material/school:")
    lessons = list(enumerate(LESSONS.values(), 1))
    for row in range(0, len(lessons), COLUMNS):
        for column, (number, lesson) in zip(st.columns(COLUMNS), lessons[row : row + COLUMNS], strict=False):
            content = lesson.content(language())
            with column.container(border=True, height="stretch"):
                st.page_link(page_of(lesson), label=f"**{number} · {content.title}**", icon=lesson.icon)
                st.markdown(content.question)
                _marks(lesson)
    if progress.any_mark():
        st.button(
            _("Clear my progress"),
            icon=":material/delete:",
            type="tertiary",
            on_click=_forget,
            help=_("Removes the marks on these cards, which are kept in this browser alone."),
        )


def _forget() -> None:
    progress.forget()
    ask_all_again()


def _marks(lesson: type[Lesson]) -> None:
    """Show what the visitor has done in a lesson, if anything."""
    key = key_of(lesson)
    answered = progress.has(key, progress.ANSWERED)
    met = sum(progress.has(key, name) for name in lesson.goals())
    if answered or met:
        done = _("Question answered") if answered else _("Question open")
        goals = _("{met} of {count} goals").format(met=met, count=len(lesson.goals()))
        colour = "green" if answered and met == len(lesson.goals()) else "blue"
        st.caption(f":{colour}[:material/task_alt: {done} · {goals}]")
