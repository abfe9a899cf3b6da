"""Everything that the stage shows of a race, as one immutable value: numbers, without words and colours."""

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.families import Family, members, outcomes, run_family
from landscape_lab.experiments.runs import EntryRun, entry_run, entry_runs
from landscape_lab.experiments.scenarios.scenario import Entry, Scenario
from landscape_lab.experiments.scenarios.sentence import Sentence
from landscapes import DataLoss
from landscapes.curvature import Curvature, curvature
from optim_core import Outcome, Trajectory
from optim_core.caching import bounded_cache
from optim_core.example_sampler import ExampleSampler
from optim_core.metrics import examples_seen
from optim_core.objective import Array
from optim_core.sampler import Sampler
from optim_core.step_trace import StepTrace, trace_steps

MOST_ROWS = 100_000
"""Rows of examples up to which a race has them: four bytes each."""


@dataclass(frozen=True)
class EntryData:
    """One entry of a race.

    path       its trajectory; of a veiled race the start alone
    outcome    how it ended; None in a veiled race
    gradients  (points, 2): gradients of the loss itself, whatever the sampler showed the steps
    examples   (points,): examples used up to each point; None for a surface without examples
    held_out   (points,): the loss on held-out data; None unless asked for
    """

    entry: Entry
    path: Trajectory
    outcome: Sentence | None
    gradients: Array
    examples: Array | None
    held_out: Array | None


@dataclass(frozen=True)
class FamilyData:
    """One entry at many values of one setting.

    alone      the scenario with this entry only; it is the same whichever member is chosen
    family     the values, for the entry at place 0 of `alone`
    together   all members in one trajectory: arrays (..., members)
    outcomes   how each member ended
    gradients  (members, points, 2)
    examples   (points, members): examples used up to each point; None for a surface without examples
    held_out   (points, members): the loss on held-out data; None unless asked for
    stayed     places of the members that did not diverge; the first member where all did
    """

    alone: Scenario
    family: Family
    together: Trajectory
    outcomes: tuple[Sentence, ...]
    gradients: Array
    examples: Array | None
    held_out: Array | None
    stayed: NDArray[np.intp]

    @property
    def paths(self) -> list[Trajectory]:
        """The trajectories of the members in `stayed`."""
        every = list(members(self.together))
        return [every[i] for i in self.stayed]


@dataclass(frozen=True)
class InspectedSteps:
    """The arithmetic of every step of one entry, and the curvature of the surface at its points."""

    entry: Entry
    trace: StepTrace
    curvature: Curvature


@dataclass(frozen=True)
class RaceData:
    """A race and what is computed beside it.

    family   of one entry, whose place in the race is `family_entry`; None unless asked for
    rows     (steps, k): the examples that each step uses, -1 after those of a smaller batch; None where every step uses
             all of them, or where there are more than `MOST_ROWS`
    """

    scenario: Scenario
    entries: tuple[EntryData, ...]
    family: FamilyData | None
    family_entry: int
    rows: NDArray[np.int32] | None

    @property
    def data_loss(self) -> DataLoss | None:
        """The surface, if it is a loss over data."""
        return self.scenario.landscape if isinstance(self.scenario.landscape, DataLoss) else None


def race_data(
    scenario: Scenario, *, family: Family | None = None, validation: bool = False, veiled: bool = False
) -> RaceData:
    """Run a scenario, and compute what the stage shows of it.

    family      values of a setting of one entry, all of which are run
    validation  whether the loss on held-out data is computed; ignored for a surface without examples
    veiled      whether everything after the start is left out, as in a question that is not answered yet
    """
    validation = validation and isinstance(scenario.landscape, DataLoss)
    family = None if veiled or family is None else family.with_own(scenario)
    return RaceData(
        scenario,
        tuple(
            _entry_data(scenario, entry, run, validation, veiled)
            for entry, run in zip(scenario.entries, entry_runs(scenario), strict=True)
        ),
        family and _family_data(*_alone(scenario, family), validation),
        family.entry if family else -1,
        None if veiled else rows_of(scenario),
    )


def _entry_data(scenario: Scenario, entry: Entry, run: EntryRun, validation: bool, veiled: bool) -> EntryData:
    path = _start_of(run.path) if veiled else run.path
    return EntryData(
        entry,
        path,
        None if veiled else run.result.outcome,
        run.gradients[: len(path.points)],
        _examples(scenario, path),
        _held_out(scenario, path) if validation else None,
    )


def _start_of(path: Trajectory) -> Trajectory:
    """The start of a trajectory, with an outcome that reveals nothing."""
    return Trajectory(
        path.points[:1],
        path.losses[:1],
        path.evaluated[:1],
        np.full((), Outcome.FINISHED, np.int8),
        np.zeros((), np.int64),
        {},
    )


def _examples(scenario: Scenario, path: Trajectory) -> Array | None:
    loss = scenario.landscape
    return examples_seen(path, scenario.sampler, loss) if isinstance(loss, DataLoss) else None


def _held_out(scenario: Scenario, path: Trajectory) -> Array:
    """The loss on held-out data at each point: (points, *batch)."""
    with np.errstate(all="ignore"):  # a path may have diverged
        return cast(DataLoss, scenario.landscape).validation.value(np.moveaxis(path.points, 1, 0))


def _alone(scenario: Scenario, family: Family) -> tuple[Scenario, Family]:
    """The scenario of the family alone, the same whichever member is chosen, and the family in it."""
    entry = replace(family.member(scenario, 0).entries[family.entry], name="")
    return replace(scenario, entries=(entry,)), replace(family, entry=0)


@bounded_cache(maxsize=4)  # a quarter of a megabyte each
def _family_data(alone: Scenario, family: Family, validation: bool) -> FamilyData:
    together = run_family(alone, family)
    points = np.moveaxis(together.points, -1, 0)
    with np.errstate(all="ignore"):
        gradients = np.moveaxis(alone.landscape.gradient(np.moveaxis(points, -1, 0)), 0, -1)
    stayed = np.flatnonzero(together.outcomes != Outcome.DIVERGED)
    return FamilyData(
        alone,
        family,
        together,
        tuple(outcomes(alone, together, family)),
        gradients,
        _examples(alone, together),
        _held_out(alone, together) if validation else None,
        stayed if stayed.size else np.array([0]),
    )


def rows_of(scenario: Scenario) -> NDArray[np.int32] | None:
    """The examples that each step uses: see `RaceData.rows`."""
    landscape, sampler = scenario.landscape, scenario.sampler
    if not isinstance(landscape, DataLoss) or not isinstance(sampler, ExampleSampler):
        return None
    return _rows(landscape, sampler, scenario.steps, scenario.seed)


@bounded_cache(maxsize=64)
def _rows(landscape: DataLoss, sampler: Sampler, steps: int, seed: int) -> NDArray[np.int32] | None:
    assert isinstance(sampler, ExampleSampler)
    width = len(sampler.rows_at(landscape, 0, seed))
    if width == landscape.n or steps * width > MOST_ROWS:
        return None
    used = [sampler.rows_at(landscape, t, seed) for t in range(steps)]
    rows = np.full((steps, max(map(len, used))), -1, np.int32)
    for row, some in zip(rows, used, strict=True):
        row[: len(some)] = some
    return rows


def inspected_steps(scenario: Scenario, place: int) -> InspectedSteps:
    """The arithmetic of the steps of the entry at a place. Raises TypeError for an entry that cannot be traced."""
    entry = scenario.entries[place]
    path = entry_run(scenario, entry).path
    trace = trace_steps(
        scenario.landscape,
        entry.optimizer,
        path,
        schedules=dict(entry.schedules),
        sampler=scenario.sampler,
        seed=scenario.seed,
    )
    return InspectedSteps(entry, trace, curvature(scenario.landscape, path.points.T))
