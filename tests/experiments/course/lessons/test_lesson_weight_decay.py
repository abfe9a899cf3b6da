"""What the page about weight decay says beyond its claims."""

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons.weight_decay import (
    RATE,
    SCALES,
    Multiplied,
    WeightDecay,
    end,
    left,
    penalised_minimum,
    typical_gradient,
)
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
        _plain, _same, adam, adamw = (left(loss_of(lesson), path) for path in race(lesson.scenario).trajectories)
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
    path = race(lesson.scenario).trajectories[3]
    place = end(path)
    loss, sampler = loss_of(lesson), cast(Any, lesson.scenario.sampler)
    batches = [loss.on(sampler.rows_at(loss, t, 0)).gradient(place) for t in range(250)]
    size = np.sqrt(np.mean(np.square(batches), axis=0))
    np.testing.assert_allclose(np.mean(batches, axis=0) / size, -decay * place, rtol=0.15)


def test_gradients_are_larger_than_one_on_the_page_and_smaller_in_the_question():
    lesson = WeightDecay()
    asked = race(lesson.prediction.scenario)
    assert typical_gradient(lesson.scenario, penalised_minimum(loss_of(lesson), 0.5)) > 1
    assert typical_gradient(asked.scenario, end(asked.trajectories[0])) < 1
    assert lesson.prediction.answered(lesson, asked)[0] == "decoupled"


def test_paths_of_gradient_descent_agree_at_all_settings():
    for decay, factor in ((0.01, 1.0), (1.0, 0.1), (0.5, 100.0)):
        lesson = WeightDecay(decay=decay, loss_scale=factor)
        assert WeightDecay.claims()["same_for_gradient_descent"].found(lesson, race(lesson.scenario)).holds


def test_feature_ten_times_larger_is_left_alone_by_the_penalty():
    found = race(next(iter(WeightDecay.suggested().values())))
    plain, penalised, decoupled = (end(path)[1] for path in found.trajectories)
    assert penalised == pytest.approx(plain, rel=0.01)
    assert decoupled < 0.9 * plain


def test_with_all_the_data_adamw_creeps_back():
    found = race([*WeightDecay.suggested().values()][1])
    penalised, decoupled = found.trajectories
    plain = np.array(found.landscape.minima[0])
    far = [np.hypot(*(decoupled.points[t] - plain)) for t in (1000, 3000, 5000)]
    assert far[0] > 1.5 * far[1] > 2 * far[2]
    np.testing.assert_allclose(penalised.points[3000], penalised.points[5000], atol=1e-3)


def test_more_decay_leaves_less():
    found = race([*WeightDecay.suggested().values()][2])
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
