"""What the page says beyond its claims: unbiased batches, costs, the size of the fluctuation, and delayed gradients."""

from itertools import pairwise
from typing import Any, cast

import numpy as np
import pytest

from landscape_lab.experiments import Scenario, race
from landscape_lab.experiments.course.lessons.stochastic_gradient_descent import (
    CURVE,
    DELAYED_RATE,
    DELAYS,
    EXAMPLES,
    RATES,
    SEEDS,
    SIZES,
    SPREADS,
    StochasticGradientDescent,
    batch_gradients,
    dealt,
    delayed_limit,
    fluctuation,
    many,
    spread,
    used,
)
from landscapes import DataLoss
from optim_core import OPTIMIZERS, run
from optim_core.metrics import examples_seen, settled_at
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


def test_curve_is_flat_while_a_batch_is_being_read():
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


@pytest.mark.parametrize("size", SPREADS)
def test_fluctuation_without_replacement_is_proportional_to_small_rates(size: int):
    small = [rate for rate in RATES if rate <= 0.11]
    ratios = np.median(fluctuation(size, tuple(small)), axis=1) / small
    assert ratios.max() < 1.25 * ratios.min()


def test_fluctuation_with_replacement_grows_like_the_root_of_the_rate():
    rates = (0.01, 0.03)
    small, large = np.median(fluctuation(1, rates, replacement=True), axis=1)
    assert large / small == pytest.approx(3**0.5, rel=0.2)


def test_larger_batches_fluctuate_less_and_all_examples_at_once_not_at_all():
    sizes = [float(np.median(fluctuation(size, (0.1,)))) for size in (1, 2, 5, 10, 20)]
    assert all(a > 1.5 * b for a, b in pairwise(sizes))
    assert sizes[-1] < 1e-12


def test_decaying_rate_approaches_more_slowly():
    gone = [norm(path.points[EXAMPLES] - np.array(LESSON.loss.minima[0])) for path in RACE.trajectories]
    assert gone[1] > gone[0]


def test_shown_seed_is_one_of_those_that_are_counted():
    lesson = StochasticGradientDescent(seed=7)
    for entry, path in enumerate(race(lesson.scenario).trajectories):
        np.testing.assert_array_equal(path.points, many(lesson.scenario, entry).points[..., 7])
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(RACE.trajectories[0].points, many(LESSON.scenario, 0).points[..., 7])


def test_decay_comes_closer_in_every_order():
    constant, decaying = (spread(many(LESSON.scenario, entry), EXAMPLES, LESSON.loss) for entry in range(2))
    assert (decaying < constant / 2).all()


def test_examples_that_agree_leave_no_fluctuation_in_any_order():
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


# ---- changes of what the sentences do not name ----


def on_other_data(seed: int, size: int = 1) -> StochasticGradientDescent:
    """The lesson with other examples from the same source."""
    lesson = StochasticGradientDescent(batch_size=size)
    surface = f"linear_regression(n={EXAMPLES},noise=1,standardised=true,seed={seed})"
    vars(lesson)["scenario"] = Scenario.from_query({**lesson.link(), "surface": surface})
    return lesson


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_claims_hold_on_other_examples(seed: int):
    lesson = on_other_data(seed)
    run = race(lesson.scenario)
    assert lesson.loss.minima != LESSON.loss.minima
    found = {name: claim.found(lesson, run).holds for name, claim in lesson.claims().items()}
    assert all(found.values()), found


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_another_unit_of_the_loss_changes_nothing_if_the_rate_has_the_inverse_unit(scale: float):
    """Checked without the app's optimizer."""
    path = many(LESSON.scenario, 0).points[..., 0]
    theta, sampler = path[0].copy(), cast(Any, LESSON.scenario.sampler)
    for t in range(EXAMPLES):
        rows = sampler.rows_at(LESSON.loss, t, 0)
        theta = theta - (0.1 / scale) * (scale * LESSON.loss.on(rows).gradient(theta))
        np.testing.assert_allclose(theta, path[t + 1], rtol=1e-9)


def test_last_batch_of_a_pass_is_known_from_the_others():
    sampler, loss = cast(Any, LESSON.scenario.sampler), LESSON.loss
    before = [int(row) for t in range(EXAMPLES - 1) for row in sampler.rows_at(loss, t, 0)]
    (last,) = set(range(EXAMPLES)) - set(before)
    assert sampler.rows_at(loss, EXAMPLES - 1, 0).tolist() == [last]


# ---- delayed gradients ----


@pytest.mark.parametrize("delay", [0, 1, 2, 4, 8, 20])
def test_limit_of_a_delay_is_where_the_largest_root_leaves_the_unit_circle(delay: int):
    curvature = 2 / LESSON.loss.largest_rate

    def largest_root(rate: float) -> float:
        polynomial = np.zeros(delay + 2)
        polynomial[0] = 1.0
        polynomial[1] -= 1.0
        polynomial[-1] += rate * curvature
        return float(np.abs(np.roots(polynomial)).max())

    limit = delayed_limit(LESSON.loss, delay)
    assert largest_root(0.999 * limit) < 1 < largest_root(1.001 * limit)


def test_limit_of_a_long_delay_is_inversely_proportional_to_it():
    far, near = (delayed_limit(LESSON.loss, delay) for delay in (200, 100))
    assert near / far == pytest.approx(2, rel=0.01)
    assert delayed_limit(LESSON.loss, 0) == LESSON.loss.largest_rate


def test_figure_of_delays_shows_what_its_caption_says():
    _, losses = LESSON.delays
    assert DELAYS == (0, 2, 4, 8)
    none, two, four, eight = losses
    assert all(each[0] == none[0] for each in losses)
    first, second, third = (int(settled_at(each, 1e-3 * each[0])) for each in (none, two, four))
    assert abs(second - first) <= first / 4 and 3.5 < third / first < 4.5
    assert (np.diff(four) > 0).any() and four[-1] < 1e-3 * four[0], "it oscillates and converges"
    assert delayed_limit(LESSON.loss, 8) < DELAYED_RATE < delayed_limit(LESSON.loss, 4)
    assert eight[-20:].max() > eight[:20].max()


# ---- goals ----


def test_first_goal_is_not_met_by_a_step_over_all_examples():
    goal = StochasticGradientDescent.goals()["before_one_pass"]
    for noise in ("minibatch(size=20)", "none", "exact"):
        parts = {"lanes": "newton", "steps": "1"} | ({"noise": noise} if noise.startswith("mini") else {})
        query = {name: part for name, part in goal.link.items() if name != "noise"} | parts
        assert not goal.found(LESSON, race(Scenario.from_query(query))).holds


def test_examples_that_a_race_has_used():
    assert used(RACE, RACE.trajectories[0]) == 10 * EXAMPLES
    other = race(Scenario.from_query({"lanes": "gradient_descent", "steps": "3"}))
    assert used(other, other.trajectories[0]) == np.inf
