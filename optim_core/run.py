"""Runs an optimizer on an objective, a whole batch of runs side by side, and records their paths."""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from math import prod
from operator import and_, index
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optim_core.arguments import Factors, check_objective, check_types, factors_of, start_of, values_at
from optim_core.backends.choose import choose_backend
from optim_core.backends.step_by_step import map_arrays, take_runs
from optim_core.backends.stepper import Chunk
from optim_core.objective import Array, Objective, dimension_of, domain_of
from optim_core.optimizer import Optimizer
from optim_core.outcome import Outcome
from optim_core.sampler import Sampler
from optim_core.samplers.exact import Exact
from optim_core.stopping import StoppingRule
from optim_core.traceable import are_traceable

ESCAPE = 1e3
"""A run has diverged when it is this many domain sizes away from the middle of the domain."""

MAX_BYTES = 2**32
"""The memory that the record of a run may take: 4 GiB."""

RUNNING = -1
"""The code of an outcome that is not known yet."""


@dataclass(frozen=True, repr=False)
class Trajectory:
    """The record of a run or of a batch of runs; NaN after the last step of a run.

    points       (steps + 1, P, *batch); point 0 is the start
    losses       (steps + 1, *batch)
    evaluated    (steps + 1, *batch): gradient evaluations spent up to each point. A value counts one as well, a
                 Hessian two (its columns).
    outcomes     (*batch): codes of `Outcome`
    last_step    (*batch): the step at which the run ended; the point that diverged is kept there
    state        by name, (steps, ..., *batch): the variables of the state after each step, if recorded
    every        with k > 1, `points` has the start, every k-th point and each run's last one, in ceil(steps / k) + 1
                 rows, see `kept_steps`; `state` has what led to each of them, in one row less
    """

    points: Array
    losses: Array
    evaluated: Array
    outcomes: NDArray[np.int8]
    last_step: NDArray[np.int64]
    state: Mapping[str, Array]
    every: int = 1

    @classmethod
    def of(cls, points: Any, objective: Objective, evaluated: ArrayLike | None = None) -> "Trajectory":
        """The trajectory of a path that was computed elsewhere (torch, SciPy, a measurement), for figures.

        points     (steps + 1, P, *batch), or the same as a list of points, the start first
        objective  gives the losses; with a domain, it also says where a path has left the map
        evaluated  (steps + 1, *batch): evaluations spent up to each point; by default one a step

        A run ends as DIVERGED at its first point that is not finite or has left the map, as in `run`, and else as
        FINISHED. Raises ValueError for points of another shape, TypeError for anything but an objective.
        """
        check_objective(objective)
        array = np.asarray(points if hasattr(points, "shape") else list(map(np.asarray, points)), dtype=float)
        known = dimension_of(objective)
        if array.ndim < 2 or array.shape[1] != (known or array.shape[1]):
            raise ValueError(f"the points of a path need shape (steps + 1, {known or 'P'}, *batch), not {array.shape}")
        batch, steps = array.shape[2:], len(array) - 1
        every = np.ascontiguousarray(np.moveaxis(array, 1, 0)).reshape(array.shape[1], steps + 1, -1)
        spent = np.arange(steps + 1.0) if evaluated is None else np.asarray(evaluated, dtype=float)
        spent = spent.reshape(steps + 1, *[1] * (len(batch) + 1 - spent.ndim), *spent.shape[1:])
        new = Chunk(every, np.broadcast_to(spent, (steps + 1, *batch)).reshape(steps + 1, -1), {})
        recorder = _Recorder(steps, (len(every), every.shape[2]))
        with np.errstate(all="ignore"):
            values = values_at(objective, every)
            verdict = _StoppingCheck(objective, ()).verdict(every, values)
            recorder.write(steps, np.arange(every.shape[2]), new, values, verdict)
        return recorder.trajectory(batch)

    def to_dataframe(self) -> Any:
        """A pandas table with a row for each point up to a run's last: step, x, y, loss, evaluations.

        For a batch the first columns have the index of the run: `run`, or `run_0`, `run_1` for more than one axis. If
        there are not two parameters, they are called theta_0, theta_1, and so on. Raises ImportError if pandas is not
        installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise ImportError("to_dataframe() needs pandas, which is not installed") from None
        batch = self.outcomes.shape
        *runs, row = np.nonzero(np.moveaxis(self.kept_steps, 0, -1) >= 0)
        kept, step = (row, *runs), self.kept_steps[(row, *runs)]
        at = (step, *runs)
        names = ["run"] if len(batch) == 1 else [f"run_{axis}" for axis in range(len(batch))]
        parameters = ["x", "y"] if self.points.shape[1] == 2 else [f"theta_{i}" for i in range(self.points.shape[1])]
        columns = dict(zip(names, runs, strict=True)) | {"step": step}
        columns |= {name: self.points[:, i][kept] for i, name in enumerate(parameters)}
        return pd.DataFrame(columns | {"loss": self.losses[at], "evaluations": self.evaluated[at]})

    def __repr__(self) -> str:
        if self.outcomes.ndim == 0:
            point = self.at_end(self.points)
            at = f" at ({', '.join(f'{x:.6g}' for x in point)})" if len(point) <= 3 else ""
            end = f"{self.outcome} after {self.last_step} of {self.steps} steps{at}"
            return f"<Trajectory: {end}, loss {self.at_end(self.losses):.6g}>"
        counts = [(each, int((self.outcomes == each).sum())) for each in Outcome]
        counted = ", ".join(f"{count} {outcome}" for outcome, count in counts if count) or "none"
        return f"<Trajectory: runs {self.outcomes.shape} of {self.steps} steps, {counted}>"

    @property
    def steps(self) -> int:
        return len(self.losses) - 1

    @property
    def kept_steps(self) -> NDArray[np.int64]:
        """The step after which each row of `points` was reached, and -1 after a run's last: (rows, *batch)."""
        rows = np.arange(len(self.points)).reshape(-1, *[1] * self.last_step.ndim)
        step = np.minimum(rows * self.every, self.last_step)
        return np.where(rows <= -(-self.last_step // self.every), step, -1)

    @property
    def outcome(self) -> Any:
        """The `Outcome` of a single run, or the array (*batch) of their codes."""
        return Outcome(int(self.outcomes)) if self.outcomes.ndim == 0 else self.outcomes

    @property
    def evaluations(self) -> Array:
        """Gradient evaluations spent in all: (*batch)."""
        return self.at_end(self.evaluated)

    def at_end(self, values: Array) -> Array:
        """Of `points`, or an array (steps + 1, ..., *batch), the entries at each run's last step: (..., *batch)."""
        between = values.ndim - 1 - self.last_step.ndim
        last = self.last_step if len(values) == self.steps + 1 else -(-self.last_step // self.every)
        index = last.reshape(1, *[1] * between, *last.shape)
        return np.take_along_axis(values, np.broadcast_to(index, (1, *values.shape[1:])), axis=0)[0]


def run(
    objective: Objective,
    optimizer: Optimizer,
    start: ArrayLike,
    steps: int,
    *,
    schedules: Mapping[str, Factors] | None = None,
    sampler: Sampler | None = None,
    stop: StoppingRule | Iterable[StoppingRule] = (),
    seed: Any = 0,
    record_state: bool = False,
    every: int = 1,
) -> Trajectory:
    """Run `optimizer` for `steps` steps from `start`, all runs of a batch at once.

    `start` is a point of P parameters, such as (x, y), or an array of shape (P, *batch): all first coordinates, then
    all second ones, and so on. It broadcasts with the optimizer's array fields and with `seed`; the result is the shape
    of the batch. `schedules` maps a field's name to its schedule, or to a function of the step and the number of steps,
    or to an array of factors, one a step; in a stack of wrappers the outermost layer that has the field owns it, and
    "inner.learning_rate" names one exactly. With `record_state` the trajectory has the numbers and arrays of
    numbers of the state after every step.

    With `every` = k the points, and what is recorded of the state, are kept at every k-th step and where a run ends;
    the losses are kept at every step. The record of n runs takes 8 n (P (steps / k + 1) + 2 (steps + 1)) bytes, and
    about as much as its points again for each recorded variable of their shape. Beside it, the run needs the
    optimizer's state and the points of some steps (2 MB, or one step if that is more), at which the objective is
    evaluated at once.

    A run ends as DIVERGED at the first point whose coordinates or loss are not finite, or that is more than `ESCAPE`
    domain sizes away, if the objective has a domain; otherwise where the first rule in `stop` says so; otherwise as
    FINISHED.

    The numbers of a run do not depend on the others in its batch: they are those of its own single run, to the last
    bit. This holds for the classes of the registries, on an objective that computes each run on its own (the last bits
    of a matrix product depend on its size). An optimizer, a sampler or a stopping rule of your own is executed exactly
    as it is written, on the whole batch (see `Optimizer.step`). Only runs of two parameters are compiled.

    Raises TypeError for anything but an objective and an optimizer. Raises ValueError for shapes that do not fit
    together, a start that can be read in two ways, a negative number of steps, a record of more than `MAX_BYTES`, a
    seed that is not a whole number from 0, or a whole-number or yes-no field that is scheduled or given per run;
    AttributeError for a schedule on a field that the optimizer does not have.
    """
    parts = run_in_parts(
        objective, optimizer, start, steps, schedules=schedules, sampler=sampler, stop=stop, seed=seed,
        record_state=record_state, every=every,
    )  # fmt: skip
    while True:
        try:
            next(parts)
        except StopIteration as end:
            return end.value


def run_in_parts(
    objective: Objective,
    optimizer: Optimizer,
    start: ArrayLike,
    steps: int,
    *,
    schedules: Mapping[str, Factors] | None = None,
    sampler: Sampler | None = None,
    stop: StoppingRule | Iterable[StoppingRule] = (),
    seed: Any = 0,
    record_state: bool = False,
    every: int = 1,
    most: int | None = None,
) -> Generator[int, None, Trajectory]:
    """Make a run that can be paused: the generator yields the number of steps made so far, and returns the trajectory.

    most  the number of steps between two yields at most; by default what is fastest

    The other arguments, the results and the exceptions are those of `run`.
    """
    check_types(objective, optimizer)
    begin = start_of(start, seed, optimizer, objective)
    parameters, *batch = begin.shape
    steps, every = index(steps), index(every)
    if steps < 0:
        raise ValueError(f"a run has 0 or more steps, not {steps}")
    if every < 1:
        raise ValueError(f"every=k keeps every k-th point, for k from 1, not {every}")
    recorder = _Recorder(steps, (parameters, prod(batch)), every)
    theta = np.array(begin.reshape(parameters, -1))
    live = map_arrays(optimizer, lambda field: np.broadcast_to(field, batch).ravel())
    seeds = np.broadcast_to(seed, batch).ravel() if np.ndim(seed) else seed
    factors = factors_of(optimizer, schedules or {}, steps)
    sampler, rules = sampler or Exact(), (stop,) if isinstance(stop, StoppingRule) else tuple(stop)
    check = _StoppingCheck(objective, rules)
    # Ended runs are removed from arrays whose last axis is the batch, which a user's own state need not have.
    compact = are_traceable(optimizer, sampler, *rules)
    count = theta.shape[1]
    with np.errstate(all="ignore"):
        stepper = choose_backend(objective, live, theta, steps, factors, sampler, seeds, record_state)
    alive, reached = np.arange(count), 0
    new = Chunk(theta[:, None], np.zeros((1, count)), {})  # the start
    while True:
        with np.errstate(all="ignore"):  # not across a yield: it belongs to the thread, not to the generator
            values = values_at(objective, new.points)
            verdict = check.verdict(new.points, values)
            if not compact:
                new, values, verdict = new.of(alive), values[:, alive], verdict[:, alive]
            ended = recorder.write(reached, alive, new, values, verdict)
            if ended.any():
                kept = np.flatnonzero(~ended)
                alive = alive[kept]
                if compact:
                    check.take(kept)
                    stepper.take(kept)
            if reached == steps or not alive.size:
                return recorder.trajectory(tuple(batch))
            new = stepper.advance(reached, min(stepper.stride, steps - reached, most or steps))
            reached += new.points.shape[1]
        yield reached


class _StoppingCheck:
    """Determines at which points runs end."""

    def __init__(self, objective: Objective, rules: tuple[StoppingRule, ...]) -> None:
        self._objective, self._rules = objective, rules
        self._memories: list[Any] = [None] * len(rules)

    def verdict(self, points: Array, values: Array) -> NDArray[np.int8]:
        """Codes of `Outcome`, or RUNNING, of the next points (P, k, runs) with their losses (k, runs): (k, runs)."""
        verdict = np.where(diverged(points, values, self._objective), np.int8(Outcome.DIVERGED), np.int8(RUNNING))
        for i, rule in enumerate(self._rules):
            ends, self._memories[i] = rule.judge(points, values, self._objective, self._memories[i])
            verdict[ends & (verdict == RUNNING)] = rule.outcome
        return verdict

    def take(self, runs: NDArray[np.intp]) -> None:
        """Keep these runs only."""
        self._memories = take_runs(self._memories, runs)


class _Recorder:
    """Collects the arrays of a trajectory, with all runs on one axis."""

    def __init__(self, steps: int, shape: tuple[int, int], every: int = 1) -> None:
        """`shape` is that of the points of all runs, (P, runs). Raises ValueError for more than `MAX_BYTES`."""
        parameters, count = shape
        self._steps, self._every, self._rows, self._bytes = steps, every, -(-steps // every) + 1, 0
        self._claim(count * (self._rows * parameters + 2 * (steps + 1)))
        self._points = np.full((self._rows, parameters, count), np.nan)
        self._losses = np.full((steps + 1, count), np.nan)
        self._evaluated = np.full((steps + 1, count), np.nan)
        self._outcomes = np.full(count, Outcome.FINISHED, dtype=np.int8)
        self._last_step = np.full(count, steps)
        self._state: dict[str, Array] = {}  # (rows - 1, runs, ...)

    def write(
        self, reached: int, alive: NDArray[np.intp], new: Chunk, values: Array, verdict: NDArray[np.int8]
    ) -> NDArray[np.bool_]:
        """Record new points of the runs `alive`, up to point `reached`; return which of them have ended: (runs)."""
        done = verdict != RUNNING
        ended = done.any(axis=0)
        first = np.where(ended, done.argmax(axis=0), len(done))  # the row at which a run ends
        known = np.arange(len(done))[:, None] <= first
        begin = reached + 1 - len(done)
        self._losses[begin : reached + 1, alive] = np.where(known, values, np.nan)
        self._evaluated[begin : reached + 1, alive] = np.where(known, new.spent, np.nan)
        low, high, k = -(-begin // self._every), reached // self._every + 1, self._every  # the rows of every k-th point
        kept = slice(low * k - begin, None, k)
        self._points[low:high, :, alive] = np.where(known[kept], new.points[:, kept], np.nan).swapaxes(0, 1)
        for name, each in new.state.items():
            if name not in self._state:
                shape = (self._rows - 1, len(self._outcomes), *each.shape[2:])
                self._claim(prod(shape))
                self._state[name] = np.full(shape, np.nan)
            self._state[name][low - 1 : high - 1, alive] = each[kept]
        if k > 1:
            at = np.flatnonzero(ended | (reached == self._steps))
            step = np.minimum(first[at], len(done) - 1)
            row = -(-(begin + step) // k)
            self._points[row, :, alive[at]] = new.points[:, step, at].T
            for name, each in new.state.items():
                self._state[name][row - 1, alive[at]] = each[step, at]
        self._last_step[alive[ended]] = begin + first[ended]
        self._outcomes[alive[ended]] = verdict[first[ended], np.flatnonzero(ended)]
        return ended

    def trajectory(self, batch: tuple[int, ...]) -> Trajectory:
        """The trajectory, in the shape of the batch."""
        steps, state = self._steps, {}
        rows = np.arange(self._rows - 1)[:, None]
        after_end = rows >= -(-self._last_step // self._every)  # steps that were executed before the next check
        for name, values in self._state.items():
            values[after_end] = np.nan
            state[name] = np.moveaxis(values, 1, -1).reshape(self._rows - 1, *values.shape[2:], *batch)
        return Trajectory(
            self._points.reshape(*self._points.shape[:2], *batch),
            self._losses.reshape(steps + 1, *batch),
            self._evaluated.reshape(steps + 1, *batch),
            self._outcomes.reshape(batch),
            self._last_step.reshape(batch),
            state,
            self._every,
        )

    def _claim(self, numbers: int) -> None:
        """Count the memory of a new array. Raises ValueError if the record would then take more than `MAX_BYTES`."""
        self._bytes += 8 * numbers
        if self._bytes > MAX_BYTES:
            raise ValueError(
                f"the record of these runs would take {self._bytes / 2**30:.1f} GiB, and the limit is "
                f"{MAX_BYTES / 2**30:.1f} GiB: keep every k-th point by every=k, or make fewer runs at once"
            )


def diverged(points: Array, values: Array | None, objective: Objective) -> NDArray[np.bool_]:
    """Which points (P, k, runs) are not finite or have left the map: (k, runs). Without a domain there is no map.

    `values` are the losses there, or None if they are known to be finite for all points on the map.
    """
    domain = domain_of(objective)
    if domain is None:
        there = np.isfinite(points).all(axis=0)
    else:  # what is not finite is not on the map
        sides = (
            np.abs(coordinate - (low + high) / 2) <= ESCAPE * (high - low)
            for coordinate, (low, high) in zip(points, domain, strict=True)
        )
        there = reduce(and_, sides)
    return np.logical_not(there if values is None else there & np.isfinite(values))
