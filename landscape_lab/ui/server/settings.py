"""Settings of a server, which the operator makes by environment variables."""

import os
from pathlib import Path

FRAMES = "LOSS_LANDSCAPE_LAB_FRAME_ANCESTORS"
"""The sites that may show the app in a frame, as in a Content-Security-Policy."""
STATE = "LOSS_LANDSCAPE_LAB_STATE"
"""For a process behind nginx: the file to which it writes its state."""
SERVING, WARM = "serving", "warm"
"""The states: the process accepts requests; its caches are warm."""
THIS_SITE, ANYWHERE = "'self'", "anywhere"
"""Allowed frames: pages of the app only; or any page, including local files such as slides, which have no origin."""


def frame_ancestors() -> str:
    """Return the sites that may show the app in a frame, by default this site only."""
    return os.environ.get(FRAMES, "").strip() or THIS_SITE


def state_file() -> Path | None:
    """Return the file to which this process writes its state, or None if it is not behind nginx."""
    name = os.environ.get(STATE)
    return Path(name) if name else None


def frame_ancestors_error(text: str) -> str | None:
    """Return one sentence about the error in a list of frame ancestors, or None if the list is valid."""
    if text.isascii() and text.isprintable() and text.strip() and not set(text) & set('";,@${}'):
        return None
    return "FRAME_ANCESTORS is a list of addresses such as https://slides.example.org, with blanks between them"
