"""What a process does in a thread of its own as soon as it serves, so that visitors do not wait for it."""

import time
from importlib import import_module
from pathlib import Path

from ui.server.settings import SERVING, WARM

AFTER = 10.0
"""Seconds that the first visitor has for himself before the other pages are opened, where people come at any time."""


def warm_up(state: Path | None = None) -> None:
    """Import what every page needs, make the first picture, then open every page once.

    Args:
        state: A file to say `SERVING` and `WARM` in. With it, visitors are sent to another process meanwhile if there
            is one, and the pages are opened at once; without it, only while no visitor waits for anything.
    """
    if state:
        state.write_text(SERVING)
    import_module("ui.ready")
    rehearsal = import_module("ui.rehearsal")
    if state:
        try:
            rehearsal.rehearse()
        finally:
            state.write_text(WARM)
    else:
        time.sleep(AFTER)
        rehearsal.rehearse(rehearsal.QUIET)
