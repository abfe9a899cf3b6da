"""Fonts for images that are drawn without a browser."""

import re
from functools import lru_cache
from typing import Any
from unicodedata import normalize

from PIL import ImageFont

from optim_core.printed import NARROW

FONTS = (
    *("NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", "SourceHanSansSC-Regular.otf", "PingFang.ttc"),
    *("Hiragino Sans GB.ttc", "STHeiti Medium.ttc", "msyh.ttc", "simhei.ttf", "wqy-zenhei.ttc", "wqy-microhei.ttc"),
    *("DroidSansFallbackFull.ttf", "Arial Unicode.ttf", "DejaVuSans.ttf"),
)
"""System fonts with more characters than Pillow's default font, which is preferred where it suffices."""
MISSING = "\U0010fffd"
"""A character that no font has."""

OWN = str.maketrans({"−": "-", "×": "x", NARROW: " "})
"""Replacements for the signs of a formatted number: Pillow's default font has ASCII characters only."""
RAISED = re.compile("([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")


def pieces(text: str) -> list[tuple[str, bool]]:
    """Split a text into parts, each with whether it is an exponent. Signs of numbers are replaced by ASCII ones."""
    parts = (normalize("NFKC", part) if i % 2 else part for i, part in enumerate(RAISED.split(text)))
    return [(part.translate(OWN), bool(i % 2)) for i, part in enumerate(parts) if part]


def printable(text: str) -> str:
    """The text without characters that XML and PDF do not allow."""
    return "".join(c for c in text if c.isprintable())


def lettering(size: float, *texts: str) -> Any:
    """The first font with all characters of the texts; Pillow's default if there is none."""
    return next((font for font in _fonts(size) if _has(font, "".join(texts))), ImageFont.load_default(size))


def can_write(*texts: str) -> bool:
    """Whether this machine has a font with all characters of the texts."""
    return any(_has(font, "".join(texts)) for font in _fonts(16))


@lru_cache(maxsize=16)
def _fonts(size: float) -> tuple[Any, ...]:
    found = [ImageFont.load_default(size)]
    for name in FONTS:
        try:
            found.append(ImageFont.truetype(name, size))
        except OSError:
            continue
    return tuple(found)


def _has(font: Any, text: str) -> bool:
    return all(_drawn(font, letter) for letter in set(text) if not letter.isspace())


@lru_cache(maxsize=4096)
def _drawn(font: Any, letter: str) -> bool:
    return bytes(font.getmask(letter)) != bytes(font.getmask(MISSING))
