"""Switches, and the sentence at the head of a page. Each is set from the scenario before it is drawn."""

from collections.abc import Iterable
from functools import partial

import streamlit as st

from landscape_lab.experiments import Sentence
from landscape_lab.experiments.operations import Setting, apply
from landscape_lab.ui import state
from landscape_lab.ui.i18n.translation import _, as_text, say
from landscape_lab.ui.knobs import setting_name
from landscape_lab.ui.widgets import bound


def switches(settings: Iterable[Setting], owner: str = "") -> None:
    """A switch for each setting that is true or false; the numbers among them are shown by `ui.knobs`.

    `owner` is said before their names.
    """
    for setting in settings:
        if setting.knob.kind is bool:
            name = setting_name(setting.name)
            st.toggle(
                f"{owner}: {name}" if owner else name,
                help=_(setting.knob.help),
                **bound("value", setting.path, setting.value, partial(_switch, setting.path)),
            )


def _switch(path: str, value: bool) -> None:
    state.change(lambda old: apply(old, path, value))


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
