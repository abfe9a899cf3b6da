"""What the page says beyond its claims, and its claims for other starts, rates and units of the loss."""

from dataclasses import replace

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons.lookahead import (
    FAST,
    MOMENTA,
    NO_WARMUP,
    NOISE,
    NOISY_STEPS,
    RATE,
    RATES,
    ROUND,
    SEEDS,
    SETTLED,
    STEPS,
    Lookahead,
    adams,
    converged_at,
    overshoot,
    slow_weights,
)
from landscape_lab.experiments.course.scaled import Scaled
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, SAMPLERS, run
from optim_core.metrics import distance

LESSON = Lookahead()
BOWL = LANDSCAPES["bowl"]
VALLEY = LESSON.scenario.landscape
MANY = np.arange(40)
STEADY = SAMPLERS["gradient_noise"](eta=1.0, gamma=0.0)
STARTS = [(1.5, 1.2), (-1.0, -1.6), (0.3, 1.7), (1.8, -0.2), (0.1, 0.06)]


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


@pytest.mark.parametrize("first", [50, 100])
def test_slow_weights_are_steadier_for_other_seeds(first: int):
    fast, wrapped = (entry.optimizer for entry in LESSON.scenario.entries)
    seeds = first + np.arange(SEEDS)
    alone, together = (
        run(VALLEY, each, (1.5, 1.2), NOISY_STEPS, sampler=STEADY, seed=seeds) for each in (fast, wrapped)
    )
    slow = slow_weights(together, LESSON.sync_period)[SETTLED:]
    assert (slow**2).sum(axis=1).mean() < 0.5 * (alone.points[SETTLED + 1 :] ** 2).sum(axis=1).mean()


def test_momentum_alone_is_as_steady_at_a_quarter_of_the_rate_and_takes_twice_as_long():
    _fast, slow = LESSON.distances
    quarter = OPTIMIZERS["momentum"](learning_rate=RATES["momentum"] / 4)
    path = run(VALLEY, quarter, LESSON.scenario.point, NOISY_STEPS, sampler=STEADY, seed=np.arange(SEEDS))
    alone = distance(path.points[1:], VALLEY.minima)[SETTLED:]
    assert (alone**2).mean() == pytest.approx((slow[SETTLED:] ** 2).mean(), rel=0.1)
    for start in ((-1.0, 1.7), *STARTS):
        steps = converged_at(VALLEY, run(VALLEY, quarter, start, 150))
        wrapped = converged_at(VALLEY, run(VALLEY, LESSON.scenario.entries[1].optimizer, start, 150))
        assert steps and wrapped and 1.6 < steps / wrapped < 2.4


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


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("unit", [1.0, 10.0])
def test_lookahead_damps_momentum_in_any_unit_of_the_loss_and_written_as_a_mean(
    start: tuple[float, float], unit: float
):
    """Momentum with (1 - gamma) g and the rate divided by 1 - gamma is the same method."""
    surface = Scaled(VALLEY, unit)
    gamma, theta, m, points = 0.9, np.array(start), np.zeros(2), [np.array(start)]
    for _step in range(100):
        m = gamma * m + (1 - gamma) * surface.gradient(theta)
        theta = theta - RATES["momentum"] / (1 - gamma) / unit * m
        points.append(theta)
    alone = run(VALLEY, OPTIMIZERS["momentum"](learning_rate=RATES["momentum"]), start, 100)
    np.testing.assert_allclose(points, alone.points, atol=1e-12)
    wrapped = run(VALLEY, LESSON.scenario.entries[1].optimizer, start, 100)
    steps = [converged_at(VALLEY, path) for path in (alone, wrapped)]
    assert steps[0] and steps[1] and steps[1] < 0.65 * steps[0]


@pytest.mark.parametrize("rate", [0.03, 0.05, 0.08])
def test_lookahead_damps_momentum_at_other_rates(rate: float):
    fast = OPTIMIZERS["momentum"](learning_rate=rate)
    for start in STARTS:
        alone, wrapped = (
            converged_at(VALLEY, run(VALLEY, each, start, 100)) for each in (fast, OPTIMIZERS["lookahead"](fast))
        )
        assert alone and wrapped and wrapped < alone


def test_going_back_wastes_distance_where_the_fast_steps_go_straight():
    shown = race(Lookahead(inner="gradient_descent").scenario)
    alone, wrapped = (converged_at(shown.landscape, path) for path in shown.trajectories)
    assert alone and wrapped and wrapped > alone
    suggested = race(Lookahead.suggested()["straight"])
    alone, wrapped = (converged_at(suggested.landscape, path) for path in suggested.trajectories)
    assert alone and (wrapped is None or wrapped > alone)


@pytest.mark.parametrize("start", [(-1.7, 1.0), (-1.0, 1.7), (1.6, -1.5)])
def test_damping_is_not_guaranteed(start: tuple[float, float]):
    bowl = LANDSCAPES["elliptic_bowl"].with_parameters(condition=10, angle=30)
    fast = OPTIMIZERS["momentum"](learning_rate=0.15)
    steps = [converged_at(bowl, run(bowl, each, start, 250)) for each in (fast, OPTIMIZERS["lookahead"](fast))]
    assert steps[0] and steps[1] and steps[1] > steps[0]


@pytest.mark.parametrize("start", STARTS)
def test_lookahead_narrows_the_range_over_momenta_and_its_best_is_slower(start: tuple[float, float]):
    lesson = Lookahead(start=start)
    alone, wrapped = lesson.by_momentum
    assert len(alone) == len(wrapped) == len(MOMENTA)
    assert max(wrapped) / min(wrapped) < 0.6 * max(alone) / min(alone)
    assert min(alone) < min(wrapped)
    usual = MOMENTA.tolist().index(0.9)
    found = [converged_at(VALLEY, path) for path in race(lesson.scenario).trajectories]
    assert [alone[usual], wrapped[usual]] == found


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


def test_an_entry_that_never_converges_is_told_as_never():
    still = Lookahead(slow_step_size=0.0)
    run_ = race(still.scenario)
    assert "never" in str(still.claims()["calms_swings"].found(still, run_).sentence)
    assert not still.claims()["steadier"].found(still, run_).holds


# ---- beyond the limit ----


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(("period", "converges"), [(1, True), (3, True), (4, False), (5, True), (6, False)])
def test_odd_rounds_converge_beyond_the_limit_and_even_ones_diverge(
    start: tuple[float, float], period: int, converges: bool
):
    asked = LESSON.prediction.scenario
    fast = asked.entries[0].optimizer
    assert not run(VALLEY, fast, start, 60).losses[-1] < VALLEY.value(np.array(start))
    wrapped = OPTIMIZERS["lookahead"](fast, sync_period=period)
    assert (converged_at(VALLEY, run(VALLEY, wrapped, start, 60)) is not None) == converges


def test_factors_are_those_of_runs_on_a_parabola():
    """Measured along one direction of a round bowl: the distance after two rounds."""
    products, factors = LESSON.factors
    for i in (10, 55, 110, 120):
        fast = OPTIMIZERS["gradient_descent"](learning_rate=products[i] / 2)
        for optimizer, period, factor in (
            (fast, 1, factors[0][i]),
            (OPTIMIZERS["lookahead"](fast, sync_period=5), 5, factors[1][i]),
            (OPTIMIZERS["lookahead"](fast, sync_period=6), 6, factors[2][i]),
        ):
            x = run(BOWL, optimizer, (1.0, 0.0), 2 * period).points[:, 0]
            assert abs(x[-1]) == pytest.approx(factor ** (2 * period), abs=1e-9)


def test_largest_rate_is_where_the_closed_form_says():
    """|1 - omega + omega q^5| < 1 with q = 1 - 5 eta is q > -3^(1/5)."""
    limit = (1 + 3**0.2) / 5
    assert 0.44 < limit < 0.45
    asked = Lookahead.goals()["largest_rate"]
    for rate, met in ((0.43, False), (0.44, True), (0.45, False)):
        lanes = f"lookahead(inner=gradient_descent(learning_rate={rate}))"
        assert asked.found(LESSON, race(Scenario.from_query({**asked.link, "lanes": lanes}))).holds == met
    alone = race(Scenario.from_query({**asked.link, "lanes": "gradient_descent(learning_rate=0.39)"}))
    assert not asked.found(LESSON, alone).holds


def test_goals_keep_the_inner_optimizer():
    """A smaller momentum or rate would meet them without Lookahead."""
    for name, lanes in (
        ("quick", "lookahead(inner=momentum(learning_rate=0.08,momentum=0.5))"),
        ("quick", "momentum(learning_rate=0.08,momentum=0.5)"),
        ("steady", "lookahead(inner=momentum(learning_rate=0.01))"),
    ):
        asked = Lookahead.goals()[name]
        assert not asked.found(LESSON, race(Scenario.from_query({**asked.link, "lanes": lanes}))).holds


@pytest.mark.parametrize("seed", range(3))
def test_steady_goal_is_met_for_other_seeds_too(seed: int):
    asked = Lookahead.goals()["steady"]
    for lanes, met in ((asked.solution["lanes"], True), (FAST, False)):
        query = {**asked.link, "lanes": lanes, "seed": str(seed)}
        measured, _values = asked.measure(LESSON, race(Scenario.from_query(query)))
        assert bool(measured) == met
    assert asked.scenario.to_query()["noise"] == Scenario.from_query({**asked.link, "noise": NOISE}).to_query()["noise"]


# ---- Nadam ----


def nadam_by_hand(momentum: float | None, rate: float, x: float, steps: int) -> np.ndarray:
    """Dozat's formula for one coordinate of the round bowl x² + y², with a constant momentum or with his schedule."""
    m = v = 0.0
    product, xs = 1.0, [x]
    for t in range(1, steps + 1):
        mu, mu_next = (
            momentum if momentum is not None else 0.9 * (1 - 0.5 * 0.96 ** (0.004 * each)) for each in (t, t + 1)
        )
        g = 2 * x
        m, v, product = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g, product * mu
        m_hat = (1 - mu) / (1 - product) * g + mu_next * m / (1 - product * mu_next)
        x -= rate * m_hat / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        xs.append(x)
    return np.array(xs)


def test_swings_are_those_of_the_formulas():
    _adam, nadam, held, _half = LESSON.swings
    for found, momentum in ((nadam, None), (held, 0.9)):
        by_hand = nadam_by_hand(momentum, RATE, -1.5, STEPS) / -1.5
        np.testing.assert_allclose(found, by_hand, atol=1e-5)


@pytest.mark.parametrize(("rate", "x"), [(0.1, -1.5), (0.2, -1.5), (0.2, -1.0), (0.3, -1.5), (0.2, 2.0)])
def test_less_momentum_explains_more_than_looking_ahead_at_other_rates_and_starts(rate: float, x: float):
    adam, nadam = (OPTIMIZERS[key](learning_rate=rate) for key in ("adam", "nadam"))
    held, half = replace(nadam, momentum_decay=NO_WARMUP), replace(adam, beta1=0.5)
    plain, warmed, constant, less = (overshoot(run(BOWL, each, (x, 1.2), 150)) for each in (adam, nadam, held, half))
    assert warmed < constant < plain
    assert plain - constant < constant - warmed
    assert less < plain / 2


@pytest.mark.parametrize("unit", [0.1, 10.0])
def test_overshoot_does_not_depend_on_the_unit_of_the_loss(unit: float):
    for key in ("adam", "nadam"):
        optimizer = OPTIMIZERS[key](learning_rate=RATE)
        plain, scaled = (overshoot(run(each, optimizer, (-1.5, 1.2), STEPS)) for each in (BOWL, Scaled(BOWL, unit)))
        assert scaled == pytest.approx(plain, rel=1e-4)


def test_about_a_third_of_the_difference_is_due_to_looking_ahead():
    adam, nadam, held, _half = (overshoot(path) for path in adams())
    assert 0.28 < (adam - held) / (adam - nadam) < 0.38


def test_momentum_of_nadam_begins_near_half_of_beta1_and_tends_to_it():
    mu = adams()[1].state["mu"]
    assert mu[0] == pytest.approx(0.45, abs=0.001)
    assert (np.diff(mu) > 0).all() and mu[-1] < 0.46
    quick = run(BOWL, OPTIMIZERS["nadam"](momentum_decay=1.0), (1.0, 1.0), 400, record_state=True).state["mu"]
    assert quick[-1] == pytest.approx(0.9, abs=1e-6)


def test_newest_gradient_counts_once_more_in_nadam():
    """The part of m that stands for the newest gradient is larger than Adam's by the first term."""
    start = np.array([1.0, 0.0])
    first = run(BOWL, OPTIMIZERS["nadam"](), start, 2, record_state=True).state
    g, m = first["g"][1, 0], first["m"][1, 0]
    mu, product = first["mu"][1], first["mu_product"][1]
    coming = first["mu_next"][1] * m / (1 - product * first["mu_next"][1])
    assert first["m_hat"][1, 0] == pytest.approx((1 - mu) / (1 - product) * g + coming)
