"""Requests that the server refuses: operators' pages, and web sockets of other sites or without messages."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPERATORS = ("/_stcore/metrics", "/_stcore/agent")
"""Paths of Streamlit for operators: metrics, and an interface for programs."""
FIRST_MESSAGE = 10.0
"""Seconds within which the web socket of a new session must send a message, as Streamlit's page does when connected."""
NAMES_SESSION = 3
"""The number of subprotocols of a web socket that resumes a session, whose name Streamlit's page sends as the third.
Such a page sends nothing until its user acts."""
MOST_SILENT = 500
"""The maximal number of silent web sockets of resumed sessions; further ones are treated as those of new sessions."""
POLICY_VIOLATION = 1008
"""The close code of a refused web socket (RFC 6455)."""


class Refused(Exception):
    """A refused request, with the status and the text of the response."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


class HiddenPaths:
    """ASGI middleware that responds with 404 below some paths."""

    def __init__(self, app: ASGIApp, paths: tuple[str, ...] = OPERATORS) -> None:
        self.app, self.paths = app, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond with 404 below one of the paths; pass on all other requests."""
        if scope["type"] == "http" and scope["path"].startswith(self.paths):
            await PlainTextResponse("Not Found", 404)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class WebSocketRules:
    """ASGI middleware that refuses web sockets of other sites (403) and closes those that send no message.

    The Origin header that a browser sends must be the host that it connects to, including the port: Streamlit itself
    accepts every port of this machine. Programs that send no Origin are accepted.
    """

    def __init__(self, app: ASGIApp, first_message: float = FIRST_MESSAGE, most_silent: int = MOST_SILENT) -> None:
        self.app, self.first_message, self.most_silent = app, first_message, most_silent
        self._silent = 0
        """The number of web sockets that may be silent and have sent no message yet."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Apply the rules to a web socket; pass on all other requests."""
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
                with suppress(Exception):  # the browser may have disconnected
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
