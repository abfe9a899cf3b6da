"""How lanes get from step to step: as the optimizer says it, or written out beforehand, to the same last bits."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from optim_core.many_lanes import MANY_WORTH, ManyLanes
from optim_core.objective import Array, Objective, Transparent
from optim_core.one_lane import WORTH, OneLane
from optim_core.optimizer import Optimizer, State, get_field, real_fields, whole, with_numbers
from optim_core.sampler import Sampler
from optim_core.symbols import Untraceable
from optim_core.traceable import are_traceable

STRIDE = 25
"""Steps between two looks at who is done: a look costs as much as a few steps."""

FAST_STRIDE = 200
"""The same for steps that were written out, and take a tenth of the time."""


class Stretch(NamedTuple):
    """Some steps that have been made.

    points   (2, steps, lanes): where each of them led
    spent    (steps, lanes), or (steps, 1) where all are alike: gradient evaluations since the start
    letters  by name, (steps, lanes, ...): the whiteboard after each of them, if it was asked for
    """

    points: Array
    spent: Array
    letters: Mapping[str, Array]

    def of(self, runs: NDArray[np.intp]) -> "Stretch":
        """What they brought to these runs."""
        spent = self.spent if self.spent.shape[1] == 1 else self.spent[:, runs]
        return Stretch(self.points[..., runs], spent, {name: each[:, runs] for name, each in self.letters.items()})


class Walk(Protocol):
    """Lanes that are under way."""

    @property
    def stride(self) -> int:
        """How many steps are worth making at once."""
        ...

    def advance(self, t: int, steps: int) -> Stretch:
        """Make the steps from t on."""
        ...

    def take(self, lanes: NDArray[np.intp]) -> None:
        """Go on with these lanes only."""
        ...


def set_out(
    objective: Objective,
    optimizer: Optimizer,
    theta: Array,
    steps: int,
    factors: Mapping[str, list[float]],
    sampler: Sampler,
    seeds: Any,
    lettered: bool,
) -> Walk:
    """The fastest way on from theta (2, n). Only classes of the registries are traced, where that is worth its cost."""
    runs, ours = theta.shape[1], are_traceable(optimizer, sampler)
    with suppress(Untraceable):
        if ours and runs == 1 and steps >= WORTH:
            filled = sampler.filled(objective, steps, seeds)
            lane = OneLane(objective, optimizer, factors, sampler, seeds, lettered, filled)
            return Alone(lane, theta, optimizer.init(theta))
        worth = ours and runs > 1 and steps >= MANY_WORTH and not lettered
        if worth and (filled := sampler.filled(objective, steps, seeds)):
            return SideBySide(ManyLanes.begin(objective, optimizer, factors, theta, filled))
    return StepByStep(objective, optimizer, theta, factors, sampler, seeds, lettered, STRIDE if ours else 1)


class StepByStep:
    """Runs whose every step is made by the optimizer itself, `stride` steps between two looks at which have ended.

    With a stride of 1 no step is made after the last run has ended.
    """

    def __init__(
        self,
        objective: Objective,
        optimizer: Optimizer,
        theta: Array,
        factors: Mapping[str, list[float]],
        sampler: Sampler,
        seeds: Any,
        lettered: bool,
        stride: int,
    ) -> None:
        self._objective, self._counted = objective, Counted(objective, theta.shape[1])
        self._optimizer, self._theta, self._state = optimizer, theta, optimizer.init(theta)
        self._factors, self._sampler, self._seeds, self._lettered = factors, sampler, seeds, lettered
        self._waited: Any = 0.0  # evaluations that were made for other runs only: (n,), or 0
        self._shapes = dict[str, tuple[int, ...]]()  # of what is recorded of a run, by name
        self.stride = stride

    def advance(self, t: int, steps: int) -> Stretch:
        runs = self._counted.runs
        points, spent, letters = np.empty((2, steps, runs)), np.empty((steps, runs)), dict[str, Array]()
        for row in range(steps):
            self._step(t + row)
            points[:, row], spent[row] = self._theta, self._counted.evaluations - self._waited
            for name, value in _numbers_in(self._state, runs) if self._lettered else ():
                if self._shapes.setdefault(name, value.shape[1:]) != value.shape[1:]:
                    raise ValueError(f"'{name}' of the state cannot be recorded: its shape changes from step to step")
                if name not in letters:
                    letters[name] = np.full((steps, *value.shape), np.nan)
                letters[name][row] = value
        return Stretch(points, spent, letters)

    def take(self, lanes: NDArray[np.intp]) -> None:
        self._optimizer = map_arrays(self._optimizer, lambda values: values[lanes])
        self._theta, self._state, self._seeds, self._waited = take_lanes(
            [self._theta, self._state, self._seeds, self._waited], lanes
        )
        self._counted.take(lanes.size)

    def _step(self, t: int) -> None:
        self._counted.objective = self._sampler.at(self._objective, t, self._seeds)
        self._theta, self._state = step_of(
            scheduled(self._optimizer, self._factors, t), self._theta, self._state, self._counted
        )
        self._waited = self._waited + _waited(self._state)


def step_of(optimizer: Optimizer, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
    """One step. Raises TypeError or ValueError for an optimizer that returns something else than it should."""
    shape, name = np.shape(theta), type(optimizer).__name__
    made = optimizer.step(theta, state, objective)
    if not isinstance(made, tuple | list) or len(made) != 2:
        raise TypeError(f"{name}.step must return the new point and the new state, not one {type(made).__name__}")
    if np.shape(made[0]) != shape:
        raise ValueError(f"{name}.step must return a point of the shape that it got, {shape}, not {np.shape(made[0])}")
    return made[0], made[1]


def _numbers_in(state: State, runs: int) -> Iterator[tuple[str, Array]]:
    """What of a state can be recorded: its numbers and arrays of numbers, (runs, ...).

    An array that does not end in the axis of the runs is the same for all of them, like a number.
    """
    for name, value in whole(state).items():
        if isinstance(value, bool | int | float | np.ndarray | np.generic):
            array = np.asarray(value)
            if array.dtype.kind in "biuf":
                each = array.ndim and array.shape[-1] == runs
                yield name, np.moveaxis(array, -1, 0) if each else np.broadcast_to(array, (runs, *array.shape))


class Alone:
    """One lane, as plain Python on floats."""

    stride = FAST_STRIDE

    def __init__(self, lane: OneLane, theta: Array, state: State) -> None:
        self._lane, self._numbers, self._spent = lane, lane.begin(theta, state), 0.0

    def advance(self, t: int, steps: int) -> Stretch:
        made = self._lane.advance(self._numbers, t, steps)
        spent = self._spent + made.evaluations.cumsum()
        self._numbers, self._spent = made.numbers, spent[-1]
        letters = {name: letter[:, None] for name, letter in made.letters.items()}
        return Stretch(made.points[..., None], spent[:, None], letters)

    def take(self, lanes: NDArray[np.intp]) -> None:
        """There is nobody else."""


class SideBySide:
    """Several lanes, by machine code."""

    def __init__(self, lanes: ManyLanes) -> None:
        self._lanes, self._spent = lanes, 0.0

    @property
    def stride(self) -> int:
        return max(STRIDE, FAST_STRIDE // (1 + self._lanes.lanes // 32))  # the points of a look fit the cache

    def advance(self, t: int, steps: int) -> Stretch:
        self._lanes, points, evaluations = self._lanes.advance(t, steps)
        spent = self._spent + evaluations.cumsum()
        self._spent = spent[-1]
        return Stretch(points, spent[:, None], {})

    def take(self, lanes: NDArray[np.intp]) -> None:
        self._lanes = self._lanes.take(lanes)


class Counted(Transparent):
    """An objective that counts what is asked of it, in gradient evaluations per run."""

    def __init__(self, objective: Objective, runs: int) -> None:
        super().__init__(objective)
        self.runs, self._before, self._asked = runs, 0.0, 0

    @property
    def evaluations(self) -> float:
        return self._before + self._asked / self.runs

    def take(self, runs: int) -> None:
        """From here on there are so many runs."""
        self.runs, self._before, self._asked = runs, self.evaluations, 0

    def value(self, theta: Array) -> Array:
        self._asked += np.size(theta) // len(theta)  # a line search asks for many points of each run in one call
        return self.objective.value(theta)

    def gradient(self, theta: Array) -> Array:
        self._asked += np.size(theta) // len(theta)
        return self.objective.gradient(theta)

    def hessian(self, theta: Array) -> Array:
        self._asked += 2 * (np.size(theta) // len(theta))
        return self.objective.hessian(theta)


def scheduled(optimizer: Optimizer, factors: Mapping[str, list[float]], t: int) -> Optimizer:
    """The optimizer as it is at step t: every scheduled field times its factor."""
    return with_numbers(optimizer, {path: get_field(optimizer, path) * factor[t] for path, factor in factors.items()})


def map_arrays(optimizer: Any, change: Any) -> Any:
    """The optimizer with `change` applied to every array among its hyperparameters, at any depth."""
    changed = {}
    for name in real_fields(optimizer):
        if np.ndim(value := getattr(optimizer, name)):
            changed[name] = change(np.asarray(value, dtype=float))
    for f in fields(optimizer):
        inner = getattr(optimizer, f.name)
        made = map_arrays(inner, change) if isinstance(inner, Optimizer) else inner
        if made is not inner:
            changed[f.name] = made
    return with_numbers(optimizer, changed)


def take_lanes(tree: Any, lanes: NDArray[np.intp]) -> Any:
    """A tree of dicts and lists whose arrays have only these lanes (last axis), in this order."""
    if isinstance(tree, dict):
        return {name: take_lanes(branch, lanes) for name, branch in tree.items()}
    if isinstance(tree, list):
        return [take_lanes(branch, lanes) for branch in tree]
    return np.take(tree, lanes, axis=-1) if np.ndim(tree) else tree


def _waited(state: State) -> Any:
    """Evaluations of the last step that were made for other runs only: (n,), or 0."""
    while isinstance(state, dict) and isinstance(state.get("inner"), dict):
        state = state["inner"]
    return state.get("waited", 0.0) if isinstance(state, dict) else 0.0
