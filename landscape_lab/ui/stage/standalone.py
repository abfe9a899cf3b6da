"""A race as one HTML file: the stage's own code, plotly.js and the message inside, so that it plays from a disk."""

import base64
import gzip
import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from landscape_lab.ui.assets import live_code, plotly_code
from landscape_lab.ui.knobs import STYLE as KNOBS_STYLE
from landscape_lab.ui.stage import STYLE, stage_words
from landscape_lab.ui.stage.packing import pack

# Nothing in the file may ask the network for anything; browsers enforce this line.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data: blob:; "
    "font-src data:; connect-src data: blob:"
)
_PAGE = Path(__file__).with_name("standalone.html").read_text(encoding="utf-8")


def standalone_tree(tree: Mapping[str, Any]) -> dict[str, Any]:
    """The tree of `ui.stage.stage` with the stage's words, in the reader's language, and a start that stays."""
    words = stage_words() | dict(tree.get("words", {}))
    return {**tree, "words": words, "stage": "stage", "plotly": "", "fixed_start": True}


def standalone_page(
    tree: Mapping[str, Any], title: str, link: str, tag: str = "en", lab: Mapping[str, Any] | None = None
) -> bytes:
    """The tree of `standalone_tree` as a page of its own.

    `link` names the race, and `tag` the language of the page. With a `lab` (see `live/live_race.js`) the page has
    controls.
    """
    parts = {
        "CONTROLS": escape(lab["words"]["controls"]) if lab else "",
        "LAB": _packed(pack(lab)) if lab else "",
        "TAG": tag,
        "TITLE": escape(title),
        "LINK": escape(link),
        "POLICY": escape(POLICY),
        "STYLE": f"{STYLE}\n{KNOBS_STYLE}",
        "PLOTLY": _packed_plotly(),
        "MESSAGE": _packed(pack(tree, short_grids=True)),
        # What would end the script early cannot be in it.
        "CODE": live_code().decode().replace("</script", "<\\/script"),
    }
    return re.sub("%%([A-Z]+)%%", lambda found: parts[found[1]], _PAGE).encode()


@lru_cache(maxsize=1)
def _packed_plotly() -> str:
    return _packed(plotly_code())


def _packed(data: bytes) -> str:
    """Bytes as text that a browser unpacks; the same bytes give the same text."""
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()
