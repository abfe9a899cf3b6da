"""The smoothing of loss curves of runs with random gradients."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from landscape_lab.figures.animation import draw_frames
from landscape_lab.figures.curves import curves_figure
from landscape_lab.figures.shapes import Line, Text
from landscape_lab.figures.smoothing import THIN, running_median, window_of
from landscape_lab.figures.still_losses import race_curves, race_picture
from landscapes import LANDSCAPES

BOWL = LANDSCAPES["bowl"]
VALUES = [9.0, 7.0, np.nan, 8.0, 1.0, 2.0, 6.0, 3.0, np.inf, 5.0]
MEDIANS = [9.0, 8.0, np.nan, 7.0, 6.0, 3.0, 3.0, 5.0, 5.5, 5.0]
"""The medians of up to five numbers, computed by hand; smoothing.test.js has the same ones."""


def noisy_path(seed=0, steps=100):
    losses = np.exp(np.random.default_rng(seed).normal(size=steps + 1))
    return SimpleNamespace(
        points=np.zeros((steps + 1, 2)), losses=losses, evaluated=np.arange(steps + 1.0), last_step=steps
    )


def test_window_narrows_at_the_start_and_ends_with_the_last_step():
    np.testing.assert_array_equal(running_median(VALUES, 5), MEDIANS)


@pytest.mark.parametrize("count", [1, 2, 7, 30])
def test_falling_losses_stay_as_they_are_until_no_later_steps_are_left(count):
    losses = np.exp(-np.arange(float(count)))
    smooth = running_median(losses, 9)
    np.testing.assert_array_equal(smooth[: max(1, count - 4)], losses[: max(1, count - 4)])


def test_curve_is_the_same_on_both_axes():
    losses = noisy_path().losses
    np.testing.assert_allclose(running_median(np.log(losses), 9)[:-4], np.log(running_median(losses, 9))[:-4])


def test_short_races_are_not_smoothed():
    assert [window_of(steps) for steps in (0, 24, 25, 300)] == [1, 1, 3, 25]


def test_noisy_curve_is_smoothed_and_the_losses_themselves_lie_behind_it():
    path = noisy_path()
    figure: Any = curves_figure([path], ["Adam"], noisy=True)
    traces: list[Any] = [*figure.data]
    raw, curve, head, sample = traces
    np.testing.assert_array_equal(raw.y, np.maximum(path.losses, 10.0 ** figure.layout.yaxis.range[0]))
    np.testing.assert_array_equal(curve.y, running_median(path.losses, 9))
    np.testing.assert_array_equal(curve.customdata[:, 1], path.losses)  # what the tip says
    assert head.y == curve.y[-1:] and (raw.line.color, raw.line.width) == (curve.line.color, THIN)
    assert sample.name == "loss: running median over 9 steps<br>(thin: every step)"


def test_oscillation_without_random_gradients_is_not_smoothed():
    path = noisy_path()
    traces: list[Any] = [*curves_figure([path], ["Adam"]).data]
    np.testing.assert_array_equal(traces[0].y, path.losses)
    assert len(traces) == 2


def test_pictures_and_their_notes_show_how_losses_are_smoothed():
    paths = [noisy_path(0), noisy_path(1)]
    plain, losses = (race_curves(paths, noisy=noisy) for noisy in (False, True))
    np.testing.assert_array_equal(losses.curves[1][1], running_median(paths[1].losses, 9))
    still = race_picture(BOWL, paths, ["A", "B"], losses=losses, note="A note.", size=(700, 420))
    texts = [shape.text for shape in still.around if isinstance(shape, Text)]
    assert "A note." in texts and any("running median over 9 steps" in text for text in texts)
    thin = [
        shape for shape in still.around if isinstance(shape, Line) and shape.width == THIN and len(shape.points) > 5
    ]
    assert len({shape.color for shape in thin}) == 2
    frames = [
        next(iter(draw_frames(BOWL, paths, ["A", "B"], [100], losses=each, size=(700, 420))))
        for each in (plain, losses)
    ]
    assert frames[0].tobytes() != frames[1].tobytes()


def test_axis_ends_at_the_medians_and_not_at_a_single_low_loss():
    path = noisy_path()
    path.losses[50] = 1e-9
    plain, noisy = (race_curves([path], noisy=each).vertical[0] for each in (False, True))
    assert plain < -6 and -2 < noisy < 0
