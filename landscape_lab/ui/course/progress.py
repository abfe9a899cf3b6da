"""The progress of a visitor in the course: questions answered, explanations opened, goals met.

It is kept in the visitor's browser alone; `ui.reader` exchanges it with the session. Marks are only ever added, so that
the session and the browser agree once both have the marks of both.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import streamlit as st
from streamlit.components import v2

from landscape_lab.experiments.course.lessons import LESSONS

SCRIPT = """
const PROGRESS = "loss landscape lab: progress";
const MARK = /^\\w{1,50}[.]\\w{1,50}$/;
const MOST_MARKS = 500; // more than the course has
function keptMarks() {
  // Other pages of this origin, extensions and people can write anything here: what is not a mark is dropped.
  let kept;
  try {
    kept = JSON.parse(localStorage.getItem(PROGRESS));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (!Array.isArray(kept)) return [];
  return kept.filter((mark) => typeof mark === "string" && MARK.test(mark)).slice(0, MOST_MARKS);
}
function keepProgress(marks, anew) {
  try {
    if (anew) localStorage.removeItem(PROGRESS);
    const kept = keptMarks();
    const all = [...new Set([...marks, ...kept])].sort();
    if (all.length > kept.length) localStorage.setItem(PROGRESS, JSON.stringify(all));
    return all;
  } catch {
    return marks; // a browser may forbid to keep anything; the session remembers until it ends
  }
}
"""
"""Adds marks to those that the browser keeps, and returns all."""
_keep = v2.component(
    "loss_landscape_progress",
    html="",
    js=SCRIPT + "export default function ({ data }) { keepProgress(data.marks, false); }",
    isolate_styles=False,
)
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


def is_open(key: str) -> bool:
    """Return whether the explanation of a lesson is shown: its question is answered, or the visitor asked for it."""
    return has(key, ANSWERED, SHOWN)


def any_mark() -> bool:
    """Return whether the visitor has any mark."""
    return bool(_marks())


def add(lesson: str, *names: str) -> None:
    """Add marks of a lesson."""
    st.session_state[_MARKS] = _marks() | {mark(lesson, name) for name in names}


def keep() -> None:
    """Keep the marks in the browser at once, where they are added after the head of the page was drawn."""
    _keep(data={"marks": sorted(_marks())}, key="kept progress")


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
