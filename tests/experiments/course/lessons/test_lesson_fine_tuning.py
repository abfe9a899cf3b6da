"""What the page about fine-tuning says beyond its claims."""

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons.fine_tuning import (
    ANGLES,
    RATE,
    FineTuning,
    arrival,
    pretrained,
    random_starts,
    share_slower,
    task_b,
)
from optim_core import OPTIMIZERS, run


def test_every_start_of_a_link_is_the_minimum_of_task_a():
    np.testing.assert_allclose(task_b(0.0, 0).gradient(np.array(pretrained())), 0, atol=1e-12)
    for scenario in (
        FineTuning.prediction.scenario,
        *FineTuning.suggested().values(),
    ):
        assert scenario.start == pytest.approx(pretrained(), abs=1e-3)


@pytest.mark.parametrize("angle", [0.0, 20.0, 180.0])
def test_rate_is_half_of_one_over_the_largest_curvature(angle: float):
    assert pytest.approx(task_b(angle, 1).largest_rate / 4, rel=0.01) == RATE


def test_picture_shows_typical_random_starts():
    loss, runs = FineTuning().side_by_side
    *rest, first = (float(arrival(loss, path)) for path in runs)
    assert all(first < steps for steps in rest)
    assert [path.points[0].tolist() for path in runs[:3]] == random_starts()[:, FineTuning().draw :][:, :3].T.tolist()
    assert 62 <= rest[0] <= 72, "the one of the knob is near the median"


def test_random_start_is_the_one_that_is_counted():
    lesson = FineTuning(start_at="random")
    found = race(lesson.scenario)
    _loss, (shown, *_rest) = lesson.side_by_side
    np.testing.assert_array_equal(found.trajectories[0].points, shown.points)


def test_advantage_is_gone_between_60_and_90_degrees_for_ten_draws():
    found = FineTuning().by_angle
    saved = found.random - found.pretrained
    assert (saved[: ANGLES.index(60.0) + 1] > 0).all()
    assert (saved[ANGLES.index(90.0) :] < 0).all()
    assert (found.pretrained_high[: ANGLES.index(30.0) + 1] < found.random[: ANGLES.index(30.0) + 1]).all()


@pytest.mark.parametrize("seed", range(1, 11))
def test_related_task_is_quicker_than_most_random_starts_for_every_draw(seed: int):
    assert share_slower(20.0, seed) > 0.8 > 0.5 > share_slower(120.0, seed)


def test_opposite_start_is_farther_than_most_along_the_gentle_direction():
    loss = task_b(180.0, 1)
    curvatures, directions = np.linalg.eigh(loss.hessian(np.zeros(2)))
    assert curvatures[1] > 5 * curvatures[0]
    gentle, minimum = directions[:, 0], np.array(loss.minima[0])
    random = np.abs(gentle @ (random_starts() - minimum[:, None]))
    assert (random < abs(gentle @ (np.array(pretrained()) - minimum))).mean() > 0.6


def test_being_twice_as_near_saves_always_the_same_steps():
    """Along the gentle direction, from the minimum of task B."""
    loss = task_b(20.0, 1)
    _curvatures, directions = np.linalg.eigh(loss.hessian(np.zeros(2)))
    minimum = np.array(loss.minima[0])
    starts = minimum[:, None] + directions[:, :1] * np.array([4.0, 2.0, 1.0, 0.5])
    steps = arrival(loss, run(loss, OPTIMIZERS["gradient_descent"](RATE), starts, 200))
    saved = -np.diff(steps)
    assert saved.min() > 0 and np.ptp(saved) <= 1


def test_same_task_takes_a_few_steps():
    found = race(next(iter(FineTuning.suggested().values())))
    assert arrival(found.landscape, found.trajectories[0]) <= 20


def test_small_rate_is_slow_and_large_one_is_not():
    found = race([*FineTuning.suggested().values()][1])
    small, middling, large = (float(arrival(found.landscape, path)) for path in found.trajectories)
    assert small > middling > large
