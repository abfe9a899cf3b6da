"""What the page about Adam and SGDM says beyond its claims."""

from typing import cast

import numpy as np
import pytest

from landscape_lab.experiments import Race, race
from landscape_lab.experiments.course.lessons.adam_or_sgdm import (
    HOLLOW_RATES,
    MOMENTUM,
    RATES,
    AdamOrSgdm,
    curvatures,
    gaps,
    rests_in_the_sharp,
    settled,
    sharp_then_flat,
)
from landscapes import LANDSCAPES, DataLoss
from optim_core import Outcome


def steps(found: Race) -> list[int]:
    return [int(settled(found.landscape, path)) for path in found.trajectories]


def test_ten_times_the_feature_is_a_hundred_times_the_curvature():
    loss = cast(DataLoss, AdamOrSgdm().scenario.landscape)
    assert loss.condition_number == pytest.approx(100, rel=1e-6)


def test_race_runs_at_the_lowest_points_of_the_curves():
    lesson = AdamOrSgdm()
    for entry, medians in zip(lesson.scenario.entries, lesson.tuning.medians, strict=True):
        assert vars(entry.optimizer)["learning_rate"] == RATES[int(np.argmin(medians))]
    assert all(0 < RATES.index(rate) < len(RATES) - 1 for rate in lesson.tuning.best_rates), "no best at the edge"


@pytest.mark.parametrize("batch", ["all", "five"])
def test_no_rate_at_the_edge_is_best_at_any_scale(batch: str):
    for scale in (1.0, 3.0, 10.0):
        for rate in AdamOrSgdm(batch=batch, feature_scale=scale).tuning.best_rates:
            assert 0 < RATES.index(rate) < len(RATES) - 1


def test_with_features_of_one_size_adam_is_not_faster():
    sgdm, adam = AdamOrSgdm(feature_scale=1.0).tuning.best_steps
    assert sgdm <= adam
    sgdm, adam = steps(race(next(iter(AdamOrSgdm.suggested().values()))))
    assert abs(sgdm - adam) <= 5


@pytest.mark.parametrize("batch", ["all", "five"])
@pytest.mark.parametrize("scale", [5.0, 7.0, 10.0])
def test_with_features_of_different_size_adam_is_faster_in_the_median(batch: str, scale: float):
    sgdm, adam = AdamOrSgdm(batch=batch, feature_scale=scale).tuning.best_steps
    assert adam < sgdm


def test_start_of_the_picture_shows_the_difference_more_than_most():
    lesson = AdamOrSgdm()
    sgdm, adam = steps(race(lesson.scenario))
    typical_sgdm, typical_adam = lesson.tuning.best_steps
    assert sgdm - adam > 2 * (typical_sgdm - typical_adam) > 0


def test_rate_of_adam_is_about_the_length_of_a_step():
    found = race(AdamOrSgdm().scenario)
    sgdm, adam = (np.abs(np.diff(path.points[:2], axis=0))[0] for path in found.trajectories)
    rate = vars(found.scenario.entries[1].optimizer)["learning_rate"]
    np.testing.assert_allclose(adam, rate, rtol=1e-6)
    assert sgdm.max() > 5 * sgdm.min()


def test_rate_of_adam_makes_sgdm_diverge():
    sgdm, adam = race([*AdamOrSgdm.suggested().values()][1]).trajectories
    assert sgdm.outcome == Outcome.DIVERGED and sgdm.last_step < 10
    assert adam.outcome == Outcome.FINISHED


def test_rise_of_a_small_shift_is_half_the_curvature_times_its_square():
    surface = LANDSCAPES["sharp_and_flat"]
    for rise, place in zip(gaps(0.01), sharp_then_flat(surface), strict=True):
        mean = np.trace(surface.hessian(np.array(place))) / 2
        assert rise == pytest.approx(mean * 0.01**2 / 2, rel=0.01)
    sharp, flat = curvatures(surface)
    assert 11 < sharp / flat < 13


@pytest.mark.parametrize("shift", [0.05, 0.1, 0.3, 0.5])
def test_gap_of_the_sharp_minimum_is_larger_at_every_shift(shift: float):
    sharp, flat = gaps(shift)
    assert sharp > 4 * flat > 0


def test_above_its_limit_sgdm_rests_in_the_sharp_minimum_from_nowhere():
    sgdm, adam = AdamOrSgdm().in_the_sharp
    limit = 2 * (1 + MOMENTUM) / curvatures(LANDSCAPES["sharp_and_flat"])[0]
    above = np.array(HOLLOW_RATES) > limit
    assert (sgdm[above] == 0).all() and (sgdm[~above] > 0).all()
    assert adam[above].max() > 0.15, "Adam stays at rates at which SGDM has left"
    assert adam[-1] < 0.05, "and leaves at the largest"


def test_at_small_rates_the_start_decides():
    sgdm, adam = AdamOrSgdm().in_the_sharp
    small = np.array(HOLLOW_RATES) <= 0.1
    np.testing.assert_allclose(sgdm[small], adam[small], atol=0.02)
    found = race([*AdamOrSgdm.suggested().values()][2])
    assert [bool(rests_in_the_sharp(found.landscape, path)) for path in found.trajectories] == [True, True]


def test_cut_goes_through_both_minima():
    x, train, test = AdamOrSgdm(shift=0.0).cut
    np.testing.assert_array_equal(train, test)
    for place in LANDSCAPES["sharp_and_flat"].minima:
        assert place[1] == pytest.approx(0, abs=1e-9)
        assert np.interp(place[0], x, train) == pytest.approx(
            float(LANDSCAPES["sharp_and_flat"].value(np.array(place))), abs=0.01
        )


def test_question_has_the_answer_that_surprises():
    lesson = AdamOrSgdm()
    assert lesson.prediction.answered(lesson, race(lesson.prediction.scenario))[0] == "apart"
