"""Checks that the app can be served at HOST and PORT, before anything is installed or started."""

import errno
import socket
import sys

LOCAL = "127.0.0.1"
"""The loopback address, which is also the default of an empty HOST."""


def trouble(host: str, port: str) -> str | None:
    """Return one sentence about why a server cannot listen on `host` and `port` and what to do, or None if it can."""
    host = host.strip() or LOCAL
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        return f"PORT={port} is not a port: choose a number from 1024 to 65535, such as make run PORT=8502"
    try:
        listen(host, int(port))
    except socket.gaierror:
        return f"HOST={host} is not known here: leave it out, or give an address of this machine"
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return (
                f"Port {port} is taken, perhaps by this app in another window: stop that one,"
                f" or choose another port: make run PORT={free_after(host, int(port))}"
            )
        if error.errno == errno.EADDRNOTAVAIL:
            return f"HOST={host} is not an address of this machine: leave it out, or use 0.0.0.0 for all of them"
        return f"Port {port} cannot be used ({error.strerror}): choose another port: make run PORT=8502"
    return None


def listen(host: str, port: int) -> None:
    """Listen for a moment. Raises OSError if that is not possible or if another server responds."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as server:
        # As in Streamlit: the port of a server that has just ended is free.
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((host, port))
        server.listen()
    with socket.socket(family, socket.SOCK_STREAM) as client:
        # With SO_REUSEADDR macOS allows a second server in addition to one that listens on every address.
        client.settimeout(0.5)
        if client.connect_ex((host, port)) == 0:
            raise OSError(errno.EADDRINUSE, "taken")


def free_after(host: str, port: int) -> int:
    """Return the next free port, or `port` itself if there is none."""
    for candidate in range(port + 1, min(port + 100, 65536)):
        try:
            listen(host, candidate)
        except OSError:
            continue
        return candidate
    return port


if __name__ == "__main__":
    sys.exit(trouble(*sys.argv[1:]))
