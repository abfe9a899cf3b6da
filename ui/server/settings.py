"""What the operator sets for a server, in variables of the environment."""

import os
from pathlib import Path

FRAMES = "LOSS_LANDSCAPE_LAB_FRAME_ANCESTORS"
"""Who may show the app in a frame, as in a Content-Security-Policy."""
READY = "LOSS_LANDSCAPE_LAB_READY"
"""Only for a process behind nginx: the file that it makes once all pages are warm."""
THIS_SITE = "'self'"


def frame_ancestors() -> str:
    """Who may show the app in a frame: this site alone unless the operator says otherwise."""
    return os.environ.get(FRAMES) or THIS_SITE


def ready_file() -> Path | None:
    """The file to make once all pages are warm; None where no nginx decides who gets visitors."""
    name = os.environ.get(READY)
    return Path(name) if name else None


def frame_ancestors_error(text: str) -> str | None:
    """Why a list of frame ancestors cannot be used, as one sentence; None if it can."""
    if text.isascii() and text.isprintable() and text.strip() and not set(text) & set('";,@${}'):
        return None
    return "FRAME_ANCESTORS is a list of addresses such as https://slides.example.org, with blanks between them"
