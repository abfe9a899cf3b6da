"""What the page says beyond its claims: steep before flat, patience and jitter, the source, and how usual it is."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lesson import Claim
from landscape_lab.experiments.course.lessons.early_stopping import (
    CLEARLY,
    CORRECT,
    DRAWS,
    RATE,
    SOURCES,
    WRONG,
    EarlyStopping,
    draws,
    stopped,
    trained,
)
from landscape_lab.experiments.course.memorised_labels import TRAINING, Trainings, trainings
from landscape_lab.experiments.networks import NetworkPlan
from landscape_lab.experiments.networks.studies import early_stopping as study
from landscape_lab.experiments.networks.studies.early_stopping import EXAMPLES, EXPERIMENT
from landscapes import SURFACES, DataLoss
from landscapes.networks import Network
from optim_core import OPTIMIZERS, SAMPLERS, Outcome, run
from optim_core.objective import norm
from optim_core.optimizers.momentum import Momentum

LESSON = EarlyStopping()
LOSS = cast(DataLoss, LESSON.scenario.landscape)
FULL = replace(LESSON.whole, sampler=SAMPLERS["exact"]())
OURS = next(iter(SOURCES.values()))


def test_the_counted_source_is_that_of_the_race():
    assert {**dict(LESSON.scenario.parameters), "seed": 0} == {**OURS, "seed": 0}
    assert LOSS.n == 10
    assert LESSON.held_out.n == 200


@pytest.mark.parametrize("patience", [1, 2, 5, 20, 100])
def test_the_rule_stops_at_the_first_step_of_the_formula(patience: int):
    _training, held_out = LESSON.losses
    best = np.array([held_out[: t + 1].argmin() for t in range(len(held_out))])
    first = int((np.arange(len(held_out)) - best >= patience).argmax())
    path = trained(LESSON.whole, patience)
    assert path.outcome == Outcome.STOPPED_EARLY
    assert stopped(LESSON.whole, patience) == (best[first], first) == (first - patience, first)
    assert int(path.last_step) == first


def test_a_rule_that_is_never_met_stops_nothing():
    short = replace(LESSON.whole, steps=10)
    kept, stop = stopped(short, 200)
    assert stop is None
    assert kept <= 10
    assert kept > 0 and stopped(short, 11)[1] is None, "steps since the best count, not steps and the best together"


@pytest.mark.parametrize(("end", "holds"), [(0.99, False), (1.01, True)])
@pytest.mark.parametrize("scale", [0.1, 5.0])
def test_the_validation_loss_turns_when_it_ends_clearly_above_its_lowest(
    monkeypatch: pytest.MonkeyPatch, scale: float, end: float, holds: bool
):
    """In whatever unit the loss is measured."""
    shown = race(LESSON.scenario)
    fall, rise = np.linspace(3, 1, 50), np.linspace(1, 1 + CLEARLY * end, int(shown.trajectories[0].last_step) - 49)
    held_out = scale * np.concatenate([fall, rise])
    monkeypatch.setattr("landscape_lab.experiments.course.lessons.early_stopping.watched", lambda *_: held_out)
    assert LESSON.claims()["turns"].found(LESSON, shown).holds == holds


def test_stopping_in_the_picture_cuts_the_very_same_run():
    early = EarlyStopping(ending="early")
    kept, stop = LESSON.stop
    assert stop
    assert early.scenario.steps == stop == kept + LESSON.patience
    (cut,), (whole,) = race(early.scenario).trajectories, race(LESSON.scenario).trajectories
    np.testing.assert_array_equal(cut.points, whole.points[: stop + 1])
    assert early.stop == LESSON.stop


def test_a_dragged_start_is_stopped_where_its_own_run_says():
    early = EarlyStopping(ending="early", start=(2.0, -2.0))
    assert early.scenario.point == (2.0, -2.0)
    assert early.scenario.steps == stopped(EarlyStopping(start=(2.0, -2.0)).whole, 20)[1]


def test_more_patience_costs_steps_and_nothing_else():
    _training, held_out = LESSON.losses
    stops = [stopped(LESSON.whole, patience) for patience in range(1, 101)]
    kept = [held_out[step] for step, _stop in stops]
    assert (np.diff(kept) <= 0).all()
    assert (np.diff([cast(int, stop) for _step, stop in stops]) > 0).all()
    assert kept[0] > (1 + CLEARLY) * kept[-1], "and little patience stops at a bump"


def test_with_full_gradients_the_first_bump_is_the_turn():
    held_out = LOSS.validation.value(trained(FULL).points.T)
    assert stopped(FULL, 1) == (held_out.argmin(), held_out.argmin() + 1)


def test_the_paths_of_the_map_end_where_their_names_say():
    whole, until, kept = LESSON.paths
    best, stop = LESSON.stop
    assert (int(whole.last_step), int(until.last_step), int(kept.last_step)) == (500, stop, best)
    for part in (until, kept):
        last = int(part.last_step)
        np.testing.assert_array_equal(part.points[: last + 1], whole.points[: last + 1])
    (star,) = LESSON.held_out.minima
    assert norm(kept.points[-1] - np.array(star)) < 1.1 < 5 < norm(whole.points[-1] - np.array(star))


def test_the_steep_direction_is_learned_first_and_can_be_trusted():
    curvatures, directions = np.linalg.eigh(LOSS.hessian(np.zeros(2)))
    assert curvatures[1] == pytest.approx(19 * curvatures[0])
    assert directions[0, 1] * directions[1, 1] > 0, "both weights grow together"
    assert directions[0, 0] * directions[1, 0] < 0, "one at the other's cost"
    path = trained(replace(FULL, steps=5000))
    (minimum,), (truth,) = LOSS.minima, [LOSS.dataset.weights if LOSS.dataset else (np.nan, np.nan)]
    left = np.abs(directions.T @ (path.points - minimum).T / (directions.T @ -np.array(minimum))[:, None])
    flat, steep = (int((each < 0.05).argmax()) for each in left)
    assert steep < 50 < 500 < flat
    off_flat, off_steep = np.abs(directions.T @ np.subtract(minimum, truth))
    assert off_flat > 10 * off_steep


def test_noise_weighs_most_where_the_bowl_is_flat():
    """Over the draws, the minimum strays from the true weights by the noise over the root of the curvature."""
    like = SURFACES["multiple_regression"]
    losses = [cast(DataLoss, like.with_parameters(**OURS, seed=seed)) for seed in range(DRAWS)]
    strays = np.array([loss.minima[0] for loss in losses]) - LOSS.dataset.weights if LOSS.dataset else np.nan
    curvatures, directions = np.linalg.eigh(LOSS.hessian(np.zeros(2)))
    spread = np.sqrt(((strays @ directions) ** 2).mean(axis=0))
    np.testing.assert_allclose(spread, 3.0 / np.sqrt(10 * curvatures / 2), rtol=0.25)


def test_a_penalty_on_large_weights_does_something_similar():
    step = LESSON.stop[0]
    stop = trained(FULL).points[step]
    strengths = np.geomspace(1e-3, 10, 400)
    ridges = np.array([LOSS.with_parameters(l2=float(each)).minima[0] for each in strengths])
    assert norm((ridges - stop).T).min() < 0.05 * norm(stop - np.array(LOSS.minima[0]))


def test_many_draws_in_one_run_are_those_of_single_runs():
    many = draws(**OURS)
    for seed in (0, 2, 41):
        loss = cast(DataLoss, SURFACES["multiple_regression"].with_parameters(**OURS, seed=seed))
        path = run(loss, OPTIMIZERS["gradient_descent"](learning_rate=RATE), (0.0, 0.0), 500)
        beside = loss.validation.value(path.points.T)
        assert many.rises[seed] == pytest.approx(beside[-1] / beside.min() - 1, rel=1e-6)


def test_the_excess_risk_is_what_fresh_examples_of_the_source_say():
    assert LOSS.dataset
    theta, truth = np.array([0.5, 2.5]), np.array(LOSS.dataset.weights)
    sets = [replace(LOSS.dataset, seed=seed).held_out for seed in range(1000, 1300)]
    errors = [np.mean((each.features @ theta - each.targets) ** 2) for each in sets]
    (a, b), rho = theta - truth, 0.9
    assert np.mean(errors) == pytest.approx(3.0**2 + a * a + b * b + 2 * rho * a * b, rel=0.01)


def test_the_chosen_step_looks_a_little_better_than_it_is():
    """The best of many looks at the same held-out examples is below what the source would say of that step."""
    like, gaps = SURFACES["multiple_regression"], []
    for seed in range(DRAWS):
        loss = cast(DataLoss, like.with_parameters(**OURS, seed=seed))
        truth = loss.validation.value(np.array(loss.dataset.weights)) if loss.dataset else np.nan
        path = run(loss, OPTIMIZERS["gradient_descent"](learning_rate=RATE), (0.0, 0.0), 500)
        gaps.append(loss.validation.value(path.points.T).min() - truth)  # the part that noise alone makes taken off
    assert np.mean(gaps) < np.mean(draws(**OURS).excess_kept)


def test_counts_are_high_with_few_noisy_examples_and_low_with_many():
    few, usual, many = LESSON.counts[0]
    assert few > 2 * usual > 4 * many
    assert DRAWS / 3 < few < 2 * DRAWS / 3, "about every second draw"
    assert many < 0.05 * DRAWS
    assert list(LESSON.sources) == list(SOURCES)


def test_two_wrong_targets_lead_past_the_right_place():
    wrong = EarlyStopping.suggested()["outliers"]
    loss = cast(DataLoss, wrong.landscape)
    path = race(wrong).trajectories[0]
    beside = loss.validation.value(path.points.T)
    assert 0 < beside.argmin() < wrong.steps
    assert beside[-1] > 2 * beside.min()


def test_others_overfit_too_and_some_sooner():
    others = EarlyStopping.suggested()["others"]
    beside = [LOSS.validation.value(path.points.T) for path in race(others).trajectories]
    assert all(each[-1] > (1 + CLEARLY) * each.min() for each in beside)
    plain, *rest = (int(each.argmin()) for each in beside)
    assert min(rest) < plain


@pytest.mark.parametrize("lesson", [EarlyStopping(patience=200), EarlyStopping(draw=1), EarlyStopping(start=(-4, 6))])
def test_claims_at_other_settings_say_what_is_so(lesson: EarlyStopping):
    run_of = race(lesson.scenario)
    for claim in lesson.claims().values():
        assert str(claim.found(lesson, run_of).sentence)


def test_the_prediction_is_about_the_same_examples_and_what_its_answers_say_is_so():
    asked = EarlyStopping.prediction
    assert asked.scenario.surface_text == LESSON.scenario.surface_text
    assert f"{asked.scenario.steps} steps" in EarlyStopping.content().block("Question").text
    plain, momentum = race(asked.scenario).trajectories
    assert momentum.losses[-1] < plain.losses[-1]
    assert asked.answered(LESSON, race(asked.scenario))[0] == "plain"
    late = [path.points[-1] for path in race(replace(asked.scenario, steps=5000)).trajectories]
    np.testing.assert_allclose(*late, atol=1e-3)


@pytest.mark.parametrize("seed", [5, 6, 7])
def test_other_minibatches_are_stopped_where_their_own_run_says(seed: int):
    shown = race(replace(LESSON.scenario, seed=seed))
    values = LESSON.claims()["stops"].found(LESSON, shown).sentence.values
    beside = LOSS.validation.value(shown.trajectories[0].points.T)
    assert values["low"] == pytest.approx(beside[values["kept"]])
    assert values["stop"] == values["kept"] + LESSON.patience
    assert values["kept"] != LESSON.stop[0], "another seed, another step"


@pytest.mark.parametrize("method", ["gradient_descent", "momentum"])
@pytest.mark.parametrize("rate", [0.01, 0.04])
def test_draws_rise_about_as_often_with_other_rates_and_methods(method: str, rate: float):
    """The count is about the draws, not about one way to the minimum; seeds that the lesson does not use."""
    like, rises = SURFACES["multiple_regression"], []
    optimizer = OPTIMIZERS[method](learning_rate=rate)
    for seed in range(1000, 1040):
        loss = cast(DataLoss, like.with_parameters(**OURS, seed=seed))
        beside = loss.validation.value(run(loss, optimizer, (0.0, 0.0), 500).points.T)
        rises.append(beside[-1] / beside.min() - 1)
    assert 40 / 3 < (np.array(rises) > CLEARLY).sum() < 40


def test_the_goals_are_reached_by_three_ways_to_nearly_the_same_weights():
    ends = [race(goal.solved).trajectories[0].points[-1] for goal in EarlyStopping.goals().values()]
    far = race(LESSON.scenario).trajectories[0].points[-1]
    apart = max(norm(one - other) for one in ends for other in ends)
    assert apart < 0.4 * min(norm(end - far) for end in ends)


def test_goals_are_not_met_by_changing_what_must_stay():
    goals = EarlyStopping.goals()
    more = replace(goals["penalty"].scenario, parameters=(*OURS.items(), ("seed", 2), ("n", 200)))
    assert not goals["penalty"].found(LESSON, race(more)).holds
    fewer = replace(goals["slower"].scenario, steps=30)
    assert not goals["slower"].found(LESSON, race(fewer)).holds


# ---- the network ----

NETWORK_CLAIMS = [claim for claim in EarlyStopping.claims().values() if claim.cell == "network"]


def with_trainings(wrong: Trainings, correct: Trainings) -> Any:
    """What a claim about the network reads of the lesson."""
    return SimpleNamespace(networks=(wrong, correct))


def of_seeds(noise: float, seeds: slice) -> Trainings:
    return Trainings({name: array[seeds] for name, array in trainings(noise).arrays.items()})


@pytest.mark.parametrize("seeds", [slice(0, 12), slice(12, 24)], ids=str)
@pytest.mark.parametrize("claim", NETWORK_CLAIMS, ids=lambda claim: claim.name)
def test_claim_about_the_network_holds_for_half_of_the_seeds(claim: Claim, seeds: slice):
    holds, values = claim.measure(
        with_trainings(of_seeds(WRONG, seeds), of_seeds(CORRECT, seeds)), race(LESSON.scenario)
    )
    assert holds, values


@pytest.mark.parametrize("claim", NETWORK_CLAIMS, ids=lambda claim: claim.name)
def test_claim_about_the_network_fails_for_manipulated_trainings(claim: Claim):
    wrong, correct = LESSON.networks
    never_learned = Trainings({name: array[:, :1] + 0 * array for name, array in wrong.arrays.items()})
    for other in ((correct, wrong), (never_learned, correct)):
        holds, _values = claim.measure(with_trainings(*other), race(LESSON.scenario))
        assert not holds


def test_network_scores_better_on_correct_labels_than_on_its_own():
    wrong, _correct = LESSON.networks
    training = (1 - WRONG) * wrong["fits_correct"] + WRONG * wrong["fits_wrong"]
    assert (wrong["validation_accuracy"] > training)[:, 2:10].mean() > 0.95
    assert (wrong["validation_accuracy"] < training)[:, -1].all()


def test_early_stopping_keeps_the_lowest_loss_before_the_patience_ends():
    losses = np.array([[5, 4, 4.5, 3, 3.2, 3.3, 2.0], [1, 2, 3, 4, 5, 6, 7.0]])
    made = Trainings({"validation_loss": losses})
    assert made.kept(1).tolist() == [1, 0]
    assert made.kept(2).tolist() == [3, 0]
    assert made.kept(3).tolist() == [6, 0]
    assert made.lowest().tolist() == [6, 0]


def test_link_trains_the_network_of_the_experiment():
    linked = NetworkPlan.from_query(TRAINING).scenario
    (entry,), sgdm = linked.entries, Momentum(study.RATE)
    assert entry.optimizer == sgdm and linked.network == Network((64, 64, 10))
    assert (linked.epochs, linked.batch, linked.data.n) == (study.EPOCHS, study.BATCH, EXAMPLES)
    assert linked.data.train.difficulty.mean() == WRONG


def test_experiment_is_the_one_that_the_page_describes():
    assert {(case["noise"], case["seed"]) for case in EXPERIMENT.cases} == {
        (noise, seed) for noise in (WRONG, CORRECT) for seed in range(24)
    }
    assert EXAMPLES == 500 and Network((64, 64, 10)).parameters == 4810
    for word in ("4,810", "500", "24"):
        assert word in LESSON.content().cells["network"].pieces[0].text
