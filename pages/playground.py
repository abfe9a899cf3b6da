"""Playground page: a race with its controls and results."""

import streamlit as st

from landscape_lab.ui import state
from landscape_lab.ui.parts import page_shows
from landscape_lab.ui.playground import page as playground
from landscape_lab.ui.playground import panel
from landscape_lab.ui.playground.race_picker import race_picker
from landscape_lab.ui.stage import head_start

scenario = state.scenario()
page_shows(panel.outline(scenario))
if state.view().embed:
    playground.race()
    st.stop()
stage_column, panel_column = st.columns([3, 1], gap="medium")
with stage_column:
    playground.race()
    head_start()
    below = st.container(key="below-stage")
# Streamlit copies the containers around a part whenever it draws the part, so they are not nested in one another.
with below:
    playground.results()
    playground.files()
with panel_column:
    race_picker(scenario)
    tabs = st.tabs(panel.tab_names(), key=panel.TABS, on_change="rerun")
for tab, controls in zip(tabs, (panel.entry_editor, panel.surface_controls, panel.noise_controls), strict=True):
    # Every widget on the page makes every change slower, so a closed tab is empty.
    if tab.open:
        with tab:
            controls(scenario)
