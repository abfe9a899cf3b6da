"""The browser component of a map: coloured cells with hover texts, zoom by box, wheel or fingers, selection by click.

The browser draws the picture (`script/map.js`). Python sends one binary message for every new map, and receives a cell
or a box.
"""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from landscape_lab.ui.assets import MAP_JS
from landscape_lab.ui.i18n.translation import _
from landscape_lab.ui.stage import declare
from landscape_lab.ui.stage.packing import pack

STYLE = (Path(__file__).parent / "map.css").read_text(encoding="utf-8")
"""The style sheet of maps, which the page adds once."""

FARTHEST = 4.0
"""The largest distance of a box from the lower ends of the axes, as a multiple of their lengths."""

_map = declare("map", "map", MAP_JS)
_picked = declare("picked", "pickedCell", MAP_JS)

Box = tuple[tuple[float, float], tuple[float, float]]


def run_map(
    tree: Mapping[str, Any],
    *,
    key: str,
    active: bool,
    on_pick: Callable[[int, int, int, int], None],
    on_zoom: Callable[[Box], None],
) -> None:
    """Show a map. `tree` is the payload described in `script/map.js`, without the texts.

    The callbacks run before the script: `on_pick(column, row, columns, rows)` and `on_zoom((x0, x1), (y0, y1))` in
    fractions of the axes, which may be beyond their ends. Messages about another map than the one on screen are
    ignored, as are all messages about a map that is not active: it is shown until the next one has been computed.
    """

    shown = tree["key"] if active else None  # the callbacks stay in the session, so they do not refer to the map

    def received(name: str) -> Mapping[str, Any]:
        message = st.session_state.get(key, {}).get(name)
        return message if isinstance(message, Mapping) and shown and message.get("of") == shown else {}

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

    words = {"label": _("{name}: {x} across, {y} up. Arrow keys move, Enter shows the run, plus and minus zoom.")}
    _map(data=pack({**tree, "words": words}), key=key, on_pick_change=picked, on_zoom_change=zoomed)


def picked_cell(values: tuple[float, float] | None) -> None:
    """Mark the cell with these values of the two settings on all maps of the page, or none.

    It is a message of its own, because that of a map with a million cells has five megabytes.
    """
    _picked(data={"picked": list(values) if values else None}, key="map-picked")


def _is_part(side: Any) -> bool:
    """Return whether a value sent by the browser is a pair of ascending fractions not too far outside."""
    if not (isinstance(side, list) and len(side) == 2):
        return False
    numbers = [n for n in side if isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n)]
    return len(numbers) == 2 and -FARTHEST <= numbers[0] < numbers[1] <= FARTHEST
