"""What the page says beyond its claims: curvature and size, means, correlation, and what standardising leaves."""

from typing import cast

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons.feature_scaling import (
    FeatureScaling,
    bowl,
    converged_at,
    descent,
    gentle_rate,
    skewness,
    slowest,
    steep_rate,
)
from landscape_lab.experiments.tables import results
from landscapes import SURFACES, DataLoss
from optim_core import Outcome

LESSON = FeatureScaling()
KINDS = ("raw", "standardised")


def with_line(**knobs) -> DataLoss:
    return cast(DataLoss, SURFACES["linear_regression"].with_parameters(**knobs))


@pytest.mark.parametrize("scale", [1.0, 4.0, 10.0, 30.0])
def test_bowl_is_as_many_times_as_curved_as_the_square_of_the_scale(scale: float):
    raw, standardised = (bowl(scale, 0.0, kind == "standardised") for kind in KINDS)
    assert raw.condition_number == pytest.approx(scale**2)
    assert standardised.condition_number == pytest.approx(1)
    curvature = raw.hessian(np.zeros(2))[1, 1]
    assert curvature == pytest.approx(2 * (raw.data.features[:, 1] ** 2).mean())


@pytest.mark.parametrize("correlation", [0.3, 0.5, 0.9])
def test_standardising_leaves_the_valley_of_correlation(correlation: float):
    left = (1 + correlation) / (1 - correlation)
    assert bowl(10.0, correlation, True).condition_number == pytest.approx(left)
    assert bowl(10.0, correlation, False).condition_number > 10 * left


@pytest.mark.parametrize("center", [3.0, 5.0])
def test_mean_far_from_zero_alone_stretches_the_bowl(center: float):
    assert with_line(center=0.0).condition_number == pytest.approx(1)
    assert with_line(center=center).condition_number > 100
    assert with_line(center=center, standardised=True).condition_number == pytest.approx(1)


def test_both_maps_start_from_the_same_model_and_have_the_same_losses():
    for lesson in (LESSON, FeatureScaling(correlation=0.5, scale=4.0), FeatureScaling(start=(1.0, 0.5))):
        first, second = (lesson.path(kind).losses[0] for kind in KINDS)
        assert first == pytest.approx(second)
        first, second = (
            lesson.loss(kind).predict(lesson.weights(kind), lesson.loss(kind).data.features) for kind in KINDS
        )
        np.testing.assert_allclose(first, second, atol=1e-9)
    assert LESSON.loss("raw").minimum_value == pytest.approx(LESSON.loss("standardised").minimum_value)


def test_start_that_was_dragged_is_kept():
    for kind in KINDS:
        lesson = FeatureScaling(features=kind, start=(1.0, 0.5))
        assert lesson.weights(kind) == pytest.approx(lesson.scenario.point)


@pytest.mark.parametrize("kind", KINDS)
def test_one_step_covers_nine_tenths_of_the_distance_in_its_direction(kind: str):
    loss = LESSON.loss(kind)
    curvatures, directions = np.linalg.eigh(loss.hessian(np.zeros(2)))
    away = np.array([0.3, 0.2])
    for rate, which in ((steep_rate(loss), -1), (gentle_rate(loss), 0)):
        here = np.array(loss.minima[0]) + away
        there = here - rate * loss.gradient(here) - loss.minima[0]
        along = directions[:, which]
        assert there @ along / (away @ along) == pytest.approx(0.1, abs=2e-3)
    assert steep_rate(loss) < loss.largest_rate
    assert curvatures[-1] * loss.largest_rate == pytest.approx(2)


def test_gradient_of_the_round_bowl_points_at_the_minimum_and_that_of_the_raw_one_does_not():
    def cosine(kind: str) -> float:
        loss, here = LESSON.loss(kind), np.array(LESSON.weights(kind))
        way, gradient = here - np.array(loss.minima[0]), loss.gradient(here)
        return float(way @ gradient / np.linalg.norm(way) / np.linalg.norm(gradient))

    assert cosine("standardised") == pytest.approx(1)
    assert cosine("raw") < 0.5


@pytest.mark.parametrize(("scale", "times"), [(4.0, 10), (10.0, 50), (30.0, 500)])
def test_steps_fall_by_an_order_of_magnitude_and_more(scale: float, times: int):
    lesson = FeatureScaling(scale=scale)
    raw, standardised = (converged_at(lesson.loss(kind), lesson.path(kind)) for kind in KINDS)
    assert raw and standardised and raw > times * standardised


def test_path_of_the_figure_ends_where_it_converges():
    for kind in KINDS:
        path = LESSON.path(kind)
        assert converged_at(LESSON.loss(kind), path) == path.steps
        own = race(FeatureScaling(features=kind).scenario).trajectories[0]
        np.testing.assert_array_equal(path.points, own.points[: path.steps + 1])


def test_both_rates_converge_once_the_features_are_standardised():
    standardised = FeatureScaling(features="standardised")
    for path in race(standardised.scenario).trajectories:
        assert path.outcome != Outcome.DIVERGED
        assert converged_at(standardised.loss("standardised"), path) is not None


def test_histograms_keep_their_shape_to_the_last_value():
    (_, raw), (first, second) = LESSON.histograms
    assert raw.std() == pytest.approx(10)
    for values in (first, second):
        assert values.mean() == pytest.approx(0, abs=1e-9)
        assert values.std() == pytest.approx(1)
    np.testing.assert_array_equal(np.argsort(raw), np.argsort(second))
    assert skewness(second) == pytest.approx(skewness(raw))
    assert skewness(np.array([-1.0, 0.0, 1.0])) == 0


def test_held_out_data_is_treated_with_the_moments_of_the_training_data():
    loss = LESSON.loss("standardised")
    assert loss.moments is not None
    mean, deviation = loss.moments
    expected = (loss.held_out.features - mean) / deviation @ [1.0, 2.0]
    np.testing.assert_allclose(loss.predict((1.0, 2.0), loss.held_out.features), expected)


def test_claims_at_other_settings_say_what_is_so():
    for lesson in (FeatureScaling(scale=1.0), FeatureScaling(correlation=0.9), FeatureScaling(scale=1.52)):
        run = race(lesson.scenario)
        found = {name: claim.found(lesson, run) for name, claim in lesson.claims().items()}
        assert not found["rounder"].holds or lesson.scale > 1.5
        assert all(str(each.sentence) for each in found.values())


# ---- changes of what the sentences do not name ----


@pytest.mark.parametrize(("kind", "correlation"), [("raw", 0.0), ("standardised", 0.0), ("standardised", 0.9)])
def test_no_direction_of_the_start_is_slower_than_the_worst_that_is_quoted(kind: str, correlation: float):
    loss = bowl(10.0, correlation, kind == "standardised")
    (x, y), curvature = loss.minima[0], loss.hessian(np.zeros(2))
    _, axes = np.linalg.eigh(curvature)
    directions = [*axes.T, *(np.array([np.cos(turn), np.sin(turn)]) for turn in np.linspace(0, np.pi, 12))]
    steps = [converged_at(loss, descent(loss, (x + a, y + b))) for a, b in directions]
    assert max(step for step in steps if step) == slowest(loss)
    factors = np.abs(1 - steep_rate(loss) * np.linalg.eigvalsh(curvature))
    assert factors.max() ** (2 * slowest(loss)) <= 1e-3 < factors.max() ** (2 * slowest(loss) - 2)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_start_is_not_along_the_steep_direction(correlation: float):
    for kind in KINDS:
        loss = bowl(10.0, correlation, kind == "standardised")
        away = np.subtract(LESSON.weights(kind), loss.minima[0])
        curvatures, axes = np.linalg.eigh(loss.hessian(np.zeros(2)))
        heights = curvatures * (axes.T @ away) ** 2
        assert heights[0] > 0.1 * heights.sum(), "a start along the steep direction would hide the valley"


def test_correlation_leaves_a_run_of_tens_of_steps():
    """With a start along the steep direction it would be over after two steps."""
    lesson = FeatureScaling(correlation=0.9)
    steps = converged_at(lesson.loss("standardised"), lesson.path("standardised"))
    assert steps and 30 < steps <= slowest(lesson.loss("standardised")) < 100


def test_steps_of_the_finding_are_those_of_the_table_of_results():
    for lesson in (
        LESSON,
        FeatureScaling(features="standardised"),
        FeatureScaling(features="standardised", correlation=0.9),
    ):
        run = race(lesson.scenario)
        assert results(run)[0].converged_at == converged_at(lesson.loss(lesson.features), run.trajectories[0])


def test_run_is_fast_at_first_and_slow_afterwards():
    path = LESSON.path("raw")
    above = path.losses - cast(float, LESSON.loss("raw").minimum_value)
    shares = above[1:] / above[:-1]
    assert shares[0] < 0.85 and shares[3] == pytest.approx(shares[-1], abs=1e-3) and shares[-1] > 0.98


@pytest.mark.parametrize("start", [(-3.0, -2.5), (3.5, 3.0), (0.0, -3.0)])
def test_twice_the_feature_takes_four_times_the_steps_from_other_starts(start: tuple[float, float]):
    steps = []
    for scale in (10.0, 20.0):
        loss = bowl(scale, 0.0, False)
        steps.append(converged_at(loss, descent(loss, (start[0], start[1] / scale))))
    assert steps[0] and steps[1] and steps[1] / steps[0] == pytest.approx(4, rel=0.05)


@pytest.mark.parametrize("unit", [0.1, 100.0])
def test_another_unit_of_the_loss_changes_no_step_at_the_rate_of_the_rule(unit: float):
    """The rule is 0.9 over the curvature, so that a rate has the inverse unit of the loss. Without the app's code."""
    loss, path = LESSON.loss("raw"), LESSON.path("raw")
    curvature = unit * loss.hessian(np.zeros(2))
    rate, theta = 0.9 / np.linalg.eigvalsh(curvature)[-1], path.points[0].copy()
    for step in range(1, 50):
        theta = theta - rate * unit * loss.gradient(theta)
        np.testing.assert_allclose(theta, path.points[step], rtol=1e-6)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_standardising_makes_the_bowl_round_and_keeps_the_shape_on_other_examples(seed: int):
    made = [
        cast(
            DataLoss,
            SURFACES["multiple_regression"].with_parameters(
                n=200, scale=10.0, skewed=True, seed=seed, standardised=treated
            ),
        )
        for treated in (False, True)
    ]
    raw, standardised = made
    assert raw.condition_number == pytest.approx(100) and standardised.condition_number == pytest.approx(1)
    assert (
        skewness(raw.columns[1]) == pytest.approx(skewness(standardised.columns[1])) and skewness(raw.columns[1]) > 0.5
    )
