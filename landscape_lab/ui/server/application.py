"""The ASGI application: the app of `app.py` with warm-up, security headers, refusals and routes.

Time limits are in `ui/server/protocol.py`, which `landscape_lab/serve.py` passes to the server. A process behind nginx
(`ui/server/settings.py`) also serves the operators' pages, which nginx hides.
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
from landscape_lab.ui.server.uploads import UploadLimits
from landscape_lab.ui.server.url_limits import ShortenLinks
from landscape_lab.ui.server.warm_up import warm_up


@asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncIterator[None]:
    SERVED.set()
    Thread(target=warm_up, args=(state_file(),), name="warm-up", daemon=True).start()
    yield


def application(script: Path) -> st.App:
    """Return the application around the script that Streamlit runs."""
    return st.App(
        script,
        lifespan=_lifespan,
        routes=[RaceRoute().route, *page_routes()],
        middleware=[
            Middleware(SecurityHeaders, frame_ancestors=frame_ancestors()),
            Middleware(ShortenLinks),
            Middleware(HiddenPaths, paths=() if state_file() else OPERATORS),
            Middleware(WebSocketRules),
            Middleware(UploadLimits),
            Middleware(CompressedFiles),
        ],
    )
