"""Everything that is drawn with Streamlit."""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

# A folder called pages/ means Streamlit's older way of finding pages until `st.navigation` has been called once in the
# process. Whoever opens a lesson's link first would see that page without what app.py puts around it, so its run starts
# again, through app.py; nobody has to where this is imported before anybody comes. There is no public switch for this;
# the browser tests open a lesson first.
found, PagesManager.uses_pages_directory = PagesManager.uses_pages_directory, False
if found:
    st.rerun()
