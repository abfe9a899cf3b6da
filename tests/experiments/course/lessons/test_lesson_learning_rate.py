"""What the page on the learning rate says beyond its claims."""

from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons.learning_rate import RATES, LearningRate, limits, settled, swings
from landscape_lab.experiments.families import Family, members, run_family
from landscape_lab.experiments.tables import results, target_loss
from landscapes import LANDSCAPES
from optim_core import Outcome
from optim_core.metrics import first_at_most

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


def test_the_path_is_quickest_not_far_below_the_limit_and_none_arrives_beyond():
    landscape = LESSON.scenario.landscape
    together = run_family(LESSON.scenario, FAMILY)
    # The limit of the valley that the run comes to, (3, 2).
    limit = limits(landscape)[list(landscape.minima).index((3.0, 2.0))]
    arrives = first_at_most(together.losses, target_loss(landscape, float(together.losses[0, 0])) or 0.0)
    rests = np.array([settled(landscape, path) for path in members(together)])
    rates = np.array(RATES)
    best = rates[rests][arrives[rests].argmin()]
    assert 0.5 * limit < best < limit
    assert rests[(rates > 0.002) & (rates < 0.75 * limit)].all()
    assert not rests[rates > max(limits(landscape))].any()


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
    scenario = next(iter(LESSON.suggested().values()))
    _small, right, below, above = race(scenario).trajectories
    (limit,) = limits(scenario.landscape)
    assert limit == pytest.approx(0.2)
    assert settled(scenario.landscape, right) and settled(scenario.landscape, below)
    assert above.losses[-1] > above.losses[0]


def test_rosenbrock_takes_a_thousand_steps_at_its_limit():
    scenario = [*LESSON.suggested().values()][1]
    small, below, above = race(scenario).trajectories
    assert limits(scenario.landscape)[0] == pytest.approx(0.002, rel=0.01)
    assert 1000 < (results(race(scenario))[1].steps_to_tolerance or 0) < 2000
    assert small.losses[-1] > 100 * below.losses[-1]
    assert above.outcome == Outcome.DIVERGED


def test_on_the_plateau_a_good_rate_takes_hundreds_of_steps_and_a_small_one_does_not_arrive():
    scenario = [*LESSON.suggested().values()][2]
    small, good, _large = results(race(scenario))
    assert small.steps_to_tolerance is None
    assert 200 <= (good.steps_to_tolerance or 0) < 1000
    assert not settled(scenario.landscape, race(scenario).trajectories[2])
