"""Families of runs: one entry with many values of one of its settings, run as one batch."""

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
    """The values of one setting of one entry. Raises ScenarioError if there are none.

    `entry` is the index of the entry in its scenario. `setting` is the name of a field as in schedules, such as
    "learning_rate" or "inner.beta1". The values are sorted in ascending order, without duplicates.
    """

    entry: int
    setting: str
    values: Sequence[float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(sorted({float(value) for value in self.values})))
        if not self.values:
            raise ScenarioError("A family needs at least one member.")

    def of(self, scenario: Scenario) -> Entry:
        """Return the entry whose setting varies."""
        return scenario.entries[self.entry]

    def path(self, scenario: Scenario) -> str:
        """Return the full name of the setting in the entry's stack of wrappers."""
        return owner_path(self.of(scenario).optimizer, self.setting)

    def knob(self, scenario: Scenario) -> Knob:
        """Return the knob of the setting."""
        owner, _, name = self.path(scenario).rpartition(".")
        optimizer = self.of(scenario).optimizer
        return knobs(get_field(optimizer, owner) if owner else optimizer)[name]

    def nearest(self, scenario: Scenario) -> int:
        """Return the index of the value nearest to the entry's own: by ratio if all are positive, or by difference."""
        own = float(get_field(self.of(scenario).optimizer, self.path(scenario)))
        positive = min(own, *self.values) > 0
        far = [abs(math.log(value / own)) if positive else abs(value - own) for value in self.values]
        return far.index(min(far))

    def with_own(self, scenario: Scenario) -> "Family":
        """Return the family with the entry's own value added, so that the unchanged entry is a member."""
        own = float(get_field(self.of(scenario).optimizer, self.path(scenario)))
        return self if own in self.values else replace(self, values=(*self.values, own))

    def member(self, scenario: Scenario, index: int) -> Scenario:
        """Return the scenario with the value at `index`. Raises ScenarioError if it is outside the knob's range."""
        entry = with_setting(self.of(scenario), self.path(scenario), self.values[index])
        return replace(scenario, entries=(*scenario.entries[: self.entry], entry, *scenario.entries[self.entry + 1 :]))


def run_family(scenario: Scenario, family: Family) -> Trajectory:
    """Run all members in one call of `run()`. The arrays have the shape (..., members).

    Each member is equal to the last bit to a run of its own. Raises ValueError for a setting that must be the same for
    the whole batch: an integer or a boolean.
    """
    entry = family.of(scenario)
    optimizer = with_field(entry.optimizer, family.path(scenario), np.array(family.values))
    return run_entry(scenario, replace(entry, optimizer=optimizer))


def members(together: Trajectory) -> Iterator[Trajectory]:
    """Iterate over the runs of a family as single trajectories."""
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
    """Return the outcome of each member, in the words of the results table."""
    alone = replace(scenario, entries=(family.of(scenario),))
    return [results(Race(alone, (path,)))[0].outcome for path in members(together)]
