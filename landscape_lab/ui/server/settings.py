"""What the operator sets for a server, in variables of the environment."""

import os
from pathlib import Path

FRAMES = "LOSS_LANDSCAPE_LAB_FRAME_ANCESTORS"
"""Who may show the app in a frame, as in a Content-Security-Policy."""
STATE = "LOSS_LANDSCAPE_LAB_STATE"
"""Only for a process behind nginx: the file in which it says how far it is."""
SERVING, WARM = "serving", "warm"
"""What such a file says: that the process begins to answer, and that every page has been opened once."""
THIS_SITE, ANYWHERE = "'self'", "anywhere"
"""The app's own pages alone; any page, slides that are opened from a disk included, which no address names."""


def frame_ancestors() -> str:
    """Who may show the app in a frame: this site alone unless the operator says otherwise."""
    return os.environ.get(FRAMES, "").strip() or THIS_SITE


def state_file() -> Path | None:
    """The file in which this process says how far it is; None without nginx before it."""
    name = os.environ.get(STATE)
    return Path(name) if name else None


def frame_ancestors_error(text: str) -> str | None:
    """Why a list of frame ancestors cannot be used, as one sentence; None if it can."""
    if text.isascii() and text.isprintable() and text.strip() and not set(text) & set('";,@${}'):
        return None
    return "FRAME_ANCESTORS is a list of addresses such as https://slides.example.org, with blanks between them"
