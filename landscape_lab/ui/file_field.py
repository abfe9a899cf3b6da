"""The field for a file: the only kind of field for which the server accepts one."""

from typing import Any

import streamlit as st

from landscape_lab.ui.server.private import limit_uploads, session_id
from landscape_lab.ui.server.uploads import UPLOADS


def file_field(label: str, **options: Any) -> Any:
    """`st.file_uploader`, with its options."""
    session = session_id()
    if session and limit_uploads():
        UPLOADS.add_field(session)
    return st.file_uploader(label, **options)
