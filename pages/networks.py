"""Networks page: train a dense network by several optimizers, and see its landscape on a plane."""

import streamlit as st

from landscape_lab.ui.networks.page import NetworksPage
from landscape_lab.ui.stage import head_start

page = NetworksPage()
stage_column, panel_column = st.columns([3, 1], gap="medium")
with stage_column:
    page.landscape()
    head_start()
    with st.container(key="below-stage"):
        page.results()
with panel_column:
    page.panel()
page.end()
