from itertools import pairwise

import pytest

from landscape_lab.figures.theme import (
    DARK,
    LIGHT,
    MARKERS,
    Theme,
    recolor,
    theme,
    theme_payload,
)
from tests.figures.vision import DEFICIENCIES, contrast, distance, lab

THEMES = pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])


def test_simulated_color_vision_confuses_the_expected_colors():
    red, green = "#b25b4b", "#857331"
    assert distance(red, green) > 30
    assert distance(red, green, DEFICIENCIES["deuteranopia"]) < 10


def test_markers_fill_the_unit_circle():
    for name, outline in MARKERS.items():
        reach = max(x * x + y * y for x, y in outline) ** 0.5
        assert 0.85 <= reach <= 1.15, name


@THEMES
def test_scale_brightens_evenly_from_valley_to_peak(colors):
    lightness = [lab(color)[0] for color in colors.scale]
    assert all(low < high for low, high in pairwise(lightness))
    steps = [distance(one, other) for one, other in pairwise(colors.scale)]
    assert max(steps) < 1.3 * min(steps)


@THEMES
def test_text_is_readable(colors):
    assert contrast(colors.text, colors.paper) >= 7
    assert contrast(colors.muted, colors.paper) >= 4.5
    assert all(contrast(colors.ink, height) >= 4.5 for height in colors.scale)


def strings(colors: Theme) -> list[str]:
    payload = colors.as_payload()
    return [color for _, color in payload.pop("colorscale")] + list(payload.values())


def test_themes_map_one_to_one():
    light, dark = strings(LIGHT), strings(DARK)
    assert len(set(light)) == len(light) == len(set(dark)) == len(dark)
    assert not set(light) & set(dark)
    entries = [{*colors.optimizers, *colors.series} for colors in (LIGHT, DARK)]
    assert not (entries[0] & entries[1]) and not set.union(*entries) & {*light, *dark}


def test_recolor_is_invertible():
    figure = {"a": [LIGHT.text, {"b": LIGHT.scale[3], "c": LIGHT.series[0]}], "d": 1.5, "e": None}
    night = recolor(figure, LIGHT, DARK)
    assert night == {"a": [DARK.text, {"b": DARK.scale[3], "c": DARK.series[0]}], "d": 1.5, "e": None}
    assert recolor(night, DARK, LIGHT) == figure


def test_payload_has_both_themes_and_every_marker():
    payload = theme_payload()
    assert payload["light"]["paper"] == theme().paper
    assert payload["dark"]["paper"] == theme(dark=True).paper
    assert payload["markers"] == MARKERS
