"""Streamlit widgets that show a value of the session, and report when a visitor chooses another one.

With every change a browser sends the values of all widgets, including stale values of widgets that the server has just
changed. So the server never sets the value of a widget: it replaces the widget by a new one with another key. A value
received for a replaced widget counts as a change only if it differs from the last known value of that widget.

The initial value is the widget's default. A value written into the session state would be sent once, in one message: a
browser that misses the message shows the first option, and reports it as if it had been chosen.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from landscape_lab.ui.i18n.translation import language

_MEMORY = "widgets"
KEYS = 32
"""The number of keys of a widget, used in turn: Streamlit keeps what was registered for a key forever."""


@dataclass
class _Shown:
    """The widgets of one name: the number of the current one, what it is made of, and the last known value by key."""

    number: int = 0
    of: object = None
    known: dict[str, Any] = field(default_factory=dict)


def chosen_of(
    options: Iterable[Any], name: str, value: Any, change: Callable[[Any], object], *, of: object = None
) -> dict[str, Any]:
    """Return the arguments `options`, `index`, `key`, `on_change` and `args` of a `selectbox` that shows `value`.

    No option is selected if `value` is not one of them.
    """
    options = list(options)
    index = options.index(value) if value in options else None
    return bound("index", name, value, change, of=of) | {"options": options, "index": index}


def bound(
    argument: str, name: str, value: Any, change: Callable[[Any], object], *, of: object = None
) -> dict[str, Any]:
    """Return the arguments `key`, `on_change` and `args` of a widget that shows `value`, and its default.

    Args:
        argument: The widget's name for its default: `value`, `default` or `index`.
        name: The widget's name in the session; its key is made of it.
        value: One of the widget's values.
        change: Called with the value that a visitor has chosen instead, before the script runs.
        of: What else the widget is made of, such as the labels of its options. If it changes, the widget is replaced.
    """
    memory: dict[str, _Shown] = st.session_state.setdefault(_MEMORY, {})
    widget = memory.setdefault(name, _Shown())
    key = _key(name, widget.number)
    of = (language(), of)
    fresh = widget.of not in (None, of) or not (
        widget.known.get(key, value) == value == st.session_state.get(key, value)
    )
    if fresh:
        widget.number += 1
        key = _key(name, widget.number)
        st.session_state.pop(key, None)  # left by the widget that had this key before
    widget.of, widget.known[key] = of, value
    return {"key": key, "on_change": _reported, "args": (name, key, change), argument: value}


def _key(name: str, number: int) -> str:
    return f"{name} {number % KEYS}" if number % KEYS else name


def _reported(name: str, key: str, change: Callable[[Any], object]) -> None:
    known = st.session_state[_MEMORY][name].known
    if key in st.session_state and (value := st.session_state[key]) != known.get(key):
        known[key] = value
        change(value)
