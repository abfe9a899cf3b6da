"""The only file that uses what Streamlit does not document: names inside it, listed in `USES` with their reasons.

Where a name is missing, the feature that needs it is off, with one line in the log. No page is lost.
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
    "runtime.exists": "whether a server runs at all: in a notebook and in tests there is none",
    "runtime.get_instance": "the server, for everything below that concerns all sessions",
    "runtime.scriptrunner.get_script_run_ctx": "which session a function is called for; nothing public tells without "
    "a warning where there is none",
    "session_id": "which session may upload a file, and which one waits for a computation",
    "query_string": "the address as it was typed: `st.query_params` turns a plus of a formula into a blank",
    "is_history_navigation": "Back and Forward of the browser are followed; a link that is only late is not",
    "page_script_hash": "which page a run is of, in callbacks too: they may come with the wish for another page",
    "runtime.state.safe_session_state.SafeSessionState.on_script_will_rerun": "what calls the callbacks: they are "
    "not cut short",
    "runtime.scriptrunner_utils.script_requests.ScriptRequests._request_rerun_locked": "a page that was asked for is "
    "drawn, whatever the page that is left still asks for",
    "_state.name": "whether a request waits to be run",
    "_rerun_data": "the request that waits",
    "runtime.scriptrunner.script_runner.ScriptRunner._run_script": "a part of a page that was left is not run",
    "runtime.app_session._populate_theme_msg": "the theme is read from the settings once, not six times for every run",
    "runtime.pages_manager.PagesManager.uses_pages_directory": "a folder called pages/ means Streamlit's older way of "
    "finding pages, until `st.navigation` has been called once in the process",
    "is_active_session": "files and computations end with the tab that asked for them",
    "_session_mgr.list_sessions": "closed sessions are looked for only where there may be some",
    "_session_mgr._session_storage._cache": "a closed session ends after two minutes, not when the next one closes",
    "_get_async_objs": "closed sessions are dropped on the event loop, where browsers come back to them",
    "uploaded_file_mgr": "the limit of uploads",
    "net_util._external_ip": "Streamlit would ask another machine for this one's address",
}
"""Paths of names, from the package `streamlit` or from an object of it, and what for. requirements.txt has the versions
that they are of; the tests take each of them away."""
_PAGES = attrgetter("runtime.pages_manager.PagesManager")
_SESSION_STATE = attrgetter("runtime.state.safe_session_state.SafeSessionState")
_REQUESTS = attrgetter("runtime.scriptrunner_utils.script_requests.ScriptRequests")
_APP_SESSION = attrgetter("runtime.app_session")
_RUNNER = attrgetter("runtime.scriptrunner.script_runner.ScriptRunner")
DRAWN_PAGE = "page drawn"
"""The name in a session's state of the page (`page_of_run`) that was drawn last as a whole."""
PATIENCE = 5.0
"""Seconds that the event loop may take to answer."""
_LOG = logging.getLogger(__name__)
_missing: set[str] = set()


def _inside(path: str, of: Any = streamlit) -> Any:
    """What stands at a path of `USES`. Raises AttributeError."""
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
    """Whether a server runs in this process: there is none in a notebook, and none in most tests."""
    with _feature("knowing the server"):
        return _inside("runtime.exists")()
    return False


def _server() -> Any:
    return _inside("runtime.get_instance")() if has_server() else None


def _run() -> Any:
    """The run of a script that this thread does; None outside of one."""
    with _feature("knowing the session"):
        return _inside("runtime.scriptrunner.get_script_run_ctx")(suppress_warning=True)
    return None


def in_session() -> bool:
    """Whether this thread runs the script of a session, whose `st.session_state` it sees."""
    return _run() is not None


def session_id() -> str | None:
    """The session for which this thread runs a script; None outside of one."""
    with _feature("knowing the session"):
        return _inside("session_id", run) if (run := _run()) else None
    return None


def is_open(session: str | None) -> bool:
    """Whether the session's browser is there; True if unknown."""
    with _feature("knowing who is there"):
        server = _server()
        return server is None or session is None or _inside("is_active_session", server)(session)
    return True


def query_string() -> str:
    """The query of the address as it stands there; empty outside of a session."""
    with _feature("a plus in the formula of an address"):
        return _inside("query_string", run) if (run := _run()) else ""
    return ""


def went_back() -> bool:
    """Whether the browser's Back or Forward asked for this run."""
    with _feature("following Back at once"):
        return bool((run := _run()) and _inside("is_history_navigation", run))
    return False


def page_of_run() -> str:
    """A text for the page that this run is of, in its callbacks the one that is asked for; empty if unknown."""
    with _feature("another page together with a change"):
        return _inside("page_script_hash", run) if (run := _run()) else ""
    return ""


def ignore_pages_folder() -> bool:
    """Find pages by `st.navigation` alone; whether a run began otherwise, and has to start again.

    Otherwise the first visitor of a process would see a lesson without what app.py puts around it.
    """
    with _feature("ignoring the folder of pages"):
        found = _inside("runtime.pages_manager.PagesManager.uses_pages_directory")
        _PAGES(streamlit).uses_pages_directory = False
        return bool(found)
    return False


def finish_callbacks() -> None:
    """Have the sessions of this process finish their callbacks, however soon the next change follows.

    Streamlit ends a run for the next one wherever it touches the session's state, in a callback too, which it does not
    call again: the press of a button would be lost when another change follows at once.
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
    """Let a change of the page win over what the page that is left still asks for.

    Streamlit's client sends a change of a widget in a timer's callback, and a change of the page at once. So a number
    that is released as Back is pressed arrives after the request for the other page, as a run of a part of the page
    that is left; and what a callback of that page asks for with `st.rerun` may come after that request, too. Of
    requests that wait together Streamlit takes the page of the last one, and a part that runs after its page was left
    makes the client drop all that the other page shows.

    Here a request that waits for another page keeps that page, with the callbacks of the change; a part of a page that
    is not the one drawn last is not run.
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
    """A new request, for the page that the waiting one asks for if the new one asks for none itself."""
    waits, waiting = _inside("_state.name", requests) == "RERUN", _inside("_rerun_data", requests)
    of_part = bool(new.fragment_id or new.fragment_id_queue)
    of_script = new.widget_states is None and new.page_script_hash == page_of_run()
    if not (waits and (of_part or of_script)) or waiting.page_script_hash in ("", new.page_script_hash):
        return new
    return replace(
        new,
        page_script_hash=waiting.page_script_hash,
        page_name=waiting.page_name,
        query_string=waiting.query_string,
        is_history_navigation=waiting.is_history_navigation,
    )


def _is_of_page_left(asked: Any) -> bool:
    """Whether what is to be run are parts of another page than the one drawn last, as far as that is known."""
    drawn = streamlit.session_state.get(DRAWN_PAGE)
    return bool(asked.fragment_id_queue and drawn and asked.page_script_hash != drawn)


def remember_theme() -> None:
    """Read the theme from the settings once; another one takes a new start of the process.

    Streamlit sends the theme at the beginning of every run, also of a part of a page, and looks through all of its
    settings six times for it: docs/decisions/parts.md has the time that it took.
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
    """Where Streamlit's own page, scripts and fonts lie. What is not there is neither compressed nor preloaded."""
    return Path(streamlit.__file__).parent / "static"


def index_page() -> str:
    """Streamlit's own HTML page; empty if it is elsewhere."""
    with _feature("a page that says that it is loading"):
        return (static_folder() / "index.html").read_text(encoding="utf-8")
    return ""


def known_sessions() -> int:
    """How many sessions a browser may still come back to, open ones included; 0 without a server, 1 if unknown."""
    with _feature("counting sessions"):
        return len(_inside("_session_mgr.list_sessions", server)()) if (server := _server()) else 0
    return 1


def expire_closed_sessions() -> int:
    """Drop the sessions whose tab was closed too long ago to come back; how many there were.

    Streamlit does so only when the next session closes.
    """
    with _feature("dropping closed sessions"):
        if (server := _server()) is None:
            return 0
        loop = _inside("_get_async_objs", server)().eventloop
        closed = _inside("_session_mgr._session_storage._cache", server)
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
        _inside("net_util._external_ip")
        cast(Any, streamlit).net_util._external_ip = ""


def limit_uploads(uploads: Uploads = UPLOADS) -> bool:
    """Make the server's store of files keep to the limits of `uploads`; whether it does. Once is enough."""
    if not uploads.limited and has_server():
        with _feature("the limit of uploads"):
            _limit(_inside("uploaded_file_mgr", _server()), uploads)
    return uploads.limited


def drop_files_of_closed_tabs(uploads: Uploads = UPLOADS) -> None:
    """Drop the files of sessions whose browser is gone: if it comes back, what was read from them is still there."""
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
