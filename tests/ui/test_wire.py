"""Small packets go out at once."""

import os
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from ui.wire import OPEN_FILES, send_at_once


def waits(connection: socket.socket) -> bool:
    return not connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_connections_of_a_server_do_not_wait():
    with socket.socket() as server:  # as Streamlit makes it, without a protocol
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(server.getsockname()), server.accept()[0] as before:
            assert waits(before)
            assert send_at_once()
            assert not waits(before)
        with socket.create_connection(server.getsockname()), server.accept()[0] as after:
            assert not waits(after)


def test_other_sockets_are_left_alone():
    socket.socket().close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM), socket.socket():
        send_at_once()


def test_nothing_stays_open_and_no_other_kind_of_file_is_touched(tmp_path: Path):
    one, other = socket.socketpair()
    with (tmp_path / "file").open("w"), one, other, socket.socket() as ours:
        before = sorted(os.listdir(OPEN_FILES))
        send_at_once()
        assert sorted(os.listdir(OPEN_FILES)) == before
        assert ours.fileno() >= 0 and not waits(ours)


def test_a_thread_that_builds_tuples_meanwhile_is_not_disturbed():
    """Python 3.11 raises a SystemError in it when somebody holds its unfinished tuple."""
    done, built = Event(), []

    def build() -> None:
        while not done.is_set():
            built.append(len(tuple(each for each in range(50))))

    with ThreadPoolExecutor() as pool:
        building = pool.submit(build)
        for _ in range(200):
            send_at_once()
        done.set()
        building.result()
    assert set(built) == {50}
