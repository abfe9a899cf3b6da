"""Sentences printed on a figure, so that a copy of it still says what was done."""

from collections.abc import Sequence
from textwrap import wrap

from landscape_lab.figures.axes import note
from landscape_lab.figures.plain import Plain, joined
from landscape_lab.figures.theme import theme

WIDTH = 54
"""Characters to a line: as many as a phone has room for."""
SIZE, LINE = 12, 16
"""Pixels: of the letters, and from line to line."""
PLOT = 340
"""Pixels for everything above the axis, so that figures side by side are equally high."""
BELOW = 52
"""Pixels from the axis to the first line: the numbers and the title of the axis are between."""


def printed(figure: Plain, sentences: Sequence[str], *, dark: bool = False) -> Plain:
    """A plain figure with the sentences below its plot, and room for them."""
    lines = [line for sentence in sentences for line in wrap(sentence, WIDTH)]
    if not lines:
        return figure
    colors = theme(dark)
    words = note("<br>".join(lines), colors, x=0, y=0, xanchor="left", yanchor="top", yshift=-BELOW)
    words |= {"font": {"color": colors.muted, "size": SIZE}}
    below = BELOW + LINE * len(lines)
    annotations = [*(figure["layout"].get("annotations") or ()), words]
    frame = {"annotations": annotations, "margin": {"b": below}, "height": PLOT + below}
    return figure | {"layout": joined(figure["layout"], frame)}
