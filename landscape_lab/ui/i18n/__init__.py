"""Translation: of the app's texts, and of Streamlit's own."""
