"""Streamlit widgets that show a value of the session's, and tell when a visitor chooses another one.

A browser tells with every change what all its widgets are, also what they were before it has heard of the server's last
run. So a widget never gets another value from the server: it is replaced by a fresh one, with a key of its own. What is
told of the one that was replaced is then a change only if it is another value than was last known of that one.

What a widget shows at first is its own default. A value written into the session's state instead travels in one
message, once: a browser that misses it shows the first option, and tells it as if it had been chosen.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from landscape_lab.ui.i18n.translation import language

_MEMORY = "widgets"
KEYS = 32
"""Keys of a widget, in turn: Streamlit never forgets what was registered for a key."""


@dataclass
class _Shown:
    """The widgets of one name: the number of the present one, what it is made of, and the values known by key."""

    number: int = 0
    of: object = None
    known: dict[str, Any] = field(default_factory=dict)


def chosen_of(
    options: Iterable[Any], name: str, value: Any, change: Callable[[Any], object], *, of: object = None
) -> dict[str, Any]:
    """The arguments `options`, `index`, `key`, `on_change` and `args` of a `selectbox` that shows `value`.

    No option is shown where `value` is none of them.
    """
    options = list(options)
    index = options.index(value) if value in options else None
    return bound("index", name, value, change, of=of) | {"options": options, "index": index}


def bound(
    argument: str, name: str, value: Any, change: Callable[[Any], object], *, of: object = None
) -> dict[str, Any]:
    """The arguments `key`, `on_change` and `args` of a widget that shows `value`, and the one with its default.

    Args:
        argument: What the widget calls its default: `value`, or `default`.
        name: The widget's name in the session; its key is made of it.
        value: One of the widget's values.
        change: Called with the value that a visitor has chosen instead, before the script runs.
        of: What else the widget is made of, such as the names of its options. With other ones it is replaced.
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
        st.session_state.pop(key, None)  # of the widget that had this key before
    widget.of, widget.known[key] = of, value
    return {"key": key, "on_change": _reported, "args": (name, key, change), argument: value}


def _key(name: str, number: int) -> str:
    return f"{name} {number % KEYS}" if number % KEYS else name


def _reported(name: str, key: str, change: Callable[[Any], object]) -> None:
    known = st.session_state[_MEMORY][name].known
    if key in st.session_state and (value := st.session_state[key]) != known.get(key):
        known[key] = value
        change(value)
