"""What the page about weight decay says beyond its claims."""

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons.weight_decay import (
    MOMENTA,
    MOMENTUM,
    PLAIN_RATE,
    RATE,
    SCALES,
    Multiplied,
    WeightDecay,
    end,
    left,
    penalised_minimum,
    typical_gradient,
)
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscapes import DataLoss
from optim_core import OPTIMIZERS, run
from optim_core.objective import Transparent


def loss_of(lesson: WeightDecay) -> DataLoss:
    return cast(DataLoss, lesson.scenario.landscape)


@pytest.mark.parametrize("factor", [0.1, 7.0, 100.0])
def test_knob_of_the_loss_is_the_loss_multiplied(factor: float):
    """The page races with λ / c; the same paths come of the loss times c, gradient descent's rate divided by c."""
    turned, plain = WeightDecay(loss_scale=factor), WeightDecay()
    for entry, path in zip(plain.scenario.entries, race(turned.scenario).trajectories, strict=True):
        optimizer: Any = entry.optimizer
        if entry.core.label == "Gradient descent":
            optimizer = replace(optimizer, inner=replace(optimizer.inner, learning_rate=0.005 / factor))
        scaled = run(
            Multiplied(loss_of(plain), factor),
            optimizer,
            plain.scenario.point,
            plain.scenario.steps,
            sampler=plain.scenario.sampler,
        )
        np.testing.assert_allclose(scaled.points, path.points, rtol=1e-5, atol=1e-6)


def test_minimum_with_penalty_is_where_the_slopes_cancel():
    loss = loss_of(WeightDecay())
    place = penalised_minimum(loss, 0.5)
    np.testing.assert_allclose(loss.gradient(place), -0.5 * place, atol=1e-12)


def test_scales_are_those_of_the_runs():
    for lesson in (WeightDecay(), WeightDecay(decay=0.1)):
        penalised, decoupled = lesson.left_by_scale
        assert penalised.shape == decoupled.shape == (len(SCALES),)
        middle = SCALES.index(1.0)
        _plain, adam, adamw = (left(loss_of(lesson), path) for path in race(lesson.scenario).trajectories)
        np.testing.assert_allclose([penalised[middle], decoupled[middle]], [adam, adamw], rtol=1e-12)
        assert (np.diff(penalised) > 0).all(), "the larger the loss, the weaker the penalty"
        assert np.ptp(decoupled) < 1e-3


def test_share_inside_adam_is_weak_at_first_and_differs_between_weights():
    penalised, decoupled = WeightDecay().shares
    assert (decoupled == RATE * 0.5).all()
    assert (penalised[-250:].mean(axis=0) > 1.5 * penalised[:50].mean(axis=0)).all()
    assert penalised.max() < decoupled.min(), "gradients are larger than 1 here"
    first, second = penalised[-250:].mean(axis=0)
    assert abs(first / second - 1) > 0.05


@pytest.mark.parametrize("decay", [0.2, 0.5, 1.0])
def test_adamw_rests_where_the_gradient_over_its_size_balances_decay(decay: float):
    lesson = WeightDecay(decay=decay)
    path = race(lesson.scenario).trajectories[2]
    place = end(path)
    loss, sampler = loss_of(lesson), cast(Any, lesson.scenario.sampler)
    batches = [loss.on(sampler.rows_at(loss, t, 0)).gradient(place) for t in range(250)]
    size = np.sqrt(np.mean(np.square(batches), axis=0))
    np.testing.assert_allclose(np.mean(batches, axis=0) / size, -decay * place, rtol=0.15)


def test_gradients_are_larger_than_one_on_the_page_and_smaller_on_the_data_of_a_goal():
    lesson, goal = WeightDecay(), WeightDecay.goals()["other_data"]
    other = race(goal.solved)
    assert typical_gradient(lesson.scenario, penalised_minimum(loss_of(lesson), 0.5)) > 1
    assert typical_gradient(other.scenario, end(other.trajectories[0])) < 1
    inside, outside = (float(left(cast(DataLoss, other.landscape), path)) for path in other.trajectories)
    assert inside < outside


def test_paths_of_gradient_descent_agree_at_all_settings():
    for decay, factor in ((0.01, 1.0), (1.0, 0.1), (0.5, 100.0)):
        lesson = WeightDecay(decay=decay, loss_scale=factor)
        assert WeightDecay.claims()["same_for_gradient_descent"].found(lesson, race(lesson.scenario)).holds


@pytest.mark.parametrize("seed", [1, 2])
def test_adams_differ_on_other_draws_of_the_data(seed: int):
    """And with a smaller rate, so that neither the data nor the rate decides."""
    surface = f"multiple_regression(n=50,noise=3,seed={seed})"
    link = dict(WeightDecay().link()) | {"surface": surface}
    for rates in (link, link | {"lanes": link["lanes"].replace("learning_rate=0.02", "learning_rate=0.01")}):
        found = race(Scenario.from_query(rates))
        plain, inside, outside = (float(left(cast(DataLoss, found.landscape), path)) for path in found.trajectories)
        assert inside == pytest.approx(plain, abs=0.03)
        assert outside < inside - 0.1


# ---- momentum ----


def resting(momentum: float, decay: float, form: str, decoupled: bool) -> float:
    """Where momentum comes to rest on (w - 3)^2 / 2, by iteration."""
    w, m, rate = 0.0, 0.0, 0.02
    for _ in range(5000):
        g = w - 3 + (0 if decoupled else decay * w)
        m = momentum * m + (g if form == "sum" else (1 - momentum) * g)
        w = w - rate * m - (rate * decay * w if decoupled else 0)
    return w


def test_a_sum_counts_decoupled_decay_less_and_a_mean_does_not():
    assert resting(0.9, 0.5, "sum", False) == pytest.approx(2)
    assert resting(0.9, 0.5, "sum", True) == pytest.approx(3 / 1.05)
    assert resting(0.9, 0.5, "mean", False) == pytest.approx(2)
    assert resting(0.9, 0.5, "mean", True) == pytest.approx(2)
    assert resting(0.0, 0.5, "sum", True) == pytest.approx(2)


def test_sgdm_rests_at_the_minimum_with_penalty_or_with_a_smaller_one():
    lesson = WeightDecay()
    loss, plain = loss_of(lesson), np.hypot(*loss_of(lesson).minima[0])
    shares = lesson.left_by_momentum
    for i, momentum in enumerate(MOMENTA):
        weaker = 0.5 * (1 - momentum)
        expected = [np.hypot(*penalised_minimum(loss, each)) / plain for each in (0.5, weaker, 0.5)]
        np.testing.assert_allclose([share[i] for share in shares], expected, atol=0.01)


@pytest.mark.parametrize("rate", [0.0002, 0.001])
def test_answer_of_the_question_does_not_depend_on_the_rate_or_the_start(rate: float):
    asked = WeightDecay.prediction
    usual = f"learning_rate={PLAIN_RATE * (1 - MOMENTUM):g}"
    assert usual in asked.link["lanes"]
    lanes = asked.link["lanes"].replace(usual, f"learning_rate={rate}")
    other = Scenario.from_query({**asked.link, "lanes": lanes, "start": "-1,3", "steps": "2000"})
    assert asked.answered(WeightDecay(), race(other))[0] == "decoupled"


def test_answer_of_the_question_is_same_for_a_mean():
    asked = WeightDecay.prediction
    lanes = asked.link["lanes"].replace("momentum(learning_rate=0.0005,", "qhm(learning_rate=0.005,nu=1,")
    assert "qhm" in lanes
    other = Scenario.from_query({**asked.link, "lanes": lanes})
    assert asked.answered(WeightDecay(), race(other))[0] == "same"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("match_adamw", {"lanes": "adam(),adamw()"}),
        ("match_adamw", {"start": "1,1"}),
        ("match_sgdm", {"lanes": "gradient_descent(),gradient_descent()"}),
        ("other_data", {"surface": "bowl", "start": "1,1", "noise": ""}),
    ],
)
def test_goal_is_not_met_by_other_entries_or_on_another_surface(name: str, parts: dict[str, str]):
    goal = WeightDecay.goals()[name]
    query = {key: value for key, value in {**goal.link, **goal.solution, **parts}.items() if value}
    assert not goal.found(WeightDecay(), race(Scenario.from_query(query))).holds


def test_feature_ten_times_larger_is_left_alone_by_the_penalty():
    found = race(WeightDecay.suggested()["large_feature"])
    plain, penalised, decoupled = (end(path)[1] for path in found.trajectories)
    assert penalised == pytest.approx(plain, rel=0.01)
    assert decoupled < 0.9 * plain


def test_with_all_the_data_adamw_creeps_back():
    found = race(WeightDecay.suggested()["all_the_data"])
    penalised, decoupled = found.trajectories
    plain = np.array(found.landscape.minima[0])
    far = [np.hypot(*(decoupled.points[t] - plain)) for t in (1000, 3000, 5000)]
    assert far[0] > 1.5 * far[1] > 2 * far[2]
    np.testing.assert_allclose(penalised.points[3000], penalised.points[5000], atol=1e-3)


def test_more_decay_leaves_less():
    found = race(WeightDecay.suggested()["more_decay"])
    remaining = [float(left(cast(DataLoss, found.landscape), path)) for path in found.trajectories]
    assert remaining == sorted(remaining, reverse=True)


def test_a_multiplied_loss_is_as_written_out():
    """Nine factors at once are nine runs, each of them asked for every step."""
    scenario = WeightDecay().scenario
    loss, sampler = scenario.landscape, scenario.sampler
    adam, factors = OPTIMIZERS["adam"](0.02, beta2=0.99), np.array(SCALES)
    starts = np.array([3.2, -2.4])[:, None] * np.ones(len(SCALES))
    together = run(Multiplied(loss, factors), adam, starts, 120, sampler=sampler)
    for i, factor in enumerate(SCALES):
        alone = run(Transparent(Multiplied(loss, factor)), adam, starts[:, i], 120, sampler=sampler)
        np.testing.assert_array_equal(together.points[..., i], alone.points)
        written = run(Multiplied(loss, factor), adam, starts[:, i], 120, sampler=sampler)
        np.testing.assert_array_equal(written.points, alone.points)
