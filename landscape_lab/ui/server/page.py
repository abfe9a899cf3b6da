"""The HTML page that a browser loads first, made from Streamlit's `index.html`.

Four things are added. The title, and a note that the app is loading, because Streamlit's page is white until its
scripts have arrived. Preload links for the other files of the first picture, which a browser on a slow line would
otherwise request two seconds later, after the server's first messages. And the base path of the app: without it
Streamlit's script takes the page's own address for the base path and requests two files that do not exist there, which
costs every deep link two errors and a round trip.
"""

import logging
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from landscape_lab.ui.assets import STAGE_JS, STATIC, AssetError, publish, url_of
from landscape_lab.ui.server.private import index_page, static_folder

TITLE = "Loss Landscape Lab"
WAITING = Path(__file__).with_name("waiting.html")
FOLDER_SCRIPT = 'window.__streamlit = {BACKEND_BASE_URL: new URL("./", location.href).href}'
"""Sets the base path: the page's own address without its last part, since pages lie directly below the base path.
`BACKEND_BASE_URL` is Streamlit's name."""
EARLY = ("BidiComponent", "Html")
"""Parts of Streamlit's page that it loads on demand and that the stage and style sheets need."""
ICONS = "MaterialSymbols-Rounded"
"""The largest file before the first picture, which Streamlit requests when it draws the first icon."""
MARKS = {"title": "<title>Streamlit</title>", "head": "<head>", "preloads": "</head>", "root": '<div id="root"></div>'}
"""The places of Streamlit's page that are changed."""

_LOG = logging.getLogger(__name__)


@cache
def _streamlit_page() -> str:
    return index_page()


@cache
def page() -> str:
    """Return the page. If Streamlit's page lacks a mark, that addition is left out with a warning in the log."""
    from landscape_lab.figures.theme import style_variables  # imports NumPy, which would delay the start of the server

    waiting = " ".join(f"<style>{style_variables()}</style>{WAITING.read_text(encoding='utf-8')}".split())
    text = _streamlit_page()
    for name, new in {
        "title": f"<title>{TITLE}</title>",
        "head": f"<head><script>{FOLDER_SCRIPT}</script>{''.join(_icons())}",
        "preloads": f"{''.join(_preloads())}</head>",
        "root": f'<div id="root">{waiting}</div>',
    }.items():
        if text.count(MARKS[name]) != 1:
            _LOG.warning("Streamlit's index.html has no %s: the page goes without it.", MARKS[name])
            continue
        text = text.replace(MARKS[name], new)
    return text


def _preloads() -> Iterator[str]:
    """Yield preload links for existing scripts that the browser needs after those of the page."""
    for name in _early_scripts():
        yield f'<link rel="modulepreload" crossorigin href="./static/js/{name}">'
    with suppress(AssetError):  # the page reports the error itself
        publish(STATIC)
        yield f'<link rel="modulepreload" href=".{url_of(STAGE_JS)}">'


def _icons() -> Iterator[str]:
    """Yield a preload link for the icons, which load in parallel with the many small scripts."""
    for font in (static_folder() / "static" / "media").glob(f"{ICONS}.*.woff2"):
        yield f'<link rel="preload" as="font" type="font/woff2" crossorigin href="./static/media/{font.name}">'


def _early_scripts() -> list[str]:
    """Return the scripts of `EARLY` and their imports, without those that the page loads anyway."""
    folder, asked = static_folder() / "static" / "js", _streamlit_page()
    found: list[str] = []
    wanted = [path.name for part in EARLY for path in sorted(folder.glob(f"{part}.*.js"))]
    while wanted:
        name = wanted.pop(0)
        if name in found or f"/{name}" in asked or not (folder / name).is_file():
            continue
        found.append(name)
        wanted += re.findall(r"""(?:from|import)\s*["'`]\./([\w.-]+\.js)["'`]""", (folder / name).read_text("utf-8"))
    return found


def inline_script_hashes() -> list[str]:
    """Return the hashes of the page's inline scripts for a Content-Security-Policy."""
    inline = [*re.findall(r"<script>(.*?)</script>", _streamlit_page(), re.DOTALL), FOLDER_SCRIPT]
    return [f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in inline]


class _PageName(Convertor[str]):
    """One part of a path without a dot: the name of a page, which may not exist, and not a file."""

    regex = "[^/.]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("page_name", _PageName())


async def _answer(_request: Request) -> HTMLResponse:
    return HTMLResponse(page(), headers={"Cache-Control": "no-cache"})


def page_routes() -> list[Route]:
    """Return the routes of all pages, including unknown ones, for which Streamlit shows an error.

    There are no routes if Streamlit's page is not found.
    """
    return [Route("/{name:page_name}", _answer)] if _streamlit_page() else []
