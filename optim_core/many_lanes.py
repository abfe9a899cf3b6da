"""Lanes on their way by machine code: the same steps as the optimizer's own, to the last bit."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from optim_core.machine_code import Program, padded
from optim_core.objective import Array, Objective, is_formula
from optim_core.one_lane import form_of
from optim_core.optimizer import Optimizer, leaves, numbers_of
from optim_core.symbols import Outline, Untraceable

MANY_WORTH = 100
"""Steps from which it pays to make the code first, which takes some 20 milliseconds."""


@dataclass(frozen=True)
class ManyLanes:
    """Lanes side by side, somewhere on their way.

    knobs    (hyperparameters, lanes): their values
    factors  (scheduled fields, steps): by which a schedule multiplies them
    rows     (slots, lanes): the point, and the whiteboard
    lanes    how many there are; the rows are longer, up to a multiple of what the machine takes at a time
    """

    program: Program
    knobs: Array
    factors: Array
    rows: Array
    lanes: int

    @classmethod
    def begin(
        cls,
        objective: Objective,
        optimizer: Optimizer,
        factors: Mapping[str, list[float]],
        theta: Array,
        noisy: bool = False,
    ) -> Self:
        """At (2, lanes), with the optimizer's first whiteboard. In a `noisy` run every step is told what is added.

        Raises Untraceable for an optimizer or a loss that cannot be written so.
        """
        if not is_formula(objective):
            raise Untraceable("the loss does not tell how it is made")
        numbers, lanes = numbers_of(optimizer), theta.shape[1]
        uneven = frozenset(path for path, value in numbers.items() if np.ndim(value))
        program = _written(form_of(optimizer), uneven, tuple(factors), objective, noisy)
        if isinstance(program, str):
            raise Untraceable(program)
        rows = [row for leaf in (theta, *dict(leaves(optimizer.init(theta))).values()) for row in _rows(leaf)]
        return cls(
            program,
            _side_by_side([numbers[path] for path in program.knobs], lanes),
            np.array([*factors.values()], dtype=float, ndmin=2),
            _side_by_side(rows, lanes),
            lanes,
        )

    def ahead(self, t: int, steps: int) -> Self:
        """After the steps from t on."""
        return replace(self, rows=self.program.advance(self.rows, self.knobs, self.factors, t, steps))

    def advance(self, t: int, steps: int, added: Array | None = None) -> tuple[Self, Array, Array]:
        """The same; the points after each of them, (2, steps, lanes); and their evaluations, (steps).

        `added` (steps, 2, lanes) is what a sampler adds to the gradients.
        """
        points, spent = np.empty((2, steps, self.rows.shape[1])), np.empty(steps)
        noise = None
        if added is not None:
            noise = np.zeros((steps, 2, self.rows.shape[1]))
            noise[..., : self.lanes] = added
        rows = self.program.advance(self.rows, self.knobs, self.factors, t, steps, points, noise, spent)
        return replace(self, rows=rows), points[..., : self.lanes], spent

    def take(self, lanes: NDArray[np.intp]) -> Self:
        """Some of the lanes."""
        wanted = np.resize(lanes, padded(lanes.size)) if lanes.size else lanes
        knobs, rows = np.take(self.knobs, wanted, axis=1), np.take(self.rows, wanted, axis=1)
        return replace(self, knobs=knobs, rows=rows, lanes=lanes.size)

    @property
    def theta(self) -> Array:
        """Where the lanes are: (2, lanes)."""
        return self.rows[:2, : self.lanes]

    def __getitem__(self, letter: str) -> Array:
        """A letter of the outermost whiteboard."""
        return self.rows[self.program.at(letter), : self.lanes]


@lru_cache(maxsize=256)
def _written(
    form: Optimizer, uneven: frozenset[str], scheduled: tuple[str, ...], formula: Objective, noisy: bool
) -> Program | str:
    """The program, or why there is none: that too is found out once."""
    try:
        return Program(Outline(form, formula, noisy), uneven, scheduled)
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
