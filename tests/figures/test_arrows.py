from typing import Any

import numpy as np
import pytest

from landscape_lab.figures.arrows import Arrow, square_around, step_figure
from landscapes import LANDSCAPES

ROSENBROCK = LANDSCAPES["rosenbrock"]
POINT = (-0.5, 1.0)
AHEAD = Arrow("look-ahead", (0.2, -0.1))
GRADIENT = Arrow("gradient step", (-0.05, -0.2), tail=(-0.3, 0.9))


def drawn(figure) -> list[Any]:
    return [each for each in figure.data if each.meta == "arrow"]


def test_arrows_run_from_their_tails_along_their_vectors():
    first, second = drawn(step_figure(ROSENBROCK, POINT, [AHEAD, GRADIENT]))
    assert list(zip(first.x, first.y, strict=True)) == [POINT, pytest.approx((-0.3, 0.9))]
    assert list(zip(second.x, second.y, strict=True)) == [(-0.3, 0.9), pytest.approx((-0.35, 0.7))]


def test_both_axes_have_one_scale():
    layout = step_figure(ROSENBROCK, POINT, [AHEAD]).layout
    assert (layout["yaxis"].scaleanchor, layout["xaxis"].constrain) == ("x", "domain")
    (x0, x1), (y0, y1) = layout["xaxis"].range, layout["yaxis"].range
    assert x1 - x0 == pytest.approx(y1 - y0)


def test_figure_contains_every_arrow():
    (x0, x1), (y0, y1) = square_around(ROSENBROCK, POINT, [AHEAD, GRADIENT])
    assert x0 < -0.5 and x1 > -0.3
    assert y0 < 0.7 and y1 > 1.0
    assert x1 - x0 == pytest.approx(0.3 * 1.6)


def test_legend_states_the_lengths():
    figure: Any = step_figure(ROSENBROCK, POINT, [AHEAD, Arrow("velocity", (0.0, 0.0)), Arrow("lost", (np.nan, 1.0))])
    assert [each.name for each in figure.data if each.showlegend] == [
        "look-ahead: 0.2236",
        "velocity: 0",
        "lost: –",
        "here",
    ]


def test_zero_or_non_finite_arrow_is_not_drawn():
    figure: Any = step_figure(ROSENBROCK, POINT, [Arrow("velocity", (0.0, 0.0)), Arrow("lost", (np.inf, 1.0))])
    assert [len(each.x) for each in drawn(figure)] == [0, 0]


def test_long_arrow_enlarges_the_axes_and_is_not_shortened():
    figure: Any = step_figure(ROSENBROCK, POINT, [Arrow("diverging step", (5e5, 0.0))])
    assert drawn(figure)[0].x[1] == pytest.approx(5e5 - 0.5)
    assert figure.layout["xaxis"].range[1] > 5e5
