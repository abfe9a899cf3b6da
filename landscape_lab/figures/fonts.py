"""Fonts for images that are drawn without a browser."""

import re
from functools import lru_cache
from typing import Any
from unicodedata import normalize

from PIL import ImageFont

from optim_core.printed import NARROW

SYSTEM_FONTS = (
    *("NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", "SourceHanSansSC-Regular.otf", "PingFang.ttc"),
    *("Hiragino Sans GB.ttc", "STHeiti Medium.ttc", "msyh.ttc", "simhei.ttf", "wqy-zenhei.ttc", "wqy-microhei.ttc"),
    *("DroidSansFallbackFull.ttf", "Arial Unicode.ttf", "DejaVuSans.ttf"),
)
"""System fonts with more characters than Pillow's default font, which is preferred where it suffices."""
MISSING = "\U0010fffd"
"""A character that no font has."""

ASCII_SIGNS = str.maketrans({"−": "-", "×": "x", NARROW: " "})
"""Replacements for the signs of a formatted number: Pillow's default font has ASCII characters only."""
SCRIPTS = re.compile("([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)|([₀₁₂₃₄₅₆₇₈₉]+)")


def split_scripts(text: str) -> list[tuple[str, int]]:
    """Split a text into parts, each with 1 for an exponent, -1 for an index and 0 for any other.

    Signs of numbers are replaced by ASCII ones.
    """
    parts: list[tuple[str, int]] = []
    for i, part in enumerate(SCRIPTS.split(text)):
        height = (0, 1, -1)[i % 3]
        if part:
            parts.append(((normalize("NFKC", part) if height else part).translate(ASCII_SIGNS), height))
    return parts


def printable(text: str) -> str:
    """The text without characters that XML and PDF do not allow."""
    return "".join(c for c in text if c.isprintable())


def font_for(size: float, *texts: str) -> Any:
    """The first font with all characters of the texts; Pillow's default if there is none."""
    return next((font for font in _fonts(size) if _covers(font, "".join(texts))), ImageFont.load_default(size))


def has_font_for(*texts: str) -> bool:
    """Whether this machine has a font with all characters of the texts."""
    return any(_covers(font, "".join(texts)) for font in _fonts(16))


@lru_cache(maxsize=16)
def _fonts(size: float) -> tuple[Any, ...]:
    found = [ImageFont.load_default(size)]
    for name in SYSTEM_FONTS:
        try:
            found.append(ImageFont.truetype(name, size))
        except OSError:
            continue
    return tuple(found)


def _covers(font: Any, text: str) -> bool:
    return all(_has_glyph(font, letter) for letter in set(text) if not letter.isspace())


@lru_cache(maxsize=4096)
def _has_glyph(font: Any, letter: str) -> bool:
    return bytes(font.getmask(letter)) != bytes(font.getmask(MISSING))
