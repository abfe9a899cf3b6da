from typing import Any

import numpy as np
import pytest

from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.figures.styles import series_styles

RATES = np.geomspace(0.01, 10, 7)
NAMES: Any = {"setting": "rate", "outcome": "steps"}


def traces(figure: Any, role: str | None) -> list[Any]:
    return [each for each in figure.data if each.meta == role]


def test_each_entry_has_a_curve_and_each_axis_a_title():
    figure: Any = settings_figure(RATES, [RATES, 2 * RATES], ["one", "two"], **NAMES)
    lines = [each for each in figure.data if each.mode == "lines"]
    np.testing.assert_array_equal(lines[0].x, RATES)
    np.testing.assert_array_equal(lines[1].y, 2 * RATES)
    assert [each.line.color for each in lines] == [style.color for style in series_styles()[:2]]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("rate", "steps")


def test_missing_value_is_a_gap():
    steps = np.where(RATES > 1, np.inf, RATES)
    figure: Any = settings_figure(RATES, [steps], ["one"], **NAMES)
    np.testing.assert_array_equal(figure.data[0].y, np.where(RATES > 1, np.nan, RATES))


def test_entries_with_and_without_a_band_can_be_combined():
    figure: Any = settings_figure(
        RATES, [RATES, RATES], ["one", "two"], lows=[None, RATES / 2], highs=[None, RATES * 2], **NAMES
    )
    (band,) = traces(figure, "band")
    assert (band.name, band.fill) == ("two", "toself")
    np.testing.assert_array_equal(band.y, [*(2 * RATES), *(RATES / 2)[::-1]])


@pytest.mark.parametrize("scale", ["log", "linear"])
def test_current_value_is_a_line_across_the_figure(scale: Any):
    figure: Any = settings_figure(RATES, [RATES], ["one"], outcome_axis=scale, here=0.5, **NAMES)
    (mark,) = [each for each in figure.data if each.name == "here"]
    np.testing.assert_array_equal(mark.x, [0.5, 0.5])
    low, high = figure.layout.yaxis.range
    np.testing.assert_allclose(mark.y, [10**low, 10**high] if scale == "log" else [low, high])


def test_zero_is_shown_on_request():
    with_zero: Any = settings_figure(RATES, [5 + RATES], ["one"], zero=True, **NAMES)
    assert with_zero.layout.yaxis.range[0] <= 0
    without: Any = settings_figure(RATES, [5 + RATES], ["one"], **NAMES)
    assert without.layout.yaxis.range[0] > 0
