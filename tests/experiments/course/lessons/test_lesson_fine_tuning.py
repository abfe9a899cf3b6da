"""What the page about fine-tuning says beyond its claims, and its claims at other rates and other draws."""

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons.fine_tuning import (
    ANGLES,
    DRAWS,
    EARLY,
    FEW,
    RATE,
    SEEDS,
    FineTuning,
    early_wins,
    near_at,
    on_task_a,
    pretrained,
    random_starts,
    share_slower,
    task_b,
)
from landscapes import DATA_LOSSES
from optim_core import OPTIMIZERS, run

LESSON = FineTuning()


def descent(theta: np.ndarray, angle: float, seed: int, rate: float, steps: int) -> np.ndarray:
    """Gradient descent on the normal equations, without the app's losses: all points, (steps + 1, 2)."""
    data = task_b(angle, seed).data
    points = [theta]
    for _step in range(steps):
        error = data.features @ points[-1] - data.targets
        points.append(points[-1] - rate * 2 * data.features.T @ error / data.n)
    return np.array(points)


def steps_of(start: tuple[float, float], angle: float, seed: int, rate: float) -> int:
    """The first step within 1 % of the lowest loss, by the same independent code."""
    data = task_b(angle, seed).data
    errors = descent(np.array(start), angle, seed, rate, 400) @ data.features.T - data.targets
    losses = (errors**2).mean(axis=1)
    residual = np.linalg.lstsq(data.features, data.targets, rcond=None)[1][0] / data.n
    return int((losses <= 1.01 * residual).argmax())


def test_every_start_of_a_link_is_the_minimum_of_task_a():
    np.testing.assert_allclose(task_b(0.0, 0).gradient(np.array(pretrained())), 0, atol=1e-12)
    goals = [goal.scenario for goal in FineTuning.goals().values()]
    for scenario in (FineTuning.prediction.scenario, *goals, *FineTuning.suggested().values()):
        assert scenario.start == pytest.approx(pretrained(), abs=1e-3)


@pytest.mark.parametrize("angle", [0.0, 20.0, 180.0])
def test_rate_is_a_quarter_of_the_limit(angle: float):
    assert pytest.approx(task_b(angle, 1).largest_rate / 4, rel=0.01) == RATE


def test_zero_is_a_choice_of_the_start():
    assert FineTuning(start_at="zero").scenario.point == (0.0, 0.0)
    assert FineTuning(start_at="random").scenario.point == tuple(random_starts()[:, LESSON.draw])


@pytest.mark.parametrize("rate", [RATE / 2, RATE, 2 * RATE])
@pytest.mark.parametrize("seed", [1, 5, 9])
def test_related_task_is_quicker_than_zero_at_other_rates_and_draws(rate: float, seed: int):
    here, zero = (steps_of(start, 20.0, seed, rate) for start in (pretrained(), (0.0, 0.0)))
    assert here < zero
    if rate == RATE and seed == 1:
        found = race(LESSON.scenario)
        assert near_at(found.landscape, found.trajectories[0]) == here


def test_unit_of_the_loss_does_not_change_the_counts():
    """With the loss times 100 and the rate divided by 100 the points are the same."""
    data = task_b(20.0, 1).data
    scaled, theta = 10.0, np.array(pretrained())
    for _step in range(20):
        error = scaled * (data.features @ theta - data.targets)
        theta = theta - RATE / scaled**2 * 2 * scaled * data.features.T @ error / data.n
    np.testing.assert_allclose(theta, descent(np.array(pretrained()), 20.0, 1, RATE, 20)[-1])


def test_picture_shows_the_three_starts_with_a_typical_random_one():
    loss, runs = LESSON.side_by_side
    random, zero, first = (float(near_at(loss, path)) for path in runs)
    assert first < zero < random
    assert 62 <= random <= 72, "the one of the knob is near the median"
    assert [each.values["steps"] for each in LESSON.side_by_side_steps] == [random, zero, first]
    assert runs[1].points[0].tolist() == [0, 0]


def test_random_start_is_the_one_that_is_counted():
    found = race(FineTuning(start_at="random").scenario)
    _loss, (shown, *_rest) = LESSON.side_by_side
    np.testing.assert_array_equal(found.trajectories[0].points, shown.points)


def test_at_20_degrees_zero_halves_the_saving_and_beyond_30_it_is_gone():
    found = LESSON.by_angle
    here = ANGLES.index(20.0)
    saved, against_zero = (float(other[here] - found.pretrained[here]) for other in (found.random, found.zero))
    assert round(saved) == 26 and 0.4 * saved < against_zero < 0.65 * saved
    beyond = [i for i, angle in enumerate(ANGLES) if angle > 30]
    assert (found.zero[beyond] < found.pretrained[beyond]).all()
    assert (found.random[: ANGLES.index(60.0) + 1] > found.pretrained[: ANGLES.index(60.0) + 1]).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_related_task_is_quicker_than_most_random_starts_for_every_draw(seed: int):
    assert share_slower(20.0, seed) > 0.8 > 0.5 > share_slower(120.0, seed)


def test_being_twice_as_near_saves_always_the_same_steps():
    """Along the direction of small curvature, from the minimum of task B."""
    loss = task_b(20.0, 1)
    curvatures, directions = np.linalg.eigh(loss.hessian(np.zeros(2)))
    assert curvatures[1] > 5 * curvatures[0]
    starts = np.array(loss.minima[0])[:, None] + directions[:, :1] * np.array([4.0, 2.0, 1.0, 0.5])
    steps = near_at(loss, run(loss, OPTIMIZERS["gradient_descent"](RATE), starts, 200))
    saved = -np.diff(steps)
    assert saved.min() > 0 and np.ptp(saved) <= 1


@pytest.mark.parametrize("angle", [20.0, 60.0, 150.0])
@pytest.mark.parametrize("start", ["pretrained", "zero", "random"])
def test_every_start_ends_with_the_same_loss_on_task_a(angle: float, start: str):
    lesson = FineTuning(task_angle=angle, start_at=start)
    path = race(lesson.scenario).trajectories[0]
    alone = on_task_a(task_b(angle, 1).minima[0])
    assert on_task_a(path.points[-1]) == pytest.approx(alone, rel=0.03)
    assert alone > 2 * on_task_a(pretrained())


@pytest.mark.parametrize("angle", [30.0, 60.0, 120.0, 180.0])
@pytest.mark.parametrize("seed", [1, 4])
def test_forgetting_does_not_depend_on_angle_or_draw(angle: float, seed: int):
    end = descent(np.array(pretrained()), angle, seed, RATE, 300)[-1]
    np.testing.assert_allclose(end, task_b(angle, seed).minima[0], atol=1e-4)


def test_losses_on_both_tasks_while_fine_tuning():
    new, old = LESSON.forgetting
    assert old[0] == pytest.approx(1) and new[-1] == pytest.approx(1, abs=0.001)
    assert new[0] > 2 and old[-1] > 2
    assert (np.diff(new) < 0).all()


def test_few_examples_are_counted_as_by_least_squares():
    found = 0
    for seed in range(1, DRAWS + 1):
        loss = DATA_LOSSES["multiple_regression"].with_parameters(scale=3, task_angle=20.0, seed=seed, **FEW)
        train, held_out = loss.data, loss.held_out
        theta = np.array(pretrained())
        for _step in range(EARLY):
            theta = theta - RATE * 2 * train.features.T @ (train.features @ theta - train.targets) / train.n
        ends = theta, np.linalg.lstsq(train.features, train.targets, rcond=None)[0]
        early, late = (np.mean((held_out.features @ end - held_out.targets) ** 2) for end in ends)
        found += early < late
    first, zero = early_wins(20.0)
    assert first.sum() == found
    assert zero.sum() < found


def test_same_task_takes_a_few_steps_and_the_opposite_one_more_than_zero():
    same, opposite = (race(FineTuning.suggested()[name]) for name in ("same_task", "opposite"))
    assert near_at(same.landscape, same.trajectories[0]) <= 20
    zero = run(opposite.landscape, OPTIMIZERS["gradient_descent"](RATE), (0.0, 0.0), 100)
    assert near_at(opposite.landscape, opposite.trajectories[0]) > near_at(opposite.landscape, zero)


def test_small_rate_is_slow_and_large_one_is_not():
    found = race(FineTuning.suggested()["rates"])
    small, middling, large = (float(near_at(found.landscape, path)) for path in found.trajectories)
    assert small > middling > large


@pytest.mark.parametrize("angle", [25.0, 33.0, 90.0])
def test_other_angles_are_not_the_largest(angle: float):
    asked = FineTuning.goals()["largest_angle"]
    found = race(FineTuning(task_angle=angle).scenario)
    assert not asked.found(LESSON, found).holds


def test_goals_about_the_rate_ask_for_gradient_descent():
    asked = FineTuning.goals()["quick"]
    newton = race(type(asked.scenario).from_query({**asked.link, "lanes": "newton(damping=0)"}))
    assert not asked.found(LESSON, newton).holds
