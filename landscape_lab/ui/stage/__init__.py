"""The animated stage: optimizers race down a surface, with synchronous loss curves.

The browser draws the picture (`script` has the modules of its code). Python sends one binary message for every change,
and another one when the surface changes. The browser sends a start that was clicked or dragged, and the settings of the
view that a link contains (projection, axes, hidden entries, arrows, inspected entry).
"""

import math
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components import v2

from landscape_lab.figures.theme import style_variables
from landscape_lab.ui.assets import STAGE_JS, AssetError, plotly_url, publish, url_of
from landscape_lab.ui.i18n.translation import _, language
from landscape_lab.ui.jobs.script_semaphore import SCRIPTS
from landscape_lab.ui.parts import SENT
from landscape_lab.ui.server.private import has_server
from landscape_lab.ui.stage.packing import ImmutablePayload, pack
from optim_core.caching import bounded_cache

__all__ = ["STYLE", "AssetError", "head_start", "publish", "stage", "stage_words"]

_HERE = Path(__file__).parent
STYLE = "\n".join(
    [style_variables(), *((_HERE / name).read_text(encoding="utf-8") for name in ("stage.css", "inspector.css"))]
)
"""The style sheet of the stage, which `frame` adds to every page once."""

# Streamlit sends a component's script again with every change, so this one only imports the stage's code, which the
# browser caches. A call that has ended before the code is loaded is skipped.
SCRIPT = """
const code = import(new URL(ADDRESS, location.origin));
export default function (component) {
  let end = () => {};
  let over = false;
  code.then(
    (stage) => over || (end = stage.ENTRY(component) ?? end),
    () => (component.parentElement.querySelector("[class^=lll-]").textContent = ADDRESS + " ✕"),
  );
  return () => {
    over = true;
    end();
  };
}
"""


def base_path() -> str:
    """Return the base path of the app on the server; empty for the root."""
    return str(st.get_option("server.baseUrlPath") or "")


def declare(name: str, entry: str, script: str = STAGE_JS, css: str = "", content: str = "") -> Any:
    """Declare a component that is drawn by the export `entry` of a script of `ui.assets`."""
    script = SCRIPT.replace("ADDRESS", repr(url_of(script, base_path()))).replace("ENTRY", entry)
    html = f'<div class="lll-{name}">{content}</div>'
    # Styles are not isolated, because plotly would add its style sheet outside of a shadow root.
    return v2.component(f"loss_landscape_{name}", html=html, css=css, js=script, isolate_styles=False)


_stage = declare("stage", "stage")
# These components show nothing, so they must not take space, not even a gap between their neighbours.
HIDDEN = "[data-testid=stElementContainer]:has(.lll-%s) {\n  display: none;\n}"
_surface = declare("heights", "surface", css=HIDDEN % "heights")
_family = declare("relatives", "family", css=HIDDEN % "relatives")
_program = declare("program", "program", css=HIDDEN % "program")

HEAD_START = 0.1
"""Seconds between the picture and the rest of the page; see `head_start`."""
POLL = 0.01
"""Seconds between two checks for another change during the head start."""


def stage(
    tree: Mapping[str, Any],
    *,
    key: str = "stage",
    on_start: Callable[[float, float], None] | None = None,
    on_view: Callable[[dict[str, Any]], None] | None = None,
    on_member: Callable[[int], None] | None = None,
    on_rest: Callable[[], None] | None = None,
) -> None:
    """Show the race. `tree` is the payload described in `script/types.d.ts`, without the texts.

    The callbacks run before the script, as all callbacks of Streamlit: `on_start(x, y)` when the start was set on the
    map, `on_view(view)` with a view of the payload's form when the user changed it, `on_member(index)` when another
    member of a family was chosen, `on_rest()` some time after the last change, when the rest of the page follows.
    """

    # The callbacks stay in the session, so they refer to the number of members instead of the whole tree.
    members = len((tree["race"].get("family") or {}).get("values", ()))

    def received(name: str) -> Any:
        return st.session_state.get(key, {}).get(name)

    def start_changed() -> None:
        point = received("start")
        if on_start and isinstance(point, Mapping) and _is_number(point.get("x")) and _is_number(point.get("y")):
            on_start(float(point["x"]), float(point["y"]))

    def view_changed() -> None:
        view = received("view")
        if on_view and isinstance(view, Mapping):
            on_view(dict(view))

    def member_changed() -> None:
        member = received("member")
        index = member.get("index") if isinstance(member, Mapping) else None
        if on_member and type(index) is int and 0 <= index < members:
            on_member(index)

    def rested() -> None:
        if on_rest:
            on_rest()

    words = {
        "language": language(),
        "large": bool(st.session_state.get("large")),
        "words": stage_words() | dict(tree.get("words", {})),
    }
    message = {**tree, **words, "plotly": plotly_url(base_path())}
    surface, program = tree["surface"], _program_of(tree)
    sent = st.session_state.get(SENT, {}).get(key)
    if sent is None:
        _surface(data=_packed_surface(key, surface), key=f"{key}-surface")
    message |= {"stage": key, "surface": {"key": surface["key"]}, "told": _acknowledged(key)}
    if family := tree["race"].get("family"):
        choice = {name: family[name] for name in ("lane", "path", "chosen")}
        runs = {name: value for name, value in family.items() if name not in choice}
        _family(data=pack({"stage": key, "family": runs}), key=f"{key}-family")
        message["race"] = {**tree["race"], "family": {"key": family["key"], **choice}}
    if engine := tree.get("engine"):
        message["engine"] = {name: value for name, value in engine.items() if name != "program"}
    _stage(
        data=pack(message),
        key=key,
        on_start_change=start_changed,
        on_view_change=view_changed,
        on_member_change=member_changed,
        on_rest_change=rested,
    )
    if sent and sent[0] != surface["key"]:  # after the picture, whose place on the page must not depend on it
        _surface(data=_packed_surface(key, surface), key=f"{key}-surface")
    if not sent or sent[1] != program["key"]:  # the picture does not need it
        _program(data=pack({"stage": key, "program": program}), key=f"{key}-program")


def send_surface(tree: Mapping[str, Any], key: str = "stage") -> None:
    """Send the surface and the program of a race outside of the part of the page with its stage.

    `stage` then sends only others: most changes of numbers leave both as they are, and each is a component.
    """
    surface, program = tree["surface"], _program_of(tree)
    _surface(data=_packed_surface(f"{key} page", surface), key=f"{key}-page-surface")
    _program(data=pack({"stage": f"{key} page", "program": program}), key=f"{key}-page-program")
    st.session_state[SENT] = {key: (surface["key"], program["key"])}  # last: it means that both were sent


def _program_of(tree: Mapping[str, Any]) -> Mapping[str, Any]:
    engine = tree.get("engine")
    return engine["program"] if engine else {"key": ""}


def _acknowledged(key: str) -> int:
    """Return the browser's number of its last change of the view, which the message acknowledges."""
    view = st.session_state.get(key, {}).get("view")
    number = view.get("told") if isinstance(view, Mapping) else 0
    return number if type(number) is int else 0


@bounded_cache(maxsize=64)
def _packed_surface(key: str, surface: ImmutablePayload) -> bytes:
    """Return the surface's message, which most changes do not affect."""
    return pack({"stage": key, "surface": surface}, short_grids=True)


def head_start() -> None:
    """Wait until the browser has painted the picture, before the following widgets are sent.

    React renders everything that has arrived at once, and a panel of widgets takes longer than a race on the stage. The
    next change does not wait: Streamlit ends this run at its next access to the session state.
    """
    if has_server():
        end = time.monotonic() + HEAD_START
        with SCRIPTS.paused():
            while time.monotonic() < end:
                time.sleep(POLL)
                _ = "language" in st.session_state


def stage_words() -> dict[str, str]:
    """Return all texts of the stage in the user's language."""
    return _stage_words(language())


@lru_cache(maxsize=8)
def _stage_words(_language: str) -> dict[str, str]:
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
        "log_time": _("log time"),
        "loop": _("Repeat"),
        "trail": _("Trail"),
        "trail_all": _("whole trail"),
        "trail_steps": _("last {steps}"),
        "arrows": _("Arrows: last step (solid) and negative gradient (open)"),
        "inspector": _("The step, opened up"),
        "inspected": _("Optimizer whose step is shown"),
        "from_to": _("from step {step} to step {next}"),
        "no_step": _("No step was made."),
        "on_map": _("Drawn on the map at this entry's head"),
        "downhill": _("downhill, −∇L"),
        "momentum": _("momentum, −m"),
        "last_step": _("the step"),
        "looked_at": _("where the gradient is taken"),
        "ellipse": _("curvature"),
        "arrow_downhill": _("open arrow: downhill"),
        "arrow_step": _("solid arrow: the step"),
        "here": _("The surface here"),
        "slope": _("slope"),
        "curvatures": _("curvatures"),
        "condition": _("condition number"),
        "limit": _("limit"),
        "rate": _("learning rate"),
        "above_limit": _("above the limit: gradient descent oscillates"),
        "below_limit": _("below the limit of gradient descent"),
        "no_limit": _("nothing curves upwards here, so there is no limit"),
        "map": _("Map"),
        "relief": _("3-D"),
        "projection": _("Map or 3-D"),
        "log": _("log"),
        "linear": _("linear"),
        "loss_axis": _("Loss axis"),
        "steps": _("steps"),
        "evaluations": _("evaluations"),
        "progress_axis": _("Horizontal axis"),
        "quantity": _("Quantity of the second curves"),
        "accuracy": _("accuracy"),
        "sharpness": _("sharpness"),
        "distance": _("distance"),
        "ring_note": _("ring: distance from the plane, at most {farthest}"),
        "height_note": _("vertical line: from the loss on the plane to the true loss"),
        "limit_note": _("limit of stability"),
        "drawn_loss": _("loss on the plane"),
        "examples": _("examples"),
        "epochs": _("epochs"),
        "data": _("Data"),
        "picture": _("View of the data"),
        "predictions": _("predictions"),
        "features": _("features"),
        "true_target": _("{name}, true"),
        "predicted_target": _("{name}, predicted"),
        "boundary": _("Decision boundary"),
        "images": _("Wrong images"),
        "predictions_of": _("Optimizer whose predictions are shown"),
        "wrong": _("wrong"),
        "wrong_points": _(
            "Step {step}: {count} of {total} training and {held_out} of {held_out_total} validation examples are wrong."
        ),
        "wrong_images": _("Step {step}: {count} of {total} validation images are wrong (true → predicted)."),
        "first_images": _("The first {count} of them are shown."),
        "held_out": _("validation"),
        "show_held_out": _("Show the validation examples as open markers"),
        "held_out_note": _("dashed: validation data"),
        "validation_loss": _("validation loss"),
        "same_path": _("{names}: the same path, in stripes"),
        "smoothed": _("loss: running median over {count} steps (thin: every step)"),
        "smoothed_checkpoints": _("loss: running median over {count} checkpoints (thin: every checkpoint)"),
        "example": _("example {number}"),
        "held_out_example": _("validation example {number}"),
        "step_title": _("step"),
        "evaluations_title": _("gradient evaluations"),
        "loss_title": _("loss"),
        "reset": _("Reset view"),
        "full_screen": _("Full screen"),
        "help": _("Keys"),
        "close": _("Close"),
        "step": _("step {step}"),
        "loss": _("loss"),
        "start_label": _("start"),
        "minimum_label": _("global minimum"),
        "local_minimum": _("local minimum"),
        "saddle": _("saddle point"),
        "shape_ring": _("ring"),
        "shape_star": _("star"),
        "shape_cross": _("cross"),
        "mini": _("Small picture of the race"),
        "to_stage": _("Back to the picture"),
        "start": _("Start at {across} = {x}, {up} = {y}. The arrow keys move it."),
        "fixed_start": _("Start at {across} = {x}, {up} = {y}"),
        "start_at": _("Start at {across} = {x}, {up} = {y}"),
        "show_hide": _("Show or hide {name}"),
        "loading": _("Loading the picture …"),
        "no_plotly": _("plotly.js could not be loaded from {address}. Start the app again, or see the README."),
        "all_hidden": _("All optimizers are hidden. A click on a name in the legend shows it again."),
        "no_webgl": _("This browser cannot show the 3-D view (WebGL is off). The map shows the same race."),
        "key_play": _("play or pause"),
        "key_step": _("one step (with shift: ten)"),
        "key_ends": _("first or last step"),
        "key_speed": _("slower or faster"),
        "key_trail": _("length of the trail (with shift: back)"),
        "key_loop": _("repeat"),
        "key_arrows": _("arrows"),
        "key_view": _("map or 3-D"),
        "key_log": _("logarithmic or linear loss"),
        "key_lanes": _("show or hide an optimizer"),
        "key_inspector": _("the step, opened up"),
        "key_help": _("this list"),
        "key_space": _("space"),
        "family": _("{label} = {value} · {outcome}"),
        "diverged": _("diverged"),
        "diverges": _("{name} diverges at step {step}."),
        "passes": _("{name} passes {other} at step {step}."),
        "settled_elsewhere": _("The exact run differs: here the smallest rounding changes the path (chaos)."),
        "fog": _("Fog"),
        "lift_fog": _("Lift the fog"),
        "key_fog": _("fog"),
        "look_map": _("Scroll the map to zoom, double click to reset."),
        "click_map": _("Click the map, or drag the ring, to set the start. Scroll to zoom, double click to reset."),
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
