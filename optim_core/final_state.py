"""The final states of very many runs, without their paths: for maps, on which every point is a whole run."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optim_core.arguments import check_types, factors_of, start_of
from optim_core.backends.step_by_step import map_arrays, scheduled, step_of, take_runs
from optim_core.backends.vector import VectorBackend
from optim_core.objective import Array, Objective, Transparent, domain_of, is_finite_within, norm
from optim_core.optimizer import Optimizer, State, Wrapper
from optim_core.outcome import Outcome
from optim_core.run import ESCAPE, RUNNING, diverged
from optim_core.sampler import Sampler
from optim_core.samplers.exact import Exact
from optim_core.schedule import Schedule
from optim_core.traceable import are_traceable
from optim_core.tracing.tracer import Untraceable

BLOCK_RUNS = 16384
"""Runs of a block, whose rows fit the cache and are so long that threads seldom wait for each other."""

CHECK_EVERY = 40
"""Steps between two checks of the running extrema."""

MAX_ENDED = 1 / 8
"""The share of ended runs above which they are removed, which costs as much as one or two steps."""

MIN_PART = 2.0**-10
"""The smallest part of a step: in single precision it differs from 0 up to thousands of steps."""


@dataclass(frozen=True)
class FinalStates:
    """The final states of many runs; each is to the last bit that of its own single `run()`.

    points     (2, *batch), losses (*batch): where a run ended: within tolerance, far off the map, or at the last step
    outcomes   (*batch): codes of `Outcome`
    last_step  (*batch): the step at which it ended
    crossings  (*batch): the same as a real number: where in the last step the length of the gradient crossed the
               tolerance, or the point the bound of divergence, if it changed at a constant rate in that step.
               `last_step` is the next whole number.
    """

    points: Array
    losses: Array
    outcomes: NDArray[np.int8]
    last_step: NDArray[np.int64]
    crossings: Array


def run_to_end(
    objective: Objective,
    optimizer: Optimizer,
    start: ArrayLike,
    steps: int,
    *,
    tolerance: float,
    schedules: Mapping[str, Schedule] | None = None,
    sampler: Sampler | None = None,
    seed: Any = 0,
) -> FinalStates:
    """The final states of `run(..., stop=Tolerance(tolerance))`, in memory independent of the number of steps.

    Arguments and errors are those of `run()`, for two parameters: another number raises ValueError. A class that is
    not traceable executes every step once, on blocks of the batch, in which ended runs stay.
    """
    check_types(objective, optimizer)
    begin = start_of(start, seed, optimizer, objective)
    parameters, *batch = begin.shape
    if parameters != 2:
        raise ValueError(f"run_to_end() is for two parameters, not {parameters}; use run(..., every=steps)")
    theta = np.array(begin.reshape(2, -1))
    factors = factors_of(optimizer, schedules or {}, steps)
    live = map_arrays(optimizer, lambda field: np.broadcast_to(field, batch).ravel())
    seeds = np.broadcast_to(seed, batch).ravel() if np.ndim(seed) else seed
    count = theta.shape[1]
    ends = FinalStates(theta, np.empty(count), np.empty(count, np.int8), np.empty(count, np.int64), np.empty(count))
    finite, sampler = is_finite_within(objective, ESCAPE), sampler or Exact()
    traceable = are_traceable(optimizer, sampler)
    # A loss over n examples computes arrays of n times as many numbers.
    size = max(1, BLOCK_RUNS // max(1, getattr(objective, "n", 1) // 8))
    for first in range(0, count, size):
        part = slice(first, first + size)
        some = map_arrays(live, lambda field, part=part: field[part])
        begin, drawn = theta[:, part].copy(), seeds[part] if np.ndim(seeds) else seeds
        with np.errstate(all="ignore"):
            there = _Stepped(objective, finite, sampler, factors, some, drawn, begin, some.init(begin))
            block = _Block(objective, finite, steps, tolerance, ends, np.arange(first, first + begin.shape[1]))
            if traceable:
                block.run(_fastest(there))
            else:
                block.run_as_written(there)
    return FinalStates(
        ends.points.reshape(2, *batch),
        ends.losses.reshape(batch),
        ends.outcomes.reshape(batch),
        ends.last_step.reshape(batch),
        ends.crossings.reshape(batch),
    )


class _Watched(Transparent):
    """An objective that keeps the gradient at one point, if it is evaluated there."""

    here: Array | None = None
    kept: Array | None = None

    def gradient(self, theta: Array) -> Array:
        g = self.objective.gradient(theta)
        if theta is self.here:
            self.kept = g
        return g


@final
@dataclass(frozen=True)
class RunningExtrema(Wrapper):
    """Executes the steps of `inner`, and keeps the extrema since the start in the state.

    before     the point before this one
    high, low  the largest and the smallest coordinates of all points before this one
    smallest   the smallest gradient there, measured by its larger component
    """

    def init(self, theta: Array) -> State:
        nothing = np.full(theta.shape[1], np.inf)
        return State(before=theta, high=theta, low=theta, smallest=nothing, inner=self.inner.init(theta))

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        size = np.abs(objective.gradient(theta))
        moved, inner = self.inner.step(theta, state["inner"], objective)
        return moved, State(
            before=theta,
            high=np.maximum(state["high"], theta),
            low=np.minimum(state["low"], theta),
            smallest=np.minimum(state["smallest"], np.maximum(size[0], size[1])),
            inner=inner,
        )


@final
@dataclass(frozen=True)
class FiniteRunningExtrema(Wrapper):
    """The same; `smallest` is NaN after a loss that was not finite."""

    def init(self, theta: Array) -> State:
        return RunningExtrema(self.inner).init(theta)

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        moved, extrema = RunningExtrema(self.inner).step(theta, state, objective)
        smallest = np.where(np.isfinite(objective.value(theta)), extrema["smallest"], np.nan)
        return moved, State(extrema, smallest=smallest)


class _Runs(Protocol):
    """A batch of runs after some steps, with the running extrema at least since the last check. Immutable."""

    @property
    def theta(self) -> Array: ...

    def __getitem__(self, name: str, /) -> Array:
        """A variable of `RunningExtrema`."""
        ...

    def ahead(self, t: int, steps: int) -> Self:
        """After the steps from t on."""
        ...

    def points(self, t: int, steps: int) -> Array:
        """The points after each of the steps from t on, (2, steps, runs)."""
        ...

    def take(self, runs: NDArray[np.intp]) -> Self:
        """The batch with these runs only."""
        ...


@dataclass(frozen=True)
class _Stepped:
    """Runs whose every step is executed by the optimizer.

    Unless the loss is known to be `finite` near the map, it is checked, and `smallest` is NaN where it is not finite.
    """

    objective: Objective
    finite: bool
    sampler: Sampler
    factors: Mapping[str, list[float]]
    live: Optimizer
    seeds: Any
    theta: Array
    state: State
    extrema: Mapping[str, Array] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Array:
        return self.extrema.get(name, self.theta)

    def ahead(self, t: int, steps: int) -> Self:
        theta, state, watched = self.theta, self.state, _Watched(self.objective)
        before, high, low, smallest = theta, theta, theta, np.full(theta.shape[1], np.inf)
        for step in range(t, t + steps):
            before, watched.kept = theta, None
            theta, state = self._step(theta, state, step, watched)
            # Most optimizers evaluate the gradient here anyway.
            size = np.abs(self.objective.gradient(before) if watched.kept is None else watched.kept)
            smallest = np.minimum(smallest, np.maximum(size[0], size[1]))
            if not self.finite:
                smallest[~np.isfinite(self.objective.value(before))] = np.nan
            high, low = np.maximum(high, before), np.minimum(low, before)
        extrema = {"before": before, "high": high, "low": low, "smallest": smallest}
        return replace(self, theta=theta, state=state, extrema=extrema)

    def after(self, t: int) -> Self:
        """After step t, without the running extrema."""
        theta, state = self._step(self.theta, self.state, t, None)
        return replace(self, theta=theta, state=state)

    def points(self, t: int, steps: int) -> Array:
        theta, state = self.theta, self.state
        points = np.empty((2, steps, theta.shape[1]))
        for row in range(steps):
            theta, state = self._step(theta, state, t + row, None)
            points[:, row] = theta
        return points

    def take(self, runs: NDArray[np.intp]) -> Self:
        live = map_arrays(self.live, lambda values: values[runs])
        seeds, theta, state, extrema = take_runs([self.seeds, self.theta, self.state, dict(self.extrema)], runs)
        return replace(self, live=live, seeds=seeds, theta=theta, state=state, extrema=extrema)

    def _step(self, theta: Array, state: State, t: int, watched: _Watched | None) -> tuple[Array, State]:
        seen = self.sampler.at(self.objective, t, self.seeds)
        if watched is not None and seen is self.objective:
            watched.here, seen = theta, watched
        return step_of(scheduled(self.live, self.factors, t), theta, state, seen)


@dataclass(frozen=True)
class _Compiled:
    """Runs by machine code that contains the running extrema."""

    batch: VectorBackend

    @property
    def theta(self) -> Array:
        return self.batch.theta

    def __getitem__(self, name: str) -> Array:
        return self.batch[name]

    def ahead(self, t: int, steps: int) -> Self:
        return replace(self, batch=self.batch.ahead(t, steps))

    def points(self, t: int, steps: int) -> Array:
        return self.batch.advance(t, steps)[1]

    def take(self, runs: NDArray[np.intp]) -> Self:
        return replace(self, batch=self.batch.take(runs))


def _fastest(runs: _Stepped) -> _Runs:
    """The same runs by machine code, if it can be generated."""
    if isinstance(runs.sampler, Exact):
        optimizer = RunningExtrema(runs.live) if runs.finite else FiniteRunningExtrema(runs.live)
        factors = {f"inner.{path}": factor for path, factor in runs.factors.items()}
        with suppress(Untraceable):
            return _Compiled(VectorBackend.begin(runs.objective, optimizer, factors, runs.theta))
    return runs


@dataclass
class _Block:
    """Some runs, until their ends.

    A check of every point would cost as much as the steps. For `CHECK_EVERY` steps, only the running extrema of points
    and gradients are kept. The few runs that may have ended repeat these steps, with the same checks as in `run()`.
    """

    objective: Objective
    finite: bool
    steps: int
    tolerance: float
    ends: FinalStates
    alive: NDArray[np.intp]

    def run(self, runs: _Runs) -> None:
        """Compute the ends of all runs."""
        reached = 0
        gone = np.zeros(self.alive.size, dtype=bool)
        while self.alive.size:
            ahead, before = min(CHECK_EVERY, self.steps - reached), runs
            if ahead:
                runs = before.ahead(reached, ahead)
                # A comparison with NaN is false, so that NaN leads to a check.
                far = diverged(np.stack([runs["high"], runs["low"]], axis=1), None, self.objective)
                sound = ~(far[0] | far[1]) & (runs["smallest"] > self.tolerance)
                again = np.flatnonzero(~sound & ~gone)
                some = before.take(again)
                points = np.stack([some["before"], some.theta], axis=1)
                points = np.concatenate([points, some.points(reached, ahead - 1)], axis=1)
            else:
                again = np.flatnonzero(~gone)
                points = np.stack([runs["before"], runs.theta], axis=1)[..., again]
            ended = np.zeros(self.alive.size, dtype=bool)
            ended[again] = self._check(points, self.alive[again], reached, last=not ahead)
            gone |= ended
            if gone.sum() >= self.alive.size * MAX_ENDED:
                kept = np.flatnonzero(~gone)
                runs, self.alive = runs.take(kept), self.alive[kept]
                gone = np.zeros(kept.size, dtype=bool)
            reached += ahead

    def run_as_written(self, runs: _Stepped) -> None:
        """The same, where every step is executed once, and no run is removed from the state."""
        going, before = np.arange(self.alive.size), runs.theta.copy()
        for t in range(self.steps + 1):
            points = np.stack([before, runs.theta], axis=1)[..., going]
            going = going[~self._check(points, self.alive[going], t, last=t == self.steps)]
            if not going.size:
                return
            before = runs.theta.copy()
            runs = runs.after(t)

    def _check(self, points: Array, runs: NDArray[np.intp], t: int, last: bool) -> NDArray[np.bool_]:
        """Store the ends among points (2, 1 + k, runs), the second of which is point t; return which have ended."""
        if not runs.size:
            return np.zeros(0, dtype=bool)
        new = points[:, 1:]
        values = None if self.finite else self.objective.value(new)
        verdict = np.where(diverged(new, values, self.objective), np.int8(Outcome.DIVERGED), np.int8(RUNNING))
        gradients = self.objective.gradient(points)
        sizes = np.abs(gradients[:, 1:])
        small = (sizes[0] <= self.tolerance) & (sizes[1] <= self.tolerance)  # the length takes ten times as long
        near = np.nonzero(small & (verdict == RUNNING))
        verdict[near] = np.where(norm(gradients[:, 1:][:, *near]) <= self.tolerance, Outcome.STATIONARY, RUNNING)
        if last:
            verdict[verdict == RUNNING] = Outcome.FINISHED
        ended = (verdict != RUNNING).any(axis=0)
        at, row = np.flatnonzero(ended), (verdict != RUNNING).argmax(axis=0)[ended]
        outcomes, where, step = verdict[row, at], runs[ended], t + row
        past, end = points[:, row, at], new[:, row, at]
        self.ends.points[:, where] = end
        self.ends.losses[where] = self.objective.value(end)
        self.ends.outcomes[where] = outcomes
        self.ends.last_step[where] = step
        part = np.where(
            outcomes == Outcome.STATIONARY,
            _crossed(norm(gradients[:, row, at]), norm(gradients[:, row + 1, at]), self.tolerance),
            _crossed(self._distance(past), self._distance(end), ESCAPE),
        )
        part[outcomes == Outcome.FINISHED] = 1.0
        self.ends.crossings[where] = np.where(step == 0, 0.0, step - 1 + part)
        return ended

    def _distance(self, points: Array) -> Array:
        """The distance from the middle in domain sizes, along the coordinate that is farther: (2, runs) -> (runs)."""
        domain = np.array(domain_of(self.objective) or ((-0.5, 0.5), (-0.5, 0.5)))
        middle, size = domain.mean(axis=1), np.ptp(domain, axis=1)
        return np.maximum(*(np.abs(points - middle[:, None]) / size[:, None]))


def _crossed(past: Array, now: Array, bound: float) -> Array:
    """The part of a step after which `bound` was crossed, above 0 and up to 1; 1 where it is not known."""
    part = np.log(past / bound) / np.log(past / now)
    return np.where(np.isfinite(part), np.clip(part, MIN_PART, 1.0), 1.0)
