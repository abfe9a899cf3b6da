"""What the page says beyond its claims: units, masks, correlation, batches, and the price of a penalty."""

from typing import Any, cast

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons.dropout_and_normalisation import (
    BATCHES,
    BOLD,
    CAREFUL,
    DATA,
    DRAWS,
    LEVEL,
    DropoutAndNormalisation,
    bare,
    end_of,
    gains,
    has_data,
    held_out_loss,
    penalised,
    spread_over_batches,
    without_penalty,
)
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscapes import SURFACES, DataLoss
from landscapes.data_losses import loss_over
from landscapes.datasets import Data
from optim_core import OPTIMIZERS, SAMPLERS, Outcome, run
from optim_core.objective import norm

LESSON = DropoutAndNormalisation()
PLAIN = np.array(bare().minima[0])


def in_units(scale: float, **treatment: Any) -> DataLoss:
    like = SURFACES["multiple_regression"]
    return cast(DataLoss, like.with_parameters(**{**DATA, "scale": scale}, **treatment))


def ends(treatment: str) -> list[np.ndarray]:
    lesson = DropoutAndNormalisation(treatment=treatment)
    return [path.points[-1] for path in race(lesson.scenario).trajectories]


@pytest.mark.parametrize("treatment", ["dropout", "l2"])
def test_descent_leaves_the_bare_minimum_for_smaller_weights(treatment: str):
    scenario = DropoutAndNormalisation(treatment=treatment).scenario
    np.testing.assert_array_equal(scenario.point, PLAIN)
    assert norm(bare().gradient(PLAIN)) < 1e-9
    (end,) = ends(treatment)
    np.testing.assert_allclose(end, scenario.landscape.minima[0], atol=0.02)
    assert norm(end) < 0.6 * norm(PLAIN)


def test_normalised_race_starts_where_both_models_are_the_same():
    """At zero every prediction is 0, whatever the features are; the untreated minimum is another model."""
    scenario = DropoutAndNormalisation(treatment="batch_norm").scenario
    normed = cast(DataLoss, scenario.landscape)
    assert scenario.point == (0.0, 0.0)
    assert normed.value(np.zeros(2)) == pytest.approx(bare().value(np.zeros(2)))
    assert normed.value(PLAIN) > 2 * cast(float, bare().minimum_value)


@pytest.mark.parametrize("treatment", ["dropout", "l2"])
@pytest.mark.parametrize("start", [(1.5, 1.2), (-3.0, -2.5), (3.2, 3.0), (0.0, 0.0)])
def test_costs_and_gains_do_not_depend_on_the_start(treatment: str, start: tuple[float, float]):
    lesson, usual = (
        DropoutAndNormalisation(treatment=treatment, start=start),
        DropoutAndNormalisation(treatment=treatment),
    )
    (held, values), (_held, expected) = (
        each.claims()["costs_and_gains"].measure(each, race(each.scenario)) for each in (lesson, usual)
    )
    assert held
    assert values == pytest.approx(expected, rel=0.002)


def test_losses_of_the_claim_are_means_over_the_examples():
    found = race(LESSON.scenario)
    end = found.trajectories[0].points[-1]
    loss = bare()
    training, validation = (
        float(np.mean((data.features @ end - data.targets) ** 2)) for data in (loss.data, loss.held_out)
    )
    assert end_of(found) == pytest.approx((training, validation))
    assert without_penalty(cast(DataLoss, found.landscape)).value(end) == pytest.approx(training)


def test_batch_normalisation_carries_both_rates_and_no_other_landscape_the_bold_one():
    careful, bold = ends("batch_norm")
    *others, normed = LESSON.landscapes
    np.testing.assert_allclose(bold, normed.minima[0], atol=1e-3)
    assert norm(careful - np.array(normed.minima[0])) < 0.3
    assert all(CAREFUL < loss.largest_rate < BOLD for loss in others)
    assert normed.largest_rate > BOLD


@pytest.mark.parametrize("chance", [0.1, 0.2, 0.5])
def test_dropout_is_the_penalty_of_the_formula(chance: float):
    loss, columns, n = bare(dropout=chance), bare().columns, bare().n
    squares = np.diag((columns**2).mean(axis=1))
    targets = bare().data.targets
    ridge = np.linalg.solve(columns @ columns.T / n + chance / (1 - chance) * squares, columns @ targets / n)
    np.testing.assert_allclose(loss.minima[0], ridge, rtol=1e-9)
    _xs, _ys, drawn = loss.sample(11, LESSON.square)
    np.testing.assert_allclose(drawn, penalised(chance, LESSON.square, 11), rtol=1e-12)


def test_random_masks_have_the_gradient_of_the_penalised_loss_on_average():
    loss, theta, chance = bare(), np.array([0.7, -0.4]), 0.2
    rng = np.random.default_rng(1)
    kept = (rng.random((loss.n, 2, 40_000)) >= chance) / (1 - chance)
    many = loss.masked(kept).gradient(np.repeat(theta[:, None], 40_000, axis=1))
    error = many.std(axis=1) / np.sqrt(40_000)
    assert (np.abs(many.mean(axis=1) - bare(dropout=chance).gradient(theta)) < 4 * error).all()
    assert (np.abs(many.mean(axis=1) - loss.gradient(theta)) > 40 * error).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_path_with_masks_scatters_around_the_smaller_weights(seed: int):
    scenario = Scenario.from_query({**DropoutAndNormalisation.invitations["masks"], "seed": str(seed)})
    (path,) = race(scenario).trajectories
    loss = cast(DataLoss, scenario.landscape)
    late = path.points[-1000:]
    (star,), (ridge,) = loss.minima, loss.with_parameters(dropout=0.3).minima
    assert norm(late.mean(axis=0) - np.array(ridge)) < 0.05
    assert norm(np.subtract(star, ridge)) > 0.4
    assert norm(late.std(axis=0)) > 0.02


def test_other_units_change_the_model_of_l2_and_no_other():
    for treatment in ({}, {"dropout": 0.2}, {"batch_norm": True}):
        one, other = (in_units(scale, **treatment) for scale in (1.0, 10.0))
        assert held_out_loss(one) == pytest.approx(held_out_loss(other), rel=1e-3)
    assert held_out_loss(in_units(1.0, l2=1.0)) < 0.95 * held_out_loss(in_units(10.0, l2=1.0))


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.8])
def test_batch_normalisation_keeps_the_best_model_and_the_correlation(correlation: float):
    data = {**DATA, "correlation": correlation}
    like = SURFACES["multiple_regression"]
    raw, normed = (cast(DataLoss, like.with_parameters(**data, batch_norm=on)) for on in (False, True))
    assert held_out_loss(normed) == pytest.approx(held_out_loss(raw), rel=1e-6)
    assert normed.condition_number == pytest.approx((1 + correlation) / (1 - correlation), rel=1e-3)
    assert normed.condition_number < raw.condition_number
    assert normed.largest_rate > raw.largest_rate


def test_with_a_whole_batch_it_is_standardising():
    normed, standard = bare(batch_norm=True), bare(standardised=True)
    np.testing.assert_allclose(normed.minima[0], standard.minima[0], rtol=1e-4)


def test_training_loss_only_rises_and_held_out_loss_falls_first():
    chances, training, held_out = LESSON.strengths
    assert (np.diff(training) > 0).all()
    turn = int(held_out.argmin())
    assert 0 < turn < len(chances) - 1
    assert (np.diff(held_out[: turn + 1]) < 0).all()
    assert (np.diff(held_out[turn:]) > 0).all()


def test_the_draw_on_the_stage_is_one_that_gains_and_is_counted():
    dropped, shrunk = gains(False, LESSON.dropout, LESSON.penalty)
    seed = int(DATA["seed"])
    assert dropped[seed] == pytest.approx(held_out_loss(LESSON.landscapes[1]) / held_out_loss(bare()))
    assert shrunk[seed] == pytest.approx(held_out_loss(LESSON.landscapes[2]) / held_out_loss(bare()))
    assert max(dropped[seed], shrunk[seed]) < 0.8


def test_on_quiet_data_a_penalty_does_harm():
    for ratios in gains(True, LESSON.dropout, LESSON.penalty):
        assert np.median(ratios) > 1.1
    assert LESSON.counts[1] == [DRAWS] * len(LESSON.sources)


def test_the_maps_show_every_minimum_at_one_scale():
    (x0, x1), (y0, y1) = LESSON.square
    assert x1 - x0 == pytest.approx(y1 - y0)
    for _name, loss, _before, numbers in LESSON.maps:
        x, y = loss.minima[0]
        assert x0 < x < x1 and y0 < y < y1
        assert f"{loss.condition_number:.3g}" in str(numbers)


def test_outlines_are_contours_around_the_minima():
    for loss, line in zip(LESSON.landscapes, LESSON.outlines, strict=True):
        np.testing.assert_allclose(loss.value(line.T), cast(float, loss.minimum_value) + LEVEL, rtol=1e-9)
        np.testing.assert_allclose(line.mean(axis=0), loss.minima[0], atol=1e-9)
        axes = np.linalg.svd(line - line.mean(axis=0), compute_uv=False)
        assert (axes[0] / axes[1]) ** 2 == pytest.approx(loss.condition_number)


def test_small_batches_have_moments_of_their_own():
    invited = cast(DataLoss, DropoutAndNormalisation.suggested()["small_batches"].landscape)
    theta, rows = np.array([1.0, 1.0]), np.arange(invited.n).reshape(-1, 5)
    batches = np.mean([invited.on(each).value(theta) for each in rows])
    assert abs(batches - invited.value(theta)) > 0.01
    for path in race(DropoutAndNormalisation.suggested()["small_batches"]).trajectories:
        assert path.outcome == Outcome.FINISHED


def test_penalty_keeps_the_weights_of_the_suggested_classifier_small():
    penalised_loss = cast(DataLoss, DropoutAndNormalisation.suggested()["classifier"].landscape)
    plain = cast(DataLoss, penalised_loss.with_parameters(l2=0))
    assert norm(np.array(penalised_loss.minima[0])) < 0.5 * norm(np.array(plain.minima[0]))
    assert held_out_loss(penalised_loss) < held_out_loss(plain)
    wrong = (plain.predict(plain.minima[0], plain.data.features) > 0.5) != plain.data.targets
    assert 0 < wrong.sum() <= 0.15 * plain.n, "a line almost separates them"


# ---- batches ----


@pytest.mark.parametrize("start", [None, (1.0, -2.0), (0.0, 0.0)])
@pytest.mark.parametrize("rate", [0.01, 0.1, 10.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_batches_of_one_never_move_whatever_start_rate_and_seed(
    start: tuple[float, float] | None, rate: float, seed: int
):
    asked = LESSON.prediction.scenario
    begin = start or asked.point
    optimizer = OPTIMIZERS["gradient_descent"](learning_rate=rate)
    path = run(asked.landscape, optimizer, begin, 30, sampler=SAMPLERS["minibatch"](size=1), seed=seed)
    assert (path.points == np.array(begin)).all()


def test_batches_of_two_leave_only_the_order():
    loss = cast(DataLoss, LESSON.prediction.scenario.landscape)
    feature = loss.data.features[[3, 8], 0]
    normed = (feature - feature.mean()) / feature.std()
    np.testing.assert_allclose(np.abs(normed), 1)
    plain = OPTIMIZERS["gradient_descent"](learning_rate=0.1)
    path = run(loss, plain, (-3.0, -2.5), 200, sampler=SAMPLERS["minibatch"](size=2))
    assert path.losses[-1] < 0.1 * path.losses[0]


def test_without_batch_normalisation_batches_of_one_approach_the_minimum():
    loss = cast(DataLoss, SURFACES["multiple_regression"])
    plain = OPTIMIZERS["gradient_descent"](learning_rate=0.02)
    path = run(loss, plain, (-3.0, -2.5), 200, sampler=SAMPLERS["minibatch"](size=1))
    assert path.losses[-1] < 0.1 * path.losses[0]


@pytest.mark.parametrize("size", BATCHES)
def test_spread_over_batches_is_that_of_random_batches(size: int):
    feature = cast(DataLoss, SURFACES["multiple_regression"].with_parameters(n=50)).data.features[:, 0]
    rng, squares = np.random.default_rng(7), []
    for example in range(50):
        for _batch in range(20):
            rest = rng.choice(np.delete(feature, example), size - 1, replace=False)
            batch = np.append(rest, feature[example])
            normed = (feature[example] - batch.mean()) / batch.std()
            squares.append((normed - (feature[example] - feature.mean()) / feature.std()) ** 2)
    assert spread_over_batches(size) == pytest.approx(np.sqrt(np.mean(squares)), rel=0.12)
    assert spread_over_batches(50) == pytest.approx(0, abs=1e-9)


def test_best_model_stays_the_same_only_because_the_features_have_mean_zero():
    assert np.abs(bare().data.features.mean(axis=0)).max() < 1e-12
    features = bare().data.features + np.array([4.0, 0.0])
    moved = loss_over(
        "multiple_regression", Data(features, bare().data.targets, bare().data.names, np.zeros(len(features)))
    )
    raw, normed = (cast(float, moved.with_parameters(batch_norm=on).minimum_value) for on in (False, True))
    assert abs(normed - raw) > 0.01 * raw
    centred = cast(float, bare(batch_norm=True).minimum_value)
    assert centred == pytest.approx(cast(float, bare().minimum_value), rel=1e-6)


# ---- other settings and goals ----


@pytest.mark.parametrize(
    "lesson",
    [
        DropoutAndNormalisation(dropout=0.0),
        DropoutAndNormalisation(treatment="l2", penalty=0.0),
        DropoutAndNormalisation(treatment="batch_norm"),
    ],
)
def test_claims_at_other_settings_say_what_is_so(lesson: DropoutAndNormalisation):
    run = race(lesson.scenario)
    found = {name: claim.found(lesson, run) for name, claim in lesson.claims().items()}
    assert not found["costs_and_gains"].holds
    assert all(str(each.sentence) for each in found.values())


@pytest.mark.parametrize("dropout", [0.0, 0.2, 0.5])
def test_the_careful_rate_is_below_the_limit_at_every_knob(dropout: float):
    for penalty in (0.0, 10.0):
        for loss in DropoutAndNormalisation(dropout=dropout, penalty=penalty).landscapes:
            assert loss.largest_rate > CAREFUL


@pytest.mark.parametrize("name", ["generalises", "at_a_low_price"])
def test_goals_are_about_the_data_of_the_lesson(name: str):
    asked = DropoutAndNormalisation.goals()[name]
    easy = race(Scenario.from_query({**asked.link, "surface": "multiple_regression(n=20,noise=0.5)"}))
    assert not has_data(easy)
    found = asked.found(LESSON, easy)
    assert not found.holds and str(found.sentence)
    assert has_data(race(asked.scenario))


def test_l2_meets_the_goals_as_well_and_a_strong_penalty_has_a_high_price():
    for name, treatment, met in (
        ("generalises", "l2=8", True),
        ("generalises", "l2=1", False),
        ("at_a_low_price", "l2=0.55", True),
        ("at_a_low_price", "l2=5", False),
        ("bold", "standardised=true", True),
        ("bold", "l2=10", False),
    ):
        asked = DropoutAndNormalisation.goals()[name]
        surface = f"{bare().text[:-1]},{treatment})"
        assert asked.found(LESSON, race(Scenario.from_query({**asked.link, "surface": surface}))).holds == met, (
            treatment
        )


def test_a_weak_penalty_brings_most_for_its_price():
    chances, training, held_out = LESSON.strengths
    early = int(np.searchsorted(chances, 0.08))
    gained, paid = (abs(losses[early] - losses[0]) / np.ptp(losses) for losses in (held_out, training))
    assert gained > 0.5 and paid < 0.15
