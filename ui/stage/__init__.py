"""The animated stage: optimizers race down a surface, and the loss curves keep step.

The picture lives in the browser (`stage.js`). Python sends it one binary message for every change and hears back two
things: a start that was clicked or dragged, and the choices (projection, axes, hidden lanes, arrows) that a link keeps.
"""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components import v2

from ui.stage.assets import AssetError, plotly_url, publish, stage_url
from ui.stage.packing import pack
from ui.words import _

__all__ = ["STYLE", "AssetError", "publish", "stage", "stage_words"]

_HERE = Path(__file__).parent
STYLE = (_HERE / "stage.css").read_text(encoding="utf-8")
"""The page puts it into a style sheet of its own, once."""

# Streamlit sends a component's script again with every change, so this one only fetches the stage's code, which the
# browser keeps. A call that was over before the code came is left out; the next one has begun by then.
SCRIPT = """
const code = import(new URL(ADDRESS, location.origin));
export default function (component) {
  let end = () => {};
  let over = false;
  code.then(
    (stage) => over || (end = stage.default(component)),
    () => (component.parentElement.querySelector(".lll-stage").textContent = ADDRESS + " ✕"),
  );
  return () => {
    over = true;
    end();
  };
}
"""
HTML = '<div class="lll-stage"></div>'


def _base_path() -> str:
    return str(st.get_option("server.baseUrlPath") or "")


# Styles are not isolated: inside a shadow root plotly's own style sheet would land outside of it.
_component = v2.component(
    "loss_landscape_stage", html=HTML, js=SCRIPT.replace("ADDRESS", repr(stage_url(_base_path()))), isolate_styles=False
)


def stage(
    tree: Mapping[str, Any],
    *,
    key: str = "stage",
    on_start: Callable[[float, float], None] | None = None,
    on_view: Callable[[dict[str, Any]], None] | None = None,
) -> None:
    """Show the race. The tree is the payload described in `stage.js`; what it lacks in words is filled in here.

    The callbacks run before the script does, as Streamlit's do: `on_start(x, y)` when the start was set on the map,
    `on_view(view)` with a view of the payload's shape when the reader changed it.
    """

    def start_changed() -> None:
        point = st.session_state[key].get("start")
        if on_start and isinstance(point, Mapping) and _is_number(point.get("x")) and _is_number(point.get("y")):
            on_start(float(point["x"]), float(point["y"]))

    def view_changed() -> None:
        view = st.session_state[key].get("view")
        if on_view and isinstance(view, Mapping):
            on_view(dict(view))

    message = {**tree, "words": stage_words() | dict(tree.get("words", {})), "plotly": plotly_url(_base_path())}
    _component(data=pack(message), key=key, on_start_change=start_changed, on_view_change=view_changed)


def stage_words() -> dict[str, str]:
    """Every text the stage shows, in the reader's language."""
    return {
        "stage": _("Animated race of optimizers"),
        "summary": "",
        "surface": _("Surface"),
        "curves": _("Loss"),
        "legend": _("Optimizers: click to show or hide, double click to show one alone"),
        "play": _("Play"),
        "pause": _("Pause"),
        "replay": _("Play again"),
        "back": _("One step back"),
        "forward": _("One step forward"),
        "scrub": _("Step of the race"),
        "step_of": _("step {step} of {steps}"),
        "speed": _("Speed"),
        "loop": _("Repeat"),
        "trail": _("Trail"),
        "trail_all": _("whole trail"),
        "trail_steps": _("last {steps}"),
        "arrows": _("Arrows: last step (solid) and negative gradient (open)"),
        "map": _("Map"),
        "relief": _("3-D"),
        "projection": _("Map or 3-D"),
        "log": _("log"),
        "linear": _("linear"),
        "loss_axis": _("Loss axis"),
        "steps": _("steps"),
        "evaluations": _("evaluations"),
        "progress_axis": _("Horizontal axis"),
        "step_title": _("step"),
        "evaluations_title": _("gradient evaluations"),
        "loss_title": _("loss"),
        "reset": _("Reset view"),
        "help": _("Keys"),
        "close": _("Close"),
        "step": _("step {step}"),
        "x": "x",
        "y": "y",
        "loss": _("loss"),
        "start": _("Start at x = {x}, y = {y}. The arrow keys move it."),
        "show_hide": _("Show or hide {name}"),
        "loading": _("Loading the picture …"),
        "no_plotly": _("plotly.js could not be loaded from {address}. Start the app again, or see the README."),
        "no_webgl": _("This browser cannot show the 3-D view (WebGL is off). The map shows the same race."),
        "key_play": _("play or pause"),
        "key_step": _("one step (with shift: ten)"),
        "key_ends": _("first or last step"),
        "key_speed": _("slower or faster"),
        "key_loop": _("repeat"),
        "key_arrows": _("arrows"),
        "key_view": _("map or 3-D"),
        "key_log": _("logarithmic or linear loss"),
        "key_lanes": _("show or hide an optimizer"),
        "key_help": _("this list"),
        "key_space": _("space"),
        "click_map": _("Click the map, or drag the ring, to set the start. Scroll to zoom, double click to reset."),
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
