"""A figure that is not checked until somebody looks: the same words as Plotly's own, and every part of it there."""

import json
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from figures.drawing import Drawing

PLAIN = {
    "data": [
        {
            "type": "scatter",
            "x": np.arange(3),
            "y": np.array([1.0, np.nan, 2.0]),
            "text": np.array(["a", "b", "c"]),
            "marker": None,
            "line": {"color": "#000000", "width": 2},
        },
        {"type": "contour", "z": np.ones((2, 3), np.float32), "x": np.arange(3) * 1000, "y": np.array([])},
        {"type": "scatter", "x": np.arange(3) + 10**12, "y": [np.float64(1.5), np.int64(2), None]},
    ],
    "layout": {"template": "none", "margin": {"l": 1, "t": 2}, "xaxis": {"range": np.array([0.0, 1.0])}},
}


def as_json(figure: go.Figure) -> object:
    return json.loads(figure.to_json() or "")


def test_says_what_plotly_s_own_figure_says():
    assert as_json(Drawing(PLAIN)) == as_json(go.Figure(PLAIN))


def test_grows_and_changes_without_a_check_as_with_one():
    more = {"type": "scatter", "x": [1], "y": [2]}
    changes = {"margin": {"b": 3}, "height": 100, "annotations": [{"text": "a", "x": 0, "y": 0}]}
    drawn = Drawing(PLAIN).add_traces([more, more]).add_trace(more).update_layout(**changes)
    drawn.plain  # noqa: B018 - not looked into yet
    checked = go.Figure(PLAIN).add_traces([more, more]).add_trace(more).update_layout(**changes)
    assert as_json(drawn) == as_json(checked)
    assert len(PLAIN["data"]) == 3 and "b" not in PLAIN["layout"]["margin"]  # what it was made of stays as it was


def test_whoever_looks_into_it_finds_a_figure():
    drawn: Any = Drawing(PLAIN)
    assert drawn.data[0].line.width == 2 and drawn.layout.margin.t == 2
    drawn.update_layout(margin_b=7)
    drawn.add_trace(go.Scatter(x=[1], y=[2]))
    assert drawn.layout.margin.b == 7 and len(drawn.data) == 4
    with pytest.raises(RuntimeError, match="looked into"):
        drawn.plain  # noqa: B018


def test_what_plotly_does_not_know_is_found_by_the_look():
    with pytest.raises(ValueError, match="colour"):
        Drawing({"data": [{"type": "scatter", "line": {"colour": "red"}}]}).data  # noqa: B018


def test_a_name_that_no_figure_has_is_an_attribute_error():
    with pytest.raises(AttributeError):
        Drawing(PLAIN).nothing_of_the_kind  # noqa: B018
