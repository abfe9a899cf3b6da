"""Where many runs end and when, without the way there: for maps, on which every point is a whole run."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optim_core.backends.step_by_step import map_arrays, scheduled, step_of, take_runs
from optim_core.backends.vector import VectorBackend
from optim_core.objective import Array, Objective, Transparent, domain_of, is_finite_within, norm
from optim_core.optimizer import Optimizer, State, Wrapper
from optim_core.outcome import Outcome
from optim_core.run import ESCAPE, RUNNING, check_types, factors_of, lost, start_of
from optim_core.sampler import Sampler
from optim_core.samplers.exact import Exact
from optim_core.schedule import Schedule
from optim_core.traceable import are_traceable
from optim_core.tracing.tracer import Untraceable

BLOCK_RUNS = 16384
"""Lanes side by side: a block's rows fit the cache, and are so long that threads seldom wait for each other."""

LOOK_EVERY = 40
"""Steps between two looks at the account."""

MOST_GONE = 8
"""Lanes that ended go on in vain until they are one in so many: closing the ranks costs as much as a step or two."""

PART = 2.0**-10
"""The smallest part of a step: single precision tells it from none up to thousands of steps."""


@dataclass(frozen=True)
class FinalStates:
    """How many runs ended; each is to the last bit the end of its own single `run()`.

    points     (2, *lanes), losses (*lanes): where a lane ended, be it within tolerance, far off the map, or at the last
               step
    outcomes   (*lanes): codes of `Outcome`
    last_step  (*lanes): the step at which it ended
    crossings  (*lanes): the same with a part of the last step: where the length of the gradient crossed the tolerance,
               or the point the edge of what counts as escaped, had it changed by one factor all through that step.
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
    """The ends of `run(..., stop=Tolerance(tolerance))`, in memory that does not grow with the number of steps.

    All arguments are those of `run()`, and so are the errors. A class that is not of a registry makes every step once,
    on blocks of the batch, in which ended runs stay.
    """
    check_types(objective, optimizer)
    theta, lanes = start_of(start, seed, optimizer)
    factors = factors_of(optimizer, schedules or {}, steps)
    live = map_arrays(optimizer, lambda field: np.broadcast_to(field, lanes).ravel())
    seeds = np.broadcast_to(seed, lanes).ravel() if np.ndim(seed) else seed
    count = theta.shape[1]
    ends = FinalStates(theta, np.empty(count), np.empty(count, np.int8), np.empty(count, np.int64), np.empty(count))
    finite, sampler = is_finite_within(objective, ESCAPE), sampler or Exact()
    ours = are_traceable(optimizer, sampler)
    # Of a loss over n examples every call makes arrays of n times as many numbers.
    size = max(1, BLOCK_RUNS // max(1, getattr(objective, "n", 1) // 8))
    for first in range(0, count, size):
        part = slice(first, first + size)
        some = map_arrays(live, lambda field, part=part: field[part])
        begin, drawn = theta[:, part].copy(), seeds[part] if np.ndim(seeds) else seeds
        with np.errstate(all="ignore"):
            there = _Stepped(objective, finite, sampler, factors, some, drawn, begin, some.init(begin))
            block = _Block(objective, finite, steps, tolerance, ends, np.arange(first, first + begin.shape[1]))
            if ours:
                block.run(_fastest(there))
            else:
                block.run_as_written(there)
    return FinalStates(
        ends.points.reshape(2, *lanes),
        ends.losses.reshape(lanes),
        ends.outcomes.reshape(lanes),
        ends.last_step.reshape(lanes),
        ends.crossings.reshape(lanes),
    )


class _Watched(Transparent):
    """An objective that keeps the gradient at one point, if it is asked for it."""

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
    """Steps as `inner` does, and writes down the extremes since it began.

    before     the point before this one
    high, low  the largest and the smallest coordinates, of the points from which steps were made
    smallest   the size of the smallest gradient there: of its larger component
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
    """The same, and `smallest` is no number once a loss was not finite."""

    def init(self, theta: Array) -> State:
        return RunningExtrema(self.inner).init(theta)

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        moved, account = RunningExtrema(self.inner).step(theta, state, objective)
        smallest = np.where(np.isfinite(objective.value(theta)), account["smallest"], np.nan)
        return moved, State(account, smallest=smallest)


class _UnderWay(Protocol):
    """Lanes on their way. The account is of the steps that led here, at least from the last look on."""

    @property
    def theta(self) -> Array: ...

    def __getitem__(self, letter: str, /) -> Array:
        """A letter of `RunningExtrema`."""
        ...

    def ahead(self, t: int, steps: int) -> Self:
        """After the steps from t on."""
        ...

    def points(self, t: int, steps: int) -> Array:
        """Those after each of the steps from t on, (2, steps, lanes)."""
        ...

    def take(self, lanes: NDArray[np.intp]) -> Self:
        """Some of them."""
        ...


@dataclass(frozen=True)
class _Stepped:
    """Lanes that go step by step, each as the optimizer makes it.

    Where the loss is not known to be `finite` near the map, it is looked at, and if it is not, `smallest` is no number.
    """

    objective: Objective
    finite: bool
    sampler: Sampler
    factors: Mapping[str, list[float]]
    live: Optimizer
    seeds: Any
    theta: Array
    state: State
    account: Mapping[str, Array] = field(default_factory=dict)

    def __getitem__(self, letter: str) -> Array:
        return self.account.get(letter, self.theta)

    def ahead(self, t: int, steps: int) -> Self:
        theta, state, watched = self.theta, self.state, _Watched(self.objective)
        before, high, low, smallest = theta, theta, theta, np.full(theta.shape[1], np.inf)
        for step in range(t, t + steps):
            before, watched.kept = theta, None
            theta, state = self._step(theta, state, step, watched)
            # Most optimizers ask for the gradient here anyway.
            size = np.abs(self.objective.gradient(before) if watched.kept is None else watched.kept)
            smallest = np.minimum(smallest, np.maximum(size[0], size[1]))
            if not self.finite:
                smallest[~np.isfinite(self.objective.value(before))] = np.nan
            high, low = np.maximum(high, before), np.minimum(low, before)
        account = {"before": before, "high": high, "low": low, "smallest": smallest}
        return replace(self, theta=theta, state=state, account=account)

    def after(self, t: int) -> Self:
        """After step t, without an account."""
        theta, state = self._step(self.theta, self.state, t, None)
        return replace(self, theta=theta, state=state)

    def points(self, t: int, steps: int) -> Array:
        theta, state = self.theta, self.state
        points = np.empty((2, steps, theta.shape[1]))
        for row in range(steps):
            theta, state = self._step(theta, state, t + row, None)
            points[:, row] = theta
        return points

    def take(self, lanes: NDArray[np.intp]) -> Self:
        live = map_arrays(self.live, lambda values: values[lanes])
        seeds, theta, state, account = take_runs([self.seeds, self.theta, self.state, dict(self.account)], lanes)
        return replace(self, live=live, seeds=seeds, theta=theta, state=state, account=account)

    def _step(self, theta: Array, state: State, t: int, watched: _Watched | None) -> tuple[Array, State]:
        seen = self.sampler.at(self.objective, t, self.seeds)
        if watched is not None and seen is self.objective:
            watched.here, seen = theta, watched
        return step_of(scheduled(self.live, self.factors, t), theta, state, seen)


@dataclass(frozen=True)
class _Written:
    """Lanes that go by machine code, with an account in it."""

    lanes: VectorBackend

    @property
    def theta(self) -> Array:
        return self.lanes.theta

    def __getitem__(self, letter: str) -> Array:
        return self.lanes[letter]

    def ahead(self, t: int, steps: int) -> Self:
        return replace(self, lanes=self.lanes.ahead(t, steps))

    def points(self, t: int, steps: int) -> Array:
        return self.lanes.advance(t, steps)[1]

    def take(self, lanes: NDArray[np.intp]) -> Self:
        return replace(self, lanes=self.lanes.take(lanes))


def _fastest(lanes: _Stepped) -> _UnderWay:
    """The same lanes as machine code, where there is one for them."""
    if isinstance(lanes.sampler, Exact):
        account = RunningExtrema(lanes.live) if lanes.finite else FiniteRunningExtrema(lanes.live)
        factors = {f"inner.{path}": factor for path, factor in lanes.factors.items()}
        with suppress(Untraceable):
            return _Written(VectorBackend.begin(lanes.objective, account, factors, lanes.theta))
    return lanes


@dataclass
class _Block:
    """Some lanes on their way to their ends.

    A look at every point would cost as much as the steps. So for some steps on end only an account is kept of how far
    the lanes have been and how small their gradients were; the few that may have ended go through these steps once
    more, under the eyes of the same rules as in `run()`.
    """

    objective: Objective
    finite: bool
    steps: int
    tolerance: float
    ends: FinalStates
    alive: NDArray[np.intp]

    def run(self, lanes: _UnderWay) -> None:
        """Write the ends of all lanes."""
        reached = 0
        gone = np.zeros(self.alive.size, dtype=bool)
        while self.alive.size:
            ahead, then = min(LOOK_EVERY, self.steps - reached), lanes
            if ahead:
                lanes = then.ahead(reached, ahead)
                # Written so that NaN counts as something to look at.
                far = lost(np.stack([lanes["high"], lanes["low"]], axis=1), None, self.objective)
                sound = ~(far[0] | far[1]) & (lanes["smallest"] > self.tolerance)
                again = np.flatnonzero(~sound & ~gone)
                some = then.take(again)
                points = np.stack([some["before"], some.theta], axis=1)
                points = np.concatenate([points, some.points(reached, ahead - 1)], axis=1)
            else:
                again = np.flatnonzero(~gone)
                points = np.stack([lanes["before"], lanes.theta], axis=1)[..., again]
            ended = np.zeros(self.alive.size, dtype=bool)
            ended[again] = self._judge(points, self.alive[again], reached, last=not ahead)
            gone |= ended
            if gone.sum() >= self.alive.size / MOST_GONE:
                kept = np.flatnonzero(~gone)
                lanes, self.alive = lanes.take(kept), self.alive[kept]
                gone = np.zeros(kept.size, dtype=bool)
            reached += ahead

    def run_as_written(self, runs: _Stepped) -> None:
        """Write the ends of all runs, of which every step is made once, and no run is taken out of the state."""
        going, before = np.arange(self.alive.size), runs.theta.copy()
        for t in range(self.steps + 1):
            points = np.stack([before, runs.theta], axis=1)[..., going]
            going = going[~self._judge(points, self.alive[going], t, last=t == self.steps)]
            if not going.size:
                return
            before = runs.theta.copy()
            runs = runs.after(t)

    def _judge(self, points: Array, lanes: NDArray[np.intp], t: int, last: bool) -> NDArray[np.bool_]:
        """Write down the ends among points (2, 1 + k, lanes), the second of which is point t; say whose they are."""
        if not lanes.size:
            return np.zeros(0, dtype=bool)
        new = points[:, 1:]
        values = None if self.finite else self.objective.value(new)
        verdict = np.where(lost(new, values, self.objective), np.int8(Outcome.DIVERGED), np.int8(RUNNING))
        gradients = self.objective.gradient(points)
        sizes = np.abs(gradients[:, 1:])
        small = (sizes[0] <= self.tolerance) & (sizes[1] <= self.tolerance)  # the length costs ten times this
        near = np.nonzero(small & (verdict == RUNNING))
        verdict[near] = np.where(norm(gradients[:, 1:][:, *near]) <= self.tolerance, Outcome.CONVERGED, RUNNING)
        if last:
            verdict[verdict == RUNNING] = Outcome.FINISHED
        ended = (verdict != RUNNING).any(axis=0)
        at, row = np.flatnonzero(ended), (verdict != RUNNING).argmax(axis=0)[ended]
        outcomes, where, step = verdict[row, at], lanes[ended], t + row
        past, end = points[:, row, at], new[:, row, at]
        self.ends.points[:, where] = end
        self.ends.losses[where] = self.objective.value(end)
        self.ends.outcomes[where] = outcomes
        self.ends.last_step[where] = step
        part = np.where(
            outcomes == Outcome.CONVERGED,
            _crossed(norm(gradients[:, row, at]), norm(gradients[:, row + 1, at]), self.tolerance),
            _crossed(self._distance(past), self._distance(end), ESCAPE),
        )
        part[outcomes == Outcome.FINISHED] = 1.0
        self.ends.crossings[where] = np.where(step == 0, 0.0, step - 1 + part)
        return ended

    def _distance(self, points: Array) -> Array:
        """How many domain sizes away from the middle, along the coordinate that is farther: (2, lanes) -> (lanes)."""
        domain = np.array(domain_of(self.objective) or ((-0.5, 0.5), (-0.5, 0.5)))
        middle, size = domain.mean(axis=1), np.ptp(domain, axis=1)
        return np.maximum(*(np.abs(points - middle[:, None]) / size[:, None]))


def _crossed(past: Array, now: Array, bound: float) -> Array:
    """The part of a step after which `bound` was crossed, above 0 to 1; 1 where that cannot be told."""
    part = np.log(past / bound) / np.log(past / now)
    return np.where(np.isfinite(part), np.clip(part, PART, 1.0), 1.0)
