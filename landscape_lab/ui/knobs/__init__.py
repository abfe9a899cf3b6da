"""Numbers that are followed while they are dragged: one component shows all the numbers of a place on a page.

The rows live in the browser (`knobs.js`). Every move is an event on the page's document, which the stage hears without
the server; a number that is let go of or entered reaches the server as an operation (`experiments.operations`). The
component's state is the list of the changes that the server has not acknowledged yet, each with a number. The server
makes those with a higher number than it has heard of, and says with its next message how far it has heard: so no change
is lost or made twice when a run is interrupted. A change belongs to the page it was made on, and is not made on another
one. If it was lost as that page was left, the browser sends it again when the page comes back as it was.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components import v2

from landscape_lab.experiments.operations import Setting
from landscape_lab.experiments.scenarios.sentence import Sentence, in_words
from landscape_lab.ui import state
from landscape_lab.ui.assets import knobs_url
from landscape_lab.ui.i18n.translation import _, language, letter, say, unmarked
from landscape_lab.ui.parts import draw_again
from landscape_lab.ui.stage import SCRIPT
from optim_core.knob import Number
from optim_core.printed import exactly

__all__ = ["STYLE", "component_words", "field", "knobs", "outside", "setting_label", "setting_name", "slider"]

STYLE = Path(__file__).with_name("knobs.css").read_text(encoding="utf-8")
"""The page puts it into a style sheet of its own, once."""
EPOCH = "knobs epoch"
MOST_CHANGES = 1000
"""Changes of one message that are made: far more than hands make while a server is silent."""

Row = dict[str, Any]
"""The facts about one number as `knobs.js` wants them."""


def _declare() -> Any:
    address = knobs_url(str(st.get_option("server.baseUrlPath") or ""))
    script = SCRIPT.replace("ADDRESS", repr(address)).replace("ENTRY", "showKnobs")
    return v2.component("loss_landscape_knobs", html='<div class="lll-knobs"></div>', js=script, isolate_styles=False)


_component = _declare()


def setting_name(path: str) -> str:
    """What a setting is called, in the reader's language, whichever layer of a stack it belongs to."""
    return _(in_words(path.rpartition(".")[2]))


def setting_label(path: str, symbol: str) -> str:
    """Name and letter of a setting: `learning rate η`, without LaTeX, which a voice would spell out."""
    # "epsilon" beside its own letter says nothing more, nor does "beta1".
    spelled = symbol.strip("\\").replace("_", "") == path.rpartition(".")[2]
    return letter(symbol) if spelled else f"{setting_name(path)} {letter(symbol)}".strip()


def slider(setting: Setting, owner: str = "") -> Row:
    """A number with a slider and a field; `owner` is said before its name where it needs to be told from others."""
    knob, name = setting.knob, setting_name(setting.name)
    label = f"{owner}: {name} {letter(knob.symbol)}" if owner else setting_label(setting.name, knob.symbol)
    exact = _("{name}, exact value").format(name=f"{owner}: {name}" if owner else name)
    beyond = outside(name, exactly(knob.low), exactly(knob.high))
    return _row(setting, label, exact=exact, low=knob.low, high=knob.high, beyond=beyond)


def outside(name: str, low: str, high: str) -> str:
    """The sentence for a value out of a number's range, with a gap `{value}` for it."""
    sentence = _("“{name}” goes from {low} to {high}; {value} is outside.")
    return sentence.format(name=name, low=low, high=high, value="{value}")


def field(setting: Setting, label: str) -> Row:
    """A number with a field alone, whose range the server knows."""
    return _row(setting, label, exact=None, low=None, high=None, beyond="")


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
    """Show numbers, each line of them beside one another; nothing where there are none.

    `stage` is the key of the stage that follows the moves, None for none. `set_number` makes a change of what the page
    shows; it gets a path and a value, and returns why it refuses them.
    """
    lines = [list(line) for line in lines if line]
    if not lines:
        return

    def heard() -> None:
        _hear(key, set_number)
        draw_again(key)

    _component(data=_data(key, lines, stage), key=key, on_operations_change=heard)
    if _hear(key, set_number):  # of a change whose callback was interrupted by another run
        st.rerun()


def _data(key: str, lines: Sequence[Sequence[Row]], stage: str | None) -> dict[str, Any]:
    refused: Mapping[int, Sentence] = st.session_state.get(f"{key} refused", {})
    return {
        "key": key,
        "page": st.session_state.page,
        "shown": f"{hash(state.shown()):x}",
        "stage": stage,
        "epoch": st.session_state.setdefault(EPOCH, secrets.token_hex(8)),
        "heard": st.session_state.get(_heard(key), 0),
        "refused": [{"n": n, "sentence": say(sentence)} for n, sentence in refused.items()],
        "lines": lines,
        "words": component_words(language()),
    }


def _heard(key: str) -> str:
    """The name in the session's state of the number of the last change made at a place of the page on screen."""
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
            "other": _("ends otherwise from here"),
        },
    }


def _hear(key: str, set_number: Callable[[str, Number], Sentence | None]) -> bool:
    """Make the changes that the browser tells and that were not made yet; whether there were any."""
    told = st.session_state.get(key)
    told = told.get("operations") if isinstance(told, Mapping) else None
    if not isinstance(told, Mapping) or not state.can_change():
        return False
    if told.get("epoch") != st.session_state.get(EPOCH) or told.get("page") != st.session_state.page:
        return False
    changes, refused = told.get("changes"), dict[int, Sentence]()
    heard = before = st.session_state.get(_heard(key), 0)
    for change in changes[-MOST_CHANGES:] if isinstance(changes, list) else ():
        n, path, value = (change.get(name) if isinstance(change, Mapping) else None for name in ("n", "path", "value"))
        if not (type(n) is int and isinstance(path, str)) or n <= heard:
            continue
        if sentence := set_number(path, value):  # type: ignore[arg-type]
            refused[n] = sentence
            st.session_state[f"{key} refused"] = refused
        heard = st.session_state[_heard(key)] = n  # last, for it tells that the change was made
    return heard > before
