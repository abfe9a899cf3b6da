"""A race or a recording on the stage of a page, and what the page does when the user acts on the stage."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from landscape_lab.experiments import Scenario
from landscape_lab.experiments.recordings import Recording
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui import state
from landscape_lab.ui.i18n.translation import language
from landscape_lab.ui.own_data import session_token
from landscape_lab.ui.parts import draw_again, draw_page, draw_view
from landscape_lab.ui.server.race_route import PATH, SERVED
from landscape_lab.ui.stage import base_path, send_surface, stage
from landscape_lab.ui.stage.message import constant_tree, recent_tree
from landscape_lab.ui.stage.recording_message import recording_tree


def show_race(
    scenario: Scenario,
    view: View,
    *,
    key: str = "stage",
    on_start: Callable[[float, float], None] | None = None,
    on_view: Callable[[View], None] | None = None,
    on_member: Callable[[int], None] | None = None,
    round: str = "",
    constant: bool = False,
    follows: bool = False,
    name: str = "",
    tour: bool = False,
    **modes: Any,
) -> None:
    """The stage with the race of a scenario on it.

    key        the key of the component
    on_start   called with the new start (x, y) after a click or a drag on the map; by default the scenario of the page
               gets this start
    on_view    called with what the user chose on the stage; by default it becomes the view of the page
    on_member  called with the place of the chosen value in the family's
    round      an argument of `race_tree`, as are `modes`. A race that was chosen as a whole and the race of another
               page begin a new round too: see `state.begin_race`
    constant   whether no control of the page changes the race; its message is then cached with those of all lessons
    follows    whether the whole page is drawn again, not only its parts, when the hand rests: see `ui.parts`
    name       by which the knobs of a page call this stage; by default its key
    tour       whether the camera flies between the relief and its map once, while the race runs
    """

    def moved(x: float, y: float) -> None:
        state.change(lambda old: replace(old, start=(x, y)))
        draw_again("surface-numbers")

    def picked(index: int) -> None:
        family = modes["family"]
        value = family.with_own(scenario).values[index]
        if on_member and value in family.values:  # otherwise it is the entry's own value, which it already has
            on_member(family.values.index(value))

    tree_of = constant_tree if constant else recent_tree
    tree = dict(tree_of(scenario, view, tuple(modes.items()), language()))
    tree["race"] = {**tree["race"], "round": f"{state.races()} {round} {tree['race']['round']}"}
    tree |= {"route": None if on_start else _route(), "follows": follows, "name": name or key, "tour": tour}
    stage(tree, key=key, on_start=on_start or moved, on_view=_viewed(on_view), on_member=picked, on_rest=draw_page)


def show_recording(
    recording: Recording,
    view: View,
    *,
    key: str = "stage",
    on_view: Callable[[View], None] | None = None,
    round: str = "",
    **modes: Any,
) -> None:
    """The stage with a recording on it.

    key      the key of the component
    on_view  as in `show_race`
    round    an argument of `recording_tree`, as are `modes`
    """
    tree = recording_tree(recording, view, round=f"{state.races()} {round}", **modes)
    stage(tree | {"route": None, "follows": False, "name": key}, key=key, on_view=_viewed(on_view))


def _viewed(on_view: Callable[[View], None] | None) -> Callable[[dict[str, Any]], None]:
    def viewed(sent: dict[str, Any]) -> None:
        seen = View.from_browser(sent)
        if on_view:
            on_view(seen)
        else:
            state.change_view(lambda old: old.seen_as(seen))
            draw_view()

    return viewed


def send_surface_of(scenario: Scenario, view: View, **modes: Any) -> None:
    """Send the surface of a race, and the program that runs it, outside of the part of the page with its stage.

    The arguments are those of `show_race`.
    """
    send_surface(recent_tree(scenario, view, tuple(modes.items()), language()))


def _route() -> dict[str, str] | None:
    """Where the stage asks for its race with a number changed, without a run of the script; None if nowhere.

    `address` is the path of the route, `link` the query for what is on screen, and `token` the session's, which the
    stage sends along.
    """
    link = state.race_link() if SERVED.is_set() else None
    if link is None:
        return None
    address = f"/{base_path().strip('/')}{PATH}".replace("//", "/")
    return {"address": address, "link": urlencode(link), "token": session_token()}
