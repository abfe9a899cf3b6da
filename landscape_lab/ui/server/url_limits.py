"""A link that is longer than Streamlit reads gets as far as the page, which says what is wrong with it.

Of an address beyond 64 Ki, or with more than a thousand parts, Streamlit takes no notice: the page would show its usual
race as if it had been asked for. Such an address is answered with the way to the same page by a short link, which
`ui/state.py` refuses in words.
"""

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

MARK = "too_long"
"""The part of a link that stands for one that was too long."""
LONGEST, MOST_PARTS = 2**16, 1000
READ = 2**22
"""Bytes of a request's head that the server reads (`h11_max_incomplete_event_size` in uvicorn); browsers send no more
than half of that as an address."""


class ShortenLinks:
    """ASGI middleware: a link that is too long leads to a short one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on every request whose query is short enough."""
        query = scope.get("query_string", b"") if scope["type"] == "http" else b""
        if len(query) <= LONGEST and query.count(b"&") < MOST_PARTS:
            await self.app(scope, receive, send)
        else:
            await Response(status_code=303, headers={"Location": f"?{MARK}="})(scope, receive, send)
