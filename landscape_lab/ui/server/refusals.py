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
"""Seconds until a new session's web socket has to send something, as Streamlit's page does once it is connected."""
NAMES_SESSION = 3
"""So many subprotocols has a web socket that takes up an earlier session: Streamlit's page gives its name as the third.
Such a page says nothing until its user does."""
MOST_SILENT = 500
"""Web sockets of earlier sessions that may be silent at a time; further ones are treated like those of new sessions."""
POLICY_VIOLATION = 1008
"""The code with which a web socket is closed, from RFC 6455."""


class Refused(Exception):
    """A request that is refused, with the answer's status and a sentence for its reader."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


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

    def __init__(self, app: ASGIApp, first_message: float = FIRST_MESSAGE, most_silent: int = MOST_SILENT) -> None:
        self.app, self.first_message, self.most_silent = app, first_message, most_silent
        self._silent = 0
        """Web sockets that may be silent and have been until now."""

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
        silent, may_be_silent = True, False
        if len(scope["subprotocols"]) >= NAMES_SESSION and self._silent < self.most_silent:
            may_be_silent = True
            self._silent += 1

        async def receive_in_time() -> Message:
            nonlocal silent, may_be_silent
            if not silent:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), None if may_be_silent else self.first_message)
            except TimeoutError:
                with suppress(Exception):  # the browser may be gone
                    await send({"type": "websocket.close", "code": POLICY_VIOLATION})
                return {"type": "websocket.disconnect", "code": POLICY_VIOLATION}
            silent = message["type"] != "websocket.receive"
            if may_be_silent and not silent:
                may_be_silent = False
                self._silent -= 1
            return message

        try:
            await self.app(scope, receive_in_time, send)
        finally:
            self._silent -= may_be_silent
