"""Footnotes printed on a figure, so that a copy of it still says how it was made."""

from collections.abc import Sequence
from textwrap import wrap

from landscape_lab.figures.axes import annotation
from landscape_lab.figures.figure_dict import FigureDict, merged
from landscape_lab.figures.theme import theme

WIDTH = 54
"""Characters per line that fit on a phone."""
SIZE, LINE = 12, 16
"""Font size and line height in pixels."""
PLOT = 340
"""Height in pixels of everything above the axis, so that figures side by side are aligned."""
BELOW = 52
"""Distance in pixels from the axis to the first line, with room for the numbers and the title of the axis."""


def with_footnotes(figure: FigureDict, sentences: Sequence[str], *, dark: bool = False) -> FigureDict:
    """A figure with the sentences below its plot, enlarged to make room for them."""
    lines = [line for sentence in sentences for line in wrap(sentence, WIDTH)]
    if not lines:
        return figure
    colors = theme(dark)
    words = annotation("<br>".join(lines), colors, x=0, y=0, xanchor="left", yanchor="top", yshift=-BELOW)
    words |= {"font": {"color": colors.muted, "size": SIZE}}
    below = BELOW + LINE * len(lines)
    annotations = [*(figure["layout"].get("annotations") or ()), words]
    frame = {"annotations": annotations, "margin": {"b": below}, "height": PLOT + below}
    return figure | {"layout": merged(figure["layout"], frame)}
