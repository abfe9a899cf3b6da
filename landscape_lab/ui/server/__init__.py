"""What the app adds to Streamlit's web server: the first page, headers, refusals, time limits."""
