"""The file field, the only kind of field for which the server accepts a file."""

from typing import Any

import streamlit as st

from landscape_lab.ui.server.private import limit_uploads, session_id
from landscape_lab.ui.server.uploads import UPLOADS


def file_field(label: str, **options: Any) -> Any:
    """Show `st.file_uploader` with its options, and let the server accept its files."""
    session = session_id()
    if session and limit_uploads():
        UPLOADS.add_field(session)
    return st.file_uploader(label, **options)
