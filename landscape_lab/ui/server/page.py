"""The HTML page that a browser gets first, made from Streamlit's own `index.html`.

Four things are added. The title, and a word that the app is loading, because Streamlit's page is white until its
scripts have arrived. Links to what the first picture needs besides: the browser would learn of it two seconds later on
a slow line, from the server's first messages. And the folder that the app lives in: without it Streamlit's script takes
the page's own address for that folder and asks it for two files that are not there, which costs every deep link two
errors and a round trip.
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

from landscape_lab.ui.assets import STATIC, AssetError, publish, stage_url
from landscape_lab.ui.server.private import index_page, static_folder

TITLE = "Loss Landscape Lab"
WAITING = Path(__file__).with_name("waiting.html")
FOLDER_SCRIPT = 'window.__streamlit = {BACKEND_BASE_URL: new URL("./", location.href).href}'
"""A page lies directly in the app's folder, so its own address without the last part is that folder, as it is for the
scripts that the page loads by relative addresses. `BACKEND_BASE_URL` is Streamlit's name."""
EARLY = ("BidiComponent", "Html")
"""Parts of Streamlit's page that it loads when the server first names them: those of the stage and of style sheets."""
ICONS = "MaterialSymbols-Rounded"
"""The largest file before the first picture, which Streamlit asks for when it draws the first icon."""
MARKS = {"title": "<title>Streamlit</title>", "head": "<head>", "preloads": "</head>", "root": '<div id="root"></div>'}
"""Where Streamlit's page is changed."""

_LOG = logging.getLogger(__name__)


@cache
def _streamlit_page() -> str:
    return index_page()


@cache
def page() -> str:
    """The page. Where Streamlit's own lacks a mark, that addition is left out, with a line in the log."""
    from landscape_lab.figures.theme import style_variables  # with NumPy, for which the server's start need not wait

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
    """Links to scripts that the browser should load after those that the page names, as far as they are there."""
    for name in _early_scripts():
        yield f'<link rel="modulepreload" crossorigin href="./static/js/{name}">'
    with suppress(AssetError):  # which the page itself reports
        publish(STATIC)
        yield f'<link rel="modulepreload" href=".{stage_url()}">'


def _icons() -> Iterator[str]:
    """A link to the icons, which load beside the many small scripts: these leave half of a slow line unused."""
    for font in (static_folder() / "static" / "media").glob(f"{ICONS}.*.woff2"):
        yield f'<link rel="preload" as="font" type="font/woff2" crossorigin href="./static/media/{font.name}">'


def _early_scripts() -> list[str]:
    """The scripts of `EARLY`, and all that they import, without those that the page loads anyway."""
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
    """The scripts that stand in the page, as a Content-Security-Policy names them."""
    inline = [*re.findall(r"<script>(.*?)</script>", _streamlit_page(), re.DOTALL), FOLDER_SCRIPT]
    return [f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in inline]


class _PageName(Convertor[str]):
    """One part of a path without a dot: a page, known or not, but no file such as `favicon.png`."""

    regex = "[^/.]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("page_name", _PageName())


async def _answer(_request: Request) -> HTMLResponse:
    return HTMLResponse(page(), headers={"Cache-Control": "no-cache"})


def page_routes() -> list[Route]:
    """Answers every page, unknown ones too, of which Streamlit says so; nothing where its own page is not found."""
    return [Route("/{name:page_name}", _answer)] if _streamlit_page() else []
