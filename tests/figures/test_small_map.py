from typing import Any

import numpy as np
import pytest

from landscape_lab.figures.small_map import outlines_figure, small_map_figure, strength_figure
from landscapes import LANDSCAPES, SURFACES

BOWL = LANDSCAPES["elliptic_bowl"]
SQUARE = ((-2.0, 2.0), (-2.0, 2.0))
STRENGTHS = np.linspace(0, 1, 5)
LOSSES = [STRENGTHS**2 + 1, 3 - STRENGTHS]


def by_meta(figure: Any, meta: str) -> list[Any]:
    return [trace for trace in figure.data if trace.meta == meta]


def test_both_axes_have_one_scale_and_there_is_no_bar():
    figure: Any = small_map_figure(BOWL, SQUARE)
    assert figure.layout.yaxis.scaleanchor == "x"
    assert figure.layout.coloraxis.showscale is False
    assert figure.layout.xaxis.range == SQUARE[0]
    assert not by_meta(figure, "before")
    assert not figure.layout.annotations


def test_arrow_leads_from_the_former_minimum_to_the_present_one():
    loss = SURFACES["multiple_regression"].with_parameters(l2=2)
    figure: Any = small_map_figure(loss, loss.domain, before=(-1.0, 2.0), label="before")
    (ring,), (arrow,) = by_meta(figure, "before"), figure.layout.annotations
    assert (ring.x[0], ring.y[0]) == (arrow.ax, arrow.ay) == (-1.0, 2.0)
    assert (arrow.x, arrow.y) == loss.minima[0]
    assert "before" in ring.hovertemplate


def test_minimum_that_hardly_moved_has_a_ring_and_no_arrow():
    figure: Any = small_map_figure(BOWL, SQUARE, before=(0.01, 0.0), label="before")
    assert by_meta(figure, "before")
    assert not figure.layout.annotations


def test_losses_are_drawn_against_the_strength():
    figure: Any = strength_figure(STRENGTHS, LOSSES, ["a", "b"], title="chance")
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    for line, losses in zip(lines, LOSSES, strict=True):
        np.testing.assert_array_equal(line.x, STRENGTHS)
        np.testing.assert_array_equal(line.y, losses)
    assert figure.layout.xaxis.title.text == "chance"


@pytest.mark.parametrize("chosen", [None, 0.25])
def test_chosen_strength_is_marked_by_a_line(chosen: float | None):
    figure: Any = strength_figure(STRENGTHS, LOSSES, ["a", "b"], title="", chosen=chosen, chosen_label="now")
    lines = [trace for trace in figure.data if trace.name == "now"]
    assert [list(line.x) for line in lines] == ([] if chosen is None else [[0.25, 0.25]])


def test_outlines_are_closed_and_have_their_centres():
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    circle = np.stack([3 + np.cos(angles), 1 + 2 * np.sin(angles)], axis=1)
    figure: Any = outlines_figure([circle, circle + 1], ["a", "b"], axes=("w₁", "w₂"))
    first, centre, _second, moved = figure.data
    assert (first.x[0], first.y[0]) == (first.x[-1], first.y[-1])
    assert (centre.x[0], centre.y[0]) == pytest.approx((3, 1))
    assert (moved.x[0], moved.y[0]) == pytest.approx((4, 2))
    assert [trace.showlegend for trace in figure.data] == [False, None, False, None]
    assert figure.layout.yaxis.scaleanchor == "x"
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("<i>w₁</i>", "<i>w₂</i>")
