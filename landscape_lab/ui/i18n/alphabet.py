"""The order of words in a glossary: by letters, and Chinese words by their pinyin."""

from bisect import bisect
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import TypeVar

_LETTERS = "ABCDEFGHJKLMNOPQRSTWXYZ"
_STARTS = [character.encode("gb2312") for character in "啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝"]
"""The first character of each letter in GB 2312, whose common characters are in the order of their pinyin."""

T = TypeVar("T")


def initial(word: str) -> str:
    """Return the letter under which a word is listed: `L` for `loss` and, by its pinyin, for `轮次`."""
    first = word[:1]
    place = 0 if first.isascii() else bisect(_STARTS, _gb2312(first))
    return _LETTERS[place - 1] if place else first.upper()


def groups(things: Iterable[T], word: Callable[[T], str], least: int) -> list[tuple[str, list[T]]]:
    """Sort things by their words and divide them into groups of whole letters, of `least` things or more.

    Returns each group with its letters, such as `C–D`. The last group may be smaller.
    """
    ordered = sorted(things, key=lambda thing: (initial(word(thing)), _gb2312(word(thing).lower())))
    made: list[tuple[str, list[T]]] = []
    for letter, same in groupby(ordered, key=lambda thing: initial(word(thing))):
        if made and len(made[-1][1]) < least:
            letters, before = made[-1]
            made[-1] = f"{letters[0]}–{letter}", [*before, *same]
        else:
            made.append((letter, list(same)))
    return made


def _gb2312(text: str) -> bytes:
    return text.encode("gb2312", "replace")
