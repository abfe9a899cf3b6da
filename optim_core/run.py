"""Runs an optimizer on an objective, a whole batch of runs side by side, and records their paths."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from operator import index
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optim_core.backends.choose import choose_backend
from optim_core.backends.step_by_step import map_arrays, take_runs
from optim_core.backends.stepper import Chunk
from optim_core.knob import knobs
from optim_core.objective import Array, Objective, domain_of
from optim_core.optimizer import Optimizer, get_field, owner_path, real_fields
from optim_core.outcome import Outcome
from optim_core.sampler import Sampler
from optim_core.samplers.exact import Exact
from optim_core.schedule import Schedule
from optim_core.stopping import StoppingRule
from optim_core.traceable import are_traceable

ESCAPE = 1e3
"""A run has diverged when it is this many domain sizes away from the middle of the domain."""

RUNNING = -1
"""The code of an outcome that is not known yet."""


Factors = Schedule | Callable[[int, int], Any] | ArrayLike
"""What a field is multiplied by at each step: a schedule, a function of the step and the number of steps, or an array
(steps)."""


@dataclass(frozen=True, repr=False)
class Trajectory:
    """The record of a run or of a batch of runs; NaN after the last step of a run.

    points       (steps + 1, 2, *batch); point 0 is the start
    losses       (steps + 1, *batch)
    evaluated    (steps + 1, *batch): gradient evaluations spent up to each point. A value counts one as well, a
                 Hessian two (its columns).
    outcomes     (*batch): codes of `Outcome`
    last_step    (*batch): the step at which the run ended; the point that diverged is kept there
    state        by name, (steps, ..., *batch): the variables of the state after each step, if recorded
    """

    points: Array
    losses: Array
    evaluated: Array
    outcomes: NDArray[np.int8]
    last_step: NDArray[np.int64]
    state: Mapping[str, Array]

    @classmethod
    def of(cls, points: Any, objective: Objective, evaluated: ArrayLike | None = None) -> "Trajectory":
        """The trajectory of a path that was computed elsewhere (torch, SciPy, a measurement), for figures.

        points     (steps + 1, 2, *batch), or the same as a list of points, the start first
        objective  gives the losses; with a domain, it also says where a path has left the map
        evaluated  (steps + 1, *batch): evaluations spent up to each point; by default one a step

        A run ends as DIVERGED at its first point that is not finite or has left the map, as in `run`, and else as
        FINISHED. Raises ValueError for points of another shape, TypeError for anything but an objective.
        """
        check_objective(objective)
        array = np.asarray(points if hasattr(points, "shape") else list(map(np.asarray, points)), dtype=float)
        if array.ndim < 2 or array.shape[1] != 2:
            raise ValueError(f"the points of a path need shape (steps + 1, 2, *batch), not {array.shape}")
        batch, steps = array.shape[2:], len(array) - 1
        every = np.ascontiguousarray(np.moveaxis(array, 1, 0)).reshape(2, steps + 1, -1)
        spent = np.arange(steps + 1.0) if evaluated is None else np.asarray(evaluated, dtype=float)
        spent = spent.reshape(steps + 1, *[1] * (len(batch) + 1 - spent.ndim), *spent.shape[1:])
        new = Chunk(every, np.broadcast_to(spent, (steps + 1, *batch)).reshape(steps + 1, -1), {})
        recorder = _Recorder(steps, every.shape[2])
        with np.errstate(all="ignore"):
            values = values_at(objective, every)
            verdict = _StoppingCheck(objective, ()).verdict(every, values)
            recorder.write(steps, np.arange(every.shape[2]), new, values, verdict)
        return recorder.trajectory(batch)

    def to_dataframe(self) -> Any:
        """A pandas table with a row for each point up to a run's last: step, x, y, loss, evaluations.

        For a batch the first columns have the index of the run: `run`, or `run_0`, `run_1` for more than one axis.
        Raises ImportError if pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise ImportError("to_dataframe() needs pandas, which is not installed") from None
        batch = self.outcomes.shape
        *runs, step = np.nonzero(np.arange(self.steps + 1) <= self.last_step[..., None])
        at = (step, *runs)
        names = ["run"] if len(batch) == 1 else [f"run_{axis}" for axis in range(len(batch))]
        columns = dict(zip(names, runs, strict=True)) | {"step": step}
        x, y = self.points[:, 0], self.points[:, 1]
        columns |= {"x": x[at], "y": y[at], "loss": self.losses[at], "evaluations": self.evaluated[at]}
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        if self.outcomes.ndim == 0:
            x, y = self.at_end(self.points)
            end = f"{self.outcome} after {self.last_step} of {self.steps} steps at ({x:.6g}, {y:.6g})"
            return f"<Trajectory: {end}, loss {self.at_end(self.losses):.6g}>"
        counts = [(each, int((self.outcomes == each).sum())) for each in Outcome]
        counted = ", ".join(f"{count} {outcome}" for outcome, count in counts if count) or "none"
        return f"<Trajectory: runs {self.outcomes.shape} of {self.steps} steps, {counted}>"

    @property
    def steps(self) -> int:
        return len(self.points) - 1

    @property
    def outcome(self) -> Any:
        """The `Outcome` of a single run, or the array (*batch) of their codes."""
        return Outcome(int(self.outcomes)) if self.outcomes.ndim == 0 else self.outcomes

    @property
    def evaluations(self) -> Array:
        """Gradient evaluations spent in all: (*batch)."""
        return self.at_end(self.evaluated)

    def at_end(self, values: Array) -> Array:
        """Of an array (steps + 1, ..., *batch), the entries at each run's last step: (..., *batch)."""
        between = values.ndim - 1 - self.last_step.ndim
        index = self.last_step.reshape(1, *[1] * between, *self.last_step.shape)
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
) -> Trajectory:
    """Run `optimizer` for `steps` steps from `start`, all runs of a batch at once.

    `start` is a point (x, y), or an array of shape (2, *batch): all first coordinates, then all second ones. It
    broadcasts with the optimizer's array fields and with `seed`; the result is the shape of the batch. `schedules` maps
    a field's name to its schedule, or to a function of the step and the number of steps, or to an array of factors, one
    a step; in a stack of wrappers the outermost layer that has the field owns it, and
    "inner.learning_rate" names one exactly. With `record_state` the trajectory has the numbers and arrays of
    numbers of the state after every step.

    A run ends as DIVERGED at the first point whose coordinates or loss are not finite, or that is more than
    `ESCAPE` domain sizes away; otherwise where the first rule in `stop` says so; otherwise as FINISHED.

    The numbers of a run do not depend on the others in its batch: they are those of its own single run, to the last
    bit. This holds for the classes of the registries. An optimizer, a sampler or a stopping rule of your own is
    executed exactly as it is written, on the whole batch (see `Optimizer.step`).

    Raises TypeError for anything but an objective and an optimizer. Raises ValueError for shapes that do not fit
    together, a start that can be read in two ways, a negative number of steps, a seed that is not a whole number from
    0, or a whole-number or yes-no field that is scheduled or given per run; AttributeError for a schedule on a field
    that the optimizer does not have.
    """
    check_types(objective, optimizer)
    theta, batch = start_of(start, seed, optimizer)
    steps = index(steps)
    if steps < 0:
        raise ValueError(f"a run has 0 or more steps, not {steps}")
    live = map_arrays(optimizer, lambda field: np.broadcast_to(field, batch).ravel())
    seeds = np.broadcast_to(seed, batch).ravel() if np.ndim(seed) else seed
    factors = factors_of(optimizer, schedules or {}, steps)
    sampler, rules = sampler or Exact(), (stop,) if isinstance(stop, StoppingRule) else tuple(stop)
    check = _StoppingCheck(objective, rules)
    # Ended runs are removed from arrays whose last axis is the batch, which a user's own state need not have.
    compact = are_traceable(optimizer, sampler, *rules)
    count = theta.shape[1]
    recorder = _Recorder(steps, count)
    with np.errstate(all="ignore"):
        stepper = choose_backend(objective, live, theta, steps, factors, sampler, seeds, record_state)
        alive, reached = np.arange(count), 0
        new = Chunk(theta[:, None], np.zeros((1, count)), {})  # the start
        while True:
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
                return recorder.trajectory(batch)
            new = stepper.advance(reached, min(stepper.stride, steps - reached))
            reached += new.points.shape[1]


class _StoppingCheck:
    """Determines at which points runs end."""

    def __init__(self, objective: Objective, rules: tuple[StoppingRule, ...]) -> None:
        self._objective, self._rules = objective, rules
        self._memories: list[Any] = [None] * len(rules)

    def verdict(self, points: Array, values: Array) -> NDArray[np.int8]:
        """Codes of `Outcome`, or RUNNING, of the next points (2, k, runs) with their losses (k, runs): (k, runs)."""
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

    def __init__(self, steps: int, count: int) -> None:
        self._points = np.full((steps + 1, 2, count), np.nan)
        self._losses = np.full((steps + 1, count), np.nan)
        self._evaluated = np.full((steps + 1, count), np.nan)
        self._outcomes = np.full(count, Outcome.FINISHED, dtype=np.int8)
        self._last_step = np.full(count, steps)
        self._state: dict[str, Array] = {}  # (steps, runs, ...)

    def write(
        self, reached: int, alive: NDArray[np.intp], new: Chunk, values: Array, verdict: NDArray[np.int8]
    ) -> NDArray[np.bool_]:
        """Record new points of the runs `alive`, up to point `reached`; return which of them have ended: (runs)."""
        steps = len(self._points) - 1
        done = verdict != RUNNING
        ended = done.any(axis=0)
        first = np.where(ended, done.argmax(axis=0), len(done))  # the row at which a run ends
        known = np.arange(len(done))[:, None] <= first
        begin = reached + 1 - len(done)
        self._points[begin : reached + 1, :, alive] = np.where(known, new.points, np.nan).swapaxes(0, 1)
        self._losses[begin : reached + 1, alive] = np.where(known, values, np.nan)
        self._evaluated[begin : reached + 1, alive] = np.where(known, new.spent, np.nan)
        for name, values in new.state.items():
            blank = np.full((steps, len(self._outcomes), *values.shape[2:]), np.nan)
            self._state.setdefault(name, blank)[reached - len(values) : reached, alive] = values
        self._last_step[alive[ended]] = begin + first[ended]
        self._outcomes[alive[ended]] = verdict[first[ended], np.flatnonzero(ended)]
        return ended

    def trajectory(self, batch: tuple[int, ...]) -> Trajectory:
        """The trajectory, in the shape of the batch."""
        steps = len(self._points) - 1
        state = {}
        after_end = np.arange(steps)[:, None] >= self._last_step  # steps that were executed before the next check
        for name, values in self._state.items():
            values[after_end] = np.nan
            state[name] = np.moveaxis(values, 1, -1).reshape(steps, *values.shape[2:], *batch)
        return Trajectory(
            self._points.reshape(steps + 1, 2, *batch),
            self._losses.reshape(steps + 1, *batch),
            self._evaluated.reshape(steps + 1, *batch),
            self._outcomes.reshape(batch),
            self._last_step.reshape(batch),
            state,
        )


def check_types(objective: Any, optimizer: Any) -> None:
    """Raises TypeError for anything but an objective and an optimizer, with a sentence on what is expected."""
    check_objective(objective)
    if isinstance(optimizer, type):
        raise TypeError(f"the optimizer must be an object, not the class: write {optimizer.__name__}(...)")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"the optimizer must be an object of a subclass of Optimizer, not {_called(optimizer)}")


def check_objective(objective: Any) -> None:
    """Raises TypeError for anything but an objective, with a sentence on what is expected."""
    has_methods = all(callable(getattr(objective, name, None)) for name in ("value", "gradient"))
    if isinstance(objective, type) or not has_methods:
        hint = f"; LANDSCAPES[{objective!r}] may be meant" if isinstance(objective, str) else ""
        if callable(objective) and not isinstance(objective, type):
            hint = "; landscapes.objective(f) makes one of a function"
        raise TypeError(f"the objective must be an object with value() and gradient(), not {_called(objective)}{hint}")


def _called(thing: Any) -> str:
    if isinstance(thing, type):
        return f"the class {thing.__name__}"
    return f"the text {thing!r}" if isinstance(thing, str) else f"a {type(thing).__name__}"


def values_at(objective: Objective, points: Array) -> Array:
    """The losses at points (2, *batch): (*batch). Raises ValueError for an objective that gives another shape."""
    values = objective.value(points)
    if np.shape(values) != points.shape[1:]:
        raise ValueError(
            f"the objective's value() must map shape (2, *batch) to (*batch): {points.shape} to {points.shape[1:]}, "
            f"not to {np.shape(values)}"
        )
    return values


def start_of(start: ArrayLike, seed: Any, optimizer: Optimizer) -> tuple[Array, tuple[int, ...]]:
    """The starts of all runs in one row, (2, n), and the shape of the batch."""
    begin = np.asarray(start, dtype=float)
    if isinstance(start, list | tuple) and begin.shape == (2, 2):
        (a, b), (c, d) = begin.tolist()
        raise ValueError(
            f"the start {start} can be read in two ways: write np.array([[{a}, {b}], [{c}, {d}]]) to begin at "
            f"({a}, {c}) and ({b}, {d}), and np.array([[{a}, {b}], [{c}, {d}]]).T to begin at "
            f"({a}, {b}) and ({c}, {d})"
        )
    if begin.ndim == 0 or begin.shape[0] != 2:
        hint = "; one point a row needs .T" if begin.ndim == 2 and begin.shape[1] == 2 else ""
        raise ValueError(f"the start needs shape (2, *batch), not {begin.shape}{hint}")
    if not (np.issubdtype(np.asarray(seed).dtype, np.integer) and np.all(np.asarray(seed) >= 0)):
        raise ValueError(f"a seed is a whole number from 0, not {seed}")
    shapes = [begin.shape[1:], np.shape(seed), *_field_shapes(optimizer)]
    try:
        batch = np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"the batches of start, seed and fields do not broadcast: {shapes}") from None
    begin = begin.reshape(2, *[1] * (len(batch) + 1 - begin.ndim), *begin.shape[1:])
    return np.array(np.broadcast_to(begin, (2, *batch)).reshape(2, -1)), batch


def factors_of(optimizer: Optimizer, schedules: Mapping[str, Factors], steps: int) -> dict[str, list[float]]:
    """The factor of every step, by the full name of the field it multiplies."""
    factors = {}
    for name, schedule in schedules.items():
        path = owner_path(optimizer, name)
        owner, _, field = path.rpartition(".")
        if field not in real_fields(get_field(optimizer, owner) if owner else optimizer):
            raise ValueError(f"'{name}' cannot be scheduled: a factor makes sense for real numbers only")
        if path in factors:
            raise ValueError(f"'{name}' is scheduled twice")
        factor = _factor(name, schedule, steps)
        if factor.shape not in ((), (steps,)):
            raise ValueError(f"the schedule of '{name}' must give {steps} factors, one a step, not {factor.shape}")
        factors[path] = np.broadcast_to(factor, steps).tolist()
    return factors


def _factor(name: str, schedule: Any, steps: int) -> Array:
    """The factors of a schedule, a function or an array. Raises TypeError for anything else."""
    if isinstance(schedule, type):
        raise TypeError(f"the schedule of '{name}' must be an object, not the class: write {schedule.__name__}(...)")
    if callable(getattr(schedule, "factor", None)):
        return np.asarray(schedule.factor(np.arange(steps, dtype=float), steps), dtype=float)
    try:
        made = [schedule(t, steps) for t in range(steps)] if callable(schedule) else schedule
        return np.asarray(made, dtype=float)
    except (TypeError, ValueError) as error:
        wanted = "a schedule, a function of the step and the number of steps, or an array of numbers"
        raise TypeError(f"the schedule of '{name}' must be {wanted}: {error}") from error


def diverged(points: Array, values: Array | None, objective: Objective) -> NDArray[np.bool_]:
    """Which points (2, k, runs) are not finite or have left the map: (k, runs).

    `values` are the losses there, or None if they are known to be finite for all points on the map.
    """
    domain = domain_of(objective)
    if domain is None:
        x, y = np.isfinite(points)
    else:  # what is not finite is not on the map
        x, y = (
            np.abs(coordinate - (low + high) / 2) <= ESCAPE * (high - low)
            for coordinate, (low, high) in zip(points, domain, strict=True)
        )
    return ~(x & y) if values is None else ~(x & y & np.isfinite(values))


def _field_shapes(optimizer: Optimizer) -> list[tuple[int, ...]]:
    """The shapes of all hyperparameters, at any depth. Raises ValueError for an array where only one number may be."""
    shapes = [np.shape(getattr(optimizer, name)) for name in real_fields(optimizer)]
    for f in fields(optimizer):
        value = getattr(optimizer, f.name)
        if isinstance(value, Optimizer):
            shapes += _field_shapes(value)
        elif f.name in knobs(optimizer) and knobs(optimizer)[f.name].kind is not float and np.ndim(value):
            raise ValueError(f"'{f.name}' must be the same for all runs, not an array")
    return shapes
