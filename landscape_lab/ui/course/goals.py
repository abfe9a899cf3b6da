"""The goals of a lesson: tasks that the program checks, on the lesson's page and in the playground."""

from typing import Any

import streamlit as st

from landscape_lab.experiments import Scenario
from landscape_lab.experiments.course.lesson import Goal, Lesson
from landscape_lab.experiments.course.lessons import find_goal
from landscape_lab.experiments.networks import NetworkScenario
from landscape_lab.ui import state
from landscape_lab.ui.course import progress
from landscape_lab.ui.course.displays import display_of
from landscape_lab.ui.course.links import page_of
from landscape_lab.ui.i18n.translation import _, language, say_content
from optim_core import key_of

ICONS = {True: ":green[:material/check_circle:]", False: ":orange[:material/flag:]"}
COLUMNS = 3


def goals_of_lesson(lesson: Lesson) -> None:
    """Show the goals of a lesson, each judged on the scenario on screen, or on its own if that does not suit it."""
    goals = list(lesson.goals().items())
    if not goals:
        return
    st.markdown(f"**{_('Goals')}**", help=_("Each is orange until a race meets it, here or in the playground."))
    display = display_of(lesson)
    with st.container(key="goals"):
        columns = st.columns(COLUMNS, gap="medium")
    for column, (name, goal) in zip(columns, goals, strict=True):
        with column:
            suits = goal.suits(lesson.scenario)
            _judged(lesson, goal, lesson.scenario if suits else goal.scenario)
            st.page_link(
                display.page,
                label=display.task(),
                icon=":material/arrow_forward:",
                query_params=goal.scenario.to_query() | {"goal": progress.mark(key_of(lesson), name)},
            )
    progress.keep()


def goal_on_screen(scenario: Scenario | NetworkScenario) -> None:
    """Show the goal that the link of the playground or of the page of networks sets, judged on what is on screen."""
    text = state.view().goal
    if not text:
        return
    lesson, goal = find_goal(text)
    with st.container(horizontal=True, vertical_alignment="center", key="goal"):
        _judged(lesson(), goal, scenario)
        if not goal.suits(scenario):
            st.caption(display_of(lesson).differs())
        if not state.view().embed:
            st.page_link(page_of(lesson), label=lesson.content(language()).title, icon=":material/school:")
            st.button(_("End the task"), icon=":material/close:", type="tertiary", on_click=_end)
        progress.keep()


def _judged(lesson: Any, goal: Goal, scenario: Any) -> None:
    """Show a goal with its mark, and remember that it is met."""
    key = key_of(lesson)
    found = goal.found(lesson, lesson.result_of(scenario), language())
    if found.holds:
        progress.add(key, goal.name)
    st.markdown(f"{ICONS[found.holds or progress.has(key, goal.name)]} {say_content(found.sentence)}")


def _end() -> None:
    state.end_goal()
