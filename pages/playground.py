"""The race: choose a surface, a start and some optimizers, and watch."""

import streamlit as st

from ui import panel, state
from ui.cached import race_of
from ui.code import code_expander
from ui.controls import notice
from ui.lesson import lesson_link
from ui.race_view import show_race
from ui.results import results_table
from ui.stage import head_start
from ui.words import _

scenario = state.scenario()
stage_column, panel_column = st.columns([3, 1], gap="medium")
with stage_column:
    notice(*state.take_notice())
    race = race_of(scenario)
    show_race(race, state.view())
    head_start()
    results_table(race)
    lesson_link(scenario)
    code_expander(scenario)
with panel_column:
    panel.race_picker(scenario)
    tabs = st.tabs([_("Optimizers"), _("Surface and start"), _("Noise")], key="panel", on_change=state.hold)
    for tab, controls in zip(tabs, (panel.lane_editor, panel.surface_controls, panel.noise_controls), strict=True):
        # Every widget on the page makes every change slower, so a closed tab is empty.
        if tab.open:
            with tab:
                controls(scenario)
state.write_link()
