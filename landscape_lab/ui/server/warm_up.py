"""Cache warm-up: what a process does in a thread as soon as it serves, so that visitors do not wait for it."""

import time
from importlib import import_module
from pathlib import Path

from landscape_lab.ui.server.settings import SERVING, WARM

AFTER = 10.0
"""Seconds that the first visitor has without any other work, where no other process serves meanwhile."""


def warm_up(state: Path | None = None) -> None:
    """Import what every page needs, compute the first picture, then those of all pages.

    Args:
        state: A file to say `SERVING` and `WARM` in. With it, visitors are sent to another process meanwhile if there
            is one, and all is done at once.
    """
    if state:
        state.write_text(SERVING)
    try:
        ready = import_module("landscape_lab.ui.server.first_races")
        ready.first_picture()
        if not state:
            time.sleep(AFTER)
        ready.warm_caches()
    finally:
        if state:
            state.write_text(WARM)
