"""The user interface in Streamlit."""

import streamlit as st

from landscape_lab.ui.server.private import ignore_pages_folder

# The run that comes here first may be of a page alone, without what app.py puts around it: it starts again.
if ignore_pages_folder():
    st.rerun()
