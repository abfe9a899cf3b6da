"""Uploads: a server takes and keeps only files that a field of their session asked for, and few of them."""

import asyncio
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
from starlette.exceptions import HTTPException
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from deploy.nginx import BODY
from deploy.worker import free_port
from landscape_lab.experiments.recordings import archive
from landscape_lab.ui.server import private
from landscape_lab.ui.server.uploads import (
    MOST_ASKED,
    MOST_BYTES,
    MOST_OF_ALL,
    MOST_OF_SESSION,
    UploadLimits,
    Uploads,
)
from tests.processes import stop_process

ROOT = Path(__file__).parents[3]
PATIENCE = 60.0


@pytest.fixture
def uploads() -> Uploads:
    made = Uploads()
    made.limited = True
    return made


def test_only_what_a_field_asked_for_is_accepted(uploads: Uploads):
    assert uploads.ask("a", ["1"]) == 0 and not uploads.accepts("a", "1"), "no field is there"
    uploads.add_field("a")
    assert uploads.ask("a", ["1"]) == 1
    assert uploads.accepts("a", "1")
    assert not uploads.accepts("a", "2") and not uploads.accepts("b", "1"), "nor in the name of another session"
    uploads.end("a")
    assert not uploads.accepts("a", "1") and uploads.ask("a", ["1"]) == 0


def test_few_addresses_are_given(uploads: Uploads):
    uploads.add_field("a")
    names = [str(i) for i in range(3 * MOST_ASKED)]
    assert uploads.ask("a", names) == MOST_ASKED
    uploads.ask("a", ["last"])
    assert [name for name in [*names, "last"] if uploads.accepts("a", name)] == [*names[1:MOST_ASKED], "last"]


def kept(uploads: Uploads, session: str, file: str, size: int = 1000) -> list[tuple[str, str]]:
    uploads.add_field(session)
    uploads.ask(session, [file])
    return uploads.keep(session, file, size)


def test_oldest_file_goes_for_a_further_one(uploads: Uploads):
    dropped = [place for i in range(MOST_OF_SESSION + 2) for place in kept(uploads, "a", str(i))]
    assert dropped == [("a", "0"), ("a", "1")]
    assert not uploads.accepts("a", "0") and uploads.accepts("a", "2")
    uploads.drop("a", "2")
    assert kept(uploads, "a", "new") == []


def test_all_sessions_together_keep_few(uploads: Uploads):
    dropped = [place for i in range(MOST_OF_ALL + 2) for place in kept(uploads, f"session {i}", "file")]
    assert dropped == [("session 0", "file"), ("session 1", "file")]
    assert len(uploads.sessions) == MOST_OF_ALL
    for i in range(MOST_OF_ALL + 2):
        uploads.end(f"session {i}")
    state = [vars(uploads)[name] for name in ("_with_field", "_asked", "_kept")]
    assert not any(state), "nothing is left of sessions that are over"


def test_all_files_together_have_a_limited_size(uploads: Uploads):
    size = MOST_BYTES // 10
    assert not [place for i in range(10) for place in kept(uploads, f"session {i}", "file", size)]
    assert kept(uploads, "small", "file", 1) == [("session 0", "file")]
    assert kept(uploads, "large", "file", MOST_BYTES) == [
        *((f"session {i}", "file") for i in range(1, 10)),
        ("small", "file"),
    ]
    assert kept(uploads, "larger", "file", 2 * MOST_BYTES) == [("large", "file")] and uploads.sessions == {"larger"}


def test_server_and_nginx_accept_the_largest_recording():
    megabytes = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["server"]["maxUploadSize"]
    assert megabytes * 2**20 >= archive.MOST_BYTES
    assert int(BODY.removesuffix("m")) >= megabytes + 1, "with what a form adds to a file"


def test_without_streamlits_store_nothing_is_refused():
    assert Uploads().accepts("a", "1")


def answered(uploads: Uploads, method: str, path: str) -> tuple[list[int], bool]:
    """The codes of an answer, and whether the request came through to the app; its body must not be read."""
    came, codes = [], []

    async def app(*_args: Any) -> None:
        came.append(True)

    async def receive() -> Any:
        pytest.fail("the file was read")

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            codes.append(message["status"])

    asyncio.run(
        UploadLimits(app, uploads)({"type": "http", "method": method, "path": path, "headers": []}, receive, send)
    )
    return codes, bool(came)


def test_file_is_refused_before_it_is_read(uploads: Uploads):
    uploads.add_field("a")
    uploads.ask("a", ["1"])
    put = "/_stcore/upload_file/a/"
    assert answered(uploads, "PUT", put + "1") == ([], True)
    for path in (put + "2", "/_stcore/upload_file/b/1", "/below" + put + "2", put + "2/", put + "1%"):
        assert answered(uploads, "PUT", path) == ([403], False), path
    for method, path in (("DELETE", put + "2"), ("OPTIONS", put + "2"), ("GET", "/playground"), ("PUT", "/elsewhere")):
        assert answered(uploads, method, path) == ([], True)


def test_files_go_soon_after_their_tab_is_closed(monkeypatch: pytest.MonkeyPatch):
    store, here, uploads = MemoryUploadedFileManager("/_stcore/upload_file"), {"a", "b"}, Uploads()
    server = SimpleNamespace(uploaded_file_mgr=store, is_active_session=here.__contains__)
    monkeypatch.setattr(private, "has_server", lambda: True)
    monkeypatch.setattr(private, "_server", lambda: server)
    assert private.limit_uploads(uploads) and private.limit_uploads(uploads)
    for session in ("a", "b"):
        uploads.add_field(session)
        for _file in range(MOST_OF_SESSION + 3):
            (url,) = store.get_upload_urls(session, ["data.csv"])
            store.add_file(session_id=session, file=UploadedFileRec(url.file_id, "data.csv", "text/csv", b"1,2"))
    with pytest.raises(HTTPException):
        store.add_file(session_id="a", file=UploadedFileRec("unasked", "data.csv", "text/csv", b"1,2"))
    assert {name: len(files) for name, files in store.file_storage.items()} == dict.fromkeys("ab", MOST_OF_SESSION)
    here.remove("a")
    private.drop_files_of_closed_tabs(uploads)
    assert list(store.file_storage) == ["b"] and uploads.sessions == {"b"}
    for file in list(store.file_storage["b"]):
        store.remove_file(session_id="b", file_id=file)
    assert not store.file_storage["b"] and not uploads.sessions


def test_another_streamlit_is_served_without_limits(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    server, uploads = SimpleNamespace(), Uploads()
    monkeypatch.setattr(private, "has_server", lambda: True)
    monkeypatch.setattr(private, "_server", lambda: server)
    assert not private.limit_uploads(uploads)
    assert len(caplog.records) == 1 and "the limit of uploads is off" in caplog.text
    private.drop_files_of_closed_tabs(uploads)
    assert uploads.accepts("a", "1")


# A real server


@contextmanager
def serving(command: list[str]) -> Iterator[str]:
    port = free_port()
    environment = os.environ | {
        "STREAMLIT_SERVER_PORT": str(port),
        "STREAMLIT_SERVER_ADDRESS": "127.0.0.1",
        "STREAMLIT_SERVER_HEADLESS": "true",
        "STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none",
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address, end = f"http://127.0.0.1:{port}", time.monotonic() + PATIENCE
    try:
        while True:
            with suppress(URLError, ConnectionError), urlopen(f"{address}/_stcore/health", timeout=5):
                break
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.05)
        yield address
    finally:
        stop_process(process)


class Visitor:
    """A browser as the server sees it."""

    def __init__(self, address: str, socket: ClientConnection, headers: dict[str, str]) -> None:
        self.address, self.socket, self.headers = address, socket, headers
        self.session, self.field = "", ""
        self.run()

    @classmethod
    @contextmanager
    def at(cls, address: str) -> "Iterator[Visitor]":
        """A visitor until the tab is closed."""
        with urlopen(f"{address}/_stcore/health") as reply:
            cookies = [cookie.split(";")[0] for cookie in reply.headers.get_all("Set-Cookie") or []]
        token = next(cookie.partition("=")[2] for cookie in cookies if cookie.startswith("_streamlit_xsrf"))
        headers = {"Cookie": "; ".join(cookies), "X-Xsrftoken": token}
        to = address.replace("http", "ws") + "/_stcore/stream"
        with connect(to, origin=Origin(address), subprotocols=[Subprotocol("streamlit"), Subprotocol(token)]) as socket:
            yield cls(address, socket, headers)

    def told(self) -> Iterator[ForwardMsg]:
        while True:
            yield ForwardMsg.FromString(self.socket.recv(PATIENCE, decode=False))

    def run(self, **widgets: bool) -> None:
        back = BackMsg()
        back.rerun_script.query_string = ""
        for key, value in widgets.items():
            back.rerun_script.widget_states.widgets.append(WidgetState(id=key, bool_value=value))
        self.socket.send(back.SerializeToString())
        for message in self.told():
            if message.WhichOneof("type") == "new_session":
                self.session = message.new_session.initialize.session_id or self.session
            element = message.delta.new_element
            if element.WhichOneof("type") == "checkbox":
                self.field = element.checkbox.id
            if message.WhichOneof("type") == "script_finished":
                return

    def show_field(self) -> None:
        self.run(**{self.field: True})

    def ask(self, count: int) -> list[str]:
        """The addresses that it gets for so many files."""
        back = BackMsg()
        back.file_urls_request.request_id = "1"
        back.file_urls_request.file_names.extend(["data.csv"] * count)
        back.file_urls_request.session_id = self.session
        self.socket.send(back.SerializeToString())
        found = next(message for message in self.told() if message.WhichOneof("type") == "file_urls_response")
        return [urls.upload_url for urls in found.file_urls_response.file_urls]

    def put(self, path: str) -> int:
        body = b'--q\r\nContent-Disposition: form-data; name="file"; filename="data.csv"\r\n\r\n1,2\r\n--q--\r\n'
        headers = self.headers | {"Content-Type": "multipart/form-data; boundary=q"}
        try:
            with urlopen(Request(self.address + path, body, headers, method="PUT"), timeout=30) as reply:
                return reply.status
        except HTTPError as error:
            return error.code


PLAIN = ["-m", "streamlit", "run", "tests/ui/server/upload_app.py"]
"""As a hosting service starts an app: no middleware of ours."""
OURS = [
    "-c",
    "import os, streamlit as st, uvicorn; from starlette.middleware import Middleware; "
    "from landscape_lab.ui.server.uploads import UploadLimits; "
    "app = st.App('tests/ui/server/upload_app.py', middleware=[Middleware(UploadLimits)]); "
    "uvicorn.run(app, host='127.0.0.1', port=int(os.environ['STREAMLIT_SERVER_PORT']))",
]


@pytest.mark.servers
@pytest.mark.parametrize("command", [PLAIN, OURS], ids=["streamlit run", "middleware"])
def test_server_keeps_what_its_fields_asked_for(command: list[str]):
    with serving(command) as address, Visitor.at(address) as one, Visitor.at(address) as two:
        one.show_field()
        (asked,) = one.ask(1)
        assert two.ask(1) == [], "no field is on its page"
        assert two.put(f"/_stcore/upload_file/{two.session}/f1") == 403
        assert one.put(f"/_stcore/upload_file/{one.session}/f1") == 403
        assert two.put(asked.replace(one.session, two.session)) == 403, "the file of another session"
        assert one.put(asked) == 204
        assert one.put("/_stcore/upload_file/nobody/f1") in (400, 403)
        more = one.ask(100)
        assert len(more) == MOST_ASKED
        assert [one.put(path) for path in more] == [204] * MOST_ASKED
        assert one.put(asked) == 403, "the oldest is gone"
