"""The page for teachers: paths through the course, what each lesson needs, notes, demonstrations and a worksheet."""

from collections.abc import Iterable, Mapping
from html import escape

import streamlit as st

from landscape_lab.experiments.course.content import content_of
from landscape_lab.experiments.course.lesson import Lesson
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.experiments.course.paths import PATHS, minutes_of
from landscape_lab.ui.course import progress
from landscape_lab.ui.course.displays import display_of
from landscape_lab.ui.course.links import heading, page_of
from landscape_lab.ui.course.worksheet import worksheet
from landscape_lab.ui.i18n.translation import _, language, say_content, unmarked
from landscape_lab.ui.jobs.waiting import deferred
from optim_core import key_of

KEY = "teaching"
ALL = "all"


def teaching() -> None:
    """Show the page."""
    content = content_of(KEY, language())
    heading(content.title, content.question)
    for row in content.rows:
        for column, cell in zip(st.columns(len(row), gap="large"), row, strict=True):
            with column:
                st.header(cell.title, anchor=False)
                for piece in cell.pieces:
                    if piece.place in PATHS:
                        _path(PATHS[piece.place])
                    else:
                        st.markdown(piece.text)
    _materials()
    _overview()
    _details()


def _path(hours: Iterable[Iterable[str]]) -> None:
    for number, keys in enumerate(hours, 1):
        hour = _("Hour {number}: {minutes} minutes").format(number=number, minutes=minutes_of(keys))
        st.markdown(f"**{hour}**")
        for key in keys:
            st.page_link(page_of(LESSONS[key]), label=LESSONS[key].content(language()).title, icon=LESSONS[key].icon)


def _materials() -> None:
    """Show the worksheet and the switch that opens all explanations."""
    st.header(_("Worksheet and projection"), anchor=False)
    chosen = st.selectbox(
        _("Lessons of the worksheet"), [*PATHS, ALL, *LESSONS], format_func=_choice, key="worksheet-lessons"
    )
    address = (st.context.url or "").partition("?")[0].removesuffix(KEY)
    with st.container(horizontal=True):
        st.download_button(
            _("Worksheet to print"),
            deferred(worksheet(_lessons(chosen), address)),
            f"worksheet-{chosen}.html",
            "text/html",
            key="worksheet",
            icon=":material/print:",
            help=_("Questions, goals and pictures as a page to print; the answers are on a separate sheet."),
            on_click="ignore",
        )
        st.button(
            _("Open all explanations"),
            icon=":material/visibility:",
            help=_("In this browser the lessons then show their explanations without an answer."),
            on_click=progress.open_all,
        )


def _choice(chosen: str) -> str:
    if chosen in LESSONS:
        return LESSONS[chosen].content(language()).title
    return {
        "one_hour": _("One class hour"),
        "three_hours": _("Three class hours"),
        "stability": _("One hour on stability"),
        ALL: _("All lessons"),
    }[chosen]


def _lessons(chosen: str) -> list[str]:
    if chosen == ALL:
        return list(LESSONS)
    return [key for hour in PATHS[chosen] for key in hour] if chosen in PATHS else [chosen]


def _overview() -> None:
    st.header(_("The lessons"), anchor=False)
    needs, minutes = _("Prerequisites"), _("Minutes")
    rows = "".join(
        f'<tr><td>{number}</td><th scope="row">{escape(lesson.title)}</th><td>{escape(lesson.question)}</td>'
        f'<td data-label="{escape(needs)}">{escape(unmarked(lesson.list_of("Teacher", "needs")))}</td>'
        f'<td data-label="{escape(minutes)}">{lesson.list_of("Teacher", "minutes")}</td></tr>'
        for number, lesson in enumerate((each.content(language()) for each in LESSONS.values()), 1)
    )
    heads = "".join(
        f'<th scope="col">{escape(head)}</th>' for head in (_("No."), _("Lesson"), _("Question"), needs, minutes)
    )
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    st.html(f'<div class="results sources lessons">{table}</div>')


def _details() -> None:
    """Show the notes and the demonstrations of one lesson."""
    key = st.selectbox(_("Notes and demonstrations"), list(LESSONS), format_func=_choice, key="teaching-lesson")
    lesson, content = LESSONS[key], LESSONS[key].content(language())
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**{_('Learning goals')}**\n\n{content.list_of('Teacher', 'goals')}")
        st.markdown(f"**{_('Notes for the speaker')}**\n\n{content.list_of('Teacher', 'notes')}")
    with right:
        st.page_link(page_of(lesson), label=content.title, icon=lesson.icon)
        st.markdown(f"**{_('Demonstrations')}**")
        for name, scenario in lesson.suggested().items():
            _link(lesson, content.block("Suggestions", name).text, scenario.to_query())
        with st.expander(_("Goals with their solutions")):
            _solutions(lesson)


def _solutions(lesson: type[Lesson]) -> None:
    for name, goal in lesson.goals().items():
        st.markdown(say_content(goal.found(lesson(), lesson.result_of(goal.scenario), language()).sentence))
        _link(lesson, _("A solution"), goal.solved.to_query() | {"goal": progress.mark(key_of(lesson), name)})


def _link(lesson: type[Lesson], label: str, query: Mapping[str, str]) -> None:
    st.page_link(display_of(lesson).page, label=label, icon=":material/arrow_forward:", query_params=dict(query))
