"""The frame of a lesson's page: the result with its knobs, the question, and the explanation once it is answered.

The words come from the lesson's content, what is measured from its `Lesson`, the figures from the page.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, cast

import streamlit as st

from landscape_lab.experiments import Sentence
from landscape_lab.experiments.course.content import BESIDE, Cell, Content, Piece
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.experiments.operations import own_settings
from landscape_lab.experiments.scenarios.sentence import in_words
from landscape_lab.figures.figure_dict import FigureDict
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.styles import copies_of, styles_of
from landscape_lab.figures.theme import EntryStyle
from landscape_lab.ui import state
from landscape_lab.ui.charts import chart, is_dark
from landscape_lab.ui.controls import notice, switches
from landscape_lab.ui.course.displays import display_of
from landscape_lab.ui.course.goals import goals_of_lesson
from landscape_lab.ui.course.links import heading, page_of, title_of
from landscape_lab.ui.course.progress import is_open
from landscape_lab.ui.course.question import question
from landscape_lab.ui.folded import folded
from landscape_lab.ui.i18n.phrases import labelled
from landscape_lab.ui.i18n.translation import _, figure_words, language, say, say_content, unmarked
from landscape_lab.ui.knobs import knobs, slider
from landscape_lab.ui.parts import FOLLOWS, RACE, notices, page_shows, part
from landscape_lab.ui.widgets import bound

MEASURED = (
    "Each sentence is measured again whenever you change a setting or move the start: most of them on the race on "
    "screen, some on runs of their own that the sentence names. Green: as the lesson says. Orange: different with "
    "these settings."
)


class LessonPage:
    """The page of a lesson: its words from the content, its figures and computed texts from functions.

    The name of a function is that of its place in the content. It takes the page and returns a figure, a figure with
    the values of its caption, or a text; or None, if it has shown something itself.
    """

    def __init__(self, key: str, *functions: Callable[["LessonPage"], Any], **named: Callable[["LessonPage"], Any]):
        self.key = key
        self.lesson: Any = state.lesson(LESSONS[key])
        self.race: Any = self.lesson.result_of(self.lesson.scenario)
        self.content: Content = self.lesson.content(language())
        self._functions = {each.__name__: each for each in functions} | named
        self._has_figures = False

    def show(self, **modes: Any) -> None:
        """Show the page. `modes` are those of the message about the result of the question."""
        page_shows(self.lesson)
        place = _("Lesson {number} of {count}").format(number=list(LESSONS).index(self.key) + 1, count=len(LESSONS))
        heading(f"{place} · {self.content.title}", self.content.question)
        notice(*state.take_notice())
        display_of(self.lesson).prepare(self.lesson)
        _picture(self)
        self._rows(
            [cell for cell in row if cell.name != BESIDE or is_open(self.key)] for row in self.content.first_rows
        )
        question(self.key, self.lesson, **modes)
        if is_open(self.key):
            self._rows(self.content.rows)
            self._end()
        self._neighbours()

    @property
    def dark(self) -> bool:
        """Whether the page has the dark theme."""
        return is_dark()

    @property
    def words(self) -> Words:
        """The texts of figures, in the reader's language."""
        return figure_words()

    @property
    def look(self) -> dict[str, Any]:
        """The arguments that depend on the page and that every figure takes."""
        return {"dark": self.dark, "words": self.words}

    @property
    def styles(self) -> tuple[EntryStyle, ...]:
        """The styles of the entries of the lesson's race."""
        return styles_of(self.lesson.scenario.entries, self.dark)

    def copies(self, optimizer: str, number: int) -> tuple[EntryStyle, ...]:
        """The styles of several runs of one optimizer."""
        return copies_of(optimizer, number, self.dark)

    def beside(self, lesson: Any) -> None:
        """Show the cell `BESIDE`, if there is one, for the lesson's present settings."""
        self.lesson = lesson
        cells = [cell for row in self.content.first_rows for cell in row if cell.name == BESIDE]
        for piece in (piece for cell in cells for piece in cell.pieces):
            self._piece(piece, follows=True)

    def _rows(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Show rows of cells. On a phone each row with a title is collapsed, with the rows without one that follow."""
        groups: list[list[Sequence[Cell]]] = []
        for row in filter(None, rows):
            if any(cell.title for cell in row) or not groups:
                groups.append([])
            groups[-1].append(row)
        for group in groups:
            titles = [cell.title for cell in group[0] if cell.title]
            with folded(" · ".join(titles), f"{self.key}-{group[0][0].name}") if titles else nullcontext():
                for row in group:
                    self._row(row)

    def _row(self, cells: Sequence[Cell]) -> None:
        """Show cells side by side."""
        for column, cell in zip(st.columns([cell.width for cell in cells], gap="large"), cells, strict=True):
            with column:
                if cell.title:
                    st.header(cell.title, anchor=False)
                for piece in cell.pieces:
                    self._piece(piece)
                _findings(self.lesson, self.race, cell.name)

    def _piece(self, piece: Piece, *, follows: bool = False) -> None:
        if piece.figure:
            made = self._functions[piece.figure](self)
            figure, values = made if isinstance(made, tuple) else (made, {})
            self._figure(figure, say_content(Sentence(piece.text, values)), key=piece.figure, follows=follows)
        elif piece.place:
            made = self._functions[piece.place](self)
            if made is not None:
                st.markdown(say(made) if isinstance(made, Sentence) else made)
        else:
            st.markdown(piece.text)

    def _figure(self, figure: FigureDict, caption: str, *, key: str, follows: bool) -> None:
        """Show a static figure. The caption says what to observe and is also the alternative text.

        `follows` tells whether it is in a part of the page that follows the knobs anyway.
        """
        with nullcontext() if follows or self._has_figures else st.container(key=FOLLOWS):
            chart(figure, key=f"{self.key}-{key}", alt=unmarked(caption))
            st.caption(caption)
        self._has_figures |= not follows

    def _end(self) -> None:
        """Show the suggestions, the takeaways and the sources."""
        left, right = st.columns(2, gap="large")
        with left:
            st.header(_("Try this"), anchor=False)
            display = display_of(self.lesson)
            links = {display.everything(): self.lesson.scenario} | {
                self.content.block("Suggestions", name).text: scenario
                for name, scenario in self.lesson.suggested().items()
            }
            for label, scenario in links.items():
                st.page_link(
                    display.page, label=label, icon=":material/arrow_forward:", query_params=scenario.to_query()
                )
        with right:
            st.header(_("Take away"), anchor=False)
            st.markdown(self.content.block("Takeaways").text)
            st.caption(labelled(_("Source"), self.lesson.source))

    def _neighbours(self) -> None:
        course = list(LESSONS)
        here = course.index(self.key)
        st.divider()
        with st.container(key="neighbours", horizontal=True, horizontal_alignment="distribute"):
            for other, icon in ((here - 1, "arrow_back"), (here + 1, "arrow_forward")):
                if 0 <= other < len(course):
                    lesson = LESSONS[course[other]]
                    st.page_link(page_of(lesson), label=title_of(lesson), icon=f":material/{icon}:")


@part(RACE)
def _picture(page: LessonPage) -> None:
    notices()
    key, lesson = page.key, cast(Any, state.shown())
    result = lesson.result_of(lesson.scenario)
    stage_column, side = st.columns([3, 1], gap="medium")
    with stage_column, st.container(key="lesson-picture"):
        display_of(lesson).show(lesson, _put)
    with side:
        _knobs(key, lesson)
        if is_open(key):
            st.markdown(f"**{_('What you see')}**", help=_(MEASURED))
            _findings(lesson, result)
        else:
            page.beside(lesson)
            asked = lesson.content(language()).block("Question").text
            later = _("Answer below the picture to see the results and their explanation here.")
            with st.container(key="predict-first"):
                st.markdown(f"**:material/help: {_('Predict first')}**\n\n{asked}\n\n*{later}*")
    if is_open(key):
        goals_of_lesson(lesson)
    state.write_link()


def _knobs(key: str, lesson: Any) -> None:
    for name, of in lesson.choices().items():
        st.pills(
            _(in_words(name).capitalize()),
            list(of.options),
            format_func=lambda option, of=of: _(of.options[option]),
            required=True,
            wrap=True,
            help=_(of.help),
            **bound("default", f"{key}-{name}", getattr(lesson, name), lambda option, name=name: _put(name, option)),
        )
    settings = list(own_settings("lesson", lesson))
    if numbers := [[slider(each)] for each in settings if each.knob.kind is not bool]:
        knobs("lesson-numbers", numbers)
    switches(settings)
    st.button(
        _("Reset"),
        icon=":material/restart_alt:",
        type="tertiary",
        disabled=lesson == type(lesson)(),
        on_click=_reset,
        help=_("Puts all settings and the start back."),
    )


def _findings(lesson: Any, result: Any, cell: str = "") -> None:
    """Show the claims of a cell of the explanation, or those that belong beside the race."""
    marks = {True: ":green[:material/check_circle:]", False: ":orange[:material/change_circle:]"}
    found = [claim.found(lesson, result, language()) for claim in lesson.claims().values() if claim.cell == cell]
    if found:
        st.markdown("\n\n".join(f"{marks[finding.holds]} {say_content(finding.sentence)}" for finding in found))


def _reset() -> None:
    state.change(lambda old: type(old)())


def _put(name: str, value: Any) -> None:
    if value is not None:  # a browser that is still drawing a row of choices says that none is chosen
        state.change(lambda old: replace(old, **{name: value}))
