"""The runs of single entries, cached: a change to one entry leaves the runs of the others in the cache.

The caches belong to the process and are bounded. Results about a user's own data are kept with these data instead: see
`optim_core.caching`.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from landscape_lab.experiments.race import Race, run_entry
from landscape_lab.experiments.scenarios.scenario import Entry, Scenario
from landscape_lab.experiments.tables import Result, results
from optim_core import Trajectory
from optim_core.caching import bounded_cache
from optim_core.objective import Array


@dataclass(frozen=True)
class EntryRun:
    """The run of one entry.

    alone      the scenario with this entry only, without its name
    path       the trajectory
    gradients  (steps + 1, 2): the gradient of the loss itself at each point, whatever the sampler showed the steps
    """

    alone: Scenario
    path: Trajectory
    gradients: Array

    @cached_property
    def result(self) -> Result:
        """The row in the table of results. It needs the critical points of the surface, so it is computed on demand."""
        return results(Race(self.alone, (self.path,)))[0]


SHORT = 1000
"""Steps up to which a run is small: at most 50 kB."""


def entry_run(scenario: Scenario, entry: Entry) -> EntryRun:
    """The run of one entry of a scenario."""
    return _run_alone(replace(scenario, entries=(replace(entry, name=""),)))


@bounded_cache(maxsize=8)  # a page asks for those of the same race several times
def entry_runs(scenario: Scenario) -> tuple[EntryRun, ...]:
    """The runs of all entries of a scenario."""
    return tuple(map(_run_alone, scenario.alone))


def race_of(scenario: Scenario) -> Race:
    """The race of a scenario; only entries without a cached run are run."""
    return Race(scenario, tuple(run.path for run in entry_runs(scenario)))


def results_of(scenario: Scenario) -> list[Result]:
    """A row of the table of results for each entry."""
    runs = entry_runs(scenario)
    return [replace(run.result, name=entry.label) for run, entry in zip(runs, scenario.entries, strict=True)]


def _run_alone(alone: Scenario) -> EntryRun:
    return (_short_run if alone.steps <= SHORT else _long_run)(alone)


def _run(alone: Scenario) -> EntryRun:
    path = run_entry(alone, alone.entries[0])
    with np.errstate(all="ignore"):
        gradients = alone.landscape.gradient(path.points.T).T
    return EntryRun(alone, path, gradients)


# A hundred visitors make a thousand new runs in ten seconds; the races that all of them see must stay in the cache.
_short_run = bounded_cache(maxsize=1024)(_run)
_long_run = bounded_cache(maxsize=128)(_run)
