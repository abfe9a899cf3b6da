"""The rules of a fair comparison, and races in which all entries have the same number of gradient evaluations."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from landscape_lab.experiments.convergence import LOSS_TOLERANCE
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.notation import read, write
from landscape_lab.experiments.scenarios.scenario import (
    Entry,
    Scenario,
    check_knobs,
    check_query,
    default_entries,
    knob_value,
)
from landscape_lab.experiments.scenarios.sentence import ScenarioError
from landscape_lab.experiments.scenarios.surfaces import NO_DATA, OwnData
from optim_core import Outcome, Trajectory, knobs, run
from optim_core.caching import PrivateCache, bounded_cache
from optim_core.knob import knob
from optim_core.objective import Array

FORMER_NAMES = {"second_knob": "second_setting"}
"""Names in older links, with the present ones."""


@dataclass(frozen=True)
class Comparison:
    """A scenario to compare entries on, and the rules. Raises ScenarioError for settings out of their range."""

    scenario: Scenario

    budget: int = knob(
        200, 20, 1000, symbol="E", scale="log", help="How many gradient evaluations every entry may spend, not steps."
    )
    second_setting: bool = knob(
        False, symbol="2", help="Whether one other setting of each optimizer is tuned as well, such as its momentum."
    )
    use_tuned_settings: bool = knob(
        True, symbol=r"\checkmark", help="Whether seeds and starts are run with the tuned settings or as given."
    )
    tolerance: float = knob(
        LOSS_TOLERANCE,
        1e-9,
        0.5,
        symbol=r"\mathrm{tol}",
        scale="log",
        help="A run has converged when at most this share of the way down from its start to the minimum is left.",
    )
    starts: int = knob(
        100, 10, 400, symbol=r"N_\theta", scale="log", help="How many starts all over the map are tried."
    )
    seeds: int = knob(48, 8, 128, symbol="N_s", scale="log", help="How many seeds are run where there is noise.")

    def __post_init__(self) -> None:
        check_knobs(self)

    def to_query(self) -> dict[str, str]:
        """Return the parts of a link: those of the scenario and those of the rules."""
        own = {name: write(_written(getattr(self, name))) for name in knobs(self)}
        return self.scenario.to_query() | own

    @classmethod
    def from_query(cls, query: Mapping[str, str], own: OwnData = NO_DATA) -> "Comparison":
        """Read the parts of a link. `own` are the losses over own data that the user has loaded.

        Raises ScenarioError.
        """
        check_query(query)
        query = {FORMER_NAMES.get(name, name): text for name, text in query.items()}
        known = knobs(cls)
        scenario = Scenario.from_query({name: text for name, text in query.items() if name not in known}, own)
        settings: dict[str, Any] = {}
        for name, facts in known.items():
            if name in query:
                values = read(query[name]) if query[name].strip() else []
                if len(values) != 1:
                    raise ScenarioError("“{name}” needs one value, not {count}.", name=name, count=len(values))
                settings[name] = knob_value(name, facts, values[0])
        return cls(scenario, **settings)

    @property
    def private_cache(self) -> PrivateCache | None:
        """The cache of the scenario's data."""
        return self.scenario.private_cache

    @property
    def is_pure(self) -> bool:
        """Whether results may be cached, which depends on the scenario."""
        return self.scenario.is_pure

    @property
    def noisy(self) -> bool:
        """Whether results depend on the seed."""
        return self.scenario.is_noisy


def _written(value: Any) -> Any:
    return value if isinstance(value, bool) else float(value)


def default_comparison() -> Comparison:
    """Return the comparison that the page opens with: the default entries, whose order changes when it is fair."""
    return Comparison(Scenario(default_entries()))


SOURCES = (
    "Dolan and Moré 2002, Benchmarking optimization software with performance profiles",
    "Choi et al. 2019, On empirical comparisons of optimizers for deep learning",
    "Sivaprasad et al. 2020, Optimizer benchmarking needs to account for hyperparameter tuning",
)
"""The sources of the rules."""

# Equal cost


def entry_runs(comparison: Comparison, entry: Entry, **batch: Any) -> Trajectory:
    """Run an entry for at least as many steps as its budget allows.

    `batch` may replace the `start`, the `seed` and the `optimizer`, with arrays over a batch of runs.
    """
    scenario = comparison.scenario
    return run(
        scenario.landscape,
        batch.get("optimizer", entry.optimizer),
        batch.get("start", scenario.point),
        _steps(comparison, entry),
        schedules=dict(entry.schedules),
        sampler=scenario.sampler,
        seed=batch.get("seed", scenario.seed),
    )


@bounded_cache(maxsize=128)
def _steps(comparison: Comparison, entry: Entry) -> int:
    """Return the number of steps to run. A schedule spans the whole run, so it must end together with the budget."""
    if not entry.schedules:
        return comparison.budget
    scenario = comparison.scenario
    path = run(scenario.landscape, entry.optimizer, scenario.point, comparison.budget, sampler=scenario.sampler)
    last = int(path.last_step)
    each = float(path.evaluations) / last if last else 1.0
    return max(1, min(comparison.budget, int(comparison.budget / each)))


def by_cost(path: Trajectory, budget: int) -> Array:
    """Return the loss of each run after 0, 1, ... `budget` gradient evaluations: (budget + 1, *batch).

    The loss of a run is infinite from its divergence on, and constant after any other end.
    """
    steps, batch = path.losses.shape[0], path.losses.shape[1:]
    losses, spent = path.losses.reshape(steps, -1), path.evaluated.reshape(steps, -1)
    count = np.zeros((budget + 2, losses.shape[1]))
    known = np.isfinite(spent)
    place = np.minimum(np.where(known, spent, budget + 1), budget + 1).astype(int)
    np.add.at(count, (place, np.broadcast_to(np.arange(losses.shape[1]), place.shape)), known)
    reached = count.cumsum(axis=0)[: budget + 1].astype(int) - 1
    lost = (path.outcomes == Outcome.DIVERGED).ravel() & (reached >= path.last_step.ravel())
    out = np.take_along_axis(losses, reached, axis=0)
    return np.where(lost, np.inf, out).reshape(budget + 1, *batch)


def within(path: Trajectory, budget: int) -> Trajectory:
    """Return the part of a single run that fits into the budget."""
    last = int((path.evaluated[: int(path.last_step) + 1] <= budget).sum()) - 1
    ended = last < int(path.last_step)
    return replace(
        path,
        points=path.points[: last + 1],
        losses=path.losses[: last + 1],
        evaluated=path.evaluated[: last + 1],
        outcomes=np.array(Outcome.FINISHED if ended else path.outcomes, dtype=np.int8),
        last_step=np.array(last),
    )


@bounded_cache(maxsize=32)
def equal_race(comparison: Comparison, entries: tuple[Entry, ...]) -> Race:
    """Run the entries, each until its budget is spent."""
    paths = tuple(within(entry_runs(comparison, entry), comparison.budget) for entry in entries)
    return Race(replace(comparison.scenario, entries=entries), paths)


def final_losses(comparison: Comparison, entries: tuple[Entry, ...]) -> list[float]:
    """Return the loss of each entry when its budget is spent, infinite if it has diverged."""
    paths = equal_race(comparison, entries).trajectories
    return [math.inf if path.outcome == Outcome.DIVERGED else float(path.losses[-1]) for path in paths]
