"""A map of runs in the browser: every cell a colour, hovering tells it, dragging a box zooms, a click picks a run.

The picture lives in the browser (`script/map.js`). Python sends it one binary message for every new map, and hears back
a cell or a box.
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
"""The page puts it into a style sheet of its own, once."""


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
    """Show a map. The tree is the payload of `script/map.js`; the words are filled in here.

    The callbacks run before the script does: `on_pick(column, row, columns, rows)` and `on_zoom((x0, x1), (y0, y1))` in
    parts of the axes, 0 to 1. What was meant for another map than the one on screen is not heard.
    """

    shown = tree["key"]  # what is called back stays with the session, and would keep the map with it

    def told(name: str) -> Mapping[str, Any]:
        message = st.session_state.get(key, {}).get(name)
        return message if isinstance(message, Mapping) and message.get("of") == shown else {}

    def picked() -> None:
        cell = [n for n in map(told("pick").get, ("column", "row", "columns", "rows")) if type(n) is int]
        if len(cell) == 4:
            column, row, columns, rows = cell
            if 0 <= column < columns and 0 <= row < rows:
                on_pick(column, row, columns, rows)

    def zoomed() -> None:
        sides = [told("zoom").get(name) for name in ("x", "y")]
        if all(_is_part(side) for side in sides):
            (x0, x1), (y0, y1) = sides  # type: ignore[misc]
            on_zoom(((x0, x1), (y0, y1)))

    words = {"label": _("{name}: {x} across, {y} up. Arrow keys move, Enter shows the run, plus zooms in.")}
    _map(data=pack({**tree, "words": words}), key=key, on_pick_change=picked, on_zoom_change=zoomed)


def _is_part(side: Any) -> bool:
    """Whether a message from the browser holds two ends on an axis."""
    if not (isinstance(side, list) and len(side) == 2):
        return False
    numbers = [n for n in side if isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n)]
    return len(numbers) == 2 and 0 <= numbers[0] < numbers[1] <= 1
