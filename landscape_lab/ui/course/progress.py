"""The progress of a visitor in the course: questions answered, explanations opened, goals met.

It is kept in the visitor's browser alone; `ui.reader` exchanges it with the session. Marks are only ever added, so that
the session and the browser agree once both have the marks of both.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import streamlit as st

from landscape_lab.experiments.course.lessons import LESSONS

_MARKS, _FORGOTTEN = "progress", "progress forgotten"
ANSWERED, SHOWN = "answered", "shown"
"""The marks of a lesson besides its goals: its question is answered, its explanation is opened without an answer."""


def mark(lesson: str, name: str) -> str:
    """Return the mark of a goal of a lesson, or of `ANSWERED` or `SHOWN`."""
    return f"{lesson}.{name}"


def has(lesson: str, *names: str) -> bool:
    """Return whether the visitor has one of these marks of a lesson."""
    marks = _marks()
    return any(mark(lesson, name) in marks for name in names)


def any_mark() -> bool:
    """Return whether the visitor has any mark."""
    return bool(_marks())


def add(lesson: str, *names: str) -> None:
    """Add marks of a lesson."""
    st.session_state[_MARKS] = _marks() | {mark(lesson, name) for name in names}


def open_all() -> None:
    """Open the explanations of all lessons."""
    for key in LESSONS:
        add(key, SHOWN)


def forget() -> None:
    """Remove all marks, in the browser as well."""
    st.session_state[_MARKS] = frozenset()
    st.session_state[_FORGOTTEN] = st.session_state.get(_FORGOTTEN, 0) + 1


def to_browser() -> Mapping[str, Any]:
    """Return the marks to keep, and how often the visitor of this session asked to forget them."""
    return {"marks": sorted(_marks()), "forgotten": st.session_state.get(_FORGOTTEN, 0)}


def from_browser(marks: Any) -> None:
    """Add the marks that a browser has kept. Unknown ones are ignored."""
    if isinstance(marks, Iterable) and not isinstance(marks, str):
        known = {each for each in marks if isinstance(each, str)} & _known()
        st.session_state[_MARKS] = _marks() | known


def _marks() -> frozenset[str]:
    return st.session_state.get(_MARKS, frozenset())


@cache
def _known() -> frozenset[str]:
    return frozenset(mark(key, name) for key, lesson in LESSONS.items() for name in (ANSWERED, SHOWN, *lesson.goals()))
