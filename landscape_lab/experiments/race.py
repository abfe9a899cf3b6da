"""A scenario, run: one trajectory for each entry."""

from collections.abc import Callable
from dataclasses import dataclass

from landscape_lab.experiments.scenarios.scenario import Entry, Scenario
from landscapes import Landscape
from optim_core import Trajectory, run


@dataclass(frozen=True)
class Race:
    """A scenario and, in the order of its entries, what happened."""

    scenario: Scenario
    trajectories: tuple[Trajectory, ...]

    @property
    def landscape(self) -> Landscape:
        return self.scenario.landscape


def run_entry(scenario: Scenario, entry: Entry) -> Trajectory:
    """One entry of a scenario. It depends on nothing about the other entries."""
    return run(
        scenario.landscape,
        entry.optimizer,
        scenario.point,
        scenario.steps,
        schedules=dict(entry.schedules),
        sampler=scenario.sampler,
        seed=scenario.seed,
    )


def race(scenario: Scenario, run_entry: Callable[[Scenario, Entry], Trajectory] = run_entry) -> Race:
    """Run every entry. Another `run_entry` may remember what it has run before."""
    return Race(scenario, tuple(run_entry(scenario, entry) for entry in scenario.entries))
