"""What the page says beyond its claims: units, masks, correlation, the price of a penalty, and how often it pays."""

from typing import Any, cast

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons.dropout_and_normalisation import (
    BOLD,
    CAREFUL,
    DATA,
    DRAWS,
    DropoutAndNormalisation,
    bare,
    gains,
    held_out_loss,
    penalised,
)
from landscapes import SURFACES, DataLoss
from optim_core import Outcome
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


def test_batch_normalisation_carries_both_rates_and_no_other_landscape_the_bold_one():
    careful, bold = ends("batch_norm")
    *others, normed = LESSON.landscapes
    np.testing.assert_allclose(bold, normed.minima[0], atol=1e-3)
    assert norm(careful - np.array(normed.minima[0])) < 0.2
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


def test_the_path_with_masks_scatters_around_the_smaller_weights():
    asked = LESSON.prediction
    (path,) = race(asked.scenario).trajectories
    loss = cast(DataLoss, asked.scenario.landscape)
    late = path.points[-1000:]
    (star,), (ridge,) = loss.minima, loss.with_parameters(dropout=0.3).minima
    assert norm(late.mean(axis=0) - np.array(ridge)) < 0.05
    assert norm(np.subtract(star, ridge)) > 0.4
    assert norm(late.std(axis=0)) > 0.02
    assert norm(np.array(loss.with_parameters(dropout=0.9).minima[0])) < 0.2 * norm(np.array(star))
    assert asked.answered(LESSON, race(asked.scenario))[0] == "smaller"


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


def test_small_batches_have_moments_of_their_own():
    invited = cast(DataLoss, [*DropoutAndNormalisation.suggested().values()][1].landscape)
    theta, rows = np.array([1.0, 1.0]), np.arange(invited.n).reshape(-1, 5)
    batches = np.mean([invited.on(each).value(theta) for each in rows])
    assert abs(batches - invited.value(theta)) > 0.01
    for path in race([*DropoutAndNormalisation.suggested().values()][1]).trajectories:
        assert path.outcome == Outcome.FINISHED


def test_a_penalty_keeps_the_invited_classifier_modest():
    modest = cast(DataLoss, [*DropoutAndNormalisation.suggested().values()][2].landscape)
    proud = cast(DataLoss, modest.with_parameters(l2=0))
    assert norm(np.array(modest.minima[0])) < 0.5 * norm(np.array(proud.minima[0]))
    assert held_out_loss(modest) < held_out_loss(proud)
    wrong = (proud.predict(proud.minima[0], proud.data.features) > 0.5) != proud.data.targets
    assert 0 < wrong.sum() <= 0.15 * proud.n, "a line nearly parts them"


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
