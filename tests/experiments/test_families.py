"""A family is a batch of runs: no member may depend on the others."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from landscape_lab.experiments import RACES, Entry, Race, Scenario, ScenarioError, results
from landscape_lab.experiments.families import Family, members, outcomes, run_family
from landscape_lab.experiments.race import run_entry
from optim_core import Outcome, Trajectory
from optim_core.optimizer import get_field
from optim_core.samplers.gradient_noise import GradientNoise

RATES = RACES["rates"].scenario
SCHEDULED = replace(
    RACES["classics"].scenario,
    entries=(Entry.from_text("lookahead(inner=momentum(learning_rate=0.001*cosine(),momentum=0.9))"),),
    steps=60,
)
FAMILIES: dict[str, tuple[Scenario, Family]] = {
    "rates": (RATES, Family(2, "learning_rate", np.geomspace(1e-3, 1.0, 7).tolist())),
    "a schedule inside a wrapper": (SCHEDULED, Family(0, "learning_rate", [1e-4, 1e-3, 1e-2])),
    "noise": (replace(RATES, sampler=GradientNoise()), Family(0, "learning_rate", [0.01, 0.1])),
    "one member": (RATES, Family(1, "learning_rate", [0.1])),
}


@pytest.fixture(params=FAMILIES.values(), ids=list(FAMILIES))
def case(request: pytest.FixtureRequest) -> tuple[Scenario, Family]:
    return request.param


def same(one: Trajectory, other: Trajectory) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
        for name in ("points", "losses", "evaluated", "outcomes", "last_step")
    )


def test_every_member_equals_its_single_run_to_the_last_bit(case: tuple[Scenario, Family]):
    scenario, family = case
    together = run_family(scenario, family)
    assert together.points.shape == (scenario.steps + 1, 2, len(family.values))
    alone = [run_entry(changed, family.of(changed)) for changed in _each(scenario, family)]
    for member, single in zip(members(together), alone, strict=True):
        assert same(member, single)
    assert len({path.points.tobytes() for path in alone}) == len(alone), "no two members may be equal"


def test_outcomes_are_those_of_the_table(case: tuple[Scenario, Family]):
    scenario, family = case
    found = outcomes(scenario, run_family(scenario, family), family)
    for sentence, changed in zip(found, _each(scenario, family), strict=True):
        entry = family.of(changed)
        alone = replace(changed, entries=(entry,))
        assert str(sentence) == str(results(Race(alone, (run_entry(alone, entry),)))[0].outcome)


def test_family_of_rates_has_members_that_converge_and_members_that_diverge():
    together = run_family(*FAMILIES["rates"])
    assert set(together.outcomes.tolist()) == {Outcome.FINISHED, Outcome.DIVERGED}
    assert np.isnan(together.losses[-1, together.outcomes == Outcome.DIVERGED]).all()


def test_member_changes_one_setting_of_one_entry():
    scenario, family = FAMILIES["rates"]
    changed = family.member(scenario, 3)
    assert get_field(family.of(changed).optimizer, "learning_rate") == family.values[3]
    assert [new == old for new, old in zip(changed.entries, scenario.entries, strict=True)] == [True, True, False, True]
    assert family.nearest(changed) == 3


def test_value_of_the_entry_is_in_the_family_once():
    scenario, family = FAMILIES["rates"]
    whole = family.with_own(scenario)
    assert set(whole.values) == {*family.values, 0.195} and list(whole.values) == sorted(whole.values)
    assert whole.values[whole.nearest(scenario)] == 0.195
    assert whole.with_own(scenario) == whole and hash(whole.with_own(scenario)) == hash(whole)


@pytest.mark.parametrize(("values", "nearest"), [([0.01, 1.0], 0.01), ([0.0, 0.12], 0.12), ([0.05, 0.15, 0.5], 0.15)])
def test_nearest_member_is_measured_by_ratio_on_a_logarithmic_scale(values: list[float], nearest: float):
    # The entry's rate is 0.1: by difference 0.01 is much nearer than 1; by ratio 0.01 and 1 are equally near.
    family = Family(1, "learning_rate", values)
    assert family.values[family.nearest(RATES)] == nearest


def test_setting_is_found_in_nested_wrappers():
    scenario, family = FAMILIES["a schedule inside a wrapper"]
    assert family.path(scenario) == "inner.learning_rate"
    assert family.knob(scenario).symbol == r"\eta"


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: Family(0, "learning_rate", []), ScenarioError),
        (lambda: Family(0, "learning_rate", [1e9]).member(RATES, 0), ScenarioError),
        (lambda: Family(0, "momentum", [0.9]).path(RATES), AttributeError),
        (lambda: run_family(SCHEDULED, Family(0, "sync_period", [2, 3])), ValueError),
    ],
    ids=["no values", "beyond the knob", "no such setting", "a whole number"],
)
def test_invalid_family_raises(make: Callable[[], object], error: type[Exception]):
    with pytest.raises(error):
        make()


def _each(scenario: Scenario, family: Family) -> list[Scenario]:
    return [family.member(scenario, i) for i in range(len(family.values))]
