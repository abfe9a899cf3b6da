"""The stored thumbnails of surfaces and named races: one sheet for each theme, written by `make thumbnails`."""

from collections.abc import Mapping
from functools import cache
from zlib import crc32

from landscape_lab.experiments import RACES
from landscape_lab.experiments.runs import race_of
from landscape_lab.figures.styles import styles_of
from landscape_lab.figures.theme import theme
from landscape_lab.figures.thumbnail import Pixels, checksums_of, thumbnail
from landscape_lab.ui.assets import THUMBNAILS
from landscapes import DATA_LOSSES, LANDSCAPES, Landscape

SURFACE, RACE = "surface/", "race/"
"""What precedes the key of a surface, and of a named race."""


def drawn_from(dark: bool) -> dict[str, int]:
    """Return the keys of all thumbnails in their order, each with a checksum of what it is drawn from."""
    texts = {SURFACE + key: f"{each.text} {each.formula} {each.domain}" for key, each in _surfaces().items()}
    texts |= {RACE + key: f"{race.scenario.text} {race.scenario.landscape.formula}" for key, race in RACES.items()}
    return {key: crc32(f"{text} {theme(dark)}".encode()) for key, text in texts.items()}


def draw(key: str, dark: bool) -> Pixels:
    """Draw one of the thumbnails, by its key."""
    if key.startswith(SURFACE):
        return thumbnail(_surfaces()[key.removeprefix(SURFACE)], dark=dark)
    scenario = RACES[key.removeprefix(RACE)].scenario
    return thumbnail(scenario.landscape, race_of(scenario).trajectories, styles_of(scenario.entries, dark), dark=dark)


@cache
def places() -> Mapping[str, int]:
    """Return the place of each stored thumbnail by its key. The sheets of both themes have the same order."""
    return {key: place for place, key in enumerate(checksums_of(THUMBNAILS[False]))}


def _surfaces() -> Mapping[str, Landscape]:
    return {**LANDSCAPES, **DATA_LOSSES}
