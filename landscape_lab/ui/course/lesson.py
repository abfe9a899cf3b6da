"""The frame of a lesson's page: its parts in the order in which a page calls them.

A page is the words; what can be measured comes from its `Lesson`, which is on screen as a race.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st

from landscape_lab.experiments import Race, Scenario
from landscape_lab.experiments.course.lesson import Lesson
from landscape_lab.experiments.course.lessons import LESSONS, lesson_about
from landscape_lab.experiments.operations import own_settings
from landscape_lab.experiments.runs import race_of
from landscape_lab.experiments.scenarios.sentence import in_words
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.figures.figure_dict import FigureDict
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.theme import enlarged
from landscape_lab.ui import state
from landscape_lab.ui.charts import chart
from landscape_lab.ui.controls import notice, switches
from landscape_lab.ui.i18n.translation import _, figure_words, say, unmarked
from landscape_lab.ui.knobs import knobs, slider
from landscape_lab.ui.parts import FOLLOWS, RACE, notices, page_follows, page_shows, part
from landscape_lab.ui.stage.message import modes_of
from landscape_lab.ui.stage.show import show_race
from landscape_lab.ui.widgets import bound
from optim_core import key_of

PLAYGROUND = "pages/playground.py"
MEASURED = (
    "Nothing here is typed in: each sentence is measured anew whenever you turn a knob or move the start, most of them "
    "on the race on screen, some on runs of their own that the sentence names. Green: as the lesson says. Orange: "
    "here it is otherwise."
)


def page_of(lesson: type[Lesson] | Lesson) -> str:
    """Return the file of a lesson's page."""
    return f"pages/{key_of(lesson)}.py"


def heading(place: str, question: str) -> None:
    """Show the head of a page: its place in the course, and its question."""
    st.html(f'<header class="lesson"><p>{escape(place)}</p><h1>{escape(question)}</h1></header>')


def lesson_link(scenario: Scenario) -> None:
    """Show a link from a race to the lesson that explains it, if there is one."""
    if lesson := lesson_about(scenario):
        label = _("Which lesson is this? {lesson}").format(lesson=f"{_(lesson.title)}: {_(lesson.question)}")
        st.page_link(page_of(lesson), label=label, icon=":material/school:")


class LessonPage:
    """One run of a lesson's page. The constructor shows its head; the methods show its parts."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.lesson: Any = state.lesson(LESSONS[key])
        page_shows(self.lesson)
        self.race: Race = race_of(self.lesson.scenario)
        place = _("Lesson {number} of {count}").format(number=list(LESSONS).index(key) + 1, count=len(LESSONS))
        self._has_figures = False
        heading(f"{place} · {_(self.lesson.title)}", _(self.lesson.question))
        notice(*state.take_notice())

    @property
    def dark(self) -> bool:
        """Whether the page has the dark theme."""
        return st.context.theme.type == "dark"

    @property
    def words(self) -> Words:
        """The texts of figures, in the reader's language."""
        return figure_words()

    @property
    def look(self) -> dict[str, Any]:
        """The arguments that depend on the page and that every figure takes."""
        return {"dark": self.dark, "words": self.words}

    def picture(self) -> None:
        """The race on the stage, its knobs, and what can be seen: the part of the page that follows them."""
        _picture(self.key)

    def formula(self, latex: str, symbols: Mapping[str, str]) -> None:
        """The formula, and what each of its letters stands for."""
        left, self._beside_formula = st.columns(2, gap="large")
        with left:
            st.header(_("The formula"), anchor=False)
            st.latex(_spoken(latex))
            st.markdown("\n".join(f"- ${_spoken(symbol)}$: {meaning}" for symbol, meaning in symbols.items()))

    def why(self, *paragraphs: str) -> None:
        """Why it is so, beside the formula."""
        with self._beside_formula:
            st.header(_("Why"), anchor=False)
            for paragraph in paragraphs:
                st.markdown(paragraph)

    def figure(self, figure: FigureDict, caption: str, *, key: str = "figure") -> None:
        """Show a static figure. The caption says what to observe and is also the alternative text."""
        large = st.session_state.get("large")
        with nullcontext() if self._has_figures else st.container(key=FOLLOWS):
            chart(enlarged(figure) if large else figure, key=f"{self.key}-{key}", alt=unmarked(caption))
            st.caption(caption)
        self._has_figures = True

    def predict(self, **modes: Any) -> None:
        """Ask a question that the user answers before its race is run. `modes` are those of `race_tree`."""
        asked = self.lesson.prediction
        chosen_key, revealed_key = f"{self.key}-chosen", f"{self.key}-revealed"
        # Kept apart from the widget, which Streamlit forgets on another page.
        revealed = st.session_state.get(revealed_key)
        st.header(_("Predict, then reveal"), anchor=False)
        with st.container(border=True):
            words, picture = st.columns([2, 3], gap="medium")
            with words:
                if revealed:
                    st.session_state[chosen_key] = revealed
                st.markdown(f"**{_(asked.question)}**")
                chosen = st.radio(
                    unmarked(_(asked.question)),
                    list(asked.options),
                    format_func=lambda option: _(asked.options[option].text),
                    index=None,
                    key=chosen_key,
                    disabled=bool(revealed),
                    label_visibility="collapsed",
                )
                if revealed:
                    self._verdict(revealed)
                    st.button(_("Ask me again"), key=f"{self.key}-again", on_click=self._ask_again)
                else:
                    st.button(
                        _("Commit and play"),
                        key=f"{self.key}-commit",
                        type="primary",
                        disabled=chosen is None,
                        on_click=lambda: _reveal(revealed_key, chosen_key),
                    )
            with picture:
                show_race(
                    asked.scenario,
                    View(**self.lesson.shown),
                    key=f"{self.key}-prediction",
                    veiled=not revealed,
                    play=bool(revealed),
                    round="revealed" if revealed else "asked",
                    constant=True,
                    compact=True,
                    on_start=_ignored,
                    on_view=_ignored,
                    **modes,
                )

    def _verdict(self, chosen: str) -> None:
        asked = self.lesson.prediction
        right, because = asked.answered(self.lesson, race_of(asked.scenario))
        if chosen == right:
            st.success(f"{_('You called it.')} {say(because)}", icon=":material/check:")
            return
        st.error(f"{_('Not so.')} {_(asked.options[chosen].wrong)}", icon=":material/close:")
        st.info(f"**{_(asked.options[right].text)}**\n\n{say(because)}", icon=":material/lightbulb:")

    def _ask_again(self) -> None:
        for name in ("chosen", "revealed"):
            st.session_state.pop(f"{self.key}-{name}", None)

    def end(self, *takeaways: str) -> None:
        """Show the suggestions, the takeaways, the sources and the links to other lessons."""
        left, right = st.columns(2, gap="large")
        with left:
            st.header(_("Try this"), anchor=False)
            self._link(_("This very race, with every control"), self.lesson.scenario)
            for invitation in self.lesson.invitations:
                self._link(_(invitation.text), invitation.scenario)
        with right:
            st.header(_("Take away"), anchor=False)
            st.markdown("\n".join(f"- {sentence}" for sentence in takeaways))
            st.caption(f"{_('Source')}: {self.lesson.source}")
        self._neighbours()

    def _link(self, label: str, scenario: Scenario) -> None:
        st.page_link(PLAYGROUND, label=label, icon=":material/arrow_forward:", query_params=scenario.to_query())

    def _neighbours(self) -> None:
        course = list(LESSONS)
        here = course.index(self.key)
        st.divider()
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            for other, icon in ((here - 1, "arrow_back"), (here + 1, "arrow_forward")):
                if 0 <= other < len(course):
                    lesson = LESSONS[course[other]]
                    label = f"{_(lesson.title)}: {_(lesson.question)}"
                    st.page_link(page_of(lesson), label=label, icon=f":material/{icon}:")


@part(RACE)
def _picture(key: str) -> None:
    notices()
    lesson: Any = state.shown()
    race = race_of(lesson.scenario)
    family = lesson.family
    stage_column, side = st.columns([3, 1], gap="medium")
    with stage_column:
        show_race(
            lesson.scenario,
            state.view(),
            on_member=lambda member: _put(family.setting.rpartition(".")[2], family.values[member]),
            follows=page_follows(lesson),
            **modes_of(lesson),
        )
    with side:
        _knobs(key, lesson)
        _findings(lesson, race)
    state.write_link()


def _knobs(key: str, lesson: Any) -> None:
    for name, of in lesson.choices().items():
        st.pills(
            _(in_words(name).capitalize()),
            list(of.options),
            format_func=lambda option, of=of: _(of.options[option]),
            required=True,
            help=_(of.help),
            **bound("default", f"{key}-{name}", getattr(lesson, name), lambda option, name=name: _put(name, option)),
        )
    settings = list(own_settings("lesson", lesson))
    knobs("lesson-numbers", [[slider(each)] for each in settings if each.knob.kind is not bool])
    switches(settings)
    turned = replace(type(lesson)(), start=lesson.start) != lesson or lesson.start
    st.button(
        _("As it was"),
        icon=":material/restart_alt:",
        type="tertiary",
        disabled=not turned,
        on_click=_reset,
        help=_("Puts every knob and the start back."),
    )


def _findings(lesson: Any, race: Race) -> None:
    st.markdown(f"**{_('What you see')}**", help=_(MEASURED))
    marks = {True: ":green[:material/check_circle:]", False: ":orange[:material/change_circle:]"}
    found = [claim.found(lesson, race) for claim in lesson.claims().values()]
    st.markdown("\n\n".join(f"{marks[finding.holds]} {say(finding.sentence)}" for finding in found))


def _spoken(latex: str) -> str:
    """A formula in the reader's language, for some have words in them."""
    return _(latex) if r"\text" in latex else latex


def _reset() -> None:
    state.change(lambda old: type(old)())


def _put(name: str, value: Any) -> None:
    if value is not None:  # a browser that is still drawing a row of choices says that none is chosen
        state.change(lambda old: replace(old, **{name: value}))


def _ignored(*_arguments: Any) -> None:
    """Ignore changes on the stage of a prediction, whose start is fixed and whose view is not part of a link."""


def _reveal(revealed_key: str, chosen_key: str) -> None:
    st.session_state[revealed_key] = st.session_state[chosen_key]
