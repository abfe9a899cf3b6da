"""How lanes get from step to step: as the optimizer says it, or written out beforehand, to the same last bits."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from optim_core.many_lanes import MANY_WORTH, ManyLanes
from optim_core.objective import Array, Objective, Reshaped
from optim_core.one_lane import WORTH, OneLane
from optim_core.optimizer import Optimizer, State, get_field, whole, with_field
from optim_core.sampler import Sampler
from optim_core.samplers.exact import Exact
from optim_core.symbols import Untraceable

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
    """The fastest walk from theta (2, lanes) that there is; one that is written out must be worth the writing."""
    lanes, noisy = theta.shape[1], sampler.added(0, seeds) is not None
    with suppress(Untraceable):
        if lanes == 1 and steps >= WORTH:
            return Alone(OneLane(objective, optimizer, factors, sampler, seeds, lettered), theta, optimizer.init(theta))
        if lanes > 1 and steps >= MANY_WORTH and (noisy or isinstance(sampler, Exact)) and not lettered:
            return SideBySide(ManyLanes.begin(objective, optimizer, factors, theta, noisy), sampler, seeds)
    return StepByStep(objective, optimizer, theta, factors, sampler, seeds, lettered)


class StepByStep:
    """Lanes of which the optimizer itself makes every step."""

    stride = STRIDE

    def __init__(
        self,
        objective: Objective,
        optimizer: Optimizer,
        theta: Array,
        factors: Mapping[str, list[float]],
        sampler: Sampler,
        seeds: Any,
        lettered: bool,
    ) -> None:
        self._objective, self._counted = objective, Counted(objective)
        self._optimizer, self._theta, self._state = optimizer, theta, optimizer.init(theta)
        self._factors, self._sampler, self._seeds, self._lettered = factors, sampler, seeds, lettered
        self._waited: Any = 0.0  # evaluations that were made for other lanes only: (lanes), or 0

    def advance(self, t: int, steps: int) -> Stretch:
        lanes = self._theta.shape[1]
        points, spent, letters = np.empty((2, steps, lanes)), np.empty((steps, lanes)), dict[str, Array]()
        for row in range(steps):
            self._step(t + row)
            points[:, row], spent[row] = self._theta, self._counted.evaluations - self._waited
            for name, letter in whole(self._state).items() if self._lettered else ():
                value = np.asarray(letter, dtype=float)
                if name not in letters:
                    letters[name] = np.full((steps, lanes, *value.shape[:-1]), np.nan)
                letters[name][row] = np.moveaxis(value, -1, 0) if value.ndim else value
        return Stretch(points, spent, letters)

    def take(self, lanes: NDArray[np.intp]) -> None:
        self._optimizer = map_arrays(self._optimizer, lambda values: values[lanes])
        self._theta, self._state, self._seeds, self._waited = take_lanes(
            [self._theta, self._state, self._seeds, self._waited], lanes
        )

    def _step(self, t: int) -> None:
        self._counted.objective = self._sampler.at(self._objective, t, self._seeds)
        now = scheduled(self._optimizer, self._factors, t)
        self._theta, self._state = now.step(self._theta, self._state, self._counted)
        self._waited = self._waited + _waited(self._state)


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

    def __init__(self, lanes: ManyLanes, sampler: Sampler, seeds: Any) -> None:
        self._lanes, self._sampler, self._seeds, self._spent = lanes, sampler, seeds, 0.0

    @property
    def stride(self) -> int:
        return max(STRIDE, FAST_STRIDE // (1 + self._lanes.lanes // 32))  # the points of a look fit the cache

    def advance(self, t: int, steps: int) -> Stretch:
        added = [self._sampler.added(each, self._seeds) for each in range(t, t + steps)]
        noise = None if added[0] is None else np.stack([each for each in added if each is not None])
        self._lanes, points, evaluations = self._lanes.advance(t, steps, noise)
        spent = self._spent + evaluations.cumsum()
        self._spent = spent[-1]
        return Stretch(points, spent[:, None], {})

    def take(self, lanes: NDArray[np.intp]) -> None:
        self._lanes, self._seeds = self._lanes.take(lanes), take_lanes(self._seeds, lanes)


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


def scheduled(optimizer: Optimizer, factors: Mapping[str, list[float]], t: int) -> Optimizer:
    """The optimizer as it is at step t: every scheduled field times its factor."""
    for path, factor in factors.items():
        optimizer = with_field(optimizer, path, get_field(optimizer, path) * factor[t])
    return optimizer


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
