"""Additions to Streamlit's web server: the first page, headers, refusals, time limits and the route of races."""
