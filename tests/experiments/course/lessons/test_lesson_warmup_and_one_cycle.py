"""What the page says beyond its claims: where large rates go, what a cycle does, when it helps, and RAdam's start."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from landscape_lab.experiments import race, results
from landscape_lab.experiments.course.lessons.warmup_and_one_cycle import (
    BOWL,
    LONG,
    LOW,
    NOISY,
    RATES,
    SEEDS,
    SETTLED,
    STARTS,
    WarmupAndOneCycle,
    largest_difference,
    scheduled,
    used_rates,
)
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, SAMPLERS, SCHEDULES, Outcome, run

LESSON = WarmupAndOneCycle()
SMALL, LARGE, WARM, CYCLE = range(4)
CONSTANT, COSINE = range(2)
"""The first two of `WarmupAndOneCycle.compared`; the other two have the places of the race."""


@pytest.fixture(scope="module")
def shown():
    return race(LESSON.scenario)


def by_hand(gradient: Callable, start: np.ndarray, rates: np.ndarray, momenta: np.ndarray, form: str) -> np.ndarray:
    """All points of SGD with momentum, written anew, from starts (2, ...) with rates (steps, ...).

    The rate is inside the velocity, or outside of it as in PyTorch, or the velocity is a mean and the rate outside.
    """
    theta, m, points = start, np.zeros_like(start), [start]
    with np.errstate(all="ignore"):
        for rate, heavy in zip(rates, momenta, strict=True):
            g = gradient(theta)
            m = heavy * m + {"inside": rate, "outside": 1.0, "mean": 1 - heavy}[form] * g
            theta = theta - {"inside": 1.0, "outside": rate, "mean": 10 * rate}[form] * m
            points.append(theta)
    return np.array(points)


def test_the_large_rate_ends_in_the_wrong_valley_and_the_small_one_on_its_way(shown):
    far = [row.distance or 0.0 for row in results(shown)]
    assert shown.trajectories[LARGE].points[-1, 0] < -2
    assert far[SMALL] > 2 * max(far[WARM], far[CYCLE])
    late = shown.trajectories[SMALL].losses[-50:]
    assert (np.diff(late) < 0).all(), "still falling"


def test_the_start_is_the_steepest_place_of_the_gentle_runs(shown):
    for path in (shown.trajectories[WARM], shown.trajectories[CYCLE]):
        slopes = np.hypot(*shown.landscape.gradient(path.points.T))
        assert slopes.argmax() == 0


def test_used_rates_are_read_off_the_points_alone(shown):
    used = used_rates(shown, shown.trajectories[CYCLE], LESSON.momenta[CYCLE])
    np.testing.assert_allclose(used, LESSON.rates[CYCLE], atol=1e-9)
    assert not np.allclose(used, LESSON.rates[WARM], atol=1e-6)


def test_shapes_of_the_schedules():
    small, large, warm, cycle = LESSON.rates
    assert (large == 4e-3).all()
    np.testing.assert_allclose(small, 4e-4)
    np.testing.assert_allclose(warm[:100], 4e-3 * np.arange(1, 101) / 100)
    assert (np.diff(warm[100:]) < 0).all() and warm[-1] == pytest.approx(0, abs=1e-12)
    top = cycle.argmax()
    assert 0.44 * len(cycle) < top < 0.5 * len(cycle)
    assert (np.diff(cycle[:top]) > 0).all() and (np.diff(cycle[top + 1 :]) < 0).all()
    assert cycle[0] == pytest.approx(4e-4)
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


@pytest.mark.parametrize("factor", [1.0, 7.0])
def test_the_order_does_not_depend_on_the_unit_of_the_loss(shown, factor: float):
    """In a unit that is `factor` times smaller, the rates are divided by it, and the paths are the same."""
    start = np.array(LESSON.scenario.point)
    for path, rates, momenta in zip(shown.trajectories, LESSON.rates, LESSON.momenta, strict=True):
        mine = by_hand(lambda at: factor * shown.landscape.gradient(at), start, rates / factor, momenta, "inside")
        np.testing.assert_allclose(mine, path.points, atol=1e-6)


@pytest.mark.parametrize("form", ["inside", "outside", "mean"])
def test_the_order_holds_wherever_the_rate_enters(shown, form: str):
    start = np.array(LESSON.scenario.point)
    plans = zip(LESSON.rates, LESSON.momenta, strict=True)
    ends = [shown.landscape.value(by_hand(shown.landscape.gradient, start, *plan, form)[-1]) for plan in plans]
    assert max(ends[WARM], ends[CYCLE]) < min(ends[SMALL], ends[LARGE]) / 10


def test_more_combinations_work_with_a_warm_up_and_fewer_with_cosine_alone():
    constant, cosine, warm, cycle = LESSON.arrivals
    assert min(warm, cycle) > constant > cosine
    assert LESSON.totals == [STARTS**2 * len(RATES)] * 4


@pytest.mark.parametrize("form", ["inside", "outside"])
def test_the_counts_hold_on_another_grid_and_wherever_the_rate_enters(form: str):
    """Other starts and rates; a warm-up helps, annealing alone does not, and at its best a constant rate is behind."""
    beale, rates, axis = LANDSCAPES["beale"], np.geomspace(2e-5, 5e-2, 18), np.linspace(-3.9, 3.9, 8)
    starts = np.stack(np.meshgrid(axis, axis)).reshape(2, -1, 1) + np.zeros(len(rates))
    losses = []
    for entry in LESSON.compared.entries[:4]:
        plan = scheduled(entry, "learning_rate", 250)[:, None] / 0.004 * rates
        ends = beale.value(by_hand(beale.gradient, starts, plan, scheduled(entry, "momentum", 250), form)[-1])
        losses.append(np.where(np.isfinite(ends), ends, np.inf))
    constant, cosine, warm, cycle = (int((each <= LOW).sum()) for each in losses)
    assert min(warm, cycle) > 1.1 * constant > 1.1 * cosine
    best = [each.min(axis=1) for each in losses]
    assert (best[CONSTANT] < np.minimum(best[WARM], best[CYCLE])).sum() < len(axis) ** 2 / 4


def test_a_longer_warm_up_is_needed_if_the_rate_multiplies_the_velocity():
    inside, outside = race(WarmupAndOneCycle.suggested()["form"]).trajectories
    assert inside.losses[-1] < LOW / 10 < 10 * LOW < outside.losses[-1]
    lessons = (WarmupAndOneCycle(warmup=50), LESSON)
    short, usual = (each.claims()["leaves_room"].measure(each, race(each.scenario))[1] for each in lessons)
    assert short["warm_after"] < usual["warm_after"] < usual["warm"]


def test_final_losses_are_those_of_single_races():
    at, place = 20, 37
    compared = LESSON.compared
    cells = [-4.5 + 9 * (i + 0.5) / STARTS for i in divmod(place, STARTS)]
    lesson = WarmupAndOneCycle(learning_rate=float(RATES[at]))
    alone = race(replace(lesson.scenario, start=tuple(cells)))
    for entry in (WARM, CYCLE):
        end = alone.trajectories[entry].losses[-1]
        assert LESSON.final_losses[entry][place, at] == pytest.approx(end, rel=1e-9)
    assert len(compared.entries) == 6


def test_difference_of_rates_is_a_share_of_the_highest():
    drawn = np.array([1e-4, 4e-4, 2e-4])
    assert largest_difference(drawn * 1.01, drawn) == pytest.approx(0.01)
    assert largest_difference(np.array([np.nan, 4.4e-4, 2e-4]), drawn) == pytest.approx(0.1)
    assert largest_difference(np.full(3, np.nan), drawn) == np.inf


def test_drawn_rates_that_are_not_used_would_be_found(monkeypatch: pytest.MonkeyPatch):
    run_of = race(LESSON.scenario)
    claim, rates = WarmupAndOneCycle.claims()["drawn_is_used"], LESSON.rates
    assert claim.found(LESSON, run_of).holds
    monkeypatch.setattr(WarmupAndOneCycle, "rates", [each * 1.01 for each in rates])
    assert not claim.found(LESSON, run_of).holds


@pytest.mark.parametrize("start", [(1.5, 1.5), (0.2, 1.8), (-1.0, -1.9), (1.8, -0.3)])
def test_on_a_quadratic_the_constant_rate_wins_from_every_start(start: tuple[float, float]):
    asked = WarmupAndOneCycle.prediction
    right, values = asked.answer(LESSON, race(replace(asked.scenario, start=start)))
    assert right == "constant"
    assert values["limit"] == pytest.approx(0.1)
    assert values["constant"] < min(values["warm"], values["cycle"]) / 100


def test_from_the_valley_a_warm_up_brings_nothing():
    ends = [row.final_loss for row in results(race(replace(LESSON.scenario, start=(3.0, 0.0))))]
    assert ends[LARGE] < min(ends[WARM], ends[CYCLE])


@pytest.mark.parametrize("start", [(-1.7, 1.0), (1.5, 1.5), (0.2, 1.8)])
@pytest.mark.parametrize("variance", [0.5, 4.0])
def test_annealing_lets_noisy_runs_settle_from_other_starts_with_other_noise(
    start: tuple[float, float], variance: float
):
    noisy, sampler = Scenario.from_query(NOISY), SAMPLERS["gradient_noise"](eta=variance, gamma=0.0)
    medians = []
    for entry in LESSON.compared.entries[:4]:
        seeds = np.arange(100, 100 + SEEDS)
        plans = dict(entry.schedules)
        path = run(noisy.landscape, entry.optimizer, start, 250, schedules=plans, sampler=sampler, seed=seeds)
        medians.append(np.median(path.losses[-1]))
    assert max(medians[COSINE:]) < medians[CONSTANT]
    assert max(medians[COSINE], medians[WARM]) < medians[CONSTANT] / 2


def test_no_constant_rate_settles_as_low_as_the_goal_asks():
    noisy, rates = Scenario.from_query(NOISY), np.geomspace(5e-4, 4e-3, 19)
    medians = [
        np.median(
            run(
                noisy.landscape,
                OPTIMIZERS["momentum"](learning_rate=float(rate)),
                noisy.point,
                250,
                sampler=noisy.sampler,
                seed=np.arange(SEEDS),
            ).losses[-1]
        )
        for rate in rates
    ]
    assert min(medians) > SETTLED
    assert 0 < int(np.argmin(medians)) < len(rates) - 1


@pytest.mark.parametrize(
    "lane",
    [
        "momentum(learning_rate=0.0063)",
        "momentum(learning_rate=0.004,momentum=0.8)",
        "momentum(learning_rate=0.004*cosine)",
        "newton",
    ],
)
def test_the_goal_of_a_schedule_is_not_met_by_another_rate_or_method(lane: str):
    goal = WarmupAndOneCycle.goals()["guarded"]
    other = Scenario.from_query({**goal.link, "lanes": lane})
    assert goal.suits(other)
    assert not goal.found(LESSON, race(other)).holds


def test_annealing_alone_does_not_help_from_this_start():
    assert race(LESSON.compared).trajectories[COSINE].losses[-1] > 10 * LOW


def test_without_a_warm_up_the_very_large_rate_diverges():
    constant, warm = race(WarmupAndOneCycle.suggested()["explodes"]).trajectories
    assert [constant.outcome, warm.outcome] == [Outcome.DIVERGED, Outcome.FINISHED]
    assert warm.losses[-1] < 1e-6


def test_with_noise_the_annealed_ones_settle_lower():
    constant, cosine, cycle = results(race(WarmupAndOneCycle.suggested()["noise"]))
    assert max(cosine.final_loss, cycle.final_loss) < constant.final_loss / 5


@pytest.mark.parametrize("surface", ["bowl", "beale", "himmelblau"])
def test_first_five_steps_of_radam_are_momentum(surface: str):
    landscape, radam = LANDSCAPES[surface], OPTIMIZERS["radam"](learning_rate=1e-4)
    path = run(landscape, radam, landscape.start, 8, record_state=True)
    m, plain = np.zeros(2), []
    for t, (point, step) in enumerate(zip(path.points, np.diff(path.points, axis=0), strict=False), 1):
        m = 0.9 * m + 0.1 * landscape.gradient(point)
        plain.append(np.allclose(step, -1e-4 * m / (1 - 0.9**t), rtol=1e-6))
    assert plain == [True] * 5 + [False] * 3


def test_the_paper_adapts_one_step_sooner():
    beta, t = 0.999, np.arange(1, 9)
    gradients = 2 / (1 - beta) - 1 - 2 * t * beta**t / (1 - beta**t)
    assert t[gradients > 4][0] == 5, "the first four steps are not adapted"
    assert t[gradients > 5][0] == 6


def test_the_first_steps_of_radam_depend_on_the_unit_of_the_loss():
    bowl = Scenario.from_query(BOWL | {"lanes": "radam"}).landscape
    later = bowl.with_parameters(condition=20)

    class Scaled:
        def __init__(self, factor: float) -> None:
            self.factor = factor

        def value(self, theta: np.ndarray) -> np.ndarray:
            return self.factor * later.value(theta)

        def gradient(self, theta: np.ndarray) -> np.ndarray:
            return self.factor * later.gradient(theta)

        def hessian(self, theta: np.ndarray) -> np.ndarray:
            return self.factor * later.hessian(theta)

    def first(key: str, factor: float) -> float:
        path = run(Scaled(factor), OPTIMIZERS[key](learning_rate=1e-3), (-1.7, 1.0), 1)
        return float(np.hypot(*np.diff(path.points, axis=0)[0]))

    assert first("radam", 10.0) == pytest.approx(10 * first("radam", 1.0))
    assert first("adam", 10.0) == pytest.approx(first("adam", 1.0), rel=1e-6)


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


def test_schedules_of_the_counted_runs_are_those_of_the_race():
    race_plans = [dict(entry.schedules) for entry in LESSON.scenario.entries]
    plans = [dict(entry.schedules) for entry in LESSON.compared.entries]
    assert plans[WARM:4] == race_plans[WARM:]
    assert plans[COSINE] == {"learning_rate": SCHEDULES["cosine"]()}
    assert plans[CONSTANT] == race_plans[LARGE] == {}
    np.testing.assert_array_equal(scheduled(LESSON.scenario.entries[SMALL], "momentum", 3), [0.9] * 3)


def test_claims_at_other_settings_say_what_is_so():
    gentle, short = WarmupAndOneCycle(start=(3.0, 0.0)), WarmupAndOneCycle(warmup=1)
    assert not gentle.claims()["ends_lower"].found(gentle, race(gentle.scenario)).holds
    for name in ("ends_lower", "starts_gently", "leaves_room"):
        assert not short.claims()[name].found(short, race(short.scenario)).holds
    wild = WarmupAndOneCycle(start=(4.5, 4.5), lowest_momentum=0.0)
    for claim in wild.claims().values():
        assert str(claim.found(wild, race(wild.scenario)).sentence)
