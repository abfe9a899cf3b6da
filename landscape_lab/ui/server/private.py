"""Access to undocumented names of Streamlit. No other file uses any; `USES` lists them with the reasons.

If a name is missing, the feature that needs it is off and one line is logged. All pages still work.
"""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Any, cast

import streamlit
from starlette.exceptions import HTTPException

from landscape_lab.ui.server.uploads import MOST_ASKED, UPLOADS, Uploads

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
    "net_util._external_ip": "Streamlit would request the address of this machine from another machine",
}
"""Paths of names, relative to the package `streamlit` or to one of its objects, with the reason for each.

requirements.txt pins the versions to which they belong. The tests remove each name in turn.
"""
_PAGES = attrgetter("runtime.pages_manager.PagesManager")
_SESSION_STATE = attrgetter("runtime.state.safe_session_state.SafeSessionState")
_REQUESTS = attrgetter("runtime.scriptrunner_utils.script_requests.ScriptRequests")
_APP_SESSION = attrgetter("runtime.app_session")
_RUNNER = attrgetter("runtime.scriptrunner.script_runner.ScriptRunner")
DRAWN_PAGE = "page drawn"
"""Key in the session state of the page (see `page_of_run`) that was last drawn as a whole."""
PATIENCE = 5.0
"""Maximum wait for the event loop, in seconds."""
_LOG = logging.getLogger(__name__)
_missing: set[str] = set()


def _inside(path: str, of: Any = streamlit) -> Any:
    """Return the attribute at a path of `USES`. Raises AttributeError if it is missing."""
    return attrgetter(path)(of)


@contextmanager
def _feature(name: str) -> Iterator[None]:
    try:
        yield
    except (AttributeError, FileNotFoundError) as error:
        if name not in _missing:
            _missing.add(name)
            _LOG.warning("This version of Streamlit is another one (%s): %s is off.", error, name)


def has_server() -> bool:
    """Return whether a server runs in this process. A notebook and most tests have none."""
    with _feature("knowing the server"):
        return _inside("runtime.exists")()
    return False


def _server() -> Any:
    return _inside("runtime.get_instance")() if has_server() else None


def _run() -> Any:
    """Return the context of the script run in this thread; None outside a run."""
    with _feature("knowing the session"):
        return _inside("runtime.scriptrunner.get_script_run_ctx")(suppress_warning=True)
    return None


def in_session() -> bool:
    """Return whether this thread runs the script of a session, and so has access to its `st.session_state`."""
    return _run() is not None


def session_id() -> str | None:
    """Return the id of the session whose script this thread runs; None outside a session."""
    with _feature("knowing the session"):
        return _inside("session_id", run) if (run := _run()) else None
    return None


def is_open(session: str | None) -> bool:
    """Return whether the session's browser is connected; True if unknown."""
    with _feature("knowing who is there"):
        server = _server()
        return server is None or session is None or _inside("is_active_session", server)(session)
    return True


def query_string() -> str:
    """Return the query of the address without decoding; empty outside a session."""
    with _feature("a plus in the formula of an address"):
        return _inside("query_string", run) if (run := _run()) else ""
    return ""


def went_back() -> bool:
    """Return whether the browser's Back or Forward button caused this run."""
    with _feature("following Back at once"):
        return bool((run := _run()) and _inside("is_history_navigation", run))
    return False


def page_of_run() -> str:
    """Return a hash of the page of this run; empty if unknown. In callbacks it is the requested page."""
    with _feature("another page together with a change"):
        return _inside("page_script_hash", run) if (run := _run()) else ""
    return ""


def ignore_pages_folder() -> bool:
    """Make Streamlit find pages by `st.navigation` alone. Return whether the current run must be restarted.

    Without this, the first user of a process would see a lesson without the frame that app.py adds.
    """
    with _feature("ignoring the folder of pages"):
        found = _inside("runtime.pages_manager.PagesManager.uses_pages_directory")
        _PAGES(streamlit).uses_pages_directory = False
        return bool(found)
    return False


def finish_callbacks() -> None:
    """Make the sessions of this process finish their callbacks even if the next change follows at once.

    Streamlit can stop a run in favour of the next one at each access to the session state, also within a callback,
    which it does not call again. A click on a button would be lost if another change follows at once.
    """
    with _feature("callbacks that are not cut short"):
        begin = _inside("runtime.state.safe_session_state.SafeSessionState.on_script_will_rerun")

        def begin_undisturbed(self: Any, *states: Any, **options: Any) -> None:
            ask = self._yield_callback
            object.__setattr__(self, "_yield_callback", lambda: None)
            try:
                begin(self, *states, **options)
            finally:
                object.__setattr__(self, "_yield_callback", ask)

        _SESSION_STATE(streamlit).on_script_will_rerun = begin_undisturbed


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
    name = "a change of the page together with another change"
    with _feature(name):
        request = _inside("runtime.scriptrunner_utils.script_requests.ScriptRequests._request_rerun_locked")
        run = _inside("runtime.scriptrunner.script_runner.ScriptRunner._run_script")

        def request_on_page(self: Any, new: Any) -> bool:
            with _feature(name):
                new = _kept_to_page(self, new)
            return request(self, new)

        def run_on_page(self: Any, asked: Any) -> None:
            left = False
            with _feature(name):
                left = _is_of_page_left(asked)
            if not left:
                run(self, asked)

        _REQUESTS(streamlit)._request_rerun_locked = request_on_page
        _RUNNER(streamlit)._run_script = run_on_page


def _kept_to_page(requests: Any, new: Any) -> Any:
    """Return the new request, changed to the page of the pending request if it does not itself request a page."""
    waits, waiting = _inside("_state.name", requests) == "RERUN", _inside("_rerun_data", requests)
    of_part = bool(new.fragment_id or new.fragment_id_queue)
    of_script = new.widget_states is None and new.page_script_hash == page_of_run()
    # A widget outside of any part, changed when Back was pressed: the browser already has the other address.
    of_widget = waits and waiting.is_history_navigation and not new.is_history_navigation
    of_widget = of_widget and new.query_string == waiting.query_string != ""
    if not (waits and (of_part or of_script or of_widget)) or waiting.page_script_hash in ("", new.page_script_hash):
        return new
    return replace(
        new,
        page_script_hash=waiting.page_script_hash,
        page_name=waiting.page_name,
        query_string=waiting.query_string,
        is_history_navigation=waiting.is_history_navigation,
    )


def _is_of_page_left(asked: Any) -> bool:
    """Return whether a request is for fragments of a page other than the last drawn one; False if unknown."""
    drawn = streamlit.session_state.get(DRAWN_PAGE)
    return bool(asked.fragment_id_queue and drawn and asked.page_script_hash != drawn)


def remember_theme() -> None:
    """Read the theme from the settings only once. A change of the theme requires a restart of the process.

    Streamlit sends the theme at the beginning of every run, also of a fragment, and searches all its settings six times
    for it. docs/decisions/parts.md has the measured times.
    """
    with _feature("remembering the theme"):
        write = _inside("runtime.app_session._populate_theme_msg")
        known: dict[str, Any] = {}

        def write_known(message: Any, section: str = "theme") -> None:
            if section not in known:
                new = type(message)()
                write(new, section)
                known[section] = new
            if known[section].ByteSize():
                message.MergeFrom(known[section])

        _APP_SESSION(streamlit)._populate_theme_msg = write_known


def static_folder() -> Path:
    """Return the folder of Streamlit's own page, scripts and fonts.

    Files that are missing there are neither compressed nor preloaded.
    """
    return Path(streamlit.__file__).parent / "static"


def index_page() -> str:
    """Return Streamlit's own HTML page; empty if the file is missing."""
    with _feature("a page that says that it is loading"):
        return (static_folder() / "index.html").read_text(encoding="utf-8")
    return ""


def known_sessions() -> int:
    """Return the number of sessions to which a browser can reconnect, including open ones.

    The number is 0 without a server, and 1 if it is unknown.
    """
    with _feature("counting sessions"):
        return len(_inside("_session_mgr.list_sessions", server)()) if (server := _server()) else 0
    return 1


def expire_closed_sessions() -> int:
    """Remove the closed sessions whose time to reconnect has expired, and return their number.

    Streamlit itself does this only when the next session closes.
    """
    with _feature("dropping closed sessions"):
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
    return 0


def know_no_external_address() -> None:
    """Set the external address of this machine, so that Streamlit does not request it from another machine.

    Streamlit would do so when a page of another site opens a web socket, and block all users meanwhile.
    """
    with _feature("not asking for the external address"):
        _inside("net_util._external_ip")
        cast(Any, streamlit).net_util._external_ip = ""


def limit_uploads(uploads: Uploads = UPLOADS) -> bool:
    """Apply the limits of `uploads` to the server's file storage, once. Return whether they are applied."""
    if not uploads.limited and has_server():
        with _feature("the limit of uploads"):
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
