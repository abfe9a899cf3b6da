from typing import Any

import numpy as np
import pytest

from landscape_lab.figures.adagrad_figures import best_rates_figure, ruler_figure

X = np.linspace(-1, 1, 201)
FACTORS = (0.5, 2.0, 8.0)


def ruler() -> Any:
    return ruler_figure(X, [a * X**2 for a in FACTORS], [2 * a * X for a in FACTORS], [f"a = {a}" for a in FACTORS])


def drawn(figure: Any, role: str) -> list[Any]:
    return [trace for trace in figure.data if trace.meta == role]


def test_root_mean_squares_of_parabolas_meet_their_gradients_at_one_place():
    levels, heads = drawn(ruler(), "level"), drawn(ruler(), "meets")
    assert [trace.y[0] for trace in levels] == pytest.approx([2 * a * np.sqrt(np.mean(X**2)) for a in FACTORS])
    assert [trace.y[0] / (2 * a) for trace, a in zip(levels, FACTORS, strict=True)] == pytest.approx(
        [0.580] * 3, abs=5e-4
    )
    assert [trace.x[0] for trace in heads] == pytest.approx([np.sqrt(np.mean(X**2))] * 3)


def test_a_gradient_that_is_no_line_meets_its_root_mean_square_elsewhere():
    parabola, quartic = drawn(ruler_figure(X, [X**2, X**4], [2 * X, 4 * X**3], "ab"), "meets")
    assert quartic.x[0] > parabola.x[0] + 0.1


def test_gradients_are_drawn_by_their_size():
    lower = [trace for trace in ruler().data if trace.yaxis == "y2" and trace.mode == "lines" and not trace.meta]
    assert [trace.y.max() for trace in lower] == [1, 4, 16]
    assert all((trace.y >= 0).all() for trace in lower)


def test_heads_are_at_the_smallest_errors():
    rates = np.geomspace(0.01, 1, 5)
    errors = np.array([[3, 9], [1, 8], [2, 7], [3, 4], [np.inf, 5]])
    figure: Any = best_rates_figure([rates], [errors], ["SGD"], ("frequent", "rare"), title="error")
    often, rare = drawn(figure, "best")
    assert (often.x[0], often.y[0]) == (rates[1], 1)
    assert (rare.x[0], rare.y[0]) == (rates[3], 4)
    lines = [trace for trace in figure.data if trace.mode == "lines" and trace.x[0] is not None]
    assert [trace.name for trace in lines] == ["SGD · frequent", "SGD · rare"]
    assert np.isnan(lines[0].y[-1]) and lines[0].line.dash != lines[1].line.dash
