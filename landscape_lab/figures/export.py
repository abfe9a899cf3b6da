"""Exported files: animations and QR codes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Any

import segno
from PIL import Image
from segno.encoder import DataOverflowError

from landscape_lab.figures.animation import draw_frames, whole_steps, with_one_palette, write_animation
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.still_losses import LossCurves
from landscape_lab.figures.theme import EntryStyle, Theme
from landscapes import Landscape

MOST_FRAMES = 100
"""The maximal number of frames. At one byte a pixel they take 50 MB, independent of the length of the race."""
SECONDS = 6
SHORTEST, LONGEST, HOLD = 50, 400, 2000
"""Shortest and longest duration of a frame, and that of the last one, in milliseconds. Browsers slow down GIFs with
much shorter frames."""
KINDS: tuple[str, ...] = ("gif", "webp")

_lock = Lock()
"""Serialises drawing within a process: an animation keeps a core busy for seconds."""


@dataclass(frozen=True)
class Movie:
    """The bytes of an animation, and the number of frames that they decode to."""

    file: bytes
    frames: int


def moving_picture(
    landscape: Landscape,
    trajectories: Sequence[Any],
    labels: Sequence[str],
    steps: int,
    kind: str,
    *,
    title: str = "",
    losses: LossCurves | None = None,
    size: tuple[int, int] | None = None,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
    seconds: float = SECONDS,
    progress: Callable[[float], None] = lambda _done: None,
) -> Movie:
    """Draw a race on its map as a GIF or an animated WebP, with at most `MOST_FRAMES` of its steps.

    With `losses` the curves grow beside the map, or below it.

    It lasts about `seconds`, within frames of `SHORTEST` to `LONGEST` milliseconds, and ends with a pause. `progress`
    is called with a fraction from 0 to 1 before each frame; an exception that it raises ends the drawing.
    """
    moments = whole_steps(steps, MOST_FRAMES)
    look: dict[str, Any] = {
        "title": title,
        "losses": losses,
        "size": size,
        "styles": styles,
        "dark": dark,
        "words": words,
    }

    def with_progress() -> Iterator[float]:
        for i, moment in enumerate(moments):
            progress(i / len(moments))
            yield moment

    while not _lock.acquire(timeout=0.5):
        progress(0.0)
    try:
        [last] = draw_frames(landscape, trajectories, labels, moments[-1:], **look)
        frames = with_one_palette(draw_frames(landscape, trajectories, labels, with_progress(), **look), last)
        stream = BytesIO()
        pace = min(max(10 * round(100 * seconds / len(frames)), SHORTEST), LONGEST)
        write_animation(frames, stream, kind=kind, milliseconds=pace, hold=HOLD)
    finally:
        _lock.release()
    with Image.open(stream) as written:
        return Movie(stream.getvalue(), getattr(written, "n_frames", 1))


def qr_code(text: str, colors: Theme, *, module: int = 4) -> str | None:
    """A QR code as SVG; None if the text is too long. Always dark on light, as cameras expect."""
    try:
        code = segno.make_qr(text, error="l", boost_error=False)
    except DataOverflowError:
        return None
    stream = BytesIO()
    code.save(stream, kind="svg", scale=module, border=4, dark=colors.ink, light=colors.paper, xmldecl=False)
    return stream.getvalue().decode()
