"""Access to undocumented names of Streamlit. No other file uses any; `USES` lists them with the reasons.

If a name is missing, the feature that needs it is off and one line is logged. All pages still work.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import wraps
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar, cast

import streamlit
from starlette.exceptions import HTTPException

from landscape_lab.ui.server.uploads import MOST_ASKED, UPLOADS, Uploads

F = TypeVar("F", bound=Callable[..., Any])
USES = {
    "runtime.exists": "whether a server runs: a notebook and tests have none",
    "runtime.get_instance": "access to the server, which the features that concern all sessions need",
    "runtime.scriptrunner.get_script_run_ctx": "the session of the current run; the public functions log a warning "
    "outside a session",
    "session_id": "the session that may upload a file, or that waits for a computation",
    "query_string": "the undecoded query: `st.query_params` turns a plus in a formula into a space",
    "is_history_navigation": "distinguishes the browser's Back and Forward, which are followed, from a link that only "
    "arrives late",
    "page_script_hash": "the page of a run; its callbacks may arrive together with a request for another page",
    "runtime.state.safe_session_state.SafeSessionState.on_script_will_rerun": "calls the callbacks; patched so that "
    "they are not interrupted",
    "runtime.scriptrunner_utils.script_requests.ScriptRequests._request_rerun_locked": "merges requests; patched so "
    "that a requested page is drawn despite later requests of the previous page",
    "_state.name": "whether a request is pending",
    "_rerun_data": "the pending request",
    "runtime.scriptrunner.script_runner.ScriptRunner._run_script": "runs a request; patched so that fragments of a "
    "page that was left do not run",
    "runtime.app_session._populate_theme_msg": "reads the theme from the settings six times per run; patched to "
    "read it once",
    "runtime.pages_manager.PagesManager.uses_pages_directory": "a folder called pages/ activates Streamlit's older way "
    "of finding pages until the process first calls `st.navigation`",
    "is_active_session": "files and computations end with the tab that requested them",
    "_session_mgr.list_sessions": "closed sessions are searched for only if there may be any",
    "_session_mgr._session_storage._cache": "a closed session ends after two minutes, not when the next one closes",
    "_get_async_objs": "closed sessions are removed on the event loop, where browsers reconnect to them",
    "uploaded_file_mgr": "the limits of uploads",
}
"""Paths of names, relative to the package `streamlit` or to one of its objects, with the reason for each.

requirements.txt pins the versions to which they belong. The tests remove each name in turn.
"""
DRAWN_PAGE = "page drawn"
"""Key in the session state of the page (see `page_of_run`) that was last drawn as a whole."""
PATIENCE = 5.0
"""Maximum wait for the event loop, in seconds."""
_LOG = logging.getLogger(__name__)
_missing: set[str] = set()


def _inside(path: str, of: Any = streamlit) -> Any:
    """Return the attribute at a path of `USES`. Raises AttributeError if it is missing."""
    return attrgetter(path)(of)


def _replace(path: str, value: object) -> None:
    """Replace the attribute at a path of `USES`."""
    owner, _dot, name = path.rpartition(".")
    setattr(attrgetter(owner)(streamlit), name, value)


def _feature(name: str, otherwise: Any = None) -> Callable[[F], F]:
    """Make a function the only user of some names. If one is missing, it logs that and returns `otherwise`."""

    def decorate(function: F) -> F:
        @wraps(function)
        def guarded(*args: Any) -> Any:
            try:
                return function(*args)
            except (AttributeError, FileNotFoundError) as error:
                if name not in _missing:
                    _missing.add(name)
                    _LOG.warning("This version of Streamlit is another one (%s): %s is off.", error, name)
                return otherwise

        return cast(F, guarded)

    return decorate


@_feature("knowing the server", False)
def has_server() -> bool:
    """Return whether a server runs in this process. A notebook and most tests have none."""
    return _inside("runtime.exists")()


def _server() -> Any:
    return _inside("runtime.get_instance")() if has_server() else None


@_feature("knowing the session")
def _run() -> Any:
    """Return the context of the script run in this thread; None outside a run."""
    return _inside("runtime.scriptrunner.get_script_run_ctx")(suppress_warning=True)


def in_session() -> bool:
    """Return whether this thread runs the script of a session, and so has access to its `st.session_state`."""
    return _run() is not None


@_feature("knowing the session")
def session_id() -> str | None:
    """Return the id of the session whose script this thread runs; None outside a session."""
    return _inside("session_id", run) if (run := _run()) else None


@_feature("knowing who is there", True)
def is_open(session: str | None) -> bool:
    """Return whether the session's browser is connected; True if unknown."""
    server = _server()
    return server is None or session is None or _inside("is_active_session", server)(session)


@_feature("a plus in the formula of an address", "")
def query_string() -> str:
    """Return the query of the address without decoding; empty outside a session."""
    return _inside("query_string", run) if (run := _run()) else ""


@_feature("following Back at once", False)
def went_back() -> bool:
    """Return whether the browser's Back or Forward button caused this run."""
    return bool((run := _run()) and _inside("is_history_navigation", run))


@_feature("another page together with a change", "")
def page_of_run() -> str:
    """Return a hash of the page of this run; empty if unknown. In callbacks it is the requested page."""
    return _inside("page_script_hash", run) if (run := _run()) else ""


@_feature("ignoring the folder of pages", False)
def ignore_pages_folder() -> bool:
    """Make Streamlit find pages by `st.navigation` alone. Return whether the current run must be restarted.

    Without this, the first user of a process would see a lesson without the frame that app.py adds.
    """
    name = "runtime.pages_manager.PagesManager.uses_pages_directory"
    found = bool(_inside(name))
    _replace(name, False)
    return found


@_feature("callbacks that are not cut short")
def finish_callbacks() -> None:
    """Make the sessions of this process finish their callbacks even if the next change follows at once.

    Streamlit can stop a run in favour of the next one at each access to the session state, also within a callback,
    which it does not call again. A click on a button would be lost if another change follows at once.
    """
    name = "runtime.state.safe_session_state.SafeSessionState.on_script_will_rerun"
    begin = _inside(name)

    def begin_undisturbed(self: Any, *states: Any, **options: Any) -> None:
        ask = self._yield_callback
        object.__setattr__(self, "_yield_callback", lambda: None)
        try:
            begin(self, *states, **options)
        finally:
            object.__setattr__(self, "_yield_callback", ask)

    _replace(name, begin_undisturbed)


_PAGE_CHANGE = "a change of the page together with another change"


@_feature(_PAGE_CHANGE)
def keep_page_changes() -> None:
    """Give a change of the page priority over later requests of the previous page.

    Streamlit's client sends a change of a widget from a timer, but a change of the page at once. A number that is
    released when Back is pressed therefore arrives after the request for the new page, as a run of a fragment of the
    previous page. An `st.rerun` in a callback of the previous page can also come after that request. Streamlit merges
    pending requests and takes the page of the last one, and a fragment that runs after its page was left makes the
    client remove everything on the new page.

    With this patch, a pending request for another page keeps that page, together with the callbacks of the change, and
    a fragment of any page but the last drawn one is not run.
    """
    requesting = "runtime.scriptrunner_utils.script_requests.ScriptRequests._request_rerun_locked"
    running = "runtime.scriptrunner.script_runner.ScriptRunner._run_script"
    request, run = _inside(requesting), _inside(running)

    def request_on_page(self: Any, new: Any) -> bool:
        return request(self, _kept_to_page(self, new) or new)

    def run_on_page(self: Any, asked: Any) -> None:
        if not _is_of_page_left(asked):
            run(self, asked)

    _replace(requesting, request_on_page)
    _replace(running, run_on_page)


@_feature(_PAGE_CHANGE)
def _kept_to_page(requests: Any, new: Any) -> Any:
    """Return the new request with the page of the pending one; None if it may keep its own."""
    waits, waiting = _inside("_state.name", requests) == "RERUN", _inside("_rerun_data", requests)
    of_part = bool(new.fragment_id or new.fragment_id_queue)
    of_script = new.widget_states is None and new.page_script_hash == page_of_run()
    # A widget outside of any part, changed when Back was pressed: the browser already has the other address.
    of_widget = waits and waiting.is_history_navigation and not new.is_history_navigation
    of_widget = of_widget and new.query_string == waiting.query_string != ""
    if not (waits and (of_part or of_script or of_widget)) or waiting.page_script_hash in ("", new.page_script_hash):
        return None
    names = ("page_script_hash", "page_name", "query_string", "is_history_navigation")
    return replace(new, **{name: getattr(waiting, name) for name in names})


@_feature(_PAGE_CHANGE, False)
def _is_of_page_left(asked: Any) -> bool:
    """Return whether a request is for fragments of a page other than the last drawn one; False if unknown."""
    drawn = streamlit.session_state.get(DRAWN_PAGE)
    return bool(asked.fragment_id_queue and drawn and asked.page_script_hash != drawn)


@_feature("remembering the theme")
def remember_theme() -> None:
    """Read the theme from the settings only once. A change of the theme requires a restart of the process.

    Streamlit sends the theme at the beginning of every run, also of a fragment, and searches all its settings six times
    for it. docs/decisions/parts.md has the measured times.
    """
    name = "runtime.app_session._populate_theme_msg"
    write = _inside(name)
    known: dict[str, Any] = {}

    def write_known(message: Any, section: str = "theme") -> None:
        if section not in known:
            new = type(message)()
            write(new, section)
            known[section] = new
        if known[section].ByteSize():
            message.MergeFrom(known[section])

    _replace(name, write_known)


def static_folder() -> Path:
    """Return the folder of Streamlit's own page, scripts and fonts.

    Files that are missing there are neither compressed nor preloaded.
    """
    return Path(streamlit.__file__).parent / "static"


@_feature("a page that says that it is loading", "")
def index_page() -> str:
    """Return Streamlit's own HTML page; empty if the file is missing."""
    return (static_folder() / "index.html").read_text(encoding="utf-8")


@_feature("counting sessions", 1)
def known_sessions() -> int:
    """Return the number of sessions to which a browser can reconnect, including open ones.

    The number is 0 without a server, and 1 if it is unknown.
    """
    return len(_inside("_session_mgr.list_sessions", server)()) if (server := _server()) else 0


@_feature("dropping closed sessions", 0)
def expire_closed_sessions() -> int:
    """Remove the closed sessions whose time to reconnect has expired, and return their number.

    Streamlit itself does this only when the next session closes.
    """
    if (server := _server()) is None:
        return 0
    loop = _inside("_get_async_objs", server)().eventloop
    closed = _inside("_session_mgr._session_storage._cache", server)
    expired: Future[int] = Future()
    try:  # on the event loop, so that no browser reconnects to one meanwhile
        loop.call_soon_threadsafe(lambda: expired.set_result(len(closed.expire())))
        return expired.result(PATIENCE)
    except (RuntimeError, TimeoutError):  # the server is shutting down
        return 0


@_feature("the limit of uploads", False)
def limit_uploads(uploads: Uploads = UPLOADS) -> bool:
    """Apply the limits of `uploads` to the server's file storage, once. Return whether they are applied."""
    if not uploads.limited and has_server():
        _limit(_inside("uploaded_file_mgr", _server()), uploads)
    return uploads.limited


def drop_files_of_closed_tabs(uploads: Uploads = UPLOADS) -> None:
    """Remove the uploaded files of sessions whose browser has disconnected.

    The data that was read from them remains in the session if the browser reconnects.
    """
    if uploads.limited and has_server():
        for session in uploads.sessions:
            if not is_open(session):
                _inside("uploaded_file_mgr", _server()).remove_session_files(session)


def _limit(store: Any, uploads: Uploads) -> None:
    give, add, remove, end = store.get_upload_urls, store.add_file, store.remove_file, store.remove_session_files

    def get_upload_urls(session_id: str, file_names: Sequence[str]) -> list[Any]:
        urls = give(session_id, file_names[:MOST_ASKED])
        return urls[: uploads.ask(session_id, [url.file_id for url in urls])]

    def add_file(session_id: str, file: Any) -> None:
        if not uploads.accepts(session_id, file.file_id):
            raise HTTPException(403, "No field has asked for this file.")
        add(session_id, file)
        for session, oldest in uploads.keep(session_id, file.file_id, len(file.data)):
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
