"""The race: choose a surface, a start and some optimizers, and watch."""

import streamlit as st

from ui import panel, state
from ui.cached import race_of
from ui.controls import notice
from ui.race_view import show_race
from ui.results import results_table
from ui.words import _

scenario = state.scenario()
stage_column, panel_column = st.columns([3, 1], gap="medium")
with stage_column:
    notice(*state.take_notice())
    race = race_of(scenario)
    show_race(race, state.view())
    results_table(race)
with panel_column:
    panel.race_picker(scenario)
    lanes, surface, noise = st.tabs([_("Optimizers"), _("Surface and start"), _("Noise")])
    with lanes:
        panel.lane_editor(scenario)
    with surface:
        panel.surface_controls(scenario)
    with noise:
        panel.noise_controls(scenario)
state.write_link()
