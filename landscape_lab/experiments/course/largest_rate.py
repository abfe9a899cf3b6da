"""The task "find the largest learning rate at which the race still does this, to two digits after the point"."""

from collections.abc import Callable
from dataclasses import replace

from landscape_lab.experiments.race import Race, race
from landscape_lab.experiments.scenarios.scenario import Scenario
from optim_core import Optimizer
from optim_core.objective import norm
from optim_core.optimizer import owner_path, with_field

RESOLUTION = 0.01
"""The next larger rate that is tried."""


def only(race: Race, *layers: type[Optimizer]) -> bool:
    """Return whether the race has a single entry with these classes, wrappers first, and with constant settings."""
    entry, *others = race.scenario.entries
    return not others and tuple(map(type, entry.layers)) == layers and not entry.schedules


def rate_of(race: Race) -> float:
    """Return the learning rate of the first entry, a gradient descent: the length of its first step over that of the
    gradient."""
    start, after = race.trajectories[0].points[:2]
    return float(norm(after - start) / norm(race.landscape.gradient(start)))


def is_largest_rate(race: Race, succeeds: Callable[[Race], bool]) -> bool:
    """Return whether a race of gradient descent alone succeeds, and no longer does so with a rate larger by
    `RESOLUTION`."""
    return succeeds(race) and not succeeds(_with_rate(race.scenario, rate_of(race) + RESOLUTION))


def _with_rate(scenario: Scenario, rate: float) -> Race:
    (entry,) = scenario.entries
    optimizer = with_field(entry.optimizer, owner_path(entry.optimizer, "learning_rate"), rate)
    return race(replace(scenario, entries=(replace(entry, optimizer=optimizer),)))
