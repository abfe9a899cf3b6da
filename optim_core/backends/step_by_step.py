"""The NumPy backend: every step is made by the optimizer itself. All other backends are tested against it."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optim_core.backends.stepper import Chunk
from optim_core.objective import Array, Objective, Transparent, hessian_vector
from optim_core.optimizer import Optimizer, State, all_variables, get_field, real_fields, with_numbers
from optim_core.sampler import Sampler

CHUNK = 2**18
"""Numbers in the points of a chunk, 2 MB: it has fewer steps for many parameters or runs."""


class StepByStep:
    """Runs whose every step is executed by the optimizer itself, in chunks of at most `stride` steps.

    With a stride of 1 no step is executed after the last run has ended.
    """

    def __init__(
        self,
        objective: Objective,
        optimizer: Optimizer,
        theta: Array,
        factors: Mapping[str, list[float]],
        sampler: Sampler,
        seeds: Any,
        record_state: bool,
        stride: int,
    ) -> None:
        self._objective, self._counted = objective, Counted(objective, theta.shape[1])
        self._optimizer, self._theta, self._state = optimizer, theta, optimizer.init(theta)
        self._factors, self._sampler, self._seeds, self._record_state = factors, sampler, seeds, record_state
        self._waited: Any = 0.0  # evaluations for other runs only: (n,), or 0
        self._shapes = dict[str, tuple[int, ...]]()  # of what is recorded of a run, by name
        self.stride = min(stride, max(1, CHUNK // max(1, theta.size)))

    def advance(self, t: int, steps: int) -> Chunk:
        runs = self._counted.runs
        points, spent, recorded = np.empty((len(self._theta), steps, runs)), np.empty((steps, runs)), dict[str, Array]()
        for row in range(steps):
            self._step(t + row)
            points[:, row], spent[row] = self._theta, self._counted.evaluations - self._waited
            for name, value in _numbers_in(self._state, runs) if self._record_state else ():
                if self._shapes.setdefault(name, value.shape[1:]) != value.shape[1:]:
                    raise ValueError(f"'{name}' of the state cannot be recorded: its shape changes from step to step")
                if name not in recorded:
                    recorded[name] = np.full((steps, *value.shape), np.nan)
                recorded[name][row] = value
        return Chunk(points, spent, recorded)

    def take(self, runs: NDArray[np.intp]) -> None:
        self._optimizer = map_arrays(self._optimizer, lambda values: values[runs])
        self._theta, self._state, self._seeds, self._waited = take_runs(
            [self._theta, self._state, self._seeds, self._waited], runs
        )
        self._counted.take(runs.size)

    def _step(self, t: int) -> None:
        self._counted.objective = self._sampler.at(self._objective, t, self._seeds)
        self._theta, self._state = step_of(
            scheduled(self._optimizer, self._factors, t), self._theta, self._state, self._counted
        )
        self._waited = self._waited + _waited(self._state)


def step_of(optimizer: Optimizer, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
    """One step. Raises TypeError or ValueError where the optimizer returns anything but a point and a state."""
    shape, name = np.shape(theta), type(optimizer).__name__
    made = optimizer.step(theta, state, objective)
    if not isinstance(made, tuple | list) or len(made) != 2:
        raise TypeError(f"{name}.step must return the new point and the new state, not one {type(made).__name__}")
    if np.shape(made[0]) != shape:
        raise ValueError(f"{name}.step must return a point of the shape that it got, {shape}, not {np.shape(made[0])}")
    return made[0], made[1]


def _numbers_in(state: State, runs: int) -> Iterator[tuple[str, Array]]:
    """The variables of a state that can be recorded, numbers and arrays of numbers, as (runs, ...).

    An array whose last axis is not that of the runs is the same for all of them, like a number.
    """
    for name, value in all_variables(state).items():
        if isinstance(value, bool | int | float | np.ndarray | np.generic):
            array = np.asarray(value)
            if array.dtype.kind in "biuf":
                each = array.ndim and array.shape[-1] == runs
                yield name, np.moveaxis(array, -1, 0) if each else np.broadcast_to(array, (runs, *array.shape))


class Counted(Transparent):
    """An objective that counts its calls, in gradient evaluations per run."""

    def __init__(self, objective: Objective, runs: int) -> None:
        super().__init__(objective)
        self.runs, self._before, self._calls = runs, 0.0, 0

    @property
    def evaluations(self) -> float:
        return self._before + self._calls / self.runs

    def take(self, runs: int) -> None:
        """Change the number of runs."""
        self.runs, self._before, self._calls = runs, self.evaluations, 0

    def value(self, theta: Array) -> Array:
        self._calls += np.size(theta) // len(theta)  # a line search evaluates many points of each run in one call
        return self.objective.value(theta)

    def gradient(self, theta: Array) -> Array:
        self._calls += np.size(theta) // len(theta)
        g = self.objective.gradient(theta)
        if len(g) != len(theta):
            raise ValueError(f"the objective's gradient() has {len(g)} parameters at a point of {len(theta)}")
        return g

    def hessian(self, theta: Array) -> Array:
        self._calls += np.size(theta)  # its columns
        return self.objective.hessian(theta)

    def hessian_vector(self, theta: Array, v: Array) -> Array:
        self._calls += np.size(theta) // len(theta)  # one such column
        return hessian_vector(self.objective, theta, v)


def scheduled(optimizer: Optimizer, factors: Mapping[str, list[float]], t: int) -> Optimizer:
    """The optimizer at step t: every scheduled field times its factor."""
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


def take_runs(tree: Any, runs: NDArray[np.intp]) -> Any:
    """A tree of dicts and lists whose arrays have only these runs (last axis), in this order."""
    if isinstance(tree, dict):
        return {name: take_runs(branch, runs) for name, branch in tree.items()}
    if isinstance(tree, list):
        return [take_runs(branch, runs) for branch in tree]
    return np.take(tree, runs, axis=-1) if np.ndim(tree) else tree


def _waited(state: State) -> Any:
    """Evaluations of the last step for other runs only: (n,), or 0."""
    return all_variables(state).get("waited", 0.0)
