"""Colours, dashes and markers of entries and of series.

The style of an entry belongs to its optimizer: it is the same in every race, lesson, map and file. Wrappers do not
change it. Several entries with the same optimizer get shades of its colour, dashes of their own and numbers.

Curves that are no optimizers, such as training and validation loss or several settings, have muted colours, which no
optimizer has.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import count, cycle
from math import hypot
from types import MappingProxyType
from typing import Any, Protocol
from zlib import crc32

import numpy as np

from landscape_lab.figures.theme import DASHES, LIGHT, MARKERS, EntryStyle, Oklch, oklch_of, shades, theme
from optim_core import key_of

BLUE, ORANGE, VIOLET, TEAL, RED, PINK, OLIVE, NAVY = range(8)
"""Places in `Theme.optimizers`."""
SOLID, DASHED, DOTTED, DASH_DOT = range(4)
"""Places in `DASHES`."""

Choice = tuple[int, int, str]
"""Place of the colour, place of the dash, marker."""

CHOICES: Mapping[str, Choice] = MappingProxyType(
    {
        "gradient_descent": (BLUE, SOLID, "circle"),
        "momentum": (ORANGE, DASHED, "square"),
        "nesterov": (VIOLET, SOLID, "triangle-up"),
        "adagrad": (TEAL, DASH_DOT, "diamond"),
        "rmsprop": (RED, DOTTED, "cross"),
        "adam": (PINK, DASHED, "star"),
        "newton": (OLIVE, DASHED, "triangle-down"),
        "conjugate_gradient": (NAVY, DASHED, "pentagon"),
        "adadelta": (ORANGE, DOTTED, "triangle-right"),
        "adamax": (BLUE, DASHED, "bowtie"),
        "adamw": (NAVY, SOLID, "hexagram"),
        "amsgrad": (ORANGE, DASH_DOT, "triangle-left"),
        "line_search": (TEAL, DOTTED, "star-triangle-down"),
        "lion": (OLIVE, SOLID, "star-triangle-up"),
        "nadam": (VIOLET, DASHED, "hourglass"),
        "qhadam": (RED, SOLID, "diamond-tall"),
        "qhm": (OLIVE, DASH_DOT, "diamond-wide"),
        "radam": (TEAL, DASHED, "star-diamond"),
        "rprop": (TEAL, SOLID, "x"),
    }
)
"""Any two optimizers differ in two of the three properties; those that often race together differ in colour. An
optimizer that is missing here has a style derived from its key."""

LEVELS = {False: (0.31, 0.64), True: (0.62, 0.92)}
"""Lowest and highest lightness in OKLab of the copies of one optimizer, by whether the theme is dark."""
SHADES = 4
"""The number of shades of a colour, itself included."""


class HasCore(Protocol):
    """An entry of a race."""

    @property
    def core(self) -> Any: ...


def styles_of(entries: Iterable[HasCore], dark: bool = False) -> tuple[EntryStyle, ...]:
    """The styles of the entries of a race."""
    return styles_of_keys([key_of(entry.core) for entry in entries], dark)


def styles_of_keys(keys: Iterable[str], dark: bool = False) -> tuple[EntryStyle, ...]:
    """The styles of the entries of a race with these optimizers, by their keys in the registry."""
    looks = [(key, _choice(key)) for key in keys]
    # Two optimizers with derived styles may coincide; they are numbered as copies are.
    total = Counter(choice for _, choice in looks)
    seen: Counter[Choice] = Counter()
    styles = []
    for key, choice in looks:
        seen[choice] += 1
        alone = total[choice] == 1
        styles.append(style_of(key, dark) if alone else copies_of(key, seen[choice], dark)[-1])
    return tuple(styles)


def styles_of_runs(keys: Sequence[str], dark: bool = False) -> tuple[EntryStyle, ...]:
    """The styles of recorded runs with these optimizers; one of which it is unknown, "", has that of a series."""
    known, others = iter(styles_of_keys(filter(None, keys), dark)), cycle(series_styles(dark))
    return tuple(next(known) if key else next(others) for key in keys)


def style_of(key: str, dark: bool = False) -> EntryStyle:
    """The style of an optimizer, by its key in the registry."""
    color, dash, marker = _choice(key)
    return EntryStyle(theme(dark).optimizers[color], DASHES[dash], marker)


@lru_cache(maxsize=512)
def copies_of(key: str, number: int, dark: bool = False) -> tuple[EntryStyle, ...]:
    """The styles of `number` entries with the same optimizer, numbered from 1; the first has the optimizer's own."""
    color, dash, marker = _choice(key)
    colors = _shades(theme(dark).optimizers[color], dark)
    kinds = len(colors), len(DASHES)
    return tuple(
        EntryStyle(colors[i % kinds[0]], DASHES[(dash + i + i // kinds[0]) % kinds[1]], marker, i + 1)
        for i in range(number)
    )


def series_styles(dark: bool = False) -> tuple[EntryStyle, ...]:
    """The styles of curves that are no optimizers. Any two differ in marker, and in colour or dash."""
    colors = theme(dark).series
    return tuple(
        EntryStyle(colors[i % len(colors)], DASHES[i // 3 % len(DASHES)], marker)
        for i, marker in enumerate(list(MARKERS)[:12])
    )


def _shades(color: str, dark: bool) -> list[str]:
    """A colour and its shades, each as far as possible from those before it."""
    own, chroma, hue = oklch_of(color)
    taken = [own]
    while len(taken) < SHADES:
        levels = np.linspace(*LEVELS[dark], 34)
        taken.append(float(max(levels, key=lambda level: min(abs(level - other) for other in taken))))
    return [color, *(_as_text(_in_gamut((level, chroma, hue))) for level in taken[1:])]


def _in_gamut(color: Oklch) -> Oklch:
    """The colour with the largest chroma that a screen shows at this lightness and hue."""
    light, chroma, hue = color
    while True:
        shown = oklch_of(_as_text((light, chroma, hue)))
        if hypot(shown[0] - light, shown[1] - chroma) <= 0.01:
            return light, chroma, hue
        chroma *= 0.95


def _as_text(color: Oklch) -> str:
    return "#{:02x}{:02x}{:02x}".format(*np.asarray(shades((color, color), 1))[0].tolist())


@lru_cache(maxsize=256)
def _choice(key: str) -> Choice:
    """The choice of an optimizer; of one that is not in the table, one that differs from all in it, by a hash."""
    if key in CHOICES:
        return CHOICES[key]
    for attempt in count():
        number, color = divmod(crc32(f"{key} {attempt}".encode()), len(LIGHT.optimizers))
        number, dash = divmod(number, len(DASHES))
        found = color, dash, list(MARKERS)[number % len(MARKERS)]
        if all(sum(a == b for a, b in zip(found, one, strict=True)) <= 1 for one in CHOICES.values()):
            return found
    raise AssertionError("unreachable")
