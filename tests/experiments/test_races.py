import pytest

from landscape_lab.experiments import RACES, Result, Scenario, race, results
from optim_core import Outcome


@pytest.mark.parametrize("key", RACES)
def test_every_named_race_runs_and_has_a_link(key):
    scenario = RACES[key].scenario
    assert Scenario.from_query(scenario.to_query()) == scenario
    assert RACES[key].label and RACES[key].story
    assert len(results(race(scenario))) == len(scenario.entries)


def paths(key):
    scenario = RACES[key].scenario
    return {entry.label: path for entry, path in zip(scenario.entries, race(scenario).trajectories, strict=True)}


def steps(row: Result) -> int:
    assert row.converged_at is not None
    return row.converged_at


def outcomes(key):
    rows = results(race(RACES[key].scenario))
    return {row.name: row for row in rows}


def test_four_rates_behave_as_named():
    by_name, rows = paths("rates"), outcomes("rates")
    assert by_name["exploding"].outcome == Outcome.DIVERGED
    assert rows["too small"].converged_at is None
    assert steps(rows["right"]) < steps(rows["too large"])


def test_plain_descent_stays_on_the_plateau_and_others_cross():
    rows = outcomes("plateau")
    assert rows["Gradient descent"].converged_at is None
    assert rows["Adam"].converged_at is not None


def test_classic_methods_differ():
    rows = outcomes("classics")
    assert rows["Adam"].final_loss < rows["Gradient descent"].final_loss
    assert all(row.converged_at is not None or row.final_loss > 0 for row in rows.values())


def test_newton_wins_in_the_ravine():
    rows = outcomes("ravine")
    slope_only = [rows[name] for name in ("Gradient descent", "Momentum", "Nesterov")]
    assert all(row.converged_at is None for row in slope_only)
    assert steps(rows["Newton"]) < steps(rows["Conjugate gradient"]) < 100


def test_only_radam_of_its_family_diverges():
    assert [name for name, path in paths("family").items() if path.outcome == Outcome.DIVERGED] == ["RAdam"]


def test_decaying_rate_reduces_the_effect_of_noise():
    by_name = paths("noise")
    tail = {name: path.points[-100:].std(axis=0).sum() for name, path in by_name.items()}
    assert tail["decaying rate"] < tail["plain"] and tail["lookahead"] < tail["plain"]
