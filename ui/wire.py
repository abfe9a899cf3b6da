"""How the server sends: at once, however little it is.

TCP keeps a small packet back until the one before has been acknowledged, which takes the other side up to 40 ms: for
every file of a page that is loaded, and for the messages of a change. asyncio tells its connections not to wait, but
only those that it knows to be TCP, and Streamlit makes its socket without naming the protocol.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from socket import AF_INET, AF_INET6, IPPROTO_TCP, SO_ACCEPTCONN, SOCK_STREAM, SOL_SOCKET, TCP_NODELAY, socket

OPEN_FILES = Path("/dev/fd")
"""Where Linux and macOS list the descriptors of a process."""


def send_at_once() -> bool:
    """Tell it to every connection of this process. True if a socket listens; what it accepts will take after it.

    The sockets are found among the open files. Not among Python's objects: whoever walks those while another thread
    builds a tuple breaks that thread, which once in a while was the server at its start. Windows has no such list:
    there nothing is told, and nothing is waited for.
    """
    if not OPEN_FILES.exists():
        return True
    listens = False
    for name in os.listdir(OPEN_FILES):
        with suppress(OSError):  # closed meanwhile
            listens |= _tell(int(name))
    return listens


def _tell(descriptor: int) -> bool:
    """Tell it to a connection, through a descriptor of our own; whether it listens. Raises OSError."""
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        return False
    ours = os.dup(descriptor)
    try:
        connection = socket(fileno=ours)
    except OSError:  # another file took the number meanwhile
        os.close(ours)
        raise
    with connection:
        if connection.family not in (AF_INET, AF_INET6) or connection.type != SOCK_STREAM:
            return False
        connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, True)
        return bool(connection.getsockopt(SOL_SOCKET, SO_ACCEPTCONN))
