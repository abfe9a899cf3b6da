"""What the page on adaptive learning rates says beyond its claims."""

from dataclasses import replace

import numpy as np
import pytest

from landscape_lab.experiments import Race, race
from landscape_lab.experiments.course.lessons.adaptive_learning_rate import (
    LARGE,
    SMALL,
    STEPS,
    AdaptiveLearningRate,
    Played,
    effective_rates,
    first_and_last_rates,
    last_step,
)
from landscape_lab.experiments.tables import results
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, Outcome, run
from optim_core.objective import norm

LESSON = AdaptiveLearningRate()
BOWL = LESSON.scenario.landscape


def race_at(learning_rate: float = 0.2, angle: float = 0.0) -> Race:
    return race(AdaptiveLearningRate(learning_rate, angle).scenario)


def reached(run: Race) -> list[int | None]:
    return [row.steps_to_tolerance for row in results(run)]


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
    facts = LESSON.slopes.values
    assert facts["steep"] > facts["gentle"] and facts["near"] < facts["far"]
    assert facts["gentle"] / 1 == pytest.approx(facts["far"])
    assert facts["steep"] / 10 == pytest.approx(facts["near"])


def test_over_like_distances_sharper_bends_show_larger_gradients():
    x = np.linspace(-1, 1, 21)
    gentle, steep = BOWL.gradient(np.array([x, 0 * x]))[0], BOWL.gradient(np.array([0 * x, x]))[1]
    assert np.sqrt((steep**2).sum() / (gentle**2).sum()) == pytest.approx(10)


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
    hopping, settling = race(next(iter(LESSON.suggested().values()))).trajectories
    hops = norm(np.diff(hopping.points[-50:], axis=0).T)
    assert hops.min() > 0.1 and np.median(hopping.losses[-50:]) > 1
    assert settling.losses[-1] < 0.01


def test_the_bouncing_rate_of_the_last_lesson_arrives_once_it_decays():
    constant, *decays = race([*LESSON.suggested().values()][1]).trajectories
    assert constant.losses[30:].min() > 1
    assert all(path.losses[-1] < 1e-6 for path in decays)


def test_a_decay_that_is_too_fast_stops_on_the_way():
    fast, slow, root = race([*LESSON.suggested().values()][2]).trajectories
    assert norm(fast.points[-1] - fast.points[-100]) < 1e-9 and fast.losses[-1] > 0.1
    assert slow.losses[-1] < 1e-5 and root.losses[-1] < 1e-5


def test_a_start_on_an_axis_has_one_rate_only():
    lesson = replace(LESSON, start=(-1.7, 0.0))
    found = {name: claim.found(lesson, race(lesson.scenario)) for name, claim in lesson.claims().items()}
    assert not found["own_rates"].holds and not found["only_falls"].holds
    assert all(str(finding.sentence) for finding in found.values())
    assert LANDSCAPES["elliptic_bowl"].with_parameters(condition=10, angle=0) == BOWL


def test_ratio_of_adagrads_rates_is_said_as_it_is():
    (x, y) = first_and_last_rates(race(LESSON.scenario))[1]
    found = LESSON.claims()["own_rates"].found(LESSON, race(LESSON.scenario))
    assert found.holds and found.sentence.values["ratio"] == pytest.approx(x / y)
