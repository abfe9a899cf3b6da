"""What the page on adaptive learning rates says beyond its claims."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from landscape_lab.experiments import Race, race
from landscape_lab.experiments.course.lessons.adaptive_learning_rate import (
    LARGE,
    RARE,
    SINGLE_RATES,
    SMALL,
    STEPS,
    AdaptiveLearningRate,
    Played,
    effective_rates,
    first_and_last_rates,
    last_step,
    rate_gaps,
)
from landscape_lab.experiments.course.scaled import Scaled
from landscape_lab.experiments.scenarios.scenario import Entry
from landscape_lab.experiments.tables import results
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, Outcome, run
from optim_core.objective import norm

LESSON = AdaptiveLearningRate()
BOWL = LESSON.scenario.landscape


def race_at(learning_rate: float = 0.2, angle: float = 0.0) -> Race:
    return race(AdaptiveLearningRate(learning_rate, angle).scenario)


def reached(run: Race) -> list[int | None]:
    return [row.converged_at for row in results(run)]


def test_the_constant_rate_swings_from_wall_to_wall_for_ever():
    y = race_at().trajectories[0].points[:, 1]
    assert y == pytest.approx((-1.0) ** np.arange(STEPS + 1), abs=1e-9)


def test_sooner_or_later_every_step_of_a_decay_is_below_the_limit():
    limit = 2 / np.linalg.eigvalsh(BOWL.hessian(np.zeros(2)))[-1]
    for name, rates in LESSON.decays.items():
        assert rates[0] == LESSON.learning_rate
        assert (rates[30:] < limit).all() == (name != "constant")


def test_where_the_constant_rate_suits_the_decays_only_slow_it_down():
    constant, root, exponential, _adagrad = reached(race_at(0.1))
    assert constant is not None and exponential is not None
    assert constant < exponential
    assert root is None or constant < root


def test_the_drawn_schedules_are_those_of_the_entries():
    for entry in LESSON.scenario.entries[1:3]:
        ((_field, schedule),) = entry.schedules
        assert LESSON.decays[entry.label].tolist() == schedule.values(LESSON.learning_rate, STEPS)
    for path, name in zip(race_at(0.1).trajectories[:2], list(LESSON.decays)[:2], strict=True):
        measured = effective_rates(BOWL, path)[:10, 0]
        assert measured == pytest.approx(AdaptiveLearningRate(0.1).decays[name][:10], rel=1e-6)


def test_the_exponential_decay_ends_lowest():
    ends = {name: rates[-1] for name, rates in LESSON.decays.items()}
    assert min(ends, key=lambda name: ends[name]) == "exponential"


def test_turned_off_the_axes_adagrad_loses_its_advantage():
    straight, turned = race_at(), race_at(angle=45.0)
    _first, (x, y) = first_and_last_rates(turned)
    assert max(x, y) < 1.2 * min(x, y)
    assert reached(straight)[3] is not None and reached(turned)[3] is None
    assert all(steps is not None for steps in reached(turned)[1:3]), "the decays do not mind"


def test_adagrads_rates_are_those_of_its_sum():
    path = race_at().trajectories[3]
    g = BOWL.gradient(path.points.T).T[:-1]
    expected = LESSON.learning_rate / np.sqrt(np.cumsum(g**2, axis=0) + 1e-8)
    assert effective_rates(BOWL, path) == pytest.approx(expected, rel=1e-6)


def test_the_decay_cancels_in_the_root_of_the_mean_square():
    g = np.random.default_rng(0).normal(size=(50, 2))
    t = np.arange(50)[:, None]
    mean_square = np.cumsum(g**2, axis=0) / (t + 1)
    decayed = 1 / np.sqrt(t + 1) / np.sqrt(mean_square) * g
    assert decayed[-1] == pytest.approx(1 / np.sqrt((g**2).sum(axis=0)) * g[-1])
    assert last_step(g[:, 0].tolist()) == pytest.approx(abs(decayed[-1, 0]), rel=1e-6)


@pytest.mark.parametrize("slope", [0.1, 1.0, 30.0])
def test_on_an_even_slope_adagrad_is_the_decay_whatever_the_slope(slope: float):
    steps = [last_step([slope] * (t + 1)) for t in range(40)]
    assert steps == pytest.approx(1 / np.sqrt(np.arange(40) + 1), rel=1e-6)


def test_the_two_histories_end_alike_and_lead_to_very_different_steps():
    assert SMALL[-1] == LARGE[-1] == 0.1
    assert last_step(SMALL) == pytest.approx(0.1 / np.sqrt(sum(g * g for g in SMALL)), rel=1e-4)
    assert last_step(LARGE) == pytest.approx(0.1 / np.sqrt(sum(g * g for g in LARGE)), rel=1e-4)
    assert last_step(SMALL) > 0.99 and last_step(LARGE) < 0.0025


def test_after_a_steep_stretch_the_rate_stays_small_for_good():
    after = last_step([*LARGE, *[0.1] * 1000])
    assert after < last_step(LARGE) < 0.1 * last_step([0.1] * 1006)


def test_a_played_history_is_what_the_optimizer_sees():
    path = run(Played([1.0, 2.0]), OPTIMIZERS["gradient_descent"](learning_rate=1.0), (0.0, 0.0), 2)
    assert path.points[:, 0].tolist() == [0.0, -1.0, -3.0]


@pytest.mark.parametrize(("a", "b", "c"), [(1.0, 0.0, 0.0), (0.5, -3.0, 2.0), (4.0, 1.0, -7.0)])
@pytest.mark.parametrize("x", [-2.0, 0.3, 5.0])
def test_the_best_step_on_a_parabola_is_the_first_derivative_over_the_second(a: float, b: float, c: float, x: float):
    best = abs(2 * a * x + b) / (2 * a)
    downhill = -np.sign(2 * a * x + b)
    tried = x + downhill * np.linspace(0, 2 * best + 1, 2001)
    lowest = tried[(a * tried**2 + b * tried + c).argmin()]
    assert abs(lowest - x) == pytest.approx(best, abs=(2 * best + 1) / 2000)


def test_on_one_axis_a_larger_gradient_is_farther_and_across_axes_it_need_not_be():
    x = np.linspace(0.1, 2, 20)
    for line in (np.array([x, 0 * x]), np.array([0 * x, x])):
        assert (np.diff(norm(BOWL.gradient(line))) > 0).all()
    gentle, steep = np.array([1.5, 0.0]), np.array([0.0, 0.4])
    assert norm(BOWL.gradient(gentle)) == pytest.approx(1.5) and norm(gentle) == pytest.approx(1.5)
    assert norm(BOWL.gradient(steep)) == pytest.approx(4) and norm(steep) == pytest.approx(0.4)


def test_root_mean_square_of_gradients_over_the_second_derivative_is_the_same_for_all_parabolas():
    points, parabolas = LESSON.ruler
    spread = float(np.sqrt(np.mean(points**2)))
    assert round(spread, 3) == 0.580
    for curvature, ratio in LESSON.ratios.items():
        losses, slopes = parabolas[curvature]
        numeric = np.gradient(losses, points)
        assert slopes[1:-1] == pytest.approx(numeric[1:-1])
        assert np.gradient(slopes, points) == pytest.approx(curvature)
        assert ratio == pytest.approx(spread)
    assert [curvature / 2 for curvature in LESSON.ratios] == [0.5, 2, 8]


def test_without_a_similar_spread_the_ruler_misjudges_the_second_derivative():
    near, far = np.linspace(-0.1, 0.1, 201), np.linspace(-1, 1, 201)
    steep, flat = (float(np.sqrt(np.mean((2 * a * x) ** 2))) for a, x in ((5.0, near), (0.5, far)))
    assert steep / flat == pytest.approx(1), "the second derivatives are 10 and 1"


def test_three_steps_of_the_prediction_stretch_the_swing_and_from_the_fifth_on_all_shrink_it():
    constant, decayed = race(LESSON.prediction.scenario).trajectories
    swing = np.abs(decayed.points[:12, 1])
    growth = swing[1:] / swing[:-1]
    assert (growth[:3] > 1.2).all() and growth[3] == pytest.approx(1)
    assert (growth[4:] < 1).all()
    assert constant.outcome == Outcome.DIVERGED


def test_a_run_of_adagrad_can_stall_where_a_constant_rate_arrives_at_once():
    constant, *_decays, adagrad = reached(race_at(0.1, angle=45.0))
    assert constant is not None and constant < 20
    assert adagrad is None


def test_around_a_tip_the_constant_rate_hops_and_the_decay_settles():
    hopping, settling = race(LESSON.suggested()["tip"]).trajectories
    hops = norm(np.diff(hopping.points[-50:], axis=0).T)
    assert hops.min() > 0.1 and np.median(hopping.losses[-50:]) > 1
    assert settling.losses[-1] < 0.01


def test_the_bouncing_rate_of_the_last_lesson_arrives_once_it_decays():
    constant, *decays = race(LESSON.suggested()["valleys"]).trajectories
    assert constant.losses[30:].min() > 1
    assert all(path.losses[-1] < 1e-6 for path in decays)


def test_a_decay_that_is_too_fast_stops_on_the_way():
    fast, slow, root = race(LESSON.suggested()["too_fast"]).trajectories
    assert norm(fast.points[-1] - fast.points[-100]) < 1e-9 and fast.losses[-1] > 0.1
    assert slow.losses[-1] < 1e-5 and root.losses[-1] < 1e-5


def test_a_start_on_an_axis_has_one_rate_only():
    lesson = replace(LESSON, start=(-1.7, 0.0))
    found = {name: claim.found(lesson, race(lesson.scenario)) for name, claim in lesson.claims().items()}
    assert not found["own_rates"].holds and not found["only_falls"].holds
    assert all(str(finding.sentence) for finding in found.values())
    assert LANDSCAPES["elliptic_bowl"].with_parameters(condition=10, angle=0) == BOWL


@pytest.mark.parametrize("start", [(-1.7, 1.0), (-1.93, -0.03), (0.99, -0.23), (1.4, 0.42), (0.3, -1.9)])
@pytest.mark.parametrize("angle", [0.0, 30.0, 45.0])
def test_rates_of_adagrad_are_in_proportion_to_one_over_the_gradients_that_it_saw(
    start: tuple[float, float], angle: float
):
    """The gradients, and not the curvatures, which are 1 and 10 in all of these races."""
    lesson = AdaptiveLearningRate(angle=angle, start=start)
    run = race(lesson.scenario)
    found = LESSON.claims()["own_rates"].found(lesson, run)
    x, y = np.sqrt((run.landscape.gradient(run.trajectories[3].points[:-1].T) ** 2).mean(axis=1))
    assert found.holds
    assert (found.sentence.values["large"], found.sentence.values["small"]) == (("x", "y") if x > y else ("y", "x"))
    assert found.sentence.values["ratio"] == pytest.approx(max(x, y) / min(x, y), rel=0.01)


def test_coordinate_that_starts_near_its_minimum_keeps_the_larger_rate_though_it_is_steeper():
    _first, (x, y) = first_and_last_rates(race(AdaptiveLearningRate(start=(-1.93, -0.03)).scenario))
    assert y > x


@pytest.mark.parametrize("start", [(-1.7, 1.0), (1.86, 0.83), (-1.15, 0.18), (0.82, -1.79), (1.64, -0.43)])
def test_adagrad_is_slower_in_a_turned_bowl_from_other_starts_as_well(start: tuple[float, float]):
    straight, turned = (reached(race(AdaptiveLearningRate(0.2, angle, start=start).scenario))[3] for angle in (0, 45))
    assert straight is not None and (turned is None or turned > straight)


def fewest(name: str, angle: float, rates: np.ndarray) -> int:
    """The fewest steps to convergence of any of these rates: the rate is tuned by one rule for all methods."""
    scenario = AdaptiveLearningRate(0.2, angle).scenario
    entries = tuple(Entry.from_text(f"{name}(learning_rate={rate:.4g})") for rate in rates)
    runs = [race(replace(scenario, entries=entries[i : i + 12])) for i in range(0, len(entries), 12)]
    return min(steps or STEPS for run in runs for steps in reached(run))


def test_at_tuned_rates_adagrad_is_ahead_in_the_straight_bowl_only():
    adagrad, plain = np.geomspace(0.1, 4, 24), np.geomspace(0.02, 0.3, 24)
    assert fewest("adagrad", 0, adagrad) < fewest("gradient_descent", 0, plain) / 3
    assert fewest("adagrad", 45, adagrad) >= fewest("gradient_descent", 45, plain)


@pytest.mark.parametrize("unit", [0.1, 1000.0])
def test_unit_of_the_loss_does_not_change_what_is_said_about_adagrad(unit: float):
    """As long as the gradients are much larger than the root of epsilon, 0.0001."""
    for history in (SMALL, LARGE):
        assert last_step([unit * g for g in history]) == pytest.approx(last_step(history), rel=0.01)
    plain, other = (
        run(loss, OPTIMIZERS["adagrad"](learning_rate=0.2), (-1.7, 1.0), 50).points
        for loss in (BOWL, Scaled(BOWL, unit))
    )
    assert other == pytest.approx(plain, abs=1e-3)


# ---- rare features ----


def by_hand(kind: str, rates: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Final errors (rates, 2) of online least squares, one example a step, written out."""
    rng = np.random.default_rng(seed)
    theta, total = np.zeros((2, len(rates), 32)), np.zeros((2, len(rates), 32))
    for t in range(400):
        u = rng.choice([-1.0, 1.0], (2, 32)) * np.array([np.ones(32), rng.random(32) < share])
        r = 2 * ((theta * u[:, None]).sum(axis=0) - u.sum(axis=0) - 0.5 * rng.standard_normal(32))
        g = r * u[:, None]
        total += g * g
        divisor = {"one": 1.0, "decay": np.sqrt(t + 1), "adagrad": np.sqrt(total + 1e-8)}[kind]
        theta = theta - rates[:, None] / divisor * g
    return np.sqrt(((theta - 1) ** 2).mean(axis=2)).T


def gap(errors: np.ndarray, rates: np.ndarray) -> float:
    frequent, rare = errors.argmin(axis=0)
    return float(rates[rare] / rates[frequent])


def test_rare_weight_needs_a_larger_rate_and_a_decay_does_not_narrow_the_gap():
    one, decay, adagrad = (
        gap(by_hand(kind, rates, 0.05, 7), rates)
        for kind, rates in (
            ("one", np.geomspace(0.002, 0.3, 33)),
            ("decay", np.geomspace(0.02, 2, 33)),
            ("adagrad", np.geomspace(0.02, 2, 33)),
        )
    )
    assert decay > 0.8 * one > 1.6 * adagrad
    measured = rate_gaps(RARE)
    assert measured["single"] == pytest.approx(one, rel=0.35) and measured["adagrad"] == pytest.approx(
        adagrad, rel=0.35
    )


@pytest.mark.parametrize(
    "change",
    [
        *({"seed": 1}, {"seed": 2}, {"noise": 0.25}, {"noise": 1.0}, {"examples": 800}, {"share": 0.02}),
        *({"unit": 10.0}, {"weights": (3.0, -2.0)}, {"start": (2.0, 2.0)}, {"start": (0.0, 3.0)}),
    ],
    ids=str,
)
def test_claim_about_rare_features_survives_a_change_of_the_task(change: dict[str, Any]):
    gaps = rate_gaps(replace(RARE, **change))
    assert gaps["single"] > 2 * gaps["adagrad"] > 2


def test_features_of_one_frequency_have_one_best_rate():
    gaps = rate_gaps(replace(RARE, share=1.0))
    assert 0.7 < gaps["single"] < 1.5 and 0.7 < gaps["adagrad"] < 1.5


def test_at_the_best_rate_of_the_frequent_weight_the_rare_one_has_a_long_way_to_go():
    errors = RARE.errors("gradient_descent", SINGLE_RATES)
    assert errors[errors[:, 0].argmin(), 1] > 0.75, "of a distance of 1 at the start"


def test_best_rates_lie_inside_the_rates_that_are_tried():
    for key, rates in LESSON.rare_rates.items():
        for best in RARE.best_rates(key, rates):
            assert rates[0] < best < rates[-1]


# ---- goals ----


def met(goal: str, *entries: str) -> bool:
    asked = AdaptiveLearningRate.goals()[goal]
    scenario = replace(asked.scenario, entries=tuple(map(Entry.from_text, entries)))
    return asked.found(LESSON, race(scenario)).holds


def test_decay_goal_cannot_be_met_by_other_decays_or_by_different_rates():
    good = ["gradient_descent(learning_rate=0.1)", "gradient_descent(learning_rate=0.1*inverse_sqrt)"]
    assert met("no_decay", *good, "gradient_descent(learning_rate=0.1*exponential(decay=0.97))")
    assert not met("no_decay", *good)
    assert not met("no_decay", *good, "gradient_descent(learning_rate=0.1*step_decay)")
    assert not met("no_decay", *good, "gradient_descent(learning_rate=0.001*exponential(decay=0.97))")


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("gradient_descent(learning_rate=0.4*exponential(decay=0.9))", True),
        ("gradient_descent(learning_rate=0.4*inverse_sqrt)", False),
        ("gradient_descent(learning_rate=0.2*inverse_time(rate=0.2))", False),
        ("gradient_descent(learning_rate=0.1)", False),
        ("gradient_descent(learning_rate=0.4*exponential(decay=0.5))", False),
        ("adagrad(learning_rate=1.2)", False),
    ],
)
def test_goal_of_a_decay_from_twice_the_limit(entry: str, expected: bool):
    assert met("tamed", entry) == expected


def test_goal_of_adagrads_rate_is_met_by_adagrad_alone():
    assert met("tuned", "adagrad(learning_rate=1.4)")
    assert not met("tuned", "gradient_descent(learning_rate=0.15)") and not met("tuned", "adam(learning_rate=1.2)")
    diverged = race(
        replace(LESSON.goals()["tuned"].scenario, entries=(Entry.from_text("gradient_descent(learning_rate=1.2)"),))
    )
    assert diverged.trajectories[0].outcome == Outcome.DIVERGED
