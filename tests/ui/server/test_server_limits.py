"""Limits in time and number, and refusals, seen from a socket: a small ASGI application on a real server."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Thread
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from landscape_lab.serve import listening_socket
from landscape_lab.ui.server.headers import SecurityHeaders, security_headers
from landscape_lab.ui.server.protocol import LimitedProtocol
from landscape_lab.ui.server.refusals import HiddenPaths, WebSocketRules

SOON = 0.3
"""Seconds: the limit of the server under test; its clients wait much longer."""
PATIENCE = 30.0
LONG = bytes(8 * 2**20)
"""More than what the system keeps for a client that reads nothing."""


class Quick(LimitedProtocol):
    request_time = SOON
    body_time = 4 * SOON
    send_time = SOON
    most_connections = 20


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Says what it read; echoes on a web socket."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept", "subprotocol": next(iter(scope["subprotocols"]), None)})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
        return
    read, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        read, more = read + message["body"], message.get("more_body", False)
    body = LONG if scope["path"] == "/long" else read or b"hello"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def serving(application: Any) -> Iterator[int]:
    with listening_socket("127.0.0.1", 0) as server_socket:
        options: dict[str, Any] = {"ws": "websockets-sansio", "lifespan": "off", "log_level": "critical"}
        server = uvicorn.Server(uvicorn.Config(application, http=Quick, timeout_graceful_shutdown=1, **options))
        thread = Thread(target=server.run, args=([server_socket],))
        thread.start()
        try:
            yield server_socket.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(
        SecurityHeaders(HiddenPaths(WebSocketRules(app, first_message=SOON, most_silent=3)), "https://a.example")
    ) as number:
        yield number


def opened(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def rest(connection: socket.socket) -> bytes:
    """What comes until the server hangs up."""
    said = b""
    try:
        while more := connection.recv(2**16):
            said += more
    except ConnectionResetError:
        pass
    return said


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"\r\n",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: a",
        b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
        b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc",
    ],
)
def test_a_request_that_is_not_finished_is_dropped(port: int, begun: bytes):
    with opened(port) as connection:
        connection.sendall(begun)
        assert b"200 OK" not in rest(connection)


@pytest.mark.parametrize(
    ("begun", "drop"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"a"),
        (b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n\r\n", b"a"),
    ],
)
def test_a_request_that_comes_in_drops_is_dropped(port: int, begun: bytes, drop: bytes):
    with opened(port) as connection:
        connection.sendall(begun)
        connection.settimeout(SOON / 5)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                connection.sendall(drop)
                if not connection.recv(100):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        assert time.monotonic() < end


def test_a_request_in_parts_is_answered_and_the_connection_serves_again(port: int):
    with opened(port) as connection:
        for i in range(3):
            for part in (b"PUT / HTTP/1.1\r\nHost: a\r\n", b"Content-Length: 6\r\n\r\nab", b"cd", b"ef"):
                connection.sendall(part)
                time.sleep(SOON / 10)
            assert connection.recv(2**16).endswith(b"abcdef"), i


def test_a_client_that_takes_nothing_of_its_answer_is_dropped(port: int):
    with opened(port) as connection:
        connection.sendall(b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(4 * SOON)
        assert len(rest(connection)) < len(LONG)


def test_a_client_that_takes_its_answer_slowly_gets_all_of_it(port: int):
    with opened(port) as connection:
        connection.sendall(b"GET /long HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        got = 0
        for _ in range(16):  # for longer than the limit
            got += len(connection.recv(2**18, socket.MSG_WAITALL))
            time.sleep(SOON / 8)
        assert got + len(rest(connection)) > len(LONG)


def test_there_are_only_so_many_connections(port: int):
    connections = [opened(port) for _ in range(Quick.most_connections + 1)]
    try:
        assert rest(connections[-1]) == b""
    finally:
        for connection in connections:
            connection.close()
    with opened(port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert rest(connection).endswith(b"hello")


def answer(port: int, path: str) -> bytes:
    with opened(port) as connection:
        connection.sendall(b"GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % path.encode())
        return rest(connection)


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/metrics/", "/_stcore/%6detrics", "/_stcore/agent/mcp"])
def test_what_is_for_the_operator_is_not_there(port: int, path: str):
    assert answer(port, path).startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("path", ["/", "/_stcore/metrics", "/favicon.png"])
def test_every_answer_has_the_security_headers(port: int, path: str):
    said = answer(port, path).decode().lower()
    for name, value in security_headers("https://a.example").items():
        assert said.count(f"\r\n{name}: {value}\r\n".lower()) == 1
    assert "unsafe-eval" not in said and "frame-ancestors https://a.example\r\n" in said


def test_a_web_socket_that_says_nothing_is_closed(port: int):
    with connect(f"ws://127.0.0.1:{port}/", ping_interval=None) as wire:
        with pytest.raises(ConnectionClosed):
            wire.recv(PATIENCE)
        assert wire.protocol.close_code == 1008


def test_a_web_socket_that_takes_up_its_session_may_be_silent(port: int):
    """A page that lost its connection says nothing until its user does; only so many may, and they count only while."""
    with ExitStack() as wires:

        def again() -> ClientConnection:
            words: list[Any] = ["streamlit", "token", "session"]
            return wires.enter_context(connect(f"ws://127.0.0.1:{port}/", subprotocols=words, ping_interval=None))

        for _ in range(2):
            three, one_more = [again() for _ in range(3)], again()
            with pytest.raises(ConnectionClosed):
                one_more.recv(PATIENCE)
            for wire in three:
                with pytest.raises(TimeoutError):
                    wire.recv(2 * SOON / 3)
                wire.send("here")
                assert wire.recv(PATIENCE) == "here"


def test_a_web_socket_that_has_said_something_may_be_silent(port: int):
    with connect(f"ws://127.0.0.1:{port}/", ping_interval=None, origin=f"http://127.0.0.1:{port}") as wire:  # type: ignore[arg-type]
        for text in ("one", "two"):
            wire.send(text)
            assert wire.recv(PATIENCE) == text
            time.sleep(3 * SOON)


@pytest.mark.parametrize(
    "origin", ["http://elsewhere.example", "http://127.0.0.1:1", "http://localhost:{port}", "null", "http://127.0.0.1"]
)
def test_a_web_socket_of_another_site_is_refused(port: int, origin: str):
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{port}/", origin=origin.format(port=port))  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("loop", ["asyncio", "auto"])
def test_small_packets_are_sent_at_once(loop: str):
    """With either event loop, of which one is installed only on some systems."""
    told: list[int] = []

    class Telling(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            accepted = transport.get_extra_info("socket")
            told.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()

    async def accept(server_socket: socket.socket) -> None:
        server = await asyncio.get_running_loop().create_server(Telling, sock=server_socket)
        async with server:
            reader, writer = await asyncio.open_connection(*server_socket.getsockname())
            await reader.read()
            writer.close()

    factory = uvicorn.Config(app, loop=loop).get_loop_factory()
    with listening_socket("127.0.0.1", 0) as server_socket, asyncio.Runner(loop_factory=factory) as runner:
        runner.run(accept(server_socket))
    assert told and all(told)
