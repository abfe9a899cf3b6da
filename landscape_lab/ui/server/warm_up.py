"""Warm-up of a process: imports and computations in a thread as soon as it serves, so that visitors do not wait."""

import time
from importlib import import_module
from pathlib import Path

from landscape_lab.ui.server.settings import SERVING, WARM

AFTER = 10.0
"""Seconds to wait before warming the caches if no other process serves, in favour of the first visitor."""


def warm_up(state: Path | None = None) -> None:
    """Import the modules that every page needs, compute the first picture, then the pictures of all pages.

    Args:
        state: The file to which `SERVING` and `WARM` are written. With it, there is no delay: visitors are sent to
            another process, if there is one, until this one is warm.
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
