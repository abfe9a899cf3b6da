"""What the page about Adam and SGDM says beyond its claims, by other code, from other starts and by other rules."""

from dataclasses import replace

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons.adam_or_sgdm import AdamOrSgdm
from landscape_lab.experiments.course.scaled import Scaled
from landscape_lab.experiments.course.sgdm_and_adam import (
    ALIKE,
    METHODS,
    MOMENTUM,
    RATES,
    STARTS,
    cost_of_leaving,
    curvatures,
    gaps,
    grid,
    landed,
    limit_of,
    on_the_grid,
    rate_of,
    reaches_the_sharp,
    sharp_then_flat,
    tuned_rates,
    valley,
)
from landscape_lab.experiments.tables import results
from landscapes import LANDSCAPES
from optim_core import run

SURFACE = LANDSCAPES["sharp_and_flat"]
SHARP, FLAT = (np.array(place)[:, None] for place in sharp_then_flat(SURFACE))


def slope(theta: np.ndarray) -> np.ndarray:
    """The gradient of the surface, differentiated by hand."""
    x, y = theta
    narrow = np.exp(-6 * ((x + 1.5) ** 2 + y**2))
    wide = np.exp(-0.5 * ((x - 1.5) ** 2 + y**2))
    return np.array([x / 20 + 12 * (x + 1.5) * narrow + (x - 1.5) * wide, y / 20 + 12 * y * narrow + y * wide])


def walk(method: str, rate: float, starts: np.ndarray, gradient=slope, steps: int = 400) -> np.ndarray:
    """The points of a method written out, (steps + 1, 2, starts)."""
    theta, m, v = starts.copy(), 0.0, 0.0
    points = [theta]
    with np.errstate(all="ignore"):
        for t in range(1, steps + 1):
            g = gradient(theta)
            if method == "sum":
                m = MOMENTUM * m + rate * g
                theta = theta - m
            elif method == "mean":
                m = MOMENTUM * m + (1 - MOMENTUM) * g
                theta = theta - rate * m
            else:
                m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
                theta = theta - rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
            points.append(theta)
    return np.array(points)


def in_the_sharp(points: np.ndarray) -> int:
    return int((np.hypot(*np.moveaxis(points[-20:] - SHARP, 1, 0)).max(axis=0) < 0.013).sum())


@pytest.mark.parametrize("factor", [1.0, 0.5, 0.1])
@pytest.mark.parametrize("method", METHODS)
def test_counts_are_those_of_the_methods_written_out(method: str, factor: float):
    written = walk(method, 0.35, grid(), lambda theta: factor * slope(theta))
    assert landed(method, 0.35, factor) == in_the_sharp(written)


def test_equal_numbers_order_the_methods_by_how_they_are_written():
    assert landed("sum", 0.35) < landed("adam", 0.35)
    assert landed("mean", 1.2) > landed("adam", 1.2)
    reversed_ = race(AdamOrSgdm.suggested()["reversed"])
    assert [bool(reaches_the_sharp(SURFACE, path)) for path in reversed_.trajectories] == [False, True, False]


def test_picture_shows_one_run_that_leaves_and_two_that_stay():
    found = race(AdamOrSgdm().scenario)
    assert [bool(reaches_the_sharp(SURFACE, path)) for path in found.trajectories] == [False, True, True]
    assert np.hypot(*(found.trajectories[0].points[-1] - FLAT[:, 0])) < 0.05


def test_rates_tuned_by_other_rules_lead_to_the_same_counts_from_random_starts():
    (low, _), (bottom, _) = SURFACE.domain
    spans = [high - low for low, high in SURFACE.domain]
    starts = np.array([[low], [bottom]]) + np.array(spans)[:, None] * np.random.default_rng(1).random((2, STARTS))
    for slack in (1.02, 1.1, 1.15):
        slowdowns = [on_the_grid(method)[1] / on_the_grid(method)[1].min() for method in METHODS]
        rates = [RATES[int((each <= slack).argmax())] for each in slowdowns]
        counts = [in_the_sharp(walk(method, rate, starts)) for method, rate in zip(METHODS, rates, strict=True)]
        assert max(counts) - min(counts) <= ALIKE
        assert min(counts) > 20


def test_tuned_rates_are_in_the_question():
    sgdm, mean, adam = tuned_rates()
    asked = AdamOrSgdm.prediction.scenario
    assert [rate_of(entry) for entry in asked.entries] == [sgdm, adam]
    assert mean == pytest.approx(10 * sgdm)
    assert AdamOrSgdm.prediction.answered(AdamOrSgdm(), race(asked))[0] == "alike"


def test_question_is_answered_otherwise_at_other_rates():
    asked = AdamOrSgdm.prediction.scenario
    first, second = asked.entries
    large = replace(first, optimizer=replace(first.optimizer, learning_rate=0.35))  # type: ignore[call-arg]
    lesson = AdamOrSgdm()
    for entries, right in (((large, second), "sgdm_fewer"), ((second, large), "adam_fewer")):
        assert AdamOrSgdm.prediction.answered(lesson, race(replace(asked, entries=entries)))[0] == right


def test_sgdm_is_about_as_fast_below_and_above_its_limit_and_adam_is_not():
    _counts, steps = on_the_grid("sum")
    fast = [rate for rate, each in zip(RATES, steps, strict=True) if each <= 1.1 * steps.min()]
    assert (fast[0], fast[-1]) == (0.04, 1.6)
    assert fast[0] < limit_of("sum") < fast[-1]
    assert cost_of_leaving("sum")[1] < 0.05 < 0.2 < cost_of_leaving("adam")[1]


def test_sgdm_rests_below_the_limit_of_its_form_only():
    limit = 2 * (1 + MOMENTUM) / curvatures(SURFACE)[0]
    near = SHARP + np.array([[0.01], [0.02]])
    for method, scale in (("sum", 1.0), ("mean", 1 / (1 - MOMENTUM))):
        below, above = (walk(method, factor * limit * scale, near)[-1] - SHARP for factor in (0.98, 1.02))
        assert np.hypot(*below)[0] < 1e-4 < np.hypot(*above)[0]


def test_curve_of_the_mean_is_that_of_the_sum_moved_by_a_factor_of_ten():
    sums, means, _adam = AdamOrSgdm().shares
    np.testing.assert_array_equal(sums[:-10], means[10:])
    fractions, (sums, means, adam) = AdamOrSgdm().fractions
    known = np.isfinite(sums) & np.isfinite(means)
    np.testing.assert_array_equal(sums[known], means[known])
    assert np.abs(sums - adam).max() < 0.04, "Adam hardly differs from them"
    assert fractions[sums > 0].max() == pytest.approx(1)


@pytest.mark.parametrize("factor", [0.1, 0.5, 3.0])
def test_knob_of_the_loss_is_the_loss_multiplied(factor: float):
    lesson = AdamOrSgdm(loss_scale=factor, learning_rate=0.1)
    entries = AdamOrSgdm(learning_rate=0.1).scenario.entries
    for entry, path in zip(entries, race(lesson.scenario).trajectories, strict=True):
        scaled = run(Scaled(SURFACE, factor), entry.optimizer, lesson.scenario.point, lesson.scenario.steps)
        np.testing.assert_allclose(scaled.points, path.points, atol=1e-5)


def test_rate_of_adam_is_the_length_of_its_first_step_and_that_of_sgdm_is_not():
    found = race(AdamOrSgdm(learning_rate=0.05).scenario)
    sgdm, _mean, adam = (np.abs(np.diff(path.points[:2], axis=0))[0] for path in found.trajectories)
    np.testing.assert_allclose(adam, 0.05, rtol=1e-6)
    assert sgdm.max() > 1.3 * sgdm.min()


# ---- speed ----


def steps_in_a_valley(method: str, degrees: float, seed: int, tolerance: float) -> float:
    """The median steps to convergence at the best of many rates, on a parabola with curvatures 1 and 100."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    hessian = turn.T @ np.diag([1.0, 100.0]) @ turn
    starts = 4 * np.random.default_rng(seed).random((2, 40)) - 2
    best = np.inf
    for rate in np.geomspace(1e-3, 2, 24):
        points = walk(method, rate, starts, lambda theta: hessian @ theta, 150)
        with np.errstate(all="ignore"):
            losses = 0.5 * np.einsum("tin,ij,tjn->tn", points, hessian, points)
        above = ~(losses <= tolerance * losses[0])
        last = np.where(above[-1], np.inf, len(losses) - above[::-1].argmax(axis=0))
        best = min(best, float(np.median(last)))
    return best


@pytest.mark.parametrize(("seed", "tolerance"), [(1, 1e-3), (2, 1e-3), (1, 1e-4)])
def test_adam_is_faster_along_the_axes_only(seed: int, tolerance: float):
    along = [steps_in_a_valley(method, 0, seed, tolerance) for method in ("sum", "adam")]
    turned = [steps_in_a_valley(method, 45, seed, tolerance) for method in ("sum", "adam")]
    assert along[1] < 0.97 * along[0]
    assert turned[1] > 0.97 * turned[0]
    assert turned[0] == pytest.approx(along[0], rel=0.03), "SGDM does not depend on the direction of the axes"


def test_adam_is_about_a_tenth_faster_along_the_axes():
    sgdm, adam = valley(0.0).best
    assert 0.87 < adam / sgdm < 0.95
    lows, medians, highs = AdamOrSgdm().speeds.swapaxes(0, 1)
    assert (lows <= medians).all() and (medians <= highs).all() and np.isfinite(highs).all()
    assert (np.diff(medians[1]) >= 0).all() and np.ptp(medians[0]) <= 1


def test_in_the_turned_valley_of_the_playground_adam_is_hardly_faster():
    sgdm, adam = (result.converged_at for result in results(race(AdamOrSgdm.suggested()["turned_valley"])))
    assert sgdm is not None and adam is not None
    assert 0.95 * sgdm < adam < 1.05 * sgdm


# ---- sharp and flat ----


def test_rise_of_a_small_shift_is_half_the_curvature_times_its_square():
    for rise, place in zip(gaps(0.01), sharp_then_flat(SURFACE), strict=True):
        mean = np.trace(SURFACE.hessian(np.array(place))) / 2
        assert rise == pytest.approx(mean * 0.01**2 / 2, rel=0.01)
    sharp, flat = curvatures(SURFACE)
    assert 11 < sharp / flat < 13


@pytest.mark.parametrize("shift", [0.05, 0.1, 0.3, 0.5])
def test_gap_of_the_sharp_minimum_is_larger_at_every_shift(shift: float):
    sharp, flat = gaps(shift)
    assert sharp > 4 * flat > 0


def test_at_small_rates_the_start_decides():
    small = race(AdamOrSgdm.suggested()["small_rates"])
    assert all(reaches_the_sharp(SURFACE, path) for path in small.trajectories)
    counts = [landed("sum", 0.02), landed("mean", 0.2), landed("adam", 0.05)]
    assert max(counts) - min(counts) <= ALIKE


def test_cut_goes_through_both_minima():
    x, train, test = AdamOrSgdm().cut
    np.testing.assert_allclose(np.interp(x[30:] - 0.2, x, train), test[30:], atol=2e-3)
    for place in SURFACE.minima:
        assert place[1] == pytest.approx(0, abs=1e-9)
        assert np.interp(place[0], x, train) == pytest.approx(float(SURFACE.value(np.array(place))), abs=0.01)


# ---- goals ----


def met(name: str, **parts: str) -> bool:
    goal, lesson = AdamOrSgdm.goals()[name], AdamOrSgdm()
    scenario = type(goal.scenario).from_query({**goal.link, **goal.solution, **parts})
    return goal.found(lesson, race(scenario)).holds


def test_adam_does_not_lose_in_a_round_bowl_or_with_another_rate():
    assert not met("adam_loses", surface="elliptic_bowl(condition=1,angle=45)")
    assert not met("adam_loses", surface="bowl")
    assert not met("adam_loses", lanes="momentum(learning_rate=0.004),adam(learning_rate=1e-5)")


def test_same_path_takes_the_mean():
    assert not met("same_path", lanes="momentum(learning_rate=0.05),momentum(learning_rate=0.05)")
    assert not met("same_path", lanes="momentum(learning_rate=0.05),qhm(learning_rate=0.49,nu=1)")


@pytest.mark.parametrize("rate", ["0.2", "0.3", "0.315", "0.32", "1"])
def test_largest_rate_is_only_the_largest_in_two_digits(rate: str):
    assert not met("largest_rate", lanes=f"momentum(learning_rate={rate})")
