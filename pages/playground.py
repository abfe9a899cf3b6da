"""The race: choose a surface, a start and some optimizers, and watch."""

import streamlit as st

from ui import panel, share, state
from ui.cached import race_of
from ui.code import code_expander
from ui.controls import notice
from ui.fairness import comparison_link
from ui.lesson import lesson_link
from ui.maps import map_link
from ui.race_view import show_race
from ui.results import results_table
from ui.stage import head_start
from ui.words import _

scenario = state.scenario()
race = race_of(scenario)
if state.view().embed:
    notice(*state.take_notice())
    show_race(race, state.view())
    state.write_link()
    st.stop()
hidden = state.hidden()
stage_column, panel_column = st.columns([3, 1], gap="medium")
with stage_column:
    notice(*state.take_notice())
    show_race(race, state.view())
    head_start()
    with st.container(key="below-stage"):
        if "results" not in hidden:
            results_table(race)
        if "lesson" not in hidden:
            lesson_link(scenario)
        if "compare" not in hidden:
            comparison_link(scenario)
        if not hidden:
            map_link(scenario)
        if "code" not in hidden:
            code_expander(scenario)
        if "share" not in hidden:
            share.share_and_export(scenario)
with panel_column:
    panel.race_picker(scenario)
    tabs = st.tabs([_("Optimizers"), _("Surface and start"), _("Noise")], key="panel", on_change="rerun")
    for tab, controls in zip(tabs, (panel.lane_editor, panel.surface_controls, panel.noise_controls), strict=True):
        # Every widget on the page makes every change slower, so a closed tab is empty.
        if tab.open:
            with tab:
                controls(scenario)
state.write_link()
