"""Small packets go out at once."""

import socket

from ui.wire import send_at_once


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
