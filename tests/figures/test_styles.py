"""Entries can be told apart in every race, in both themes, with full colour vision and three deficiencies of it."""

from collections.abc import Sequence
from itertools import combinations

import pytest

from landscape_lab.experiments import RACES
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.experiments.scenarios.entries import CORES
from landscape_lab.experiments.scenarios.scenario import MAX_ENTRIES, Scenario
from landscape_lab.figures.styles import CHOICES, copies_of, series_styles, style_of, styles_of, styles_of_keys
from landscape_lab.figures.theme import DARK, LIGHT, EntryStyle
from optim_core import OPTIMIZERS, key_of
from tests.figures.vision import DEFICIENCIES, FULL, contrast, distance

THEMES = pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
EYES = pytest.mark.parametrize("eyes", [FULL, *DEFICIENCIES.values()], ids=["full", *DEFICIENCIES])
CLEAR = 5 * 2.3
"""Five times the just noticeable difference of CIE76."""

SCENARIOS = {key: race.scenario for key, race in RACES.items()} | {key: LESSONS[key]().scenario for key in LESSONS}


def same(one: EntryStyle, other: EntryStyle) -> int:
    """In how many of colour, dash and marker two styles agree."""
    return sum([one.color == other.color, one.dash == other.dash, one.marker == other.marker])


def is_clear(one: EntryStyle, other: EntryStyle, eyes: object) -> bool:
    """Whether the colours differ clearly, or dash and what is at the head do."""
    heads = (one.marker, one.number) != (other.marker, other.number)
    return distance(one.color, other.color, eyes) > CLEAR or (one.dash != other.dash and heads)  # type: ignore[arg-type]


@EYES
@THEMES
def test_colors_of_optimizers_and_of_series_are_clearly_different(colors, eyes):
    for palette in (colors.optimizers, colors.series):
        assert min(distance(one, other, eyes) for one, other in combinations(palette, 2)) > CLEAR


@THEMES
def test_no_series_has_the_color_of_an_optimizer(colors):
    assert min(distance(one, other) for one in colors.series for other in colors.optimizers) > CLEAR


@EYES
@THEMES
def test_entries_stand_out_from_the_surface(colors, eyes):
    used = (*colors.optimizers, *colors.series)
    assert min(distance(color, height, eyes) for color in used for height in colors.scale) > CLEAR


@THEMES
def test_every_color_has_graphical_contrast_with_page_and_plot(colors):
    copies = [style.color for key in CORES for style in copies_of(key, MAX_ENTRIES, colors is DARK)]
    used = {*colors.optimizers, *colors.series, *copies}
    assert min(contrast(color, ground) for color in used for ground in (colors.paper, colors.plot)) >= 3


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_any_two_optimizers_and_any_two_series_differ_in_two_properties(dark):
    for styles in ([style_of(key, dark) for key in CORES], series_styles(dark)):
        assert max(same(one, other) for one, other in combinations(styles, 2)) <= 1


@EYES
@pytest.mark.parametrize("key", SCENARIOS)
def test_entries_of_every_race_differ_clearly(key, eyes):
    for dark in (False, True):
        styles = styles_of(SCENARIOS[key].entries, dark)
        assert all(is_clear(one, other, eyes) for one, other in combinations(styles, 2))


@EYES
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_any_two_optimizers_differ_clearly(dark, eyes):
    styles = [style_of(key, dark) for key in CORES]
    assert all(is_clear(one, other, eyes) for one, other in combinations(styles, 2))


@pytest.mark.parametrize("key", CORES)
def test_copies_of_an_optimizer_differ(key):
    for dark in (False, True):
        copies = copies_of(key, MAX_ENTRIES, dark)
        assert [style.number for style in copies] == [*range(1, MAX_ENTRIES + 1)]
        assert len({(style.color, style.dash) for style in copies}) == MAX_ENTRIES
        assert copies[0].color == style_of(key, dark).color
        assert min(distance(one.color, other.color) for one, other in combinations(copies[:3], 2)) > CLEAR


def test_an_optimizer_has_the_same_style_in_every_race():
    seen: dict[str, set[tuple[object, ...]]] = {}
    for scenario in SCENARIOS.values():
        for entry, style in zip(scenario.entries, styles_of(scenario.entries), strict=True):
            if style.number < 2:
                seen.setdefault(key_of(entry.core), set()).add((style.color, style.dash, style.marker))
    assert all(len(styles) == 1 for styles in seen.values())


def test_wrapped_entry_keeps_the_color_and_marker_of_its_core():
    text = "surface=bowl&lanes=adam,lookahead(inner=adam),l2_penalty(inner=momentum)"
    one, two, three = styles_of(_scenario(text).entries)
    assert (one.number, two.number, three.number) == (1, 2, 0)
    assert one.marker == two.marker == style_of("adam").marker
    assert three == style_of("momentum")


def test_style_of_a_registered_optimizer_is_derived_from_its_key():
    names = [f"own_{i}" for i in range(40)]
    styles = [style_of(name) for name in names]
    assert styles == [style_of(name) for name in names] and len(set(styles)) > 10
    assert max(same(own, style_of(key)) for own in styles for key in CHOICES) <= 1


def test_derived_styles_that_coincide_are_numbered():
    by_style: dict[EntryStyle, list[str]] = {}
    for i in range(200):
        by_style.setdefault(style_of(f"own_{i}"), []).append(f"own_{i}")
    twins = next(keys for keys in by_style.values() if len(keys) > 1)[:2]
    one, two = styles_of_keys(twins)
    assert (one.number, two.number) == (1, 2) and one.color != two.color


def test_table_names_optimizers_of_the_registry():
    assert CHOICES.keys() <= OPTIMIZERS.keys()


def _scenario(text: str) -> Scenario:
    parts: Sequence[str] = text.split("&")
    return Scenario.from_query(dict(part.split("=", 1) for part in parts))
