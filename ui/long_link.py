"""A link that is longer than the server reads gets as far as the page, which says what is wrong with it.

Of an address beyond 64 Ki the server below Streamlit makes an error that nobody understands. Of one beyond 512 Ki, or
with more than a thousand parts, Streamlit itself takes no notice: the page would show its usual race as if it had been
asked for. Both are answered here with the way to the same page by a short link, which `ui/state.py` refuses in words.
"""

from collections.abc import Callable, Coroutine, MutableMapping
from typing import Any

MARK = "too_long"
"""The part of a link that stands for one that was too long."""
LONGEST, MOST_PARTS = 2**16, 1000
READ = 2**22
"""Bytes of an address that are looked at; browsers send no more than half of that."""

Scope = MutableMapping[str, Any]
Talk = Callable[..., Coroutine[Any, Any, Any]]
App = Callable[[Scope, Talk, Talk], Coroutine[Any, Any, None]]


def shortening(app: App) -> App:
    """The same app, but that a link that is too long leads to a short one."""

    async def shortened(scope: Scope, receive: Talk, send: Talk) -> None:
        query = scope.get("query_string", b"") if scope["type"] == "http" else b""
        if len(query) <= LONGEST and query.count(b"&") < MOST_PARTS:
            await app(scope, receive, send)
            return
        headers = [(b"location", f"?{MARK}=".encode())]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    return shortened


def take_long_links() -> None:
    """Have every server that this process starts do so."""
    from streamlit.web.server.starlette import starlette_server  # a page needs no more of this file than the mark

    server: Any = starlette_server
    # Private names: requirements.txt has the version they are of, and a test with a browser needs them.
    make_app, options = server.create_starlette_app, server._get_uvicorn_config_kwargs
    server.create_starlette_app = lambda runtime: shortening(make_app(runtime))
    server._get_uvicorn_config_kwargs = lambda: options() | {"h11_max_incomplete_event_size": READ}
