"""A recording on the stage of a page."""

from collections.abc import Callable
from typing import Any

from landscape_lab.experiments.recordings import Recording
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui import state
from landscape_lab.ui.parts import draw_again
from landscape_lab.ui.stage import stage
from landscape_lab.ui.stage.recording_message import recording_tree


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
    on_view  called with what the user chose on the stage; by default it becomes the view of the page
    round    an argument of `recording_tree`, as are `modes`
    """

    def viewed(sent: dict[str, Any]) -> None:
        seen = View.from_browser(sent)
        if on_view:
            on_view(seen)
        else:
            state.change_view(lambda old: old.seen_as(seen))
            draw_again()

    tree = recording_tree(recording, view, round=f"{state.races()} {round}", **modes)
    stage(tree | {"route": None, "follows": False, "name": key}, key=key, on_view=viewed)
