"""A family of runs: one entry at many values of one of its settings, all of them run in one call."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from landscape_lab.experiments.race import Race, run_entry
from landscape_lab.experiments.scenarios.entries import with_setting
from landscape_lab.experiments.scenarios.scenario import Entry, Scenario
from landscape_lab.experiments.scenarios.sentence import ScenarioError, Sentence
from landscape_lab.experiments.tables import results
from optim_core import Knob, Trajectory, knobs
from optim_core.optimizer import get_field, owner_path, with_field


@dataclass(frozen=True)
class Family:
    """The values that a setting of one entry is tried with. Raises ScenarioError for none.

    `entry` is the entry's place in its scenario, `setting` the name of its field as schedules name it, "learning_rate"
    or "inner.beta1". The values come out ascending, each of them once.
    """

    entry: int
    setting: str
    values: Sequence[float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(sorted({float(value) for value in self.values})))
        if not self.values:
            raise ScenarioError("A family needs at least one member.")

    def of(self, scenario: Scenario) -> Entry:
        """The entry that it is a family of."""
        return scenario.entries[self.entry]

    def path(self, scenario: Scenario) -> str:
        """The full name of the setting in that entry's stack of wrappers."""
        return owner_path(self.of(scenario).optimizer, self.setting)

    def knob(self, scenario: Scenario) -> Knob:
        """The facts about the setting."""
        owner, _, name = self.path(scenario).rpartition(".")
        optimizer = self.of(scenario).optimizer
        return knobs(get_field(optimizer, owner) if owner else optimizer)[name]

    def nearest(self, scenario: Scenario) -> int:
        """The place of the value nearest to the entry's own, by ratio where there are ratios."""
        own = float(get_field(self.of(scenario).optimizer, self.path(scenario)))
        positive = min(own, *self.values) > 0
        far = [abs(math.log(value / own)) if positive else abs(value - own) for value in self.values]
        return far.index(min(far))

    def with_own(self, scenario: Scenario) -> "Family":
        """The family with the entry's own value among its values: an entry that is shown as it is belongs to it."""
        own = float(get_field(self.of(scenario).optimizer, self.path(scenario)))
        return self if own in self.values else replace(self, values=(*self.values, own))

    def member(self, scenario: Scenario, index: int) -> Scenario:
        """The scenario whose entry has the value at that place. Raises ScenarioError beyond the range of the knob."""
        entry = with_setting(self.of(scenario), self.path(scenario), self.values[index])
        return replace(scenario, entries=(*scenario.entries[: self.entry], entry, *scenario.entries[self.entry + 1 :]))


def run_family(scenario: Scenario, family: Family) -> Trajectory:
    """Every member in one call of `run()`: arrays (..., members), each member the same to the last bit as alone.

    Raises ValueError for a setting that must be the same for a whole batch: a whole number, a yes or no.
    """
    entry = family.of(scenario)
    optimizer = with_field(entry.optimizer, family.path(scenario), np.array(family.values))
    return run_entry(scenario, replace(entry, optimizer=optimizer))


def members(together: Trajectory) -> Iterator[Trajectory]:
    """The runs of a family, one by one, as if each had been run alone."""
    for i in range(together.last_step.size):
        yield Trajectory(
            together.points[..., i],
            together.losses[..., i],
            together.evaluated[..., i],
            together.outcomes[i],
            together.last_step[i],
            {name: letters[..., i] for name, letters in together.state.items()},
        )


def outcomes(scenario: Scenario, together: Trajectory, family: Family) -> list[Sentence]:
    """What became of each member, in the words of the table of results."""
    alone = replace(scenario, entries=(family.of(scenario),))
    return [results(Race(alone, (path,)))[0].outcome for path in members(together)]
