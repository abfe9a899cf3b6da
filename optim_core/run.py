"""The only loop: many lanes of one optimizer, side by side, on one objective."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from operator import index
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optim_core.knob import knobs
from optim_core.many_lanes import MANY_WORTH, ManyLanes
from optim_core.objective import Array, Objective, Reshaped, domain_of
from optim_core.one_lane import WORTH, OneLane
from optim_core.optimizer import Optimizer, State, get_field, owner_path, whole, with_field
from optim_core.outcome import Outcome
from optim_core.sampler import Sampler
from optim_core.samplers.exact import Exact
from optim_core.schedule import Schedule
from optim_core.stopping import StoppingRule
from optim_core.symbols import Untraceable

CHECK_EVERY = 25
"""Steps between two looks at who is done: a look costs as much as a few steps."""

CHECK_FAST_EVERY = 200
"""The same for steps that were written out, and take a tenth of the time."""

ESCAPE = 1e3
"""A lane has diverged when it is this many domain sizes away from the middle of the domain."""

RUNNING = -1
"""Among the codes of `Outcome`: not yet known."""


@dataclass(frozen=True)
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
    schedules: Mapping[str, Schedule] | None = None,
    sampler: Sampler | None = None,
    stop: StoppingRule | Iterable[StoppingRule] = (),
    seed: Any = 0,
    record_state: bool = False,
) -> Trajectory:
    """Run `optimizer` for `steps` steps from `start`, all lanes at once.

    `start` has shape (2, *lanes). It broadcasts with the optimizer's array fields and with `seed`; the result is
    the shape of the lanes. `schedules` maps a field's name to its schedule; in a stack of wrappers the outermost
    layer that has the field owns it, and "inner.learning_rate" names one exactly. A lane's numbers do not depend on
    the other lanes: they are those of its own single run, to the last bit.

    A lane ends as DIVERGED at the first point whose coordinates or loss are not finite, or that is more than
    `ESCAPE` domain sizes away; otherwise where the first rule in `stop` says so; otherwise as FINISHED.

    Raises ValueError for shapes that do not fit together, a negative number of steps, a seed that is not a whole
    number from 0, or a whole-number or yes-no field that is scheduled or given per lane; AttributeError for a
    schedule on a field that the optimizer does not have.
    """
    theta, lanes = start_of(start, seed, optimizer)
    steps = index(steps)
    if steps < 0:
        raise ValueError(f"a run has 0 or more steps, not {steps}")
    count = theta.shape[1]
    live = map_arrays(optimizer, lambda field: np.broadcast_to(field, lanes).ravel())
    seeds = np.broadcast_to(seed, lanes).ravel() if np.ndim(seed) else seed
    factors = factors_of(optimizer, schedules or {}, steps)
    sampler = sampler or Exact()
    rules = (stop,) if isinstance(stop, StoppingRule) else tuple(stop)
    memories: list[Any] = [None] * len(rules)
    points = np.full((steps + 1, 2, count), np.nan)
    losses = np.full((steps + 1, count), np.nan)
    evaluated = np.full((steps + 1, count), np.nan)
    outcomes = np.full(count, Outcome.FINISHED, dtype=np.int8)
    last_step = np.full(count, steps)
    history: dict[str, Array] = {}

    # Written out, where that can be done and is worth it.
    noisy = sampler.added(0, seeds) is not None
    alone, side_by_side = None, None
    with suppress(Untraceable):
        if count == 1 and steps >= WORTH:
            alone = OneLane(objective, live, factors, sampler, seeds, record_state)
        elif count > 1 and steps >= MANY_WORTH and (noisy or isinstance(sampler, Exact)) and not record_state:
            side_by_side = ManyLanes.begin(objective, live, factors, theta, noisy)
    counted, waited = Counted(objective), 0.0  # waited: evaluations that were made for other lanes only

    alive = np.arange(count)
    block, spent, reached = theta[:, None], np.zeros((1, count)), 0  # (2, k, lanes), (k, lanes): the newest points
    with np.errstate(all="ignore"):
        state = live.init(theta)
        while True:
            # Judge the new points, the last of which is point `reached`, and let go of the lanes that are done.
            values = objective.value(block)
            verdict = np.where(lost(block, values, objective), np.int8(Outcome.DIVERGED), np.int8(RUNNING))
            for i, rule in enumerate(rules):
                ends, memories[i] = rule.judge(block, values, objective, memories[i])
                verdict[ends & (verdict == RUNNING)] = rule.outcome
            done = verdict != RUNNING
            ended = done.any(axis=0)
            first = np.where(ended, done.argmax(axis=0), len(done))  # the row at which a lane ends
            known = np.arange(len(done))[:, None] <= first
            begin = reached + 1 - len(done)
            points[begin : reached + 1, :, alive] = np.where(known, block, np.nan).swapaxes(0, 1)
            losses[begin : reached + 1, alive] = np.where(known, values, np.nan)
            evaluated[begin : reached + 1, alive] = np.where(known, spent, np.nan)
            if ended.any():
                last_step[alive[ended]] = begin + first[ended]
                outcomes[alive[ended]] = verdict[first[ended], np.flatnonzero(ended)]
                kept = np.flatnonzero(~ended)
                theta, alive, state, memories, seeds, waited = take_lanes(
                    [theta, alive, state, memories, seeds, waited], kept
                )
                live = map_arrays(live, lambda field, kept=kept: field[kept])
                side_by_side = side_by_side and side_by_side.take(kept)
            if reached == steps or not alive.size:
                break

            ahead = CHECK_EVERY
            if alone is not None or side_by_side is not None:
                ahead = max(
                    ahead, CHECK_FAST_EVERY // (1 + alive.size // 32)
                )  # so that the points of a look fit the cache
            ahead = min(ahead, steps - reached)
            if alone is not None:
                made = alone.advance(theta, state, reached, ahead)
                block, state, spent = made.points, made.state, spent[-1] + made.evaluations.cumsum(axis=0)
                theta = block[:, -1]
                for name, letter in made.letters.items():
                    blank = np.full((steps, 1, *letter.shape[1:]), np.nan)
                    history.setdefault(name, blank)[reached : reached + ahead, 0] = letter
                reached += ahead
                continue
            if side_by_side is not None:
                added = [each for t in range(reached, reached + ahead) if (each := sampler.added(t, seeds)) is not None]
                side_by_side, block, each = side_by_side.advance(reached, ahead, np.stack(added) if noisy else None)
                theta, spent = side_by_side.theta, spent[-1:, :1] + each.cumsum()[:, None]
                reached += ahead
                continue
            block, spent = np.empty((2, ahead, alive.size)), np.empty((ahead, alive.size))
            for row in range(ahead):
                t = reached + row
                now = live
                for path, factor in factors.items():
                    now = with_field(now, path, get_field(live, path) * factor[t])
                counted.objective = sampler.at(objective, t, seeds)
                theta, state = now.step(theta, state, counted)
                waited = waited + _waited(state)
                block[:, row], spent[row] = theta, counted.evaluations - waited
                if record_state:
                    _record(history, state, t, steps, alive, count)
            reached += ahead

    for name, letters in history.items():
        letters[np.arange(steps)[:, None] >= last_step] = np.nan  # steps made between a lane's end and the look at it
        history[name] = np.moveaxis(letters, 1, -1).reshape(steps, *letters.shape[2:], *lanes)
    return Trajectory(
        points.reshape(steps + 1, 2, *lanes),
        losses.reshape(steps + 1, *lanes),
        evaluated.reshape(steps + 1, *lanes),
        outcomes.reshape(lanes),
        last_step.reshape(lanes),
        history,
    )


class Counted(Reshaped):
    """An objective that counts what is asked of it, in gradient evaluations per lane."""

    evaluations = 0

    def value(self, theta: Array) -> Array:
        self.evaluations += theta[0].size // theta.shape[-1]  # a line search asks for many lengths in one call
        return self.objective.value(theta)

    def gradient(self, theta: Array) -> Array:
        self.evaluations += 1
        return self.objective.gradient(theta)

    def hessian(self, theta: Array) -> Array:
        self.evaluations += 2
        return self.objective.hessian(theta)


def start_of(start: ArrayLike, seed: Any, optimizer: Optimizer) -> tuple[Array, tuple[int, ...]]:
    """The start of every lane in one row, (2, lanes), and the shape of the lanes."""
    begin = np.asarray(start, dtype=float)
    if begin.ndim == 0 or begin.shape[0] != 2:
        raise ValueError(f"the start needs shape (2, *lanes), not {begin.shape}")
    if not (np.issubdtype(np.asarray(seed).dtype, np.integer) and np.all(np.asarray(seed) >= 0)):
        raise ValueError(f"a seed is a whole number from 0, not {seed}")
    shapes = [begin.shape[1:], np.shape(seed), *_field_shapes(optimizer)]
    try:
        lanes = np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"the lanes of start, seed and fields do not broadcast: {shapes}") from None
    begin = begin.reshape(2, *[1] * (len(lanes) + 1 - begin.ndim), *begin.shape[1:])
    return np.array(np.broadcast_to(begin, (2, *lanes)).reshape(2, -1)), lanes


def factors_of(optimizer: Optimizer, schedules: Mapping[str, Schedule], steps: int) -> dict[str, list[float]]:
    """The factor of every step, by the full name of the field it multiplies."""
    factors = {}
    for name, schedule in schedules.items():
        path = owner_path(optimizer, name)
        owner, _, field = ("." + path).rpartition(".")
        layer = get_field(optimizer, owner[1:]) if owner else optimizer
        if field not in knobs(layer) or knobs(layer)[field].kind is not float:
            raise ValueError(f"'{name}' cannot be scheduled: a factor makes sense for real numbers only")
        if path in factors:
            raise ValueError(f"'{name}' is scheduled twice")
        factors[path] = schedule.factor(np.arange(steps, dtype=float), steps).tolist()
    return factors


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
    """The shapes of all fields, at any depth. Raises ValueError for an array where only one number makes sense."""
    shapes = []
    for f in fields(optimizer):
        value = getattr(optimizer, f.name)
        if isinstance(value, Optimizer):
            shapes += _field_shapes(value)
            continue
        if np.ndim(value) and knobs(optimizer)[f.name].kind is not float:
            raise ValueError(f"'{f.name}' must be the same for all lanes, not an array")
        shapes.append(np.shape(value))
    return shapes


def map_arrays(optimizer: Any, change: Any) -> Any:
    """The optimizer with `change` applied to every field, at any depth, that is an array."""
    changed = {}
    for f in fields(optimizer):
        value = getattr(optimizer, f.name)
        if isinstance(value, Optimizer):
            changed[f.name] = map_arrays(value, change)
        elif np.ndim(value):
            changed[f.name] = change(np.asarray(value, dtype=float))
    return replace(optimizer, **changed) if changed else optimizer


def take_lanes(tree: Any, lanes: NDArray[np.intp]) -> Any:
    """A tree of dicts and lists whose arrays have only these lanes (last axis), in this order."""
    if isinstance(tree, dict):
        return {name: take_lanes(branch, lanes) for name, branch in tree.items()}
    if isinstance(tree, list):
        return [take_lanes(branch, lanes) for branch in tree]
    return np.take(tree, lanes, axis=-1) if np.ndim(tree) else tree


def _waited(state: State) -> Any:
    """Evaluations of the last step that were made for other lanes only: (lanes), or 0."""
    while "inner" in state:
        state = state["inner"]
    return state.get("waited", 0.0)


def _record(history: dict[str, Array], state: State, t: int, steps: int, alive: NDArray[np.intp], count: int) -> None:
    """Write the whiteboard after step t into arrays (steps, lanes, ...); an outer layer's letters win."""
    for name, letter in whole(state).items():
        value = np.asarray(letter, dtype=float)
        if name not in history:
            history[name] = np.full((steps, count, *value.shape[:-1]), np.nan)
        history[name][t, alive] = np.moveaxis(value, -1, 0) if value.ndim else value
