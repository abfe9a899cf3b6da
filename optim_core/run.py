"""Runs one optimizer on one objective, a whole batch of runs side by side, and records the way of each."""

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
"""A lane has diverged when it is this many domain sizes away from the middle of the domain."""

RUNNING = -1
"""Among the codes of `Outcome`: not yet known."""


Factors = Schedule | Callable[[int, int], Any] | ArrayLike
"""What a field is multiplied by at each step: a schedule, a function of the step and the number of steps, or an array
(steps)."""


@dataclass(frozen=True, repr=False)
class Trajectory:
    """Everything that happened in a run. What comes after a lane's last step is NaN.

    points       (steps + 1, 2, *lanes); point 0 is the start
    losses       (steps + 1, *lanes)
    evaluated    (steps + 1, *lanes): gradient evaluations spent up to each point. A value counts one as well, a
                 Hessian two (its columns).
    outcomes     (*lanes): codes of `Outcome`
    last_step    (*lanes): the step at which the lane ended; the point that diverged is kept there
    state        by name, (steps, ..., *lanes): the whiteboard after each step, if it was asked for
    """

    points: Array
    losses: Array
    evaluated: Array
    outcomes: NDArray[np.int8]
    last_step: NDArray[np.int64]
    state: Mapping[str, Array]

    @classmethod
    def of(cls, points: Any, objective: Objective, evaluated: ArrayLike | None = None) -> "Trajectory":
        """A path that something else has computed (torch, SciPy, a measurement), as figures draw it.

        points     (steps + 1, 2, *lanes), or the same as a list of points, the start first
        objective  gives the losses; with a domain, it also says where a path has left the map
        evaluated  (steps + 1, *lanes): evaluations spent up to each point; by default one a step

        A lane ends as DIVERGED at its first point that is not finite or has left the map, as in `run`, and else as
        FINISHED. Raises ValueError for points of another shape, TypeError for an objective that is none.
        """
        check_objective(objective)
        array = np.asarray(points if hasattr(points, "shape") else list(map(np.asarray, points)), dtype=float)
        if array.ndim < 2 or array.shape[1] != 2:
            raise ValueError(f"the points of a path need shape (steps + 1, 2, *lanes), not {array.shape}")
        lanes, steps = array.shape[2:], len(array) - 1
        every = np.ascontiguousarray(np.moveaxis(array, 1, 0)).reshape(2, steps + 1, -1)
        spent = np.arange(steps + 1.0) if evaluated is None else np.asarray(evaluated, dtype=float)
        spent = spent.reshape(steps + 1, *[1] * (len(lanes) + 1 - spent.ndim), *spent.shape[1:])
        new = Chunk(every, np.broadcast_to(spent, (steps + 1, *lanes)).reshape(steps + 1, -1), {})
        log = _Recorder(steps, every.shape[2])
        with np.errstate(all="ignore"):
            values = values_at(objective, every)
            verdict = _StoppingCheck(objective, ()).verdict(every, values)
            log.write(steps, np.arange(every.shape[2]), new, values, verdict)
        return log.trajectory(lanes)

    def to_dataframe(self) -> Any:
        """A pandas table with a row for each point up to a lane's last: step, x, y, loss, evaluations.

        For a batch the columns before say which run it is: `run`, or `run_0`, `run_1` for more than one axis. Raises
        ImportError where pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError:
            raise ImportError("a trajectory becomes a table by pandas, which is not installed") from None
        lanes = self.outcomes.shape
        *runs, step = np.nonzero(np.arange(self.steps + 1) <= self.last_step[..., None])
        at = (step, *runs)
        names = ["run"] if len(lanes) == 1 else [f"run_{axis}" for axis in range(len(lanes))]
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
        told = ", ".join(f"{count} {outcome}" for outcome, count in counts if count) or "none"
        return f"<Trajectory: runs {self.outcomes.shape} of {self.steps} steps, {told}>"

    @property
    def steps(self) -> int:
        return len(self.points) - 1

    @property
    def outcome(self) -> Any:
        """The `Outcome` of a single lane, or the array (*lanes) of their codes."""
        return Outcome(int(self.outcomes)) if self.outcomes.ndim == 0 else self.outcomes

    @property
    def evaluations(self) -> Array:
        """Gradient evaluations spent in all: (*lanes)."""
        return self.at_end(self.evaluated)

    def at_end(self, values: Array) -> Array:
        """Of an array (steps + 1, ..., *lanes), the entries at each lane's last step: (..., *lanes)."""
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
    "inner.learning_rate" names one exactly. With `record_state` the trajectory keeps what of the state is a number or
    an array of numbers, after every step.

    A run ends as DIVERGED at the first point whose coordinates or loss are not finite, or that is more than
    `ESCAPE` domain sizes away; otherwise where the first rule in `stop` says so; otherwise as FINISHED.

    The numbers of a run do not depend on the others in its batch: they are those of its own single run, to the last
    bit. This holds for the classes of the registries. An optimizer of your own is executed exactly as it is written, on
    the whole batch (see `Optimizer.step`); so is what a sampler or a stopping rule of your own does.

    Raises TypeError for an objective or an optimizer that is none. Raises ValueError for shapes that do not fit
    together, a start that can be read in two ways, a negative number of steps, a seed that is not a whole number from
    0, or a whole-number or yes-no field that is scheduled or given per run; AttributeError for a schedule on a field
    that the optimizer does not have.
    """
    check_types(objective, optimizer)
    theta, lanes = start_of(start, seed, optimizer)
    steps = index(steps)
    if steps < 0:
        raise ValueError(f"a run has 0 or more steps, not {steps}")
    live = map_arrays(optimizer, lambda field: np.broadcast_to(field, lanes).ravel())
    seeds = np.broadcast_to(seed, lanes).ravel() if np.ndim(seed) else seed
    factors = factors_of(optimizer, schedules or {}, steps)
    sampler, rules = sampler or Exact(), (stop,) if isinstance(stop, StoppingRule) else tuple(stop)
    judge = _StoppingCheck(objective, rules)
    # Ended runs are taken out of what is known to end in their axis, which the state of a user's own class need not.
    compact = are_traceable(optimizer, sampler, *rules)
    count = theta.shape[1]
    log = _Recorder(steps, count)
    with np.errstate(all="ignore"):
        walk = choose_backend(objective, live, theta, steps, factors, sampler, seeds, record_state)
        alive, reached = np.arange(count), 0
        new = Chunk(theta[:, None], np.zeros((1, count)), {})  # the start
        while True:
            values = values_at(objective, new.points)
            verdict = judge.verdict(new.points, values)
            if not compact:
                new, values, verdict = new.of(alive), values[:, alive], verdict[:, alive]
            ended = log.write(reached, alive, new, values, verdict)
            if ended.any():
                kept = np.flatnonzero(~ended)
                alive = alive[kept]
                if compact:
                    judge.take(kept)
                    walk.take(kept)
            if reached == steps or not alive.size:
                return log.trajectory(lanes)
            new = walk.advance(reached, min(walk.stride, steps - reached))
            reached += new.points.shape[1]


class _StoppingCheck:
    """Says of every point whether its lane ends there."""

    def __init__(self, objective: Objective, rules: tuple[StoppingRule, ...]) -> None:
        self._objective, self._rules = objective, rules
        self._memories: list[Any] = [None] * len(rules)

    def verdict(self, points: Array, values: Array) -> NDArray[np.int8]:
        """Codes of `Outcome`, or RUNNING, of the next points (2, k, lanes) with their losses (k, lanes): (k, lanes)."""
        verdict = np.where(lost(points, values, self._objective), np.int8(Outcome.DIVERGED), np.int8(RUNNING))
        for i, rule in enumerate(self._rules):
            ends, self._memories[i] = rule.judge(points, values, self._objective, self._memories[i])
            verdict[ends & (verdict == RUNNING)] = rule.outcome
        return verdict

    def take(self, lanes: NDArray[np.intp]) -> None:
        """Go on with these lanes only."""
        self._memories = take_runs(self._memories, lanes)


class _Recorder:
    """A trajectory that is being written. Its lanes are in one row."""

    def __init__(self, steps: int, count: int) -> None:
        self._points = np.full((steps + 1, 2, count), np.nan)
        self._losses = np.full((steps + 1, count), np.nan)
        self._evaluated = np.full((steps + 1, count), np.nan)
        self._outcomes = np.full(count, Outcome.FINISHED, dtype=np.int8)
        self._last_step = np.full(count, steps)
        self._letters: dict[str, Array] = {}  # (steps, lanes, ...)

    def write(
        self, reached: int, alive: NDArray[np.intp], new: Chunk, values: Array, verdict: NDArray[np.int8]
    ) -> NDArray[np.bool_]:
        """Write down what is new of the lanes `alive`, up to point `reached`; say which of them have ended: (lanes)."""
        steps = len(self._points) - 1
        done = verdict != RUNNING
        ended = done.any(axis=0)
        first = np.where(ended, done.argmax(axis=0), len(done))  # the row at which a lane ends
        known = np.arange(len(done))[:, None] <= first
        begin = reached + 1 - len(done)
        self._points[begin : reached + 1, :, alive] = np.where(known, new.points, np.nan).swapaxes(0, 1)
        self._losses[begin : reached + 1, alive] = np.where(known, values, np.nan)
        self._evaluated[begin : reached + 1, alive] = np.where(known, new.spent, np.nan)
        for name, letter in new.letters.items():
            blank = np.full((steps, len(self._outcomes), *letter.shape[2:]), np.nan)
            self._letters.setdefault(name, blank)[reached - len(letter) : reached, alive] = letter
        self._last_step[alive[ended]] = begin + first[ended]
        self._outcomes[alive[ended]] = verdict[first[ended], np.flatnonzero(ended)]
        return ended

    def trajectory(self, lanes: tuple[int, ...]) -> Trajectory:
        """All of it, in the shape of the lanes."""
        steps = len(self._points) - 1
        state = {}
        for name, letter in self._letters.items():
            letter[np.arange(steps)[:, None] >= self._last_step] = (
                np.nan
            )  # made between a lane's end and the look at it
            state[name] = np.moveaxis(letter, 1, -1).reshape(steps, *letter.shape[2:], *lanes)
        return Trajectory(
            self._points.reshape(steps + 1, 2, *lanes),
            self._losses.reshape(steps + 1, *lanes),
            self._evaluated.reshape(steps + 1, *lanes),
            self._outcomes.reshape(lanes),
            self._last_step.reshape(lanes),
            state,
        )


def check_types(objective: Any, optimizer: Any) -> None:
    """Raises TypeError where one of them is something else, with a sentence that says what is wanted."""
    check_objective(objective)
    if isinstance(optimizer, type):
        raise TypeError(f"the optimizer must be an object, not the class: write {optimizer.__name__}(...)")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"the optimizer must be an object of a subclass of Optimizer, not {_called(optimizer)}")


def check_objective(objective: Any) -> None:
    """Raises TypeError for what is no objective, with a sentence that says what is wanted."""
    answers = all(callable(getattr(objective, name, None)) for name in ("value", "gradient"))
    if isinstance(objective, type) or not answers:
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
        lanes = np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"the batches of start, seed and fields do not broadcast: {shapes}") from None
    begin = begin.reshape(2, *[1] * (len(lanes) + 1 - begin.ndim), *begin.shape[1:])
    return np.array(np.broadcast_to(begin, (2, *lanes)).reshape(2, -1)), lanes


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
    """The factors of a schedule, a function or an array. Raises TypeError for what is none of them."""
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


def lost(points: Array, values: Array | None, objective: Objective) -> NDArray[np.bool_]:
    """Which points (2, k, lanes) are no longer finite or have left the map: (k, lanes).

    `values` are the losses there, or None where they are known to be finite as long as the points are on the map.
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
