"""What the page says beyond its claims: kicks and rates, rims, cooling too fast, and the ridge of a saddle."""

from dataclasses import replace

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons.gradient_noise import (
    LOWER,
    RIDGE,
    SEEDS,
    GradientNoise,
    best,
    many,
    resting,
)
from landscape_lab.experiments.scenarios.scenario import Scenario
from optim_core import SAMPLERS
from optim_core.metrics import distance
from optim_core.objective import norm

LESSON = GradientNoise()
POOR = LESSON.scenario.landscape.minima[-1]
BEST = LESSON.scenario.landscape.minima[0]


def alone(entry: int = 0, **changes) -> Scenario:
    scenario = LESSON.scenario
    return replace(scenario, entries=(scenario.entries[entry],), seed=0, **changes)


def left(start: tuple[float, float]) -> int:
    """How many seeds end away from the minimum that they start in."""
    path = many(alone(start=start))
    return int((distance(path.points[-1:], [start])[0] > 0.5).sum())


def test_noise_has_the_variance_of_the_formula():
    landscape, at = LESSON.scenario.landscape, np.zeros((2, 4000))
    for t in (0, 3, 99):
        seen = LESSON.scenario.sampler.at(landscape, t, np.arange(4000)).gradient(at) - landscape.gradient(at)
        assert seen.mean() == pytest.approx(0, abs=0.05 * seen.std())
        assert seen.var() == pytest.approx(200 / (1 + t), rel=0.06)


def test_the_shown_seed_is_one_of_those_that_are_counted():
    shown = race(LESSON.scenario).trajectories[0]
    np.testing.assert_array_equal(shown.points, LESSON.kinds["annealed"].points[..., LESSON.seed])
    assert best(LESSON.scenario.landscape, LESSON.kinds["annealed"])[LESSON.seed], "as the caption says"


def test_plain_descent_ends_in_the_hollow_it_starts_in():
    end = LESSON.kinds["none"].points[-1, :, 0]
    assert norm(end - np.array(POOR)) < 1e-6


def test_a_tenth_of_the_rate_never_reaches_the_rim():
    slow = many(alone(entry=1))
    assert resting(LESSON.scenario.landscape, slow).all()
    assert (distance(slow.points[-1:], [POOR]) < 0.15).all()


def test_shallow_hollows_are_left_more_easily_than_deep_ones():
    assert left(POOR) > 1.5 * left(BEST)
    assert left(POOR) > SEEDS / 2


def test_cooling_too_fast_freezes_where_it_began():
    fast = GradientNoise(annealing=2.0).kinds["annealed"].losses[-1]
    slow = LESSON.kinds["annealed"].losses[-1]
    poor = LESSON.scenario.landscape.value(np.array(POOR))
    assert (fast > poor - LOWER).sum() > 3 * (slow > poor - LOWER).sum()


def test_noise_that_goes_on_leaves_even_the_best_minimum():
    steady = many(alone(start=BEST, sampler=SAMPLERS["gradient_noise"](eta=200.0, gamma=0.0)))
    assert not best(LESSON.scenario.landscape, steady).any()


def test_without_annealing_the_loss_stays_high():
    _lows, medians, _highs = LESSON.bands
    _none, annealed, steady = (median[-50:] for median in medians)
    assert steady.min() > 5 * annealed.max()


def test_bands_are_quartiles_of_runs_above_the_lowest_minimum():
    for low, median, high in zip(*LESSON.bands, strict=True):
        assert (low <= median).all() and (median <= high).all() and (low >= 0).all()


def test_counts_of_the_bars_are_those_of_the_claim():
    found = LESSON.claims()["often_better"].found(LESSON, race(LESSON.scenario))
    none, annealed, steady = LESSON.at_rest_in_the_best
    assert found.sentence.values["best"] == annealed > SEEDS / 2
    ends = LESSON.kinds["annealed"].losses[-1]
    assert found.sentence.values["lower"] == (LESSON.kinds["none"].losses[-1, 0] - ends > LOWER).sum() > SEEDS / 2
    assert none == steady == 0
    assert LESSON.totals == [SEEDS] * 3


def test_gradient_on_the_ridge_points_along_it_and_plain_descent_walks_to_the_saddle():
    ridge = Scenario.from_query(RIDGE)
    assert ridge.landscape.gradient(np.array(ridge.point))[1] == 0
    path = race(replace(ridge, steps=5000)).trajectories[0]
    assert (path.points[:, 1] == 0).all()
    assert norm(path.points[-1]) < 1e-9


def test_push_beside_the_ridge_grows_by_the_factor_of_the_page():
    ridge = Scenario.from_query(RIDGE)
    path = race(replace(ridge, start=(0.0, 1e-6))).trajectories[0]
    curvature = ridge.landscape.hessian(np.zeros(2))[1, 1]
    assert curvature == -1
    np.testing.assert_allclose(path.points[1:50, 1] / path.points[:49, 1], 1 + 0.1 * abs(curvature), rtol=1e-6)


def test_rastrigin_holds_every_seed_in_the_first_pit():
    pits = [*GradientNoise.suggested().values()][3]
    noisy, plain = many(pits), race(replace(pits, sampler=SAMPLERS["exact"]())).trajectories[0]
    assert (norm(noisy.points[-1] - plain.points[-1][:, None]) < 0.15).all()


def test_claims_at_other_settings_say_what_is_so():
    for lesson in (GradientNoise(noise=1.0), GradientNoise(annealing=0.0), GradientNoise(start=(0.0, 0.5))):
        run = race(lesson.scenario)
        found = {name: claim.found(lesson, run) for name, claim in lesson.claims().items()}
        assert not found["gets_out"].holds
        assert all(str(each.sentence) for each in found.values())
