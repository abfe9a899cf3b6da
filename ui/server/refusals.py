"""Requests that the server refuses: operator's pages, web sockets of other sites, web sockets that stay silent."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPERATORS = ("/_stcore/metrics", "/_stcore/agent")
"""Paths below which the server describes itself: memory and sessions, and an interface for programs."""
FIRST_MESSAGE = 10.0
"""Seconds until a new web socket has to send something. Streamlit's page does so as soon as it is connected."""
POLICY_VIOLATION = 1008
"""The code with which a web socket is closed, from RFC 6455."""


class HiddenPaths:
    """ASGI middleware that answers 404 below some paths."""

    def __init__(self, app: ASGIApp, paths: tuple[str, ...] = OPERATORS) -> None:
        self.app, self.paths = app, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what does not lie below one of the paths."""
        if scope["type"] == "http" and scope["path"].startswith(self.paths):
            await PlainTextResponse("Not Found", 404)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class WebSocketRules:
    """ASGI middleware that closes web sockets of other sites (403), and those whose browser sends nothing.

    A browser tells the site whose page opens the web socket. It has to be the host that the browser connects to, port
    included: Streamlit itself would let in every port of this machine. Programs that tell no site are let in.
    """

    def __init__(self, app: ASGIApp, first_message: float = FIRST_MESSAGE) -> None:
        self.app, self.first_message = app, first_message

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on web sockets of this site until they break the rule; all other requests as they are."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        silent = True

        async def receive_in_time() -> Message:
            nonlocal silent
            if not silent:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), self.first_message)
            except TimeoutError:
                with suppress(Exception):  # the browser may be gone
                    await send({"type": "websocket.close", "code": POLICY_VIOLATION})
                return {"type": "websocket.disconnect", "code": POLICY_VIOLATION}
            silent = message["type"] != "websocket.receive"
            return message

        await self.app(scope, receive_in_time, send)
