"""What the page says beyond its claims: the variance in closed form, the price of going back, and Nadam's brake."""

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons.lookahead import (
    NOISY_STEPS,
    ROUND,
    SEEDS,
    SETTLED,
    Lookahead,
    calm,
    overshoot,
    slow_weights,
)
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, SAMPLERS, run

LESSON = Lookahead()
BOWL = LANDSCAPES["bowl"]
MANY = np.arange(40)
STEADY = SAMPLERS["gradient_noise"](eta=1.0, gamma=0.0)


def shrinkage(kept: float, sync_period: int, slow_step_size: float) -> float:
    """The variance of the slow weights over that of gradient descent alone, in a noisy parabola.

    `kept` is the part of its distance that a fast step keeps, 1 - eta lambda. After Zhang et al. 2019, proposition 2.
    """
    far = kept**sync_period
    return slow_step_size * (1 + far) / (2 - slow_step_size * (1 - far))


def spread(optimizer, every: int) -> float:
    """The mean square of the coordinates at every so many steps, over many seeds, once everything has settled."""
    path = run(BOWL, optimizer, (0.0, 0.0), 400, sampler=STEADY, seed=MANY)
    return float(np.mean(path.points[100::every] ** 2))


@pytest.mark.parametrize(("sync_period", "slow_step_size"), [(1, 0.5), (5, 0.5), (5, 0.2), (10, 0.5), (5, 1.0)])
def test_variance_of_the_slow_weights_is_the_closed_form(sync_period: int, slow_step_size: float):
    rate, curvature = 0.05, 2.0
    fast = OPTIMIZERS["gradient_descent"](learning_rate=rate)
    slow = OPTIMIZERS["lookahead"](fast, sync_period=sync_period, slow_step_size=slow_step_size)
    ratio = spread(slow, sync_period) / spread(fast, sync_period)
    assert ratio == pytest.approx(shrinkage(1 - rate * curvature, sync_period, slow_step_size), rel=0.12)


def test_half_a_step_shrinks_the_variance_to_between_a_third_and_a_half():
    assert shrinkage(0.9, 10_000, 0.5) == pytest.approx(1 / 3)
    assert shrinkage(1 - 1e-9, 5, 0.5) == pytest.approx(1 / 2)
    ratios = [shrinkage(kept, 5, 0.5) for kept in np.linspace(0, 1, 50)]
    assert np.all(np.diff(ratios) > 0)


@pytest.mark.parametrize("inner", ["gradient_descent", "momentum", "adam"])
def test_slow_weights_are_steadier_around_every_inner_optimizer(inner: str):
    fast, slow = Lookahead(inner=inner).distances
    assert fast.shape == slow.shape == (NOISY_STEPS, SEEDS)
    assert (slow[SETTLED:] ** 2).mean() < 0.7 * (fast[SETTLED:] ** 2).mean()
    _lows, medians, _highs = Lookahead(inner=inner).bands
    assert np.median(medians[1][SETTLED:]) < np.median(medians[0][SETTLED:])


@pytest.mark.parametrize("period", [1, 4, 7])
def test_slow_weights_are_those_of_the_state(period: int):
    scenario = Lookahead(sync_period=period).scenario
    starts = np.array([scenario.point, (1e200, 0.0)]).T  # the second run ends at once
    optimizer = scenario.entries[1].optimizer
    path = run(scenario.landscape, optimizer, starts, 30, record_state=True)
    np.testing.assert_array_equal(slow_weights(path, period), path.state["slow"])


def test_slow_weights_move_at_the_end_of_a_round_only():
    _fast, slow = LESSON.distances
    moved = (np.diff(slow, axis=0) != 0).any(axis=1)
    rounds = np.arange(1, NOISY_STEPS)
    np.testing.assert_array_equal(moved, (rounds + 1) % LESSON.sync_period == 0)


@pytest.mark.parametrize("inner", ["gradient_descent", "momentum", "adam"])
def test_whole_steps_change_nothing(inner: str):
    lesson = Lookahead(inner=inner, slow_step_size=1.0)
    alone, wrapped = race(lesson.scenario).trajectories
    np.testing.assert_array_equal(alone.points, wrapped.points)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_single_steps_around_gradient_descent_are_a_smaller_rate(seed: int):
    fast = OPTIMIZERS["gradient_descent"](learning_rate=0.08)
    half = OPTIMIZERS["lookahead"](fast, sync_period=1, slow_step_size=0.25)
    plain = OPTIMIZERS["gradient_descent"](learning_rate=0.02)
    one, other = (run(BOWL, each, (1.0, -1.0), 100, sampler=STEADY, seed=seed).points for each in (half, plain))
    np.testing.assert_allclose(one, other, atol=1e-12)


def test_going_back_costs_way_where_the_fast_steps_go_straight_and_saves_it_where_they_swing():
    for inner, sooner in (("gradient_descent", False), ("momentum", True)):
        shown = race(Lookahead(inner=inner).scenario)
        alone, wrapped = (calm(shown, path) for path in shown.trajectories)
        assert alone and wrapped and (wrapped < alone) == sooner


def test_calming_swings_is_no_rule():
    bowl = LANDSCAPES["elliptic_bowl"].with_parameters(condition=10, angle=30)
    link = {"surface": bowl.text, "start": "-1.7,1", "steps": "250"}
    later = {}
    for rate in (0.05, 0.15):
        fast = f"momentum(learning_rate={rate})"
        shown = race(Scenario.from_query(link | {"lanes": f"{fast},lookahead(inner={fast})"}))
        alone, wrapped = (calm(shown, path) for path in shown.trajectories)
        assert alone and wrapped
        later[rate] = wrapped > alone
    assert later == {0.05: False, 0.15: True}


def test_gradient_descent_heads_straight_for_the_minimum_and_momentum_swings():
    straight, swinging = (
        race(lesson.scenario).trajectories[0] for lesson in (Lookahead(inner="gradient_descent"), LESSON)
    )
    assert overshoot(straight) == 0
    assert overshoot(swinging) > 0.3


def test_round_adds_up():
    tails, moves, slow = LESSON.round
    assert len(tails) == len(moves) == ROUND == LESSON.sync_period
    np.testing.assert_allclose(np.cumsum(moves, axis=0)[:-1] + LESSON.scenario.point, tails[1:])
    np.testing.assert_allclose(slow, LESSON.slow_step_size * np.sum(moves, axis=0))


def test_nadam_brakes_earlier_and_its_loss_comes_back_less():
    adam, nadam = LESSON.glance.trajectories
    rises = [float(np.maximum(np.diff(path.losses), 0).sum()) for path in (adam, nadam)]
    assert rises[1] < rises[0] / 4
    assert (adam.losses[1:] > adam.losses[:-1]).sum() > 10


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.2])
def test_nadam_overshoots_less_at_other_rates(rate: float):
    adam, nadam = (run(BOWL, OPTIMIZERS[key](learning_rate=rate), (-1.5, 1.2), 100) for key in ("adam", "nadam"))
    assert overshoot(nadam) < overshoot(adam) / 2


def test_momentum_of_nadam_begins_near_half_of_beta1_and_tends_to_it():
    first = run(BOWL, OPTIMIZERS["nadam"](), (1.0, 1.0), 1, record_state=True).state["mu"]
    assert first[0] == pytest.approx(0.45, abs=0.001)
    quick = run(BOWL, OPTIMIZERS["nadam"](momentum_decay=1.0), (1.0, 1.0), 400, record_state=True).state["mu"]
    assert (np.diff(quick) > 0).all()
    assert quick[-1] == pytest.approx(0.9, abs=1e-6)


def test_newest_gradient_counts_once_more_in_nadam():
    """The part of m that stands for the newest gradient is larger than Adam's by the first term."""
    start = np.array([1.0, 0.0])
    first = {key: run(BOWL, OPTIMIZERS[key](), start, 2, record_state=True).state for key in ("adam", "nadam")}
    g, m = first["nadam"]["g"][1, 0], first["nadam"]["m"][1, 0]
    mu, product = first["nadam"]["mu"][1], first["nadam"]["mu_product"][1]
    coming = first["nadam"]["mu_next"][1] * m / (1 - product * first["nadam"]["mu_next"][1])
    assert first["nadam"]["m_hat"][1, 0] == pytest.approx((1 - mu) / (1 - product) * g + coming)


def test_an_entry_that_never_arrives_is_told_as_never():
    still = Lookahead(slow_step_size=0.0)
    run_ = race(still.scenario)
    assert "never" in str(still.claims()["calms_swings"].found(still, run_).sentence)
    assert not still.claims()["steadier"].found(still, run_).holds
