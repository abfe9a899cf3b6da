"""What the page on the learning rate says beyond its claims."""

from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons.learning_rate import RATES, LearningRate, limits, settled, swings
from landscape_lab.experiments.course.scaled import Scaled
from landscape_lab.experiments.families import Family
from landscape_lab.experiments.scenarios.scenario import Entry
from landscape_lab.experiments.tables import results
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, Outcome, run

LESSON = LearningRate()
FAMILY = cast(Family, LearningRate.family)


def test_the_limit_is_two_over_the_largest_curvature():
    assert limits(LANDSCAPES["elliptic_bowl"].with_parameters(condition=10, angle=37)) == pytest.approx([0.2])
    assert limits(LANDSCAPES["bowl"]) == pytest.approx([1.0])
    assert limits(LANDSCAPES["rosenbrock"]) == pytest.approx([0.002], rel=0.01)
    assert len(limits(LESSON.scenario.landscape)) == 4


def test_the_slider_has_61_rates_one_of_them_the_lessons_own():
    assert len(RATES) == len(set(RATES)) == 61
    assert LESSON.learning_rate in RATES
    assert FAMILY.values[FAMILY.nearest(LESSON.scenario)] == LESSON.learning_rate
    assert np.diff(np.log(RATES)) == pytest.approx(np.log(10) / 25, rel=0.15)
    assert LESSON.scenario.entries[FAMILY.entry].name == "yours"


def fastest_by_hand(start: tuple[float, float]) -> tuple[float, int, float]:
    """The fastest of the rates by plain loops: the rate, its steps to convergence, and its share of 2 / curvature."""
    best = (np.nan, 10**9, np.nan)
    for rate in RATES:
        point, losses = np.array(start), []
        x, y = start
        for _ in range(61):
            (x, y), (u, v) = point, (point[0] ** 2 + point[1] - 11, point[0] + point[1] ** 2 - 7)
            losses.append(u * u + v * v)
            point = point - rate * np.array([4 * x * u + 2 * v, 2 * u + 4 * y * v])
            if not np.isfinite(point).all() or np.abs(point).max() > 1e3:
                break
        below = np.array(losses) <= 1e-3 * losses[0]
        if len(losses) == 61 and below[-10:].all():
            steps = 61 - int(np.argmin(below[::-1])) if not below.all() else 0
            if steps < best[1]:
                hessian = np.array([[12 * x * x + 4 * y - 42, 4 * (x + y)], [4 * (x + y), 12 * y * y + 4 * x - 26]])
                best = (rate, steps, rate * np.linalg.eigvalsh(hessian)[-1] / 2)
    return best


@pytest.mark.parametrize("start", [(0.0, 0.0), (-4.97, -3.16), (3.62, 0.99), (0.75, -4.2)])
def test_fastest_rate_of_the_slider_is_below_the_limit_of_the_minimum_that_it_finds(start: tuple[float, float]):
    lesson = LearningRate(start=start)
    found = LearningRate.claims()["fastest"].found(lesson, race(lesson.scenario))
    rate, steps, share = fastest_by_hand(start)
    assert found.holds
    assert found.sentence.values["best"] == rate
    assert found.sentence.values["steps"] == steps
    assert found.sentence.values["share"] == pytest.approx(share, rel=1e-3) and share < 1


@pytest.mark.parametrize("condition", [1.0, 3.0, 10.0, 100.0])
def test_best_rate_of_a_quadratic_lies_between_half_the_limit_and_the_limit(condition: float):
    rates = np.linspace(0.005, 1.2, 24001) * 2 / condition
    slowest = np.maximum(np.abs(1 - rates), np.abs(1 - rates * condition))
    best = rates[slowest.argmin()]
    assert best == pytest.approx(2 / (1 + condition), rel=1e-3)
    assert 0.499 / condition < best / 2 < 1 / condition


@pytest.mark.parametrize("start", [(-5.76, 4.0), (4.77, 4.02), (1.2, 2.74), (-0.14, 1.44), (5.61, 2.2)])
def test_too_large_a_rate_ends_higher_than_a_smaller_one_from_far_starts_as_well(start: tuple[float, float]):
    """Whether it bounces or diverges: level is the curve of the right rate, too, but lower."""
    lesson = LearningRate(start=start)
    found = race(lesson.scenario)
    assert all(
        LearningRate.claims()[name].found(lesson, found).holds for name in ("slow", "stalls", "explodes", "limited")
    )


def test_too_large_and_right_both_become_level_at_different_heights():
    _small, right, large, *_rest = (path.losses[30:] for path in race(LESSON.scenario).trajectories)
    assert right.max() < 1e-3 and large.min() > 5
    assert np.ptp(large) < 10, "level, compared with the start at 170"


@pytest.mark.parametrize("unit", [0.1, 10.0])
def test_limit_and_good_rates_are_in_proportion_to_one_over_the_unit_of_the_loss(unit: float):
    landscape = LESSON.scenario.landscape
    scaled = Scaled(landscape, unit)
    curvature = np.linalg.eigvalsh(scaled.hessian(np.array(landscape.minima[0])))[-1]
    assert 2 / curvature == pytest.approx(limits(landscape)[0] / unit)
    for rate in (0.01, 0.027):
        plain = run(landscape, OPTIMIZERS["gradient_descent"](learning_rate=rate), (0.0, 0.0), 15)
        other = run(scaled, OPTIMIZERS["gradient_descent"](learning_rate=rate / unit), (0.0, 0.0), 15)
        assert other.points == pytest.approx(plain.points, abs=1e-6)


def test_almost_every_run_above_the_limit_is_driven_away_but_not_from_the_flat_axis():
    bowl = LANDSCAPES["elliptic_bowl"].with_parameters(condition=10, angle=0)
    rates = OPTIMIZERS["gradient_descent"](learning_rate=0.25)
    assert run(bowl, rates, (1.0, 1e-6), 60).outcome == Outcome.DIVERGED
    assert run(bowl, rates, (1.0, 0.0), 60).losses[-1] < 1e-6


def test_premise_of_the_question_at_the_limit_the_height_stays_the_same():
    scenario = LESSON.prediction.scenario
    path = run(scenario.landscape, OPTIMIZERS["gradient_descent"](learning_rate=0.2), scenario.point, 100)
    across = path.points @ np.array([-np.sin(np.radians(30)), np.cos(np.radians(30))])
    assert across == pytest.approx(across[0] * (-1.0) ** np.arange(101), rel=1e-6)


def steps_of(goal: str, rate: float) -> int | None:
    asked = LearningRate.goals()[goal].scenario
    entry = Entry.from_text(f"gradient_descent(learning_rate={rate})")
    return results(race(replace(asked, entries=(entry,))))[0].converged_at


def test_numbers_in_the_texts_of_the_goals():
    assert steps_of("quick", 0.01) == 12
    assert steps_of("balanced", 0.05) == 27
    assert limits(LearningRate.goals()["largest"].scenario.landscape) == pytest.approx([1 / 6])
    landscape = LESSON.scenario.landscape
    limit = limits(landscape)[list(landscape.minima).index((3.0, 2.0))]
    assert limit == pytest.approx(0.0243, abs=5e-5)
    good = [rate for rate in np.linspace(0.005, 0.03, 101) if (steps_of("quick", float(rate)) or 99) <= 8]
    assert good and all(0.5 < rate / limit < 1 for rate in good)


@pytest.mark.parametrize(("rate", "met"), [(0.15, False), (0.16, True), (0.165, True), (0.17, False), (0.001, False)])
def test_largest_rate_is_the_last_of_two_decimal_places_that_converges(rate: float, met: bool):
    goal = LearningRate.goals()["largest"]
    entry = Entry.from_text(f"gradient_descent(learning_rate={rate})")
    alone = replace(goal.scenario, entries=(entry,))
    assert goal.found(LESSON, race(alone)).holds == met
    two = replace(goal.scenario, entries=(entry, Entry.from_text("gradient_descent(learning_rate=0.16)")))
    assert not goal.found(LESSON, race(two)).holds


def test_goals_cannot_be_met_by_another_optimizer_or_by_a_schedule():
    for text in ("adam(learning_rate=1)", "gradient_descent(learning_rate=0.0209*exponential(decay=0.999))"):
        quick = LearningRate.goals()["quick"]
        assert not quick.found(LESSON, race(replace(quick.scenario, entries=(Entry.from_text(text),)))).holds


def test_a_rate_that_suits_one_valley_is_too_large_for_another():
    landscape = LESSON.scenario.landscape
    low, high = min(limits(landscape)), max(limits(landscape))
    assert low < 0.7 * high
    rate = replace(LESSON, learning_rate=0.02)
    near = [(x + 0.01, y) for x, y in landscape.minima]
    rests = [settled_near(replace(rate, start=start)) for start in near]
    assert rests == [limit > 0.02 for limit in limits(landscape)]
    assert True in rests and False in rests


def settled_near(lesson: LearningRate) -> bool:
    path = race(lesson.scenario).trajectories[4]
    return bool(np.hypot(*(path.points[-1] - path.points[0])) < 0.02)


@pytest.mark.parametrize("product", [0.1, 0.5, 1.0, 1.9, 2.0, 2.1])
def test_every_step_multiplies_the_distance_by_one_minus_rate_times_curvature(product: float):
    (path,) = swings([product], 16)
    assert path == pytest.approx((1 - product) ** np.arange(17), abs=1e-12)


def test_five_fates_on_a_parabola():
    creeps, lands, swings_in, swings_on, swings_out = LESSON.parabola.values()
    assert (np.diff(creeps) < 0).all() and (creeps > 0).all()
    assert (lands[1:] == 0).all()
    assert (np.diff(np.abs(swings_in)) < 0).all() and (swings_in[1::2] < 0).all()
    assert (np.abs(swings_on) == 1).all()
    assert (np.diff(np.abs(swings_out)) > 0).all()


def test_a_tenth_a_hundred_times():
    below, above = race(LESSON.prediction.scenario).trajectories
    turned = np.radians(30)
    steep = np.array([-np.sin(turned), np.cos(turned)])
    for path, factor in ((below, 0.9), (above, 1.1)):
        swing = np.abs(path.points[: int(path.last_step) + 1] @ steep)[:40]
        assert swing[1:] / swing[:-1] == pytest.approx(factor, rel=1e-6)
    assert 1.1**100 > 1e4
    assert 0.9**100 < 1e-4


def test_on_the_quadratic_of_the_invitation_nobody_stalls():
    scenario = LESSON.suggested()["quadratic"]
    _small, right, below, above = race(scenario).trajectories
    (limit,) = limits(scenario.landscape)
    assert limit == pytest.approx(0.2)
    assert settled(scenario.landscape, right) and settled(scenario.landscape, below)
    assert above.losses[-1] > above.losses[0]


def test_rosenbrock_takes_a_thousand_steps_at_its_limit():
    scenario = LESSON.suggested()["rosenbrock"]
    small, below, above = race(scenario).trajectories
    assert limits(scenario.landscape)[0] == pytest.approx(0.002, rel=0.01)
    assert 1000 < (results(race(scenario))[1].converged_at or 0) < 2000
    assert small.losses[-1] > 100 * below.losses[-1]
    assert above.outcome == Outcome.DIVERGED


def test_on_the_plateau_a_good_rate_takes_hundreds_of_steps_and_a_small_one_does_not_arrive():
    scenario = LESSON.suggested()["plateau"]
    small, good, _large = results(race(scenario))
    assert small.converged_at is None
    assert 200 <= (good.converged_at or 0) < 1000
    assert not settled(scenario.landscape, race(scenario).trajectories[2])
