from typing import Any

import numpy as np

from landscape_lab.figures.band import band_figure
from landscape_lab.figures.styles import series_styles

MEDIAN = np.geomspace(1, 0.01, 12)


def traces(figure, role: str | None) -> list[Any]:
    return [each for each in figure.data if each.meta == role]


def test_band_is_closed_around_its_median():
    figure: Any = band_figure([MEDIAN / 2], [MEDIAN], [2 * MEDIAN], ["noisy"])
    (band,) = traces(figure, "band")
    np.testing.assert_array_equal(band.y, [*(2 * MEDIAN), *(MEDIAN / 2)[::-1]])
    np.testing.assert_array_equal(band.x, [*range(12), *range(11, -1, -1)])
    assert (band.fill, band.fillcolor) == ("toself", series_styles()[0].color)
    line, head = traces(figure, None)
    np.testing.assert_array_equal(line.y, MEDIAN)
    assert (head.name, head.showlegend) == ("noisy", True)


def test_diverged_quartile_ends_the_band_and_not_the_median():
    high = np.where(np.arange(12) >= 7, np.inf, 2 * MEDIAN)
    figure: Any = band_figure([MEDIAN / 2], [MEDIAN], [high], ["noisy"])
    (band,) = traces(figure, "band")
    assert band.x.max() == 6
    assert traces(figure, None)[0].x.max() == 11


def test_gap_splits_the_band():
    low = np.where(np.arange(12) == 5, np.nan, MEDIAN / 2)
    bands = traces(band_figure([low], [MEDIAN], [2 * MEDIAN], ["noisy"]), "band")
    assert [(each.x.min(), each.x.max()) for each in bands] == [(0, 4), (6, 11)]


def test_single_runs_are_separated_by_gaps():
    runs = np.stack([MEDIAN, 3 * MEDIAN], axis=1)
    (faint,) = traces(band_figure([MEDIAN], [MEDIAN], [MEDIAN], ["noisy"], runs=[runs]), "runs")
    np.testing.assert_array_equal(faint.y, [*MEDIAN, np.nan, *(3 * MEDIAN), np.nan])
    np.testing.assert_array_equal(faint.x, [*range(12), np.nan, *range(12), np.nan])


def test_axis_contains_the_bands_and_is_linear_without_positive_losses():
    figure: Any = band_figure([MEDIAN / 2], [MEDIAN], [2 * MEDIAN], ["noisy"])
    assert figure.layout["yaxis"].type == "log"
    low, high = figure.layout["yaxis"].range
    assert low < np.log10(0.005) and np.log10(2) < high
    below: Any = band_figure([-2 * MEDIAN], [-MEDIAN], [-MEDIAN / 2], ["noisy"])
    assert below.layout["yaxis"].type == "linear"
    (band,) = traces(below, "band")
    assert np.isfinite(band.y).all()


def test_hover_states_the_quartiles():
    figure: Any = band_figure([MEDIAN / 2], [MEDIAN], [2 * MEDIAN], ["noisy"])
    assert traces(figure, None)[0].customdata[0] == "half of the runs between 0.5 and 2"
