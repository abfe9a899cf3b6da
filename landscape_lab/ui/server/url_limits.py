"""Handling of addresses that are longer than Streamlit reads.

Streamlit ignores a query of more than 64 KiB or a thousand parts, so that the page would show its default race without
a message. Such an address is redirected to a short address of the same page, for which `ui/state.py` shows an error.
"""

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

MARK = "too_long"
"""The part of a link that replaces a query that was too long."""
LONGEST, MOST_PARTS = 2**16, 1000
READ = 2**22
"""The maximal number of bytes of a request's head (`h11_max_incomplete_event_size` in uvicorn); the addresses that
browsers send have at most half of that."""


class ShortenLinks:
    """ASGI middleware that redirects addresses that are too long."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirect a request whose query is too long; pass on all others."""
        query = scope.get("query_string", b"") if scope["type"] == "http" else b""
        if len(query) <= LONGEST and query.count(b"&") < MOST_PARTS:
            await self.app(scope, receive, send)
        else:
            await Response(status_code=303, headers={"Location": f"?{MARK}="})(scope, receive, send)
