"""The letters of pictures that are drawn without a browser."""

from functools import lru_cache
from typing import Any

from PIL import ImageFont

FONTS = (
    *("NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", "SourceHanSansSC-Regular.otf", "PingFang.ttc"),
    *("Hiragino Sans GB.ttc", "STHeiti Medium.ttc", "msyh.ttc", "simhei.ttf", "wqy-zenhei.ttc", "wqy-microhei.ttc"),
    *("DroidSansFallbackFull.ttf", "Arial Unicode.ttf", "DejaVuSans.ttf"),
)
"""Fonts of a system that know more letters than Pillow's own, which is used wherever it can."""
MISSING = "\U0010fffd"
"""A character that no font has."""


def lettering(size: float, *texts: str) -> Any:
    """The first font that has every letter of the texts; Pillow's own if none has."""
    return next((font for font in _fonts(size) if _has(font, "".join(texts))), ImageFont.load_default(size))


def can_write(*texts: str) -> bool:
    """Whether this machine has a font for every letter of the texts."""
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
