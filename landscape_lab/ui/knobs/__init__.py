"""The component for numbers that are followed while they are dragged; it shows all numbers of a part of a page.

The browser manages the rows (`knobs.js`). Every move dispatches an event on the document, which the stage handles
without the server; a number that is released or entered is sent to the server as an operation
(`experiments.operations`). The component's state is the list of changes that the server has not acknowledged, each with
a sequence number. The server applies those with a higher number than the last applied one, which its next message
acknowledges, so that no change is lost or applied twice when a run is interrupted. A change applies only to its own
page, and to what its number belonged to when the browser showed it: the place of an entry that was just removed is that
of the next one. If it was lost when the page was left, the browser sends it again when the page is restored.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from landscape_lab.experiments.operations import Setting, subject
from landscape_lab.experiments.scenarios.sentence import Sentence, in_words
from landscape_lab.ui import state
from landscape_lab.ui.assets import KNOBS_JS
from landscape_lab.ui.i18n.phrases import labelled
from landscape_lab.ui.i18n.translation import _, language, letter, say, unmarked
from landscape_lab.ui.parts import draw_again
from landscape_lab.ui.stage import declare
from optim_core.knob import Number
from optim_core.printed import exactly

__all__ = ["STYLE", "component_words", "field", "knobs", "outside", "setting_label", "setting_name", "slider"]

STYLE = Path(__file__).with_name("knobs.css").read_text(encoding="utf-8")
"""The style sheet of the component, which `frame` adds to every page once."""
EPOCH = "knobs epoch"
MOST_CHANGES = 1000
"""The maximal number of changes to apply from one message: more than a user makes while the server does not respond."""

Row = dict[str, Any]
"""The description of one number for `knobs.js`."""


_component = declare("knobs", "showKnobs", KNOBS_JS)


def setting_name(path: str) -> str:
    """Return the name of a setting in the user's language, without the layers in which it is nested."""
    return _(in_words(path.rpartition(".")[2]))


def setting_label(path: str, symbol: str) -> str:
    """Name and letter of a setting: `learning rate η`, without LaTeX, which a voice would spell out."""
    # "epsilon" beside its own letter says nothing more, nor does "beta1".
    spelled = symbol.strip("\\").replace("_", "") == path.rpartition(".")[2]
    return letter(symbol) if spelled else f"{setting_name(path)} {letter(symbol)}".strip()


def slider(setting: Setting, owner: str = "") -> Row:
    """Return a row with a slider and a field; `owner` precedes the name to distinguish it from others."""
    knob, name = setting.knob, setting_name(setting.name)
    label = labelled(owner, f"{name} {letter(knob.symbol)}") if owner else setting_label(setting.name, knob.symbol)
    exact = _("{name}, exact value").format(name=labelled(owner, name) if owner else name)
    beyond = outside(name, exactly(knob.low), exactly(knob.high))
    return _row(setting, label, exact=exact, low=knob.low, high=knob.high, beyond=beyond)


def outside(name: str, low: str, high: str) -> str:
    """Return the message for a value out of range, with the placeholder `{value}`."""
    sentence = _("“{name}” goes from {low} to {high}; {value} is outside.")
    return sentence.format(name=name, low=low, high=high, value="{value}")


def field(setting: Setting, label: str, name: str | None = None) -> Row:
    """Return a row with a field only, whose range is checked by the server; `name` is its name for a screen reader."""
    return _row(setting, label, exact=name, low=None, high=None, beyond="")


def _row(setting: Setting, label: str, **more: Any) -> Row:
    knob = setting.knob
    facts = {"path": setting.path, "label": label, "help": unmarked(_(knob.help)), "value": setting.value}
    return facts | {"whole": knob.kind is int, "log": knob.scale == "log", "initial": knob.default} | more


def knobs(
    key: str,
    lines: Iterable[Sequence[Row]],
    *,
    stage: str | None = "stage",
    set_number: Callable[[str, Number], Sentence | None] = state.operate,
) -> None:
    """Show rows of numbers, the rows of a line side by side. Shows nothing without rows.

    `stage` is the key of the stage that follows the moves, or None. `set_number(path, value)` changes the value that
    the page shows, and returns a message if it refuses the change.
    """
    lines = [list(line) for line in lines if line]
    if not lines:
        return

    def changed() -> None:
        _apply_changes(key, set_number)
        draw_again(key)

    _component(data=_data(key, lines, stage), key=key, on_operations_change=changed)
    if _apply_changes(key, set_number):  # changes whose callback was interrupted by another run
        st.rerun()


def _data(key: str, lines: Sequence[Sequence[Row]], stage: str | None) -> dict[str, Any]:
    refused: Mapping[int, Sentence] = st.session_state.get(f"{key} refused", {})
    return {
        "key": key,
        "page": st.session_state.page,
        "shown": f"{hash(state.shown()):x}",
        "stage": stage,
        "epoch": st.session_state.setdefault(EPOCH, secrets.token_hex(8)),
        "heard": st.session_state.get(_last_change(key), 0),
        "refused": [{"n": n, "sentence": say(sentence)} for n, sentence in refused.items()],
        "lines": [[row | {"of": _subject(row["path"])} for row in line] for line in lines],
        "words": component_words(language()),
    }


def _subject(path: str) -> str:
    """Return a text that changes when a path means another number: see `experiments.operations.subject`."""
    removed = st.session_state.get(state.REMOVED, 0)
    return f"{state.races()} {removed} {subject(state.shown(), path)}"


def _last_change(key: str) -> str:
    """Return the key in the session state of the number of the last change applied on the current page."""
    return f"{st.session_state.page} {key} heard"


def component_words(_language: str) -> dict[str, Any]:
    """The texts of `knobs.js`."""
    return {
        "about": _("About: {name}"),
        "empty": _("An empty field is not a number."),
        "number": _("“{text}” is not a number that can be used here."),
        "whole": _("“{text}” must be a whole number."),
        "flips": {
            "diverges": _("diverges from here"),
            "other": _("ends differently from here"),
        },
    }


def _apply_changes(key: str, set_number: Callable[[str, Number], Sentence | None]) -> bool:
    """Apply the changes sent by the browser that have not been applied, and return whether there were any."""
    message = st.session_state.get(key)
    message = message.get("operations") if isinstance(message, Mapping) else None
    if not isinstance(message, Mapping) or not state.can_change():
        return False
    if message.get("epoch") != st.session_state.get(EPOCH) or message.get("page") != st.session_state.page:
        return False
    changes, refused = message.get("changes"), dict[int, Sentence]()
    last = before = st.session_state.get(_last_change(key), 0)
    for change in changes[-MOST_CHANGES:] if isinstance(changes, list) else ():
        known = change if isinstance(change, Mapping) else {}
        n, path, value, of = (known.get(name) for name in ("n", "path", "value", "of"))
        if not (type(n) is int and isinstance(path, str)) or n <= last:
            continue
        was_replaced = of is not None and of != _subject(path)
        if not was_replaced and (sentence := set_number(path, value)):  # type: ignore[arg-type]
            refused[n] = sentence
            st.session_state[f"{key} refused"] = refused
        last = st.session_state[_last_change(key)] = n  # at the end, as it marks the change as applied
    return last > before
