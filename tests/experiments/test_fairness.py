"""Fair comparison: budgets, tuned rates, seeds and starts, each compared with plain runs."""

import math
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscape_lab.experiments import RACES, Entry, Scenario, ScenarioError
from landscape_lab.experiments.fairness import (
    NEARBY,
    RATES,
    TUNING_SEEDS,
    Comparison,
    bands,
    by_cost,
    compared_entries,
    default_comparison,
    entry_runs,
    equal_race,
    final_losses,
    is_narrow,
    leaders,
    profile,
    profile_notes,
    robust_leaders,
    single_rate_winners,
    tune,
    tuned_entries,
    tuning_notes,
    tunings,
    verdict,
    within,
)
from optim_core import OPTIMIZERS, Optimizer, Outcome, knob, knobs, run
from optim_core.metrics import settled_at
from optim_core.optimizer import learning_rate_of

DEFAULT = default_comparison()
NOISY = Comparison(
    Scenario.from_query({"lanes": "adam,momentum", "noise": "gradient_noise(eta=4)", "surface": "himmelblau"}),
    budget=60,
)


def of(entries: str, **more: object) -> Comparison:
    query = {"lanes": entries, "surface": str(more.pop("surface", "rosenbrock"))}
    return Comparison(Scenario.from_query(query), **more)  # type: ignore[arg-type]


# ---- links ----


@given(
    budget=st.integers(20, 1000),
    tolerance=st.floats(1e-9, 0.5),
    second_setting=st.booleans(),
    use_tuned_settings=st.booleans(),
    race=st.sampled_from(list(RACES)),
)
def test_link_reads_back_to_the_same_comparison(race: str, **settings: object):
    there = Comparison(RACES[race].scenario, **settings)  # type: ignore[arg-type]
    assert Comparison.from_query(there.to_query()) == there


def test_link_of_a_race_is_a_valid_comparison():
    race = RACES["saddle"].scenario
    assert Comparison.from_query(race.to_query()) == Comparison(race)
    older = race.to_query() | {"second_knob": "true"}
    assert Comparison.from_query(older) == Comparison(race, second_setting=True)


@pytest.mark.parametrize(
    "query",
    [
        {"budget": "5"},
        {"budget": "1.5"},
        {"budget": ""},
        {"tolerance": "nan"},
        {"second_setting": "2"},
        {"x": "1"},
        {"starts": "100,200"},
        {"seeds": "1e9"},
        {"lanes": "nonsense"},
    ],
)
def test_invalid_link_raises_a_clear_error(query: dict[str, str]):
    with pytest.raises(ScenarioError) as refused:
        Comparison.from_query(query)
    assert str(refused.value)


# ---- equal cost ----


@pytest.mark.parametrize("key", ["gradient_descent", "newton", "line_search", "conjugate_gradient"])
def test_every_entry_spends_at_most_the_budget(key: str):
    comparison = of(key, budget=50)
    (path,) = equal_race(comparison, comparison.scenario.entries).trajectories
    whole = entry_runs(comparison, comparison.scenario.entries[0])
    paid = float(path.evaluated[-1])
    assert paid <= 50
    after = int(path.last_step) + 1
    assert after > int(whole.last_step) or whole.evaluated[after] > 50


def test_sharpness_aware_takes_half_as_many_steps():
    comparison = of("gradient_descent,sharpness_aware(inner=gradient_descent)", budget=80, surface="bowl")
    plain, sharp = equal_race(comparison, comparison.scenario.entries).trajectories
    assert (plain.steps, sharp.steps) == (80, 40)


def test_schedule_ends_with_the_budget():
    entries = "sharpness_aware(inner=gradient_descent(learning_rate=0.001*cosine(final=0)))"
    comparison = of(entries, budget=80)
    (path,) = equal_race(comparison, comparison.scenario.entries).trajectories
    assert path.steps == 40
    assert np.array_equal(path.points[-1], path.points[-2]), (
        "the last step must have the rate 0, the end of the cosine schedule"
    )


def test_loss_by_cost_is_that_of_the_last_point_within_the_cost():
    comparison = of("line_search", budget=60)
    path = entry_runs(comparison, comparison.scenario.entries[0], start=np.array([[-1.5, 0.3], [2.0, -0.5]]))
    losses = by_cost(path, 60)
    assert losses.shape == (61, 2)
    for entry in range(2):
        for cost in range(61):
            last = np.flatnonzero(path.evaluated[:, entry] <= cost)[-1]
            assert losses[cost, entry] == path.losses[last, entry]


def test_run_within_the_budget_is_complete():
    """It has the points, losses and evaluations up to the last point within the budget."""
    comparison = of("line_search", budget=60)
    path = entry_runs(comparison, comparison.scenario.entries[0])
    part = within(path, 60)
    last = int(np.flatnonzero(path.evaluated <= 60)[-1])
    assert 0 < int(part.last_step) == last < path.steps
    for name in ("points", "losses", "evaluated"):
        np.testing.assert_array_equal(getattr(part, name), getattr(path, name)[: last + 1])


def test_diverged_entry_has_infinite_loss():
    comparison = of("gradient_descent(learning_rate=0.1)", budget=50)
    (entry,) = comparison.scenario.entries
    path = entry_runs(comparison, entry)
    assert path.outcome == Outcome.DIVERGED
    losses = by_cost(path, 50)
    assert np.isfinite(losses[: int(path.last_step)]).all()
    assert np.isinf(losses[int(path.last_step) :]).all()
    assert final_losses(comparison, (entry,)) == [math.inf]
    assert within(path, 50).outcome == Outcome.DIVERGED
    assert within(path, 1).outcome == Outcome.FINISHED


# ---- tuning ----


@pytest.mark.parametrize("key", ["gradient_descent", "adam", "newton"])
def test_chosen_rate_is_the_best_of_all_candidates(key: str):
    comparison = of(key, budget=60)
    (entry,) = comparison.scenario.entries
    tuning = tune(comparison, entry)
    facts = knobs(entry.core)["learning_rate"]
    assert tuning.rates.tolist() == [rate for rate in RATES if facts.low <= rate <= facts.high]
    for place in (0, len(tuning.rates) // 2, tuning.chosen[0]):
        rate = float(tuning.rates[place])
        alone = run(comparison.scenario.landscape, OPTIMIZERS[key](learning_rate=rate), comparison.scenario.point, 60)
        ended = math.inf if alone.outcome == Outcome.DIVERGED else by_cost(alone, 60)[-1]
        assert tuning.losses[place, 0] == ended
    assert tuning.best == tuning.losses.min()
    assert learning_rate_of(tuning.entry.optimizer) == tuning.rates[tuning.chosen[0]]
    assert final_losses(comparison, (tuning.entry,)) == [tuning.best]


def test_second_setting_is_tuned_together_with_the_rate():
    comparison = of("momentum,adadelta,newton,conjugate_gradient", budget=60, second_setting=True)
    momentum, adadelta, newton, conjugate = tunings(comparison)
    assert (momentum.second, adadelta.second, newton.second, conjugate.second) == ("momentum", "rho", "damping", "")
    assert momentum.losses.shape == (len(momentum.rates), len(momentum.seconds))
    assert momentum.best <= tune(replace(comparison, second_setting=False), comparison.scenario.entries[0]).best
    assert adadelta.losses.shape == (1, len(adadelta.seconds))
    assert conjugate.entry == comparison.scenario.entries[3]


def test_rate_inside_wrappers_is_tuned_and_schedules_are_kept():
    comparison = of("lookahead(inner=clipping(inner=adam(learning_rate=0.01*cosine)))", budget=60)
    (entry,) = comparison.scenario.entries
    tuned = tune(comparison, entry).entry
    assert tuned.schedules == entry.schedules
    assert learning_rate_of(tuned.optimizer) in RATES


def test_scheduled_setting_is_not_the_second_setting():
    comparison = of("adam(beta1=0.9*cosine)", budget=40, second_setting=True)
    assert tune(comparison, comparison.scenario.entries[0]).second == "beta2"


def test_with_noise_the_median_over_seeds_decides_and_other_seeds_are_shown():
    (adam, _momentum) = NOISY.scenario.entries
    tuning = tune(NOISY, adam)
    optimizer = OPTIMIZERS["adam"](learning_rate=float(tuning.rates[30]))
    seeds = np.arange(TUNING_SEEDS)
    scenario = NOISY.scenario
    path = run(scenario.landscape, optimizer, scenario.point, 60, sampler=scenario.sampler, seed=seeds)
    assert tuning.losses[30, 0] == np.sort(path.losses[-1])[TUNING_SEEDS // 2]


def test_entries_are_ranked_by_the_median_over_neighbouring_rates():
    tuning = tune(DEFAULT, DEFAULT.scenario.entries[4])
    tried = tuning.tried
    for i in range(2, len(tried) - 2):
        assert tuning.nearby[i] == sorted(tried[i - 2 : i + 3])[2]
    assert tuning.nearby[0] == sorted(tried[:3])[1]
    assert tuning.rates[2] / tuning.rates[0] == pytest.approx(NEARBY)
    assert tuning.robust == min(tuning.nearby)


def test_a_best_rate_without_good_neighbours_is_narrow():
    entry = DEFAULT.scenario.entries[5]
    wide = tune(DEFAULT, entry)
    i, start = wide.chosen[0], float(DEFAULT.scenario.landscape.value(np.array(DEFAULT.scenario.point)))
    losses = wide.losses.copy()
    assert not is_narrow(DEFAULT, wide)
    losses[[i - 2, i - 1, i + 1, i + 2]] = start
    assert is_narrow(DEFAULT, replace(wide, losses=losses))


# ---- texts ----


def test_default_shows_that_rates_decide():
    """The verdict on the default comparison is that rates decide, not methods."""
    before = leaders(DEFAULT, DEFAULT.scenario.entries)
    after = leaders(DEFAULT, tuned_entries(DEFAULT))
    assert len(before) == len(after) == 1 and before != after
    assert "rates, not methods" in str(verdict(DEFAULT))


def test_a_narrow_winner_does_not_win():
    """RMSprop is lowest at one rate of Rosenbrock, with bad rates to either side."""
    assert leaders(DEFAULT, tuned_entries(DEFAULT)) == ["RMSprop"]
    assert robust_leaders(DEFAULT) == ["Momentum"] and "Momentum" in str(verdict(DEFAULT))
    (said,) = single_rate_winners(DEFAULT)
    assert str(said).startswith("RMSprop ends lower") and "narrow" in str(said)
    assert single_rate_winners(Comparison(RACES["ravine"].scenario)) == []


def test_verdict_names_ties_and_winners():
    said = str(verdict(Comparison(RACES["rates"].scenario)))
    assert "4 of 4 entries end equally low" in said
    assert str(verdict(Comparison(RACES["ravine"].scenario))).startswith("Newton is lowest")


def test_verdict_when_all_entries_diverge():
    comparison = of("gradient_descent(learning_rate=1),momentum(learning_rate=1)", budget=100)
    assert leaders(comparison, comparison.scenario.entries) == []
    assert "as given: none, since all diverge" in str(verdict(comparison))
    never = of("adadelta(rho=0,epsilon=1)", surface="saddle", budget=1000)
    assert str(verdict(never)).startswith("Every entry diverges within 1000")


def test_tuning_notes_state_the_candidates():
    plain = " ".join(map(str, tuning_notes(DEFAULT)))
    assert (
        f"{len(RATES)} values" in plain and "200 gradient evaluations" in plain and "Nothing else was tuned." in plain
    )
    noisy = " ".join(map(str, tuning_notes(replace(NOISY, second_setting=True))))
    assert "median over 5 seeds" in noisy and "beta1" in noisy
    none = " ".join(map(str, tuning_notes(of("conjugate_gradient,adadelta", budget=20))))
    assert "Without a learning rate: Conjugate gradient, Adadelta" in none
    edge = " ".join(map(str, tuning_notes(of("newton", surface="bowl", budget=20))))
    assert ("edge" in edge) == tunings(of("newton", surface="bowl", budget=20))[0].at_the_edge


# ---- seeds and starts ----


def test_bands_are_the_quartiles_of_single_runs():
    comparison = replace(NOISY, seeds=9, use_tuned_settings=False)
    scenario = comparison.scenario
    found = bands(comparison)
    first = scenario.seed + TUNING_SEEDS
    singles = [
        run(scenario.landscape, entry.optimizer, scenario.point, 60, sampler=scenario.sampler, seed=first + i).losses
        for entry in scenario.entries[:1]
        for i in range(9)
    ]
    ordered = np.sort(np.array(singles) - (scenario.landscape.minimum_value or 0.0), axis=0)
    np.testing.assert_array_equal(found.medians[0], ordered[4])
    np.testing.assert_array_equal(found.lows[0], ordered[2])
    np.testing.assert_array_equal(found.highs[0], ordered[6])


def test_profile_counts_the_cost_of_single_runs():
    comparison = of("gradient_descent(learning_rate=0.002),adam", budget=150, starts=10, use_tuned_settings=False)
    found = profile(comparison)
    assert found is not None
    landscape = comparison.scenario.landscape
    drawn = np.random.default_rng(0).uniform(size=(2, 10))
    low, high = np.array(landscape.domain).T[..., None]
    for row, entry in zip(found.costs, comparison.scenario.entries, strict=True):
        for cost, start in zip(row, (low + (high - low) * drawn).T, strict=True):
            path = run(landscape, entry.optimizer, start, 150)
            at = int(settled_at(path.losses, 1e-3 * float(path.losses[0])))
            solved = at >= 0 and path.outcome != Outcome.DIVERGED
            assert cost == (path.evaluated[at] if solved else math.inf)
    assert found.ratios[np.isfinite(found.costs)].min() == 1
    np.testing.assert_allclose(found.share(1)[:, 0], found.fastest)
    np.testing.assert_allclose(found.share(np.inf)[:, 0] >= found.solved, True)


def test_profile_is_of_the_requested_entries():
    assert compared_entries(replace(DEFAULT, use_tuned_settings=False)) == DEFAULT.scenario.entries
    assert compared_entries(DEFAULT) == tuned_entries(DEFAULT)
    notes = [str(profile_notes(replace(DEFAULT, use_tuned_settings=tuned))[1]) for tuned in (True, False)]
    assert "tuned" in notes[0] and notes[1] == "Settings as given."


def test_profile_is_invariant_to_a_constant_added_to_the_loss():
    """A start is solved when a given share of its height above the lowest minimum is removed."""
    costs = []
    for shift in ("", "+5", "-5"):
        comparison = of(
            "gradient_descent(learning_rate=0.1),momentum(learning_rate=0.02)",
            surface=f'formula(text="x^2+2*y^2{shift}")',
            budget=100,
            starts=10,
            use_tuned_settings=False,
        )
        found = profile(comparison)
        assert found is not None and np.isfinite(found.costs).all()
        costs.append(found.costs)
    np.testing.assert_array_equal(costs[1], costs[0])
    np.testing.assert_array_equal(costs[2], costs[0])


def test_surface_without_a_minimum_has_no_profile():
    assert profile(of("adam", surface="saddle")) is None


def test_entries_keep_their_names():
    assert [entry.label for entry in tuned_entries(DEFAULT)] == [entry.label for entry in DEFAULT.scenario.entries]
    assert isinstance(tuned_entries(DEFAULT)[0], Entry)


RATE = 1.0


@dataclass(frozen=True)
class Written(Optimizer):
    """A user's optimizer that reads a global."""

    label: ClassVar[str] = "Written"
    learning_rate: float = knob(0.01, 1e-6, 10.0, symbol="r", help="The rate.", scale="log")

    def step(self, theta: Any, state: Any, objective: Any) -> Any:
        return theta - RATE * self.learning_rate * objective.gradient(theta), {}


def test_results_of_user_code_are_recomputed(monkeypatch: pytest.MonkeyPatch):
    """User code, also inside a wrapper, may have changed since an earlier result."""
    for optimizer in (Written(), OPTIMIZERS["lookahead"](Written())):
        entry = Entry(optimizer)
        comparison = Comparison(Scenario((entry,), surface="himmelblau"), budget=40)
        for measure in (
            lambda c=comparison: final_losses(c, c.scenario.entries),
            lambda c=comparison: tune(c, c.scenario.entries[0]).losses.tolist(),
            lambda c=comparison: bands(c).medians[0].tolist(),
        ):
            monkeypatch.setitem(globals(), "RATE", 1.0)
            before = measure()
            assert measure() == before
            monkeypatch.setitem(globals(), "RATE", 0.5)
            assert measure() != before
    assert not entry.is_pure and not comparison.is_pure
    assert DEFAULT.is_pure and tune(DEFAULT, DEFAULT.scenario.entries[0]) is tune(DEFAULT, DEFAULT.scenario.entries[0])
