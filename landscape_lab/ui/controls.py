"""Switches for Boolean settings, and the notice at the head of a page."""

from collections.abc import Iterable
from functools import partial

import streamlit as st

from landscape_lab.experiments import Sentence
from landscape_lab.experiments.operations import Setting, apply
from landscape_lab.ui import state
from landscape_lab.ui.i18n.phrases import labelled
from landscape_lab.ui.i18n.translation import _, as_text, say
from landscape_lab.ui.knobs import setting_name
from landscape_lab.ui.widgets import bound


def switches(settings: Iterable[Setting], owner: str = "") -> None:
    """Show a switch for each Boolean setting; `ui.knobs` shows the numbers.

    `owner` precedes their names.
    """
    for setting in settings:
        if setting.knob.kind is bool:
            name = setting_name(setting.name)
            st.toggle(
                labelled(owner, name) if owner else name,
                help=_(setting.knob.help),
                **bound("value", setting.path, setting.value, partial(_switch, setting.path)),
            )


def _switch(path: str, value: bool) -> None:
    state.change(lambda old: apply(old, path, value))


def notice(sentence: Sentence | None, broken_link: bool, instead: str = "") -> None:
    """Show once what was refused, and what is shown instead; it stays visible when the page is scrolled.

    `instead` is the sentence on what replaces a broken link, by default the one about the default race.
    """
    # The container always exists. Otherwise everything below would be a new element for Streamlit: the map would be
    # drawn again, and the page would scroll to its head.
    with st.container(key="notice"):
        if sentence is None:
            st.html("<span hidden></span>")  # Streamlit omits an empty container
            return
        if broken_link:
            instead = instead or _("The default race is shown instead.")
            st.warning(as_text(f"{say(sentence)} {instead}"), icon=":material/link_off:")
        else:
            refusal(sentence)


def refusal(sentence: Sentence | None) -> None:
    """Show why something was refused, if it was."""
    if sentence:
        st.warning(as_text(f"{say(sentence)} {_('Nothing was changed.')}"), icon=":material/block:")
