"""What the page says beyond its claims: unbiased batches, what is paid, and what decides the size of the cloud."""

from itertools import pairwise
from typing import cast

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons.stochastic_gradient_descent import (
    CLOUDS,
    CURVE,
    EXAMPLES,
    RATES,
    SEEDS,
    SIZES,
    StochasticGradientDescent,
    batch_gradients,
    cloud,
    dealt,
    many,
    spread,
)
from landscapes import DataLoss
from optim_core import OPTIMIZERS, run
from optim_core.metrics import examples_seen
from optim_core.objective import norm

LESSON = StochasticGradientDescent()
RACE = race(LESSON.scenario)


@pytest.mark.parametrize("size", [1, 5, 7, 20])
@pytest.mark.parametrize("place", [(-3.0, 3.0), (0.3, 2.0), LESSON.loss.minima[0]])
def test_batch_gradient_is_unbiased_everywhere(size: int, place: tuple[float, float]):
    sizes, gradients = batch_gradients(LESSON.loss, size, place, seed=3)
    whole = LESSON.loss.gradient(np.array(place))
    assert sizes.sum() == EXAMPLES
    np.testing.assert_allclose((gradients * sizes).sum(axis=1) / EXAMPLES, whole, atol=1e-10)


def test_batch_gradient_is_unbiased_with_replacement_too():
    place = (-3.0, 3.0)
    drawn = [batch_gradients(LESSON.loss, 1, place, seed, replacement=True)[1] for seed in range(400)]
    each = np.concatenate(drawn, axis=1)
    error = each.std(axis=1) / each.shape[1] ** 0.5
    assert (np.abs(each.mean(axis=1) - LESSON.loss.gradient(np.array(place))) < 4 * error).all()


def test_all_twenty_at_once_are_gradient_descent():
    exact = run(LESSON.loss, OPTIMIZERS["gradient_descent"](learning_rate=0.1), LESSON.scenario.point, 30)
    batch = dealt(LESSON.scenario, EXAMPLES, 0.1, 30)
    np.testing.assert_allclose(batch.losses, np.repeat(exact.losses[:, None], SEEDS, axis=1), rtol=1e-9)
    assert SIZES[-1] == EXAMPLES


def test_both_paths_of_the_figure_have_looked_at_every_example_once():
    for lesson in (LESSON, StochasticGradientDescent(batch_size=5)):
        stochastic, whole = lesson.one_pass
        assert examples_seen(stochastic, lesson.scenario.sampler, lesson.loss)[-1] == EXAMPLES
        assert whole.steps == 1
        np.testing.assert_array_equal(
            stochastic.points, race(lesson.scenario).trajectories[0].points[: lesson.updates + 1]
        )


def test_far_from_the_minimum_the_examples_agree_and_near_it_they_do_not():
    def agreeing(place: tuple[float, float]) -> float:
        """The share of examples whose own step goes closer to the minimum."""
        _, gradients = batch_gradients(LESSON.loss, 1, place, 0)
        return float((gradients.T @ (np.array(place) - np.array(LESSON.loss.minima[0])) > 0).mean())

    x, y = LESSON.loss.minima[0]
    assert agreeing(LESSON.scenario.point) > 0.8
    assert agreeing((x - 0.05, y + 0.05)) < 0.7


def test_at_the_same_price_the_smaller_batch_is_ahead_after_a_pass():
    _, _, medians, _ = LESSON.curves("examples")
    after = [median[EXAMPLES] for median in medians]
    assert after[0] < after[1] / 3 < after[2] / 9


@pytest.mark.parametrize("progress", ["examples", "updates"])
def test_curves_begin_at_the_start_and_end_with_the_last_example(progress: str):
    points, *quartiles = LESSON.curves(progress)
    assert points.tolist() == [*range(CURVE + 1)]
    start = float(LESSON.loss.value(LESSON.scenario.point)) - LESSON.loss.minimum_value  # type: ignore[operator]
    for curve in (curve for curves in quartiles for curve in curves):
        assert curve.shape == points.shape and curve[0] == pytest.approx(start)


def test_level_piece_of_a_curve_is_a_batch_being_read():
    _, _, medians, _ = LESSON.curves("examples")
    whole = medians[2]
    assert len(set(whole[:EXAMPLES])) == 1 and whole[EXAMPLES] < whole[0]
    one = medians[0]
    assert len(set(one[:10])) == 10


def test_against_updates_they_start_alike_and_the_larger_batch_ends_better():
    _, _, medians, _ = LESSON.curves("updates")
    early, late = ([median[at] for median in medians] for at in (3, -1))
    assert max(early) < 2 * min(early), "while twenty times the price lies between them"
    assert late[2] < late[1] < late[0]


@pytest.mark.parametrize("size", CLOUDS)
def test_cloud_of_dealt_out_examples_is_proportional_to_the_rate(size: int):
    small = [rate for rate in RATES if rate <= 0.11]
    ratios = np.median(cloud(size, tuple(small)), axis=1) / small
    assert ratios.max() < 1.25 * ratios.min()


def test_cloud_of_drawn_examples_grows_like_the_root_of_the_rate():
    rates = (0.01, 0.03)
    small, large = np.median(cloud(1, rates, replacement=True), axis=1)
    assert large / small == pytest.approx(3**0.5, rel=0.2)


def test_larger_batches_have_smaller_clouds_and_all_at_once_none():
    sizes = [float(np.median(cloud(size, (0.1,)))) for size in (1, 2, 5, 10, 20)]
    assert all(a > 1.5 * b for a, b in pairwise(sizes))
    assert sizes[-1] < 1e-12


def test_decaying_rate_arrives_later():
    gone = [norm(path.points[EXAMPLES] - np.array(LESSON.loss.minima[0])) for path in RACE.trajectories]
    assert gone[1] > gone[0]


def test_shown_seed_is_one_of_those_that_are_counted():
    lesson = StochasticGradientDescent(seed=7)
    for entry, path in enumerate(race(lesson.scenario).trajectories):
        np.testing.assert_array_equal(path.points, many(lesson.scenario, entry).points[..., 7])
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(RACE.trajectories[0].points, many(LESSON.scenario, 0).points[..., 7])


def test_decay_shrinks_the_cloud_in_every_order():
    constant, decaying = (spread(many(LESSON.scenario, entry), EXAMPLES, LESSON.loss) for entry in range(2))
    assert (decaying < constant / 2).all()


def test_examples_that_agree_leave_no_cloud_in_any_order():
    scenario = LESSON.prediction.scenario
    assert (spread(many(scenario, 0), EXAMPLES, scenario.landscape) < 1e-9).all()
    _, gradients = batch_gradients(cast(DataLoss, scenario.landscape), 1, scenario.landscape.minima[0], 0)
    assert norm(gradients).max() < 1e-12


def test_claims_at_other_settings_say_what_is_so():
    for batch_size, learning_rate in ((20, 0.1), (7, 0.01), (1, 0.3), (13, 0.05)):
        lesson = StochasticGradientDescent(batch_size=batch_size, learning_rate=learning_rate)
        run = race(lesson.scenario)
        found = {name: claim.found(lesson, run) for name, claim in lesson.claims().items()}
        assert found["one_pass_is_better"].holds == (batch_size < EXAMPLES)
        assert all(str(each.sentence) for each in found.values())
