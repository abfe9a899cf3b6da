"""Objectives that differ in some numbers only: their form is traced and compiled once, and filled with numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from optim_core.objective import Array, Objective, is_formula


class Form(Protocol):
    """An objective without some of its numbers.

    Equal forms, filled with equal numbers, compute the same, by NumPy's functions of single numbers alone.
    """

    @property
    def size(self) -> int:
        """The number of numbers it takes."""
        ...

    def filled(self, numbers: Sequence[Any]) -> Objective:
        """The objective with these numbers, each a float, an array (batch) or a tracer."""
        ...


@dataclass(frozen=True)
class Fixed:
    """The form of a formula that takes no numbers."""

    formula: Objective

    @property
    def size(self) -> int:
        return 0

    def filled(self, numbers: Sequence[Any]) -> Objective:
        return self.formula


@dataclass(frozen=True)
class Filled:
    """A form, and its numbers at every step of some runs.

    numbers  of the steps from t on, (t, steps) -> (steps, size, runs): the first axis has length 1 where all steps have
             the same numbers, the last one where all runs have them
    varying  whether the numbers change from step to step
    per_run  whether they differ between runs
    """

    form: Form
    numbers: Callable[[int, int], Array]
    varying: bool = False
    per_run: bool = False


def constant(form: Form, numbers: Array) -> Filled:
    """A form whose numbers, (size) or (size, runs), are the same at every step."""
    every = np.array(numbers, dtype=float, ndmin=2) if np.ndim(numbers) > 1 else np.array(numbers, dtype=float)[:, None]
    return Filled(form, lambda _t, _steps: every[None], per_run=every.shape[1] > 1)


def with_more(filled: Filled, form: Form, more: Filled) -> Filled:
    """`form`, which takes the numbers of `filled` and then those of `more`."""

    def numbers(t: int, steps: int) -> Array:
        first, then = filled.numbers(t, steps), more.numbers(t, steps)
        count, runs = max(len(first), len(then)), max(first.shape[2], then.shape[2])
        return np.concatenate([np.broadcast_to(each, (count, each.shape[1], runs)) for each in (first, then)], axis=1)

    return Filled(form, numbers, filled.varying or more.varying, filled.per_run or more.per_run)


def filled_of(objective: Any) -> Filled | None:
    """An objective as a form and its numbers, or None if it has no form.

    A class declares it for itself, not for its subclasses, which may compute something else: a formula by `is_formula`,
    any other by a method `filled_form() -> Filled | None`.
    """
    if is_formula(objective):
        return constant(Fixed(objective), np.empty(0))
    own = vars(type(objective)).get("filled_form")
    return own(objective) if own else None
