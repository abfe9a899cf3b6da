"""The command that serves the app: `landscape-lab serve --host 0.0.0.0 --port 8502`.

Streamlit's settings are in `.streamlit/config.toml` next to `app.py`.
"""

import argparse
import os
import socket
import sys
from contextlib import suppress
from threading import Thread

from landscape_lab import HOME
from landscape_lab.address import LOCAL, trouble

LOOPBACK = ("127.", "::1", "localhost")
"""The prefixes of loopback addresses."""
PING = 30.0
"""Seconds between two pings of a web socket, and until the answer."""
KEEP_ALIVE = {False: 5, True: 75}
"""Seconds that a connection may be idle: a visitor's, and nginx's, which closes it earlier itself."""
SHUTDOWN_TIMEOUT = 5
"""Seconds within which requests must end when the server stops."""
OPEN_FILES = 8192
"""The number of open files to allow. Every connection is an open file, and the default of many systems is 1024."""


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port`. Raises OSError.

    The protocol is given explicitly, because asyncio sets TCP_NODELAY only for sockets that are known to be TCP.
    Without that option small packets are delayed by up to 40 ms.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name != "nt":  # on Windows two servers could have the same port
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.bind((host, port))
        server.listen(1024)
    except OSError:
        server.close()
        raise
    return server


def allow_open_files() -> None:
    """Raise the limit of open files of this process to `OPEN_FILES`, or as far as the system allows."""
    with suppress(ImportError, OSError, ValueError):  # Windows has no such limit
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def open_browser(address: str) -> None:
    """Open the app in a browser if there is a screen."""
    if sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        import webbrowser

        webbrowser.open(address)


def framed_by(host: str, given: str = "") -> str:
    """Return the sites that may show the app in a frame: `given`, or else those of the environment variable.

    The default is the app itself; on a loopback address it is any page, including local files such as slides.
    """
    from landscape_lab.ui.server.settings import ANYWHERE, FRAMES, THIS_SITE

    return given or os.environ.get(FRAMES, "").strip() or (ANYWHERE if host.startswith(LOOPBACK) else THIS_SITE)


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="landscape-lab serve", description="Serves the app.")
    parser.add_argument("--host", default=LOCAL, help="the address to listen on; 0.0.0.0 serves the whole room")
    parser.add_argument("--port", default="8501")
    parser.add_argument(
        "--frame-ancestors", default="", help="who may show the app in a frame, as in CSP, or: anywhere"
    )
    parser.add_argument("--no-browser", action="store_true", help="open no browser")
    chosen = parser.parse_args(arguments)
    host = chosen.host.strip() or LOCAL
    try:
        server_socket = listening_socket(host, int(chosen.port))
    except (OSError, ValueError, OverflowError) as error:
        sys.exit(trouble(host, chosen.port) or str(error))
    serve(server_socket, host, chosen.frame_ancestors.strip(), browser=not chosen.no_browser)
    return 0


def serve(server_socket: socket.socket, host: str, frames: str = "", *, browser: bool = False) -> None:
    """Serve the app on a socket until interrupted.

    Args:
        server_socket: The result of `listening_socket`.
        host: The address on which it listens.
        frames: The sites that may show the app in a frame; see `framed_by`.
        browser: Whether to open a browser.
    """
    # Imported late, so that a port in use is reported immediately.
    from landscape_lab.ui.server.settings import FRAMES, frame_ancestors_error, state_file

    # Matrix products of networks are small; docs/decisions/process.md has the figures.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ[FRAMES] = framed_by(host, frames)
    if why := frame_ancestors_error(os.environ[FRAMES]):
        sys.exit(why)
    allow_open_files()
    # Streamlit reads its settings from the working directory.
    os.chdir(HOME)
    import streamlit as st
    import uvicorn

    from landscape_lab.ui.server.application import application
    from landscape_lab.ui.server.protocol import LimitedProtocol
    from landscape_lab.ui.server.url_limits import READ

    config = uvicorn.Config(
        application(HOME / "app.py"),
        http=LimitedProtocol,
        h11_max_incomplete_event_size=READ,
        ws="websockets-sansio",
        ws_ping_interval=PING,
        ws_ping_timeout=PING,
        ws_max_size=int(st.get_option("server.maxMessageSize")) * 2**20,
        ws_per_message_deflate=bool(st.get_option("server.enableWebsocketCompression")),
        timeout_keep_alive=KEEP_ALIVE[state_file() is not None],
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
        server_header=False,
        access_log=False,
        log_level="warning",
        use_colors=False,
    )
    if browser:
        reached_at = {"0.0.0.0": LOCAL, "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
        address = f"http://{reached_at}:{server_socket.getsockname()[1]}"
        Thread(target=open_browser, args=(address,), daemon=True).start()
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[server_socket])


if __name__ == "__main__":
    sys.exit(main())
