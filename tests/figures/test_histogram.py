"""Histograms have area 1, include all finite values, and draw the normal curve only on request."""

from typing import Any

import numpy as np
import pytest

from landscape_lab.figures.histogram import histogram_figure

RNG = np.random.default_rng(0)
SAMPLES = [RNG.standard_normal(200), 10 * RNG.standard_exponential(200)]


def drawn(**more) -> Any:
    return histogram_figure(SAMPLES, ["a", "b"], title="value", density="share", **more)


def test_each_histogram_has_area_one_between_the_ends_of_its_sample():
    for trace, sample in zip(drawn().data, SAMPLES, strict=True):
        x, y = np.asarray(trace.x), np.asarray(trace.y)
        assert np.trapezoid(y, x) == pytest.approx(1)
        assert (x[0], x[-1]) == pytest.approx((sample.min(), sample.max()))


def test_axes_contain_everything_and_start_at_zero():
    figure = drawn(normal="normal")
    for trace in figure.data:
        low, high = figure.layout.xaxis.range
        assert low <= min(trace.x) and max(trace.x) <= high
        assert max(trace.y) <= figure.layout.yaxis.range[1]
    assert figure.layout.yaxis.range[0] == 0


def test_normal_curve_is_drawn_when_it_has_a_name():
    assert [trace.name for trace in drawn().data] == ["a", "b"]
    curve = drawn(normal="normal").data[-1]
    assert curve.name == "normal"
    assert max(curve.y) == pytest.approx(1 / np.sqrt(2 * np.pi))


def test_non_finite_values_are_omitted_and_an_empty_sample_has_no_trace():
    figure: Any = histogram_figure(
        [[1.0, 2.0, np.nan, np.inf], [np.nan]], ["a", "b"], title="value", density="share", bins=2
    )
    assert [trace.name for trace in figure.data] == ["a"]
    assert max(figure.data[0].x) == 2


def test_is_deterministic_and_changes_with_the_theme():
    assert drawn().to_json() == drawn().to_json() != drawn(dark=True).to_json()
