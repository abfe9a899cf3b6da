"""The security headers of every answer, the same for one process and for several behind nginx."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from landscape_lab.ui.server.page import inline_script_hashes
from landscape_lab.ui.server.settings import ANYWHERE, THIS_SITE

POLICY = {
    "default-src": "'self'",
    "script-src": "'self' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' blob: data:",
    "worker-src": "'self' blob:",
    "media-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
"""The Content-Security-Policy without its `frame-ancestors`. Streamlit loads the script of every component from
a `blob:` address, and the stage its engine: without them there is no page. Styles are written by scripts. Nothing is
loaded from another host or sent to one."""


def policy(frame_ancestors: str = THIS_SITE) -> str:
    """The Content-Security-Policy; scripts that stand in the page are named by their hashes."""
    scripts = " ".join([POLICY["script-src"], *inline_script_hashes()])
    parts = POLICY | {"script-src": scripts}
    if frame_ancestors != ANYWHERE:
        parts["frame-ancestors"] = frame_ancestors
    return "; ".join(f"{name} {value}" for name, value in parts.items())


def security_headers(frame_ancestors: str = THIS_SITE) -> dict[str, str]:
    """Names and values of the headers."""
    return {
        "Content-Security-Policy": policy(frame_ancestors),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    }


class SecurityHeaders:
    """ASGI middleware that adds the security headers to every HTTP answer."""

    def __init__(self, app: ASGIApp, frame_ancestors: str = THIS_SITE) -> None:
        self.app = app
        self.headers = security_headers(frame_ancestors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to the answer's start."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, send_with_headers)
