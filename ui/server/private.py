"""Undocumented names of Streamlit. Where one is missing, a feature is off, and the log says so."""

import logging
from collections.abc import Sequence
from typing import Any

from starlette.exceptions import HTTPException
from streamlit import runtime

from ui.server.uploads import MOST_ASKED, UPLOADS, Uploads

_LOG = logging.getLogger(__name__)


def limit_uploads(uploads: Uploads = UPLOADS) -> bool:
    """Make the server's store of files keep to the limits of `uploads`; whether it does. Once is enough."""
    if uploads.limited or not runtime.exists():
        return uploads.limited
    here: Any = runtime.get_instance()
    try:
        _limit(here.uploaded_file_mgr, uploads)
    except AttributeError as missing:
        _LOG.warning("Uploads are not limited: this version of Streamlit has another store of files (%s).", missing)
    return uploads.limited


def drop_files_of_closed_tabs(uploads: Uploads = UPLOADS) -> None:
    """Drop the files of sessions whose browser is gone: if it comes back, what was read from them is still there."""
    if uploads.limited and runtime.exists():
        here: Any = runtime.get_instance()
        for session in uploads.sessions:
            if not here.is_active_session(session):
                here.uploaded_file_mgr.remove_session_files(session)


def _limit(store: Any, uploads: Uploads) -> None:
    give, add, remove, end = store.get_upload_urls, store.add_file, store.remove_file, store.remove_session_files

    def get_upload_urls(session_id: str, file_names: Sequence[str]) -> list[Any]:
        urls = give(session_id, file_names[:MOST_ASKED])
        return urls[: uploads.ask(session_id, [url.file_id for url in urls])]

    def add_file(session_id: str, file: Any) -> None:
        if not uploads.accepts(session_id, file.file_id):
            raise HTTPException(403, "No field has asked for this file.")
        add(session_id, file)
        for session, oldest in uploads.keep(session_id, file.file_id):
            remove(session, oldest)

    def remove_file(session_id: str, file_id: str) -> None:
        remove(session_id, file_id)
        uploads.drop(session_id, file_id)

    def remove_session_files(session_id: str) -> None:
        end(session_id)
        uploads.end(session_id)

    for function in (get_upload_urls, add_file, remove_file, remove_session_files):
        setattr(store, function.__name__, function)
    uploads.limited = True
