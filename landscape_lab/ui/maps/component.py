"""The browser component of a map: coloured cells with hover texts, zoom by dragging a box, selection by a click.

The browser draws the picture (`script/map.js`). Python sends one binary message for every new map, and receives a cell
or a box.
"""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components import v2

from landscape_lab.ui.assets import map_url
from landscape_lab.ui.i18n.translation import _
from landscape_lab.ui.stage import SCRIPT
from landscape_lab.ui.stage.packing import pack

STYLE = (Path(__file__).parent / "map.css").read_text(encoding="utf-8")
"""The style sheet of maps, which the page adds once."""


def _declare() -> Any:
    address = map_url(str(st.get_option("server.baseUrlPath") or ""))
    script = SCRIPT.replace("ADDRESS", repr(address)).replace("ENTRY", "map")
    return v2.component("loss_landscape_map", html='<div class="lll-map"></div>', js=script, isolate_styles=False)


_map = _declare()

Box = tuple[tuple[float, float], tuple[float, float]]


def run_map(
    tree: Mapping[str, Any],
    *,
    key: str,
    on_pick: Callable[[int, int, int, int], None],
    on_zoom: Callable[[Box], None],
) -> None:
    """Show a map. `tree` is the payload described in `script/map.js`, without the texts.

    The callbacks run before the script: `on_pick(column, row, columns, rows)` and `on_zoom((x0, x1), (y0, y1))` in
    fractions of the axes. Messages about another map than the one on screen are ignored.
    """

    shown = tree["key"]  # the callbacks stay in the session, so they do not refer to the map

    def received(name: str) -> Mapping[str, Any]:
        message = st.session_state.get(key, {}).get(name)
        return message if isinstance(message, Mapping) and message.get("of") == shown else {}

    def picked() -> None:
        cell = [n for n in map(received("pick").get, ("column", "row", "columns", "rows")) if type(n) is int]
        if len(cell) == 4:
            column, row, columns, rows = cell
            if 0 <= column < columns and 0 <= row < rows:
                on_pick(column, row, columns, rows)

    def zoomed() -> None:
        nonlocal shown
        sides = [received("zoom").get(name) for name in ("x", "y")]
        if all(_is_part(side) for side in sides):
            (x0, x1), (y0, y1) = sides  # type: ignore[misc]
            shown = None  # Streamlit may report one message twice while a map is being computed
            on_zoom(((x0, x1), (y0, y1)))

    words = {"label": _("{name}: {x} across, {y} up. Arrow keys move, Enter shows the run, plus zooms in.")}
    _map(data=pack({**tree, "words": words}), key=key, on_pick_change=picked, on_zoom_change=zoomed)


def _is_part(side: Any) -> bool:
    """Return whether a value sent by the browser is a pair of ascending fractions."""
    if not (isinstance(side, list) and len(side) == 2):
        return False
    numbers = [n for n in side if isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n)]
    return len(numbers) == 2 and 0 <= numbers[0] < numbers[1] <= 1
