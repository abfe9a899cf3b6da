"""The app as an ASGI application: what `app.py` shows, and what a server open to a class needs besides.

That is the work that is done before the first visitor comes, security headers, and refusals. Limits in time are in
`ui/server/protocol.py`, which `landscape_lab/serve.py` gives to the server.

A process behind nginx (`ui/server/settings.py`) shows the operator's pages too, which nginx hides.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Thread

import streamlit as st
from starlette.middleware import Middleware

from landscape_lab.ui.server.compressed import CompressedFiles
from landscape_lab.ui.server.headers import SecurityHeaders
from landscape_lab.ui.server.page import page_routes
from landscape_lab.ui.server.race_route import SERVED, RaceRoute
from landscape_lab.ui.server.refusals import OPERATORS, HiddenPaths, WebSocketRules
from landscape_lab.ui.server.settings import frame_ancestors, state_file
from landscape_lab.ui.server.uploads import AskedUploads
from landscape_lab.ui.server.url_limits import ShortenLinks
from landscape_lab.ui.server.warm_up import warm_up


@asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncIterator[None]:
    SERVED.set()
    Thread(target=warm_up, args=(state_file(),), name="warm-up", daemon=True).start()
    yield


def application(script: Path) -> st.App:
    """The application around the script that Streamlit runs."""
    return st.App(
        script,
        lifespan=_lifespan,
        routes=[RaceRoute().route, *page_routes()],
        middleware=[
            Middleware(SecurityHeaders, frame_ancestors=frame_ancestors()),
            Middleware(ShortenLinks),
            Middleware(HiddenPaths, paths=() if state_file() else OPERATORS),
            Middleware(WebSocketRules),
            Middleware(AskedUploads),
            Middleware(CompressedFiles),
        ],
    )
