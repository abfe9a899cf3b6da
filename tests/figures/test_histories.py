from typing import Any

import numpy as np
import pytest

from landscape_lab.figures.histories import histories_figure
from optim_core import OPTIMIZERS
from tests.figures.reading import read

CALM, WILD = (0.001, 0.001, 0.003, 0.002, 0.1), (10.8, 20.9, 31.7, 12.1, 0.1)


def bars(figure, role: str) -> list[Any]:
    return [each for each in figure.data if each.meta == role]


class Slopes:
    """A loss whose gradient is the next of a fixed sequence."""

    def __init__(self, gradients):
        self.left = list(gradients)

    def gradient(self, theta):
        return np.full_like(theta, self.left.pop(0))


def last_step(gradients) -> float:
    """The history of Adagrad for a sequence of gradients, from a run of Adagrad itself."""
    optimizer, objective, theta = OPTIMIZERS["adagrad"](learning_rate=0.1), Slopes(gradients), np.zeros((2, 1))
    state, before = optimizer.init(theta), theta
    while objective.left:
        before = theta
        theta, state = optimizer.step(theta, state, objective)  # pyright: ignore[reportArgumentType]
    return float(np.abs(theta - before)[0, 0])


def test_every_gradient_and_step_is_drawn_with_its_number():
    steps = [last_step(CALM), last_step(WILD)]
    figure: Any = histories_figure([CALM, WILD], steps, ["calm", "wild"])
    calm, wild = bars(figure, "gradients")
    assert (tuple(calm.customdata), tuple(wild.customdata)) == (CALM, WILD)
    assert list(wild.text) == ["10.8", "20.9", "31.7", "12.1", "0.1"]
    assert [each.y[0] for each in bars(figure, "step")] == steps
    assert steps[0] > 100 * steps[1]


def test_both_ends_of_a_wide_range_are_visible():
    figure: Any = histories_figure([CALM, WILD], [0.1, 0.1], ["calm", "wild"])
    low, high = figure.layout["yaxis"].range
    assert low == 0
    shown = np.concatenate([each.y for each in bars(figure, "gradients")])
    assert 0.05 * (high - low) < shown.min() and shown.max() < high
    assert np.argsort(shown, kind="stable").tolist() == np.argsort([*CALM, *WILD], kind="stable").tolist()


def test_heights_are_proportional_for_a_narrow_range():
    (only,) = bars(histories_figure([(1.0, -2.0, 3.0)], [0.1], ["a"]), "gradients")
    assert only.y.tolist() == [1, -2, 3]


def test_sign_only_flips_a_bar():
    (only,) = bars(histories_figure([(0.001, -0.001, 50.0, -50.0, 0.0)], [0.1], ["a"]), "gradients")
    assert only.y[0] == -only.y[1] and only.y[2] == -only.y[3]
    assert only.y[4] == 0


def test_rows_share_their_axes():
    layout = histories_figure([CALM, WILD], [0.1, 0.01], ["calm", "wild"]).layout
    assert layout["yaxis"].range == layout["yaxis2"].range
    assert layout["yaxis3"].range == layout["yaxis4"].range
    assert layout["yaxis3"].range[1] > 0.1


@pytest.mark.parametrize("history", [CALM, WILD, (-31.7, 0.001), (-1.0, -100.0), (1e-9, 1e9)])
def test_ticks_are_at_the_heights_of_their_numbers(history):
    figure: Any = histories_figure([history], [0.1], ["a"])
    (bar,) = bars(figure, "gradients")
    axis = figure.layout["yaxis"]
    values = [read(text) for text in axis.ticktext]
    sizes = np.abs(history)
    unit = sizes.min() / 2
    assert axis.tickvals == pytest.approx(np.sign(values) * np.log10(1 + np.abs(values) / unit))
    assert bar.y == pytest.approx(np.sign(history) * np.log10(1 + sizes / unit))
    assert len(values) >= 3


def test_long_history_has_no_printed_numbers():
    short, long = (bars(histories_figure([[1.0] * n], [0.1], ["a"]), "gradients")[0] for n in (5, 30))
    assert (short.textposition, long.textposition) == ("outside", "none")


def test_non_finite_step_is_printed_as_a_dash():
    figure: Any = histories_figure([CALM], [np.nan], ["calm"])
    assert "–" in [each.text for each in figure.layout["annotations"]]
