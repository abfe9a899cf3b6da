"""Running a scenario: one trajectory for each entry."""

from collections.abc import Callable
from dataclasses import dataclass

from landscape_lab.experiments.scenarios.scenario import Entry, Scenario
from landscapes import Landscape
from optim_core import Trajectory, run


@dataclass(frozen=True)
class Race:
    """A scenario with the trajectories of its entries, in the order of the entries."""

    scenario: Scenario
    trajectories: tuple[Trajectory, ...]

    @property
    def landscape(self) -> Landscape:
        return self.scenario.landscape


def run_entry(scenario: Scenario, entry: Entry) -> Trajectory:
    """Run one entry of a scenario, independently of the other entries."""
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
    """Run every entry of a scenario. Pass another `run_entry` to cache trajectories."""
    return Race(scenario, tuple(run_entry(scenario, entry) for entry in scenario.entries))
