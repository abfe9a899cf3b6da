"""Widgets made from knobs. Each is set from the scenario before it is drawn; its callback only replaces that."""

import math
import re
from bisect import insort
from collections.abc import Callable
from typing import Any

import streamlit as st

from experiments import ScenarioError, Sentence
from experiments.sentence import in_words
from optim_core import Knob
from ui import state
from ui.words import _, as_text, letter, say

MANTISSAS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)
"""The stops of a logarithmic slider in each decade."""
_NUMBER = re.compile(r"[+−-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+−-]?\d+)?")
"""A decimal number. Python's own `float` reads more, such as 1_0, infinity and nan."""


def knob_control(name: str, knob: Knob, value: Any, key: str, on_change: Callable[[Any], None]) -> None:
    """A slider with a field for the exact value beside it; a switch for a knob that is true or false."""
    label = setting_label(name, knob.symbol)
    if knob.kind is bool:
        st.session_state[key] = value
        st.toggle(setting_name(name), key=key, help=_(knob.help), on_change=_told, args=(key, value, on_change))
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        slider = f"{key}-slider"
        told = {"key": slider, "on_change": _told, "args": (slider, value, on_change)}
        if stops := stops_of(knob, value):
            _show(slider, value, stops)
            st.select_slider(label, stops, value, format_func=number_text, help=_(knob.help), **told)
        elif knob.kind is int:
            _show(slider, value)
            st.slider(label, int(knob.low), int(knob.high), value, help=_(knob.help), **told)
        else:
            low, high = float(knob.low), float(knob.high)
            _show(slider, value)
            st.slider(label, low, high, value, linear_step(low, high), "%.4g", help=_(knob.help), **told)
        exact = _("{name}, exact value").format(name=setting_name(name))
        number_field(exact, value, key, on_change, whole=knob.kind is int, collapsed=True)


def setting_name(path: str) -> str:
    """What a setting is called, in the reader's language, whichever layer of a stack it belongs to."""
    return _(in_words(path.rpartition(".")[2]))


def setting_label(path: str, symbol: str) -> str:
    """Name and letter of a setting: `learning rate η`, without LaTeX, which a voice would spell out."""
    # "epsilon" beside its own letter says nothing more, nor does "beta1".
    spelled = symbol.strip("\\").replace("_", "") == path.rpartition(".")[2]
    return letter(symbol) if spelled else f"{setting_name(path)} {letter(symbol)}"


def number_field(
    label: str,
    value: float,
    key: str,
    on_change: Callable[[Any], None],
    *,
    whole: bool = False,
    collapsed: bool = False,
) -> None:
    """A field for one number, as text, so that a wrong entry can be answered with a sentence."""
    shown = number_text(value)
    _show(key, shown)

    def read(text: str) -> None:
        try:
            number = read_number(text, whole)
        except ScenarioError as error:
            st.session_state.notice = error.sentence
        else:
            on_change(number)

    st.text_input(
        label,
        shown,
        key=key,
        on_change=_told,
        args=(key, shown, read),
        width=86 if collapsed else "stretch",
        label_visibility="collapsed" if collapsed else "visible",
    )


def read_number(text: str, whole: bool = False) -> float:
    """A finite number as people write it; a comma may be the decimal point. Raises ScenarioError."""
    if not text.strip():
        raise ScenarioError("An empty field is not a number.")
    written = _NUMBER.fullmatch(text.strip())
    number = float(text.strip().replace(",", ".").replace("−", "-")) if written else math.nan
    if not math.isfinite(number):
        raise ScenarioError("“{text}” is not a number that can be used here.", text=text)
    if whole:
        if not number.is_integer():
            raise ScenarioError("“{text}” must be a whole number.", text=text)
        return int(number)
    return number


def number_text(value: float) -> str:
    """The shortest text that reads back as the same number."""
    return str(value) if isinstance(value, int) else f"{value:g}" if float(f"{value:g}") == value else repr(value)


def stops_of(knob: Knob, value: float) -> list[float]:
    """The stops of a slider, the value itself among them; none where equal steps lead from end to end.

    They are round numbers, the default and both ends. A plain slider never reaches an end between two of its steps.
    """
    if knob.scale == "log":
        decades = range(math.floor(math.log10(knob.low)), math.ceil(math.log10(knob.high)) + 1)
        # Through text, so that a stop is the same float as the number that a person types.
        round_numbers = [float(f"{m}e{d}") for d in decades for m in MANTISSAS]
        if knob.kind is int:
            round_numbers = [int(n) for n in round_numbers if n.is_integer()]
    else:
        low, high = float(knob.low), float(knob.high)
        step = linear_step(low, high)
        count = (high - low) / step
        if knob.kind is int or abs(count - round(count)) < 1e-9:
            return []
        round_numbers = [float(f"{low + i * step:.12g}") for i in range(1, math.ceil(count))] + [knob.default]
    stops = sorted({n for n in round_numbers if knob.low <= n <= knob.high} | {knob.low, knob.high})
    if value not in stops:
        insort(stops, value)
    return stops


def linear_step(low: float, high: float) -> float:
    """A round step that cuts the range into 50 to 500 parts."""
    return float(f"1e{math.floor(math.log10((high - low) / 50))}")


def notice(sentence: Sentence | None, broken_link: bool) -> None:
    """Say once what was refused, and what is shown instead; it stays in sight of a field further down the page."""
    # Its place is there without it too. Else all below would be another part of the page and begin anew: the map would
    # be drawn again, and the page scrolled back to its head.
    with st.container(key="notice"):
        if sentence is None:
            st.html("<span hidden></span>")  # Streamlit leaves out a container with nothing in it
            return
        after = _("The default race is shown instead.") if broken_link else _("Nothing was changed.")
        icon = ":material/link_off:" if broken_link else ":material/block:"
        st.warning(as_text(f"{say(sentence)} {after}"), icon=icon)


def _show(key: str, value: Any, stops: Any = None) -> None:
    """Let a widget show a value, unless it shows it already.

    What is set is sent back to the browser, where it would undo a key that was pressed meanwhile. A slider that gets
    other stops is a new one to Streamlit and has to be set. The browser may never hear of what was set, when the next
    run begins before the last one's widgets are on their way: so each widget has the value as its default, too.
    """
    if st.session_state.get(key) != value or st.session_state.get(f"{key} stops") != stops:
        st.session_state[key] = value
        st.session_state[f"{key} stops"] = stops


def _told(key: str, shown: Any, on_change: Callable[[Any], None]) -> None:
    """What a widget says, or, where nobody has changed it, back to what it shows."""
    if state.is_a_look():
        st.session_state[key] = shown
    else:
        on_change(st.session_state[key])
