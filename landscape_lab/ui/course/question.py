"""The question of a lesson: a prediction to make before its result is played and the explanation is shown."""

from typing import Any

import streamlit as st

from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.ui.course import progress
from landscape_lab.ui.course.displays import display_of
from landscape_lab.ui.i18n.translation import _, language, say_content, unmarked


def question(key: str, lesson: Any, **modes: Any) -> None:
    """Ask the question of a lesson. `modes` are those of `race_tree`."""
    asked, content = lesson.prediction, lesson.content(language())
    chosen_key, revealed_key = f"{key}-chosen", f"{key}-revealed"
    # Kept apart from the widget, which Streamlit forgets on another page.
    revealed = st.session_state.get(revealed_key)
    st.header(_("Predict, then reveal"), anchor=False)
    with st.container(border=True, key="question"):
        words, picture = st.columns([2, 3], gap="medium")
        with words:
            if revealed:
                st.session_state[chosen_key] = revealed
            text = content.block("Question").text
            st.markdown(f"**{text}**")
            chosen = st.radio(
                unmarked(text),
                list(asked.options),
                format_func=lambda option: content.block("Question", option).text,
                index=None,
                key=chosen_key,
                disabled=bool(revealed),
                label_visibility="collapsed",
            )
            if revealed:
                _verdict(lesson, revealed)
                st.button(_("Ask me again"), key=f"{key}-again", on_click=_ask_again, args=(key,))
            else:
                with st.container(horizontal=True):
                    st.button(
                        _("Submit and play"),
                        key=f"{key}-commit",
                        type="primary",
                        disabled=chosen is None,
                        on_click=_reveal,
                        args=(key,),
                    )
                    if not progress.is_open(key):
                        st.button(
                            _("Show me"),
                            key=f"{key}-show",
                            type="tertiary",
                            help=_("Shows the explanation without an answer."),
                            on_click=progress.add,
                            args=(key, progress.SHOWN),
                        )
        with picture:
            display_of(lesson).ask(lesson, f"{key}-prediction", bool(revealed), modes)


def _verdict(lesson: Any, chosen: str) -> None:
    asked, content = lesson.prediction, lesson.content(language())
    right, because = asked.answered(lesson, lesson.result_of(asked.scenario), language())
    if chosen == right:
        st.success(f"{_('Correct.')} {say_content(because)}", icon=":material/check:")
        return
    st.error(f"{_('Not correct.')} {content.block('Question', chosen).aside}", icon=":material/close:")
    st.info(f"**{content.block('Question', right).text}**\n\n{say_content(because)}", icon=":material/lightbulb:")


def ask_all_again() -> None:
    """Ask the question of every lesson again."""
    for key in LESSONS:
        _ask_again(key)


def _ask_again(key: str) -> None:
    for name in ("chosen", "revealed"):
        st.session_state.pop(f"{key}-{name}", None)


def _reveal(key: str) -> None:
    st.session_state[f"{key}-revealed"] = st.session_state[f"{key}-chosen"]
    progress.add(key, progress.ANSWERED)
