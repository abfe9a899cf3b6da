"""What a process does in a thread of its own as soon as it serves, so that visitors do not wait for it."""

import time
from importlib import import_module
from pathlib import Path

AFTER = 10.0
"""Seconds that the first visitor has for himself before the other pages are opened, where people come at any time."""


def warm_up(ready: Path | None = None) -> None:
    """Import what every page needs, make the first picture, then open every page once.

    Args:
        ready: A file to make at the end. With it, visitors are sent to another process meanwhile, and the pages are
            opened at once; without it, only while no visitor waits for anything.
    """
    import_module("ui.ready")
    rehearsal = import_module("ui.rehearsal")
    if ready:
        try:
            rehearsal.rehearse()
        finally:
            ready.touch()
    else:
        time.sleep(AFTER)
        rehearsal.rehearse(rehearsal.QUIET)
