"""Names inside Streamlit that have no public counterpart; requirements.txt has the version that they are of.

Where one is missing, the feature that needs it is off, with one line in the log.
"""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from starlette.exceptions import HTTPException
from streamlit import net_util, runtime

from ui.server.uploads import MOST_ASKED, UPLOADS, Uploads

PATIENCE = 5.0
"""Seconds that the event loop may take to answer."""
_LOG = logging.getLogger(__name__)
_missing: set[str] = set()


@contextmanager
def _feature(name: str) -> Iterator[None]:
    try:
        yield
    except AttributeError as error:
        if name not in _missing:
            _missing.add(name)
            _LOG.warning("This version of Streamlit is another one (%s): %s is off.", error, name)


def _runtime() -> Any:
    return runtime.get_instance() if runtime.exists() else None


def event_loop() -> Any:
    """The server's event loop, on which sessions may be opened, changed and closed; None without a server."""
    with _feature("work on the server's event loop"):
        return _runtime()._get_async_objs().eventloop if runtime.exists() else None
    return None


def known_sessions() -> int:
    """How many sessions a browser may still come back to, open ones included; 0 without a server, 1 if unknown."""
    with _feature("counting sessions"):
        return len(_runtime()._session_mgr.list_sessions()) if runtime.exists() else 0
    return 1


def open_sessions() -> int:
    """How many sessions have a browser now; 0 if unknown."""
    with _feature("counting sessions"):
        return _runtime()._session_mgr.num_active_sessions() if runtime.exists() else 0
    return 0


def expire_closed_sessions() -> int:
    """Drop the sessions whose tab was closed too long ago to come back; how many there were.

    Streamlit does so only when the next session closes.
    """
    loop = event_loop()
    with _feature("dropping closed sessions"):
        closed = _runtime()._session_mgr._session_storage._cache if loop else None
        if closed is None:
            return 0
        expired: Future[int] = Future()
        try:  # on the event loop, so that no browser comes back to one meanwhile
            loop.call_soon_threadsafe(lambda: expired.set_result(len(closed.expire())))
            return expired.result(PATIENCE)
        except (RuntimeError, TimeoutError):  # the server is ending
            return 0
    return 0


def know_no_external_address() -> None:
    """Let Streamlit take this machine's address on the internet as known, which it would ask another machine for.

    It does when a page of another site opens a web socket, while every visitor waits.
    """
    with _feature("not asking for the external address"):
        net_util._external_ip  # noqa: B018 - is it there?
        net_util._external_ip = ""


def limit_uploads(uploads: Uploads = UPLOADS) -> bool:
    """Make the server's store of files keep to the limits of `uploads`; whether it does. Once is enough."""
    if uploads.limited or not runtime.exists():
        return uploads.limited
    with _feature("the limit of uploads"):
        _limit(_runtime().uploaded_file_mgr, uploads)
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
