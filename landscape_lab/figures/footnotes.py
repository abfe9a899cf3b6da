"""Footnotes printed on a figure, so that a copy of it still says how it was made."""

import re
from collections.abc import Sequence
from unicodedata import east_asian_width

from landscape_lab.figures.axes import annotation
from landscape_lab.figures.figure_dict import FigureDict, merged
from landscape_lab.figures.theme import theme

WIDTH = 48
"""Characters per line that fit on a phone. A Chinese character is as wide as two others."""
WIDE = r"[\u2e80-\u9fff\uf900-\ufaff]"
"""A Chinese character, before and after which a line may end."""
PART = re.compile(rf"{WIDE}[\u3000-\u303f\uff00-\uffef”]*|(?:(?!{WIDE})[^ ])+| +")
"""What stays on one line: a word, or a Chinese character with the punctuation after it."""
SIZE, LINE = 12, 16
"""Font size and line height in pixels."""
PLOT = 340
"""Height in pixels of everything above the axis, so that figures side by side are aligned."""
BELOW = 52
"""Distance in pixels from the axis to the first line, with room for the numbers and the title of the axis."""


def with_footnotes(
    figure: FigureDict, sentences: Sequence[str], *, dark: bool = False, scale: float = 1.0
) -> FigureDict:
    """A figure with the sentences below its plot, enlarged to make room for them.

    `scale` is the factor by which its own type was enlarged.
    """
    lines = [line for sentence in sentences for line in _lines(sentence)]
    if not lines:
        return figure
    colors = theme(dark)
    words = annotation("<br>".join(lines), colors, x=0, y=0, xanchor="left", yanchor="top", yshift=-BELOW * scale)
    words |= {"font": {"color": colors.muted, "size": SIZE * scale}}
    below = round((BELOW + LINE * len(lines)) * scale)
    annotations = [*(figure["layout"].get("annotations") or ()), words]
    frame = {"annotations": annotations, "margin": {"b": below}, "height": PLOT + below}
    return figure | {"layout": merged(figure["layout"], frame)}


def _lines(sentence: str) -> list[str]:
    lines = [""]
    for part in PART.findall(sentence):
        if lines[-1] and _width(lines[-1] + part.rstrip()) > WIDTH:
            lines.append("")
        lines[-1] += part if lines[-1] else part.lstrip()
    return [line.rstrip() for line in lines if line]


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
