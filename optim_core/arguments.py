"""Checks of the arguments of a run, and the forms in which the backends take them."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from optim_core.knob import knobs
from optim_core.objective import Array, Objective, dimension_of
from optim_core.optimizer import Optimizer, get_field, owner_path, real_fields
from optim_core.schedule import Schedule

Factors = Schedule | Callable[[int, int], Any] | ArrayLike
"""What a field is multiplied by at each step: a schedule, a function of the step and the number of steps, or an array
(steps)."""


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
    """The losses at points (P, *batch): (*batch). Raises ValueError for an objective that gives another shape."""
    values = objective.value(points)
    if np.shape(values) != points.shape[1:]:
        raise ValueError(
            f"the objective's value() must map shape (P, *batch) to (*batch): {points.shape} to {points.shape[1:]}, "
            f"not to {np.shape(values)}"
        )
    return values


def start_of(start: ArrayLike, seed: Any, optimizer: Optimizer, objective: Objective) -> Array:
    """The starts of all runs, (P, *batch): a view, so that a batch of any size takes no memory yet."""
    begin, known = np.asarray(start, dtype=float), dimension_of(objective)
    if isinstance(start, list | tuple) and begin.ndim == 2 and begin.shape == (known or 2, known or 2) != (1, 1):
        written = f"np.array({begin.tolist()})"
        rows, columns = (" and ".join(str(tuple(point)) for point in points.tolist()) for points in (begin, begin.T))
        raise ValueError(
            f"the start {start} can be read in two ways: write {written} to begin at {columns}, "
            f"and {written}.T to begin at {rows}"
        )
    if not begin.ndim or not len(begin) or (known and len(begin) != known):
        hint = "; one point a row needs .T" if begin.ndim == 2 and begin.shape[1] == known else ""
        raise ValueError(f"the start needs shape ({known or 'P'}, *batch), not {begin.shape}{hint}")
    if not (np.issubdtype(np.asarray(seed).dtype, np.integer) and np.all(np.asarray(seed) >= 0)):
        raise ValueError(f"a seed is a whole number from 0, not {seed}")
    shapes = [begin.shape[1:], np.shape(seed), *_field_shapes(optimizer)]
    try:
        batch = np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"the batches of start, seed and fields do not broadcast: {shapes}") from None
    begin = begin.reshape(len(begin), *[1] * (len(batch) + 1 - begin.ndim), *begin.shape[1:])
    return np.broadcast_to(begin, (len(begin), *batch))


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
