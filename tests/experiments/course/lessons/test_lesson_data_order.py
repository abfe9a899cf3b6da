"""What the page says beyond its claims: loops, other draws of the data, what is easy, and where a curriculum ends."""

from typing import cast

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons.data_order import (
    EXAMPLES,
    NEAR,
    SEEDS,
    STAGES,
    STEPS,
    DataOrder,
    clean,
    many,
    one,
)
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscapes import DataLoss
from optim_core.example_sampler import ExampleSampler
from optim_core.metrics import distance, epochs
from optim_core.objective import norm

LESSON = DataOrder()
LOSS = cast(DataLoss, LESSON.scenario.landscape)


def rows(order: str, steps: range) -> np.ndarray:
    sampler = cast(ExampleSampler, DataOrder(order=order).scenario.sampler)
    return np.array([sampler.rows_at(LOSS, t, 0)[0] for t in steps])


def end(draw: int, noise: str) -> float:
    """How far a run on another draw of the data ends from the minimum of all its examples; the median of the seeds."""
    surface = LESSON.parts("sorted")["surface"].replace(")", f",seed={draw})")
    scenario = Scenario.from_query(LESSON.parts("sorted") | {"surface": surface, "noise": noise})
    return float(np.median(distance(many(scenario).points, scenario.landscape.minima)[-1]))


def test_every_order_looks_at_whole_passes():
    for order in LESSON.samplers:
        path = one(LESSON.runs(order), 0)
        assert path.steps == STEPS
        assert float(epochs(path, DataOrder(order=order).scenario.sampler, LOSS)[-1]) == STEPS / EXAMPLES


def test_sorted_pass_has_the_low_targets_first_and_the_wrong_ones_last():
    order = rows("sorted", range(EXAMPLES))
    assert (np.diff(LOSS.data.targets[order]) >= 0).all()
    assert (LOSS.data.difficulty[order[-12:]] > 5).all()
    assert set(order) == set(range(EXAMPLES))


def test_shuffled_is_another_order_in_every_pass():
    first, second = (rows("shuffled", range(at, at + EXAMPLES)) for at in (0, EXAMPLES))
    assert set(first) == set(second) == set(range(EXAMPLES))
    assert (first != second).any()


def test_a_fifth_is_wrong_by_eight_and_all_of_these_are_in_the_last_third():
    wrong = LOSS.data.difficulty > 5
    assert wrong.sum() == EXAMPLES / 5
    strays = LOSS.data.targets - clean_targets()
    assert strays[wrong].mean() == pytest.approx(8, abs=0.5)
    early = rows("curriculum", range((STAGES - 1) * LESSON.stage_steps))
    assert not wrong[early].any()
    late = rows("curriculum", range((STAGES - 1) * LESSON.stage_steps, STEPS))
    assert set(np.flatnonzero(wrong)) <= set(late)


def clean_targets() -> np.ndarray:
    return cast(DataLoss, clean()).data.targets


def test_clean_minimum_is_the_true_line():
    assert clean().minimum_value == pytest.approx(0, abs=1e-12)
    assert LOSS.dataset is not None
    np.testing.assert_allclose(clean().minima[0], LOSS.dataset.weights)


def test_sorted_path_walks_the_same_loop_in_every_pass():
    path = one(LESSON.runs("sorted"), 0)
    last, before = path.points[-1 - EXAMPLES :], path.points[-1 - 2 * EXAMPLES : -EXAMPLES]
    assert norm((last - before).T).max() < 1e-6
    assert distance(last, LESSON.star).min() < distance(last, LESSON.star)[-1] / 1.5


def test_the_last_examples_of_a_sorted_pass_pull_the_line_up():
    path = one(LESSON.runs("sorted"), 0)
    assert path.points[-1, 1] > path.points[-13, 1] + 1
    assert path.points[-1, 1] > LESSON.star[0][1]


def test_smaller_rate_ends_closer_on_other_draws_too():
    for draw in (1, 2, 3):
        surface = LESSON.parts("sorted")["surface"].replace(")", f",seed={draw})")
        found = race(Scenario.from_query(LESSON.parts("sorted") | {"surface": surface}))
        full, quarter = (float(distance(path.points, found.landscape.minima)[-1]) for path in found.trajectories)
        assert quarter < full / 2


@pytest.mark.parametrize("draw", range(1, 9))
def test_sorting_by_target_biases_other_draws_too_and_sorting_by_feature_does_not(draw: int):
    target, feature, shuffled = (
        end(draw, noise) for noise in ("in_order(size=1)", "in_order(size=1,by_feature=true)", "minibatch(size=1)")
    )
    assert target > 3 * shuffled
    assert feature < target / 1.5


def test_worst_shuffle_is_closer_at_every_rate_of_the_knob():
    for rate in (0.01, 0.02, 0.05):
        lesson = DataOrder(learning_rate=rate)
        sorted_, shuffled = (distance(lesson.runs(order).points, lesson.star)[-1] for order in ("sorted", "shuffled"))
        assert shuffled.max() < sorted_.min()
        assert len(shuffled) == SEEDS


def test_curriculum_stays_at_the_true_line_until_the_wrong_examples_come():
    away = distance(LESSON.runs("curriculum").points, clean().minima)
    come = (STAGES - 1) * LESSON.stage_steps
    assert (away[100 : come + 1] < NEAR).all()
    assert (away[-1] > NEAR).all() and np.median(away[-1]) > 5 * NEAR
    never = DataOrder(stage_steps=300)
    assert (distance(never.runs("curriculum").points, clean().minima)[-1] < NEAR).all()


def test_band_of_the_sorted_order_has_no_width():
    lows, medians, highs = LESSON.ways
    np.testing.assert_allclose(lows[0], highs[0])
    assert (lows[1] <= medians[1]).all() and (medians[2] <= highs[2]).all()


def test_figures_last_passes_are_the_end_of_the_race_and_on_its_map():
    sorted_, _shuffled = LESSON.last_passes
    np.testing.assert_array_equal(sorted_.points, race(LESSON.scenario).trajectories[0].points[-1 - EXAMPLES :])
    for lesson in (LESSON, DataOrder(learning_rate=0.05)):
        (x0, x1), (y0, y1) = lesson.around
        for path in lesson.last_passes:
            x, y = path.points.T
            assert x0 < x.min() and x.max() < x1 and y0 < y.min() and y.max() < y1


def test_claims_at_other_settings_say_what_is_so():
    for lesson in (DataOrder(stage_steps=20), DataOrder(stage_steps=300), DataOrder(order="curriculum")):
        found = {name: claim.found(lesson, race(lesson.scenario)) for name, claim in lesson.claims().items()}
        assert found["curriculum_is_sooner"].holds == (lesson.stage_steps > 20)
        assert found["gain_is_lost"].holds == (lesson.stage_steps < 300)
        assert all(str(each.sentence) for each in found.values())


def test_pulls_of_the_right_end_mostly_cancel_and_those_of_the_highest_targets_do_not():
    star = np.array(LESSON.star[0])

    def pull(order: np.ndarray) -> float:
        """The mean of the last gradients of a pass at the star, as a part of their mean length."""
        gradients = np.array([LOSS.on(row[None]).gradient(star) for row in order[-15:]])
        return float(norm(gradients.mean(axis=0)) / norm(gradients.T).mean())

    assert pull(np.argsort(LOSS.data.features[:, 0])) < 0.5 * pull(np.argsort(LOSS.data.targets))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("largest_rate", {"lanes": "gradient_descent(learning_rate=0.01)"}),
        ("largest_rate", {"lanes": "gradient_descent(learning_rate=0.0112)"}),
        ("largest_rate", {"noise": "minibatch(size=1)"}),
        ("larger_batches", {"noise": "minibatch(size=20)"}),
        ("larger_batches", {"noise": "in_order(size=20,by_feature=true)"}),
        ("larger_batches", {"noise": "in_order(size=10)"}),
        ("stays_clean", {"steps": "240"}),
        ("stays_clean", {"noise": "curriculum(size=1,stages=3,stage_steps=250)"}),
    ],
)
def test_goal_is_not_met_otherwise(name: str, parts: dict[str, str]):
    goal = DataOrder.goals()[name]
    scenario = Scenario.from_query({**goal.link, **goal.solution, **parts})
    assert not goal.found(LESSON, race(scenario)).holds
