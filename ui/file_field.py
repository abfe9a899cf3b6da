"""The field for a file: the only kind of field for which the server accepts one."""

from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui.server.private import limit_uploads
from ui.server.uploads import UPLOADS


def file_field(label: str, **options: Any) -> Any:
    """`st.file_uploader`, with its options."""
    context = get_script_run_ctx()
    if context and limit_uploads():
        UPLOADS.add_field(context.session_id)
    return st.file_uploader(label, **options)
