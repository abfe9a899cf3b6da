"""How the server sends: at once, however little it is.

TCP keeps a small packet back until the one before has been acknowledged, which takes the other side up to 40 ms: for
every file of a page that is loaded, and for the messages of a change. asyncio tells its connections not to wait, but
only those that it knows to be TCP, and Streamlit makes its socket without naming the protocol.
"""

import gc
from contextlib import suppress
from socket import AF_INET, AF_INET6, IPPROTO_TCP, SO_ACCEPTCONN, SOCK_STREAM, SOL_SOCKET, TCP_NODELAY, socket


def send_at_once() -> bool:
    """Tell it to every connection of this process. True if a socket listens; what it accepts will take after it."""
    found = [each for each in gc.get_objects() if type(each) is socket and _is_tcp(each)]
    for each in found:
        with suppress(OSError):  # closed meanwhile
            each.setsockopt(IPPROTO_TCP, TCP_NODELAY, True)
    return any(map(_listens, found))


def _is_tcp(each: socket) -> bool:
    return each.family in (AF_INET, AF_INET6) and each.type == SOCK_STREAM


def _listens(each: socket) -> bool:
    with suppress(OSError):
        return bool(each.getsockopt(SOL_SOCKET, SO_ACCEPTCONN))
    return False
