"""The security headers of every response, the same for one process and for several behind nginx."""

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
"""The Content-Security-Policy without its `frame-ancestors`. `blob:` is needed, as Streamlit loads the script of every
component from such an address, and the stage its engine; inline styles are needed, as scripts write styles. Nothing is
loaded from or sent to another host."""


def policy(frame_ancestors: str = THIS_SITE) -> str:
    """Return the Content-Security-Policy, which allows the page's inline scripts by their hashes."""
    scripts = " ".join([POLICY["script-src"], *inline_script_hashes()])
    parts = POLICY | {"script-src": scripts}
    if frame_ancestors != ANYWHERE:
        parts["frame-ancestors"] = frame_ancestors
    return "; ".join(f"{name} {value}" for name, value in parts.items())


def security_headers(frame_ancestors: str = THIS_SITE) -> dict[str, str]:
    """Return the names and values of the headers."""
    return {
        "Content-Security-Policy": policy(frame_ancestors),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    }


class SecurityHeaders:
    """ASGI middleware that adds the security headers to every HTTP response."""

    def __init__(self, app: ASGIApp, frame_ancestors: str = THIS_SITE) -> None:
        self.app = app
        self.headers = security_headers(frame_ancestors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to the start of the response."""
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
