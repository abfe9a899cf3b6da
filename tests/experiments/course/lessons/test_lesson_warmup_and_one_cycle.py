"""What the page says beyond its claims: where the cold start goes, what the cycle does, and how RAdam waits."""

import numpy as np
import pytest

from landscape_lab.experiments import race, results
from landscape_lab.experiments.course.lessons.warmup_and_one_cycle import (
    BOWL,
    LONG,
    LOW,
    RATES,
    WarmupAndOneCycle,
    final_losses,
    largest_difference,
    scheduled,
    used_rates,
)
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, Outcome, run

LESSON = WarmupAndOneCycle()
CONSTANT, COSINE, WARM, CYCLE = range(4)


@pytest.fixture(scope="module")
def shown():
    return race(LESSON.scenario)


def test_cold_starts_shoot_past_the_minimum_and_gentle_ones_do_not(shown):
    (minimum,) = shown.landscape.minima
    past = [float(path.points[:, 1].max()) - minimum[1] for path in shown.trajectories]
    assert min(past[CONSTANT], past[COSINE]) > 4 * max(past[WARM], past[CYCLE])


def test_cold_starts_end_far_from_the_minimum_in_the_valley(shown):
    far = [row.distance or 0.0 for row in results(shown)]
    assert min(far[CONSTANT], far[COSINE]) > 5 * max(far[WARM], far[CYCLE])


def test_the_start_is_the_steepest_place_of_the_gentle_runs(shown):
    for path in (shown.trajectories[WARM], shown.trajectories[CYCLE]):
        slopes = np.hypot(*shown.landscape.gradient(path.points.T))
        assert slopes.argmax() == 0


def test_used_rates_are_read_off_the_points_alone(shown):
    used = used_rates(shown, shown.trajectories[CYCLE], LESSON.momenta[CYCLE])
    np.testing.assert_allclose(used, LESSON.rates[CYCLE], atol=1e-9)
    assert not np.allclose(used, LESSON.rates[COSINE], atol=1e-6)


def test_shapes_of_the_schedules():
    constant, cosine, warm, cycle = LESSON.rates
    assert (constant == 6e-4).all()
    assert cosine[0] == 6e-4 and (np.diff(cosine) < 0).all() and cosine[-1] == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(warm[:50], 6e-4 * np.arange(1, 51) / 50)
    assert (np.diff(warm[50:]) < 0).all()
    top = cycle.argmax()
    assert 0.44 * len(cycle) < top < 0.5 * len(cycle)
    assert (np.diff(cycle[:top]) > 0).all() and (np.diff(cycle[top + 1 :]) < 0).all()
    assert cycle[0] == pytest.approx(6e-5)
    assert cycle[-1] == pytest.approx(cycle[0] / 100)
    assert cycle[round(0.9 * (len(cycle) - 1))] == pytest.approx(cycle[0], rel=0.05)


def test_momentum_goes_the_other_way():
    *others, cycle = LESSON.momenta
    assert all((momentum == 0.9).all() for momentum in others)
    assert cycle.argmin() == LESSON.rates[CYCLE].argmax()
    assert cycle.min() == pytest.approx(0.81, abs=1e-3)
    assert (cycle[[0, -1]] == 0.9).all()


def test_the_two_together_peak_at_half():
    with_it = (LESSON.rates[CYCLE] / (1 - LESSON.momenta[CYCLE])).max()
    assert 0.45 < with_it / (LESSON.rates[CYCLE].max() / (1 - 0.9)) < 0.6


def test_a_tuned_constant_rate_ends_lower_than_one_cycle_ever_does():
    constant, cycle = final_losses(LESSON.scenario, CONSTANT), final_losses(LESSON.scenario, CYCLE)
    assert constant.min() < cycle.min() / 10
    assert 0.05 < RATES[constant.argmin()] / LESSON.learning_rate < 0.2


def test_a_warm_up_leaves_room_for_error():
    constant, cosine, warm, cycle = LESSON.arrivals
    assert warm > 2 * constant and cycle > 2 * constant > cosine
    assert LESSON.totals == [len(RATES)] * 4
    assert (len(RATES), RATES[0], RATES[-1], LOW) == (61, 1e-5, 1e-2, 0.01), "the numbers on the page"


def test_final_losses_are_those_of_single_races():
    at = int(np.abs(RATES - 1e-3).argmin())
    alone = race(WarmupAndOneCycle(learning_rate=float(RATES[at])).scenario)
    for entry in range(4):
        assert final_losses(LESSON.scenario, entry)[at] == alone.trajectories[entry].losses[-1]


def test_difference_of_rates_is_a_share_of_the_highest():
    drawn = np.array([1e-4, 4e-4, 2e-4])
    assert largest_difference(drawn * 1.01, drawn) == pytest.approx(0.01)
    assert largest_difference(np.array([np.nan, 4.4e-4, 2e-4]), drawn) == pytest.approx(0.1)
    assert largest_difference(np.full(3, np.nan), drawn) == np.inf


def test_drawn_rates_that_are_not_used_would_be_found(monkeypatch: pytest.MonkeyPatch):
    run = race(LESSON.scenario)
    claim, rates = WarmupAndOneCycle.claims()["drawn_is_used"], LESSON.rates
    assert claim.found(LESSON, run).holds
    monkeypatch.setattr(WarmupAndOneCycle, "rates", [each * 1.01 for each in rates])
    assert not claim.found(LESSON, run).holds


def test_without_a_warm_up_the_large_rate_explodes():
    outcomes = [path.outcome for path in race(next(iter(WarmupAndOneCycle.suggested().values()))).trajectories]
    assert outcomes == [Outcome.DIVERGED, Outcome.FINISHED, Outcome.FINISHED]


def test_at_a_small_rate_gentle_starts_waste_time():
    constant, warm, cycle = results(race([*WarmupAndOneCycle.suggested().values()][1]))
    assert constant.final_loss < warm.final_loss / 10 < cycle.final_loss / 10


def test_with_noise_the_cycle_settles_lowest():
    constant, cosine, cycle = results(race([*WarmupAndOneCycle.suggested().values()][2]))
    assert cycle.final_loss < cosine.final_loss / 10 < constant.final_loss / 10


@pytest.mark.parametrize("surface", ["bowl", "beale", "himmelblau"])
def test_first_five_steps_of_radam_are_momentum(surface: str):
    landscape, radam = LANDSCAPES[surface], OPTIMIZERS["radam"](learning_rate=1e-4)
    path = run(landscape, radam, landscape.start, 8, record_state=True)
    m, plain = np.zeros(2), []
    for t, (point, step) in enumerate(zip(path.points, np.diff(path.points, axis=0), strict=False), 1):
        m = 0.9 * m + 0.1 * landscape.gradient(point)
        plain.append(np.allclose(step, -1e-4 * m / (1 - 0.9**t), rtol=1e-6))
    assert plain == [True] * 5 + [False] * 3


def test_adapted_steps_begin_small_and_grow_towards_adam():
    adam, radam = LESSON.rectified
    assert len(adam) == len(radam) == LONG
    assert (adam == 1).all()
    assert np.isnan(radam[:5]).all()
    assert (np.diff(radam[5:]) > 0).all()
    assert radam[5] < 0.05 and 0.8 < radam[-1] < 1


def test_radam_needs_a_rate_that_is_safe_for_momentum():
    path = race(Scenario.from_query(BOWL | {"lanes": "adam(learning_rate=0.1),radam(learning_rate=0.1)"}))
    adam, radam = ([float(np.hypot(*step)) for step in np.diff(p.points, axis=0)] for p in path.trajectories)
    assert radam[0] > 10 * adam[0]
    assert radam[5] < adam[5] / 10


def test_unscheduled_fields_are_level():
    entry = LESSON.scenario.entries[CONSTANT]
    np.testing.assert_array_equal(scheduled(entry, "momentum", 3), [0.9] * 3)


def test_claims_at_other_settings_say_what_is_so():
    small, short = WarmupAndOneCycle(learning_rate=2e-5), WarmupAndOneCycle(warmup=1)
    assert not small.claims()["ends_lower"].found(small, race(small.scenario)).holds
    assert not short.claims()["starts_gently"].found(short, race(short.scenario)).holds
    wild = WarmupAndOneCycle(start=(4.5, 4.5))
    for claim in wild.claims().values():
        assert str(claim.found(wild, race(wild.scenario)).sentence)
