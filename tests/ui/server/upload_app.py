"""A page with a field for files on demand, for the test of uploads."""

import streamlit as st

from landscape_lab.ui.file_field import file_field

if st.checkbox("field", key="field"):
    file_field("File", key="file")
