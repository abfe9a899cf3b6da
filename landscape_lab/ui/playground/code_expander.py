"""The selected entry of the panel as a self-contained script."""

from dataclasses import replace

import streamlit as st

from landscape_lab.experiments import Scenario
from landscape_lab.experiments.export.snippets import LIBRARIES, snippet
from landscape_lab.ui.i18n.translation import _, as_text, entry_name, say

CODE = "as-code"
"""The key of the expander; whether it is open is its value in the session state."""


def code_expander(scenario: Scenario) -> None:
    """Show an expander with a script for each library. It is empty while it is closed."""
    with st.expander(_("As code"), icon=":material/code:", key=CODE, on_change="rerun") as more:
        if not more.open:
            return
        entry = scenario.entries[min(st.session_state.get("entry") or 0, len(scenario.entries) - 1)]
        library = st.segmented_control(
            _("Library"),
            list(LIBRARIES),
            format_func=lambda key: LIBRARIES[key].label,
            default=next(iter(LIBRARIES)),
            key="as-code-library",
            required=True,
            label_visibility="collapsed",
        )
        written = snippet(replace(scenario, entries=(entry,)), library or next(iter(LIBRARIES)))
        st.caption(
            _(
                "The entry “{lane}”, complete: surface, start, optimizer and loop. Another one is chosen in the panel."
            ).format(lane=as_text(entry_name(entry)))
        )
        for note in written.notes:
            st.info(as_text(say(note)), icon=":material/compare_arrows:")
        if written.text:
            st.code(written.text, language="python", height=420)
