"""A change is never half made: callbacks that have begun are finished before the next run begins.

Streamlit ends a run for the next one wherever it touches the session's state, in a callback, too, which it does not
call again. So a change was lost when another one followed at once: quick keys, a drag, a slider right after a click.
"""

from collections.abc import Callable
from typing import Any

from streamlit.runtime.state.safe_session_state import SafeSessionState


def finish_callbacks() -> None:
    """Have every session of this process do so."""
    # Private names: requirements.txt has the version they are of, and a test needs them.
    session: Any = SafeSessionState
    begin: Callable[..., None] = session.on_script_will_rerun

    def begin_undisturbed(self: Any, *told: Any, **how: Any) -> None:
        ask = self._yield_callback
        ask()
        object.__setattr__(self, "_yield_callback", _nothing)
        try:
            begin(self, *told, **how)
        finally:
            object.__setattr__(self, "_yield_callback", ask)

    session.on_script_will_rerun = begin_undisturbed


def _nothing() -> None:
    """Nobody is asked whether this run may go on."""
