"""The stage's data of a race equal its runs, independent of hidden entries and families."""

import numpy as np
import pytest

from landscape_lab.experiments import RACES, Scenario, race, results
from landscape_lab.experiments.families import Family, members, run_family
from landscape_lab.experiments.race_data import inspected_steps, race_data
from landscapes import DATA_LOSSES
from optim_core.metrics import examples_seen

RATES = RACES["rates"].scenario
LEARNING = Scenario.from_query(
    {
        "surface": "linear_regression(n=50)",
        "noise": "minibatch(size=7)",
        "lanes": "gradient_descent(learning_rate=0.1),gradient_descent(learning_rate=10)",
        "steps": "60",
    }
)
LOSS = DATA_LOSSES["linear_regression"].with_parameters(n=50)
FAMILY = Family(1, "learning_rate", [1e-3, 0.1, 10.0])


@pytest.mark.parametrize("scenario", [RATES, LEARNING], ids=["surface", "data"])
def test_entries_have_their_runs_and_results(scenario: Scenario):
    made, ran = race_data(scenario), race(scenario)
    assert [entry.entry for entry in made.entries] == list(scenario.entries)
    for entry, path, row in zip(made.entries, ran.trajectories, results(ran), strict=True):
        assert entry.path.points.tobytes() == path.points.tobytes()
        assert entry.outcome == row.outcome
        with np.errstate(all="ignore"):
            np.testing.assert_array_equal(entry.gradients, scenario.landscape.gradient(path.points.T).T)
        assert entry.held_out is None


def test_examples_and_held_out_data_belong_to_losses_over_data():
    made = race_data(LEARNING, validation=True)
    for entry in made.entries:
        assert entry.examples is not None and entry.held_out is not None
        np.testing.assert_array_equal(entry.examples, examples_seen(entry.path, LEARNING.sampler, LOSS))
        np.testing.assert_array_equal(entry.held_out[:3], [LOSS.validation.value(p) for p in entry.path.points[:3]])
    assert made.rows is not None and made.rows.shape == (60, 7)
    without = race_data(RATES, validation=True)
    assert without.rows is None
    assert all(entry.examples is None and entry.held_out is None for entry in without.entries)


def test_veiled_race_has_only_its_start():
    made = race_data(LEARNING, family=FAMILY, validation=True, veiled=True)
    assert made.family is None and made.rows is None
    for entry in made.entries:
        assert entry.path.points.tolist() == [list(LEARNING.point)]
        assert entry.outcome is None and int(entry.path.last_step) == 0
        assert all(each is not None and len(each) == 1 for each in (entry.gradients, entry.examples, entry.held_out))


@pytest.mark.parametrize("chosen", [0, 1, 2])
def test_family_is_the_same_whichever_member_is_chosen(chosen: int):
    made = race_data(FAMILY.member(LEARNING, chosen), family=FAMILY).family
    assert made is not None
    together = run_family(LEARNING, FAMILY)
    assert made.together.points.tobytes() == together.points.tobytes()
    assert [path.points.tobytes() for path in made.paths] == [
        path.points.tobytes() for path in list(members(together))[:2]
    ], "only the largest rate must diverge"


def test_inspected_steps_are_those_of_the_run():
    steps = inspected_steps(RATES, 1)
    path = race(RATES).trajectories[1]
    assert steps.entry == RATES.entries[1]
    assert len(steps.curvature.limit) == len(path.points)
    assert len(steps.trace.form) == int(path.last_step)
