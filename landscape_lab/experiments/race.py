"""A scenario, run: one trajectory for each lane."""

from collections.abc import Callable
from dataclasses import dataclass

from landscape_lab.experiments.scenarios.scenario import Lane, Scenario
from landscapes import Landscape
from optim_core import Trajectory, run


@dataclass(frozen=True)
class Race:
    """A scenario and, in the order of its lanes, what happened."""

    scenario: Scenario
    trajectories: tuple[Trajectory, ...]

    @property
    def landscape(self) -> Landscape:
        return self.scenario.landscape


def run_lane(scenario: Scenario, lane: Lane) -> Trajectory:
    """One lane of a scenario. It depends on nothing about the other lanes."""
    return run(
        scenario.landscape,
        lane.optimizer,
        scenario.point,
        scenario.steps,
        schedules=dict(lane.schedules),
        sampler=scenario.sampler,
        seed=scenario.seed,
    )


def race(scenario: Scenario, run_lane: Callable[[Scenario, Lane], Trajectory] = run_lane) -> Race:
    """Run every lane. Another `run_lane` may remember what it has run before."""
    return Race(scenario, tuple(run_lane(scenario, lane) for lane in scenario.lanes))
