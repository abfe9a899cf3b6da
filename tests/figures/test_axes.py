import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscape_lab.figures.axes import curve, linear_axis, log_axis, number
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.theme import LIGHT
from tests.figures.reading import read


@given(st.lists(st.floats(1e-12, 1e12), min_size=1, max_size=5), st.booleans())
def test_logarithmic_axis_contains_its_values_and_ticks(values, sparse):
    axis = log_axis("loss", values, LIGHT, sparse=sparse)
    low, high = axis["range"]
    assert low < np.log10(min(values)) and np.log10(max(values)) < high
    if "dtick" in axis:
        assert 3 - sparse <= (high - low) / axis["dtick"] <= (4 if sparse else 8)
    else:
        assert len(axis["tickvals"]) >= 3 - sparse
        assert all(10**low <= value <= 10**high for value in axis["tickvals"])
        written = [read(text) for text in axis["ticktext"]]
        assert written == pytest.approx(axis["tickvals"], rel=1e-3)
        assert len(set(written)) == len(written)


@given(st.lists(st.floats(-1e12, 1e12), max_size=5), st.booleans())
def test_linear_axis_contains_its_values(values, zero):
    low, high = linear_axis("loss", values, LIGHT, zero=zero)["range"]
    assert low < high
    for value in [*values, *([0.0] if zero else [])]:
        assert low <= value <= high


def test_axis_ignores_values_that_it_cannot_show():
    assert log_axis("loss", [-1.0, 0.0, np.nan, np.inf, 1.0, 100.0], LIGHT)["range"] == pytest.approx([-0.08, 2.08])
    assert linear_axis("loss", [np.nan, np.inf, 0.0, 1.0], LIGHT)["range"] == pytest.approx([-0.04, 1.04])


def test_head_is_at_the_last_finite_point():
    line, head = curve("lane", series_styles()[0], [0, 1, 2], [3.0, 2.0, np.inf], LIGHT, hover="")
    assert np.isnan(line["y"]).tolist() == [False, False, True]
    assert (head["x"].tolist(), head["y"].tolist()) == ([1.0], [2.0])


def test_missing_number_is_printed_as_a_dash():
    assert [number(value) for value in (2.5e-7, np.nan, np.inf)] == ["2.5\u202f×\u202f10⁻⁷", "–", "–"]
