"""Maps page: where optimizers reach a stationary point, where they diverge, and how jagged the border is."""

import streamlit as st

from landscape_lab.ui import state
from landscape_lab.ui.controls import notice
from landscape_lab.ui.course.links import heading
from landscape_lab.ui.i18n.translation import _
from landscape_lab.ui.maps import page as maps
from landscape_lab.ui.maps.controls import axes, controls

plan = state.map_plan()
heading(_("Maps: a thousand runs at once"), _("Stationary or divergent: where is the border?"))
notice(*state.take_notice())
maps.named_maps(plan)
map_column, run_column = st.columns([9, 13], gap="medium")
with map_column:
    maps.maps(plan)
with run_column:
    axes(plan)
    maps.run_beside(plan)
    controls(plan)
    maps.results_beside(plan)
maps.about()
state.write_link()
