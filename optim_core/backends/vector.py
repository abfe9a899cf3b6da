"""Lanes on their way by machine code: the same steps as the optimizer's own, to the last bit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from optim_core.backends.llvm import Program, padded
from optim_core.backends.scalar import form_of
from optim_core.form import Filled, Form, filled_of
from optim_core.objective import Array, Objective
from optim_core.optimizer import Optimizer, leaves, numbers_of
from optim_core.tracing.traced_step import TracedStep
from optim_core.tracing.tracer import Untraceable

VECTOR_MIN_STEPS = 50
"""Steps from which it pays to make the code first, which takes some 20 milliseconds."""


@dataclass(frozen=True)
class VectorBackend:
    """Lanes side by side, somewhere on their way.

    knobs    (hyperparameters, lanes): their values
    factors  (scheduled fields, steps): by which a schedule multiplies them
    rows     (slots, lanes): the point, and the whiteboard
    kept     which of the lanes that set out are still on their way; the rows are longer, up to a multiple of what the
             machine takes at a time
    numbers  of the objective's form, see `optim_core.form.Filled`, for all lanes that set out
    """

    program: Program
    knobs: Array
    factors: Array
    rows: Array
    kept: NDArray[np.intp]
    numbers: Callable[[int, int], Array]

    @property
    def lanes(self) -> int:
        """How many there are."""
        return self.kept.size

    @classmethod
    def begin(
        cls,
        objective: Objective,
        optimizer: Optimizer,
        factors: Mapping[str, list[float]],
        theta: Array,
        filled: Filled | None = None,
    ) -> Self:
        """At (2, lanes), with the optimizer's first whiteboard. `filled` is the objective as the steps see it.

        Raises Untraceable for an optimizer or a loss that cannot be written so.
        """
        filled = filled or filled_of(objective)
        if filled is None:
            raise Untraceable("the loss does not tell how it is made")
        numbers, lanes = numbers_of(optimizer), theta.shape[1]
        uneven = frozenset(path for path, value in numbers.items() if np.ndim(value))
        program = _written(form_of(optimizer), uneven, tuple(factors), filled.form, filled.per_run)
        if isinstance(program, str):
            raise Untraceable(program)
        rows = [row for leaf in (theta, *dict(leaves(optimizer.init(theta))).values()) for row in _rows(leaf)]
        return cls(
            program,
            _side_by_side([numbers[path] for path in program.knobs], lanes),
            np.array([*factors.values()], dtype=float, ndmin=2),
            _side_by_side(rows, lanes),
            np.arange(lanes),
            filled.numbers,
        )

    def ahead(self, t: int, steps: int) -> Self:
        """After the steps from t on."""
        rows = self.program.advance(self.rows, self.knobs, self.factors, self._data(t, steps), t, steps)
        return replace(self, rows=rows)

    def advance(self, t: int, steps: int) -> tuple[Self, Array, Array]:
        """The same; the points after each of them, (2, steps, lanes); and their evaluations, (steps)."""
        points, spent = np.empty((2, steps, self.rows.shape[1])), np.empty(steps)
        data = self._data(t, steps)
        rows = self.program.advance(self.rows, self.knobs, self.factors, data, t, steps, points, spent)
        return replace(self, rows=rows), points[..., : self.lanes], spent

    def _data(self, t: int, steps: int) -> Array:
        """The numbers of the form, for the lanes that are left."""
        data = self.numbers(t, steps)
        if data.shape[2] == 1:
            return np.ascontiguousarray(data)
        out = np.zeros((*data.shape[:2], self.rows.shape[1]))
        out[..., : self.lanes] = data if self.lanes == data.shape[2] else data[..., self.kept]
        return out

    def take(self, lanes: NDArray[np.intp]) -> Self:
        """Some of the lanes."""
        wanted = np.resize(lanes, padded(lanes.size)) if lanes.size else lanes
        knobs, rows = np.take(self.knobs, wanted, axis=1), np.take(self.rows, wanted, axis=1)
        return replace(self, knobs=knobs, rows=rows, kept=self.kept[lanes])

    @property
    def theta(self) -> Array:
        """Where the lanes are: (2, lanes)."""
        return self.rows[:2, : self.lanes]

    def __getitem__(self, letter: str) -> Array:
        """A letter of the outermost whiteboard."""
        return self.rows[self.program.at(letter), : self.lanes]


@lru_cache(maxsize=256)
def _written(
    optimizer: Optimizer, uneven: frozenset[str], scheduled: tuple[str, ...], form: Form, per_run: bool
) -> Program | str:
    """The program, or why there is none: that too is found out once."""
    try:
        return Program(TracedStep(optimizer, form), uneven, scheduled, per_run)
    except Exception as error:  # whatever an optimizer or a loss does with symbols; no LLVM
        return str(error)


def _side_by_side(rows: list[Any], lanes: int) -> Array:
    """Rows of numbers, one for every lane or one for all; the last lane is repeated to the end."""
    out = np.empty((len(rows), padded(lanes)))
    for each, row in zip(out, rows, strict=True):
        each[:lanes] = row
        each[lanes:] = each[lanes - 1]
    return out


def _rows(leaf: Any) -> Any:
    """The rows of an array (..., lanes), or a number alone."""
    return leaf.reshape(-1, leaf.shape[-1]) if np.ndim(leaf) > 1 else [leaf]
