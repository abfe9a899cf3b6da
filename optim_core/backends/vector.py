"""The vector backend: the steps of many runs by machine code, with the optimizer's own last bits."""

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
"""Steps that repay the compilation, which takes some 20 milliseconds."""


@dataclass(frozen=True)
class VectorBackend:
    """A batch of runs after some steps. It is immutable.

    knobs    (hyperparameters, runs): their values
    factors  (scheduled fields, steps): the factors of a schedule
    rows     (numbers, runs): the point and the state. The runs are padded to a multiple of `WIDE`
    kept     the indices of the runs that are still in the batch, among those at its beginning
    numbers  of the objective's form, see `optim_core.form.Filled`, for all runs at the beginning
    """

    program: Program
    knobs: Array
    factors: Array
    rows: Array
    kept: NDArray[np.intp]
    numbers: Callable[[int, int], Array]

    @property
    def runs(self) -> int:
        """The number of runs."""
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
        """The batch before the first step, at theta (2, runs). `filled` is the objective as the steps see it.

        Raises Untraceable for an optimizer or an objective that no machine code can be generated for.
        """
        filled = filled or filled_of(objective)
        if filled is None:
            raise Untraceable("the objective has no form")
        numbers, runs = numbers_of(optimizer), theta.shape[1]
        uneven = frozenset(path for path, value in numbers.items() if np.ndim(value))
        program = _written(form_of(optimizer), uneven, tuple(factors), filled.form, filled.per_run)
        if isinstance(program, str):
            raise Untraceable(program)
        rows = [row for leaf in (theta, *dict(leaves(optimizer.init(theta))).values()) for row in _rows(leaf)]
        return cls(
            program,
            _padded_rows([numbers[path] for path in program.knobs], runs),
            np.array([*factors.values()], dtype=float, ndmin=2),
            _padded_rows(rows, runs),
            np.arange(runs),
            filled.numbers,
        )

    def ahead(self, t: int, steps: int) -> Self:
        """After the steps from t on."""
        rows = self.program.advance(self.rows, self.knobs, self.factors, self._data(t, steps), t, steps)
        return replace(self, rows=rows)

    def advance(self, t: int, steps: int) -> tuple[Self, Array, Array]:
        """The same, the points after each of the steps, (2, steps, runs), and their evaluations, (steps)."""
        points, spent = np.empty((2, steps, self.rows.shape[1])), np.empty(steps)
        data = self._data(t, steps)
        rows = self.program.advance(self.rows, self.knobs, self.factors, data, t, steps, points, spent)
        return replace(self, rows=rows), points[..., : self.runs], spent

    def _data(self, t: int, steps: int) -> Array:
        """The numbers of the form for the runs that are kept."""
        data = self.numbers(t, steps)
        if data.shape[2] == 1:
            return np.ascontiguousarray(data)
        out = np.zeros((*data.shape[:2], self.rows.shape[1]))
        out[..., : self.runs] = data if self.runs == data.shape[2] else data[..., self.kept]
        return out

    def take(self, runs: NDArray[np.intp]) -> Self:
        """The batch with these runs only."""
        wanted = np.resize(runs, padded(runs.size)) if runs.size else runs
        knobs, rows = np.take(self.knobs, wanted, axis=1), np.take(self.rows, wanted, axis=1)
        return replace(self, knobs=knobs, rows=rows, kept=self.kept[runs])

    @property
    def theta(self) -> Array:
        """The points: (2, runs)."""
        return self.rows[:2, : self.runs]

    def __getitem__(self, name: str) -> Array:
        """A variable of the outermost state."""
        return self.rows[self.program.at(name), : self.runs]


@lru_cache(maxsize=256)
def _written(
    optimizer: Optimizer, uneven: frozenset[str], scheduled: tuple[str, ...], form: Form, per_run: bool
) -> Program | str:
    """The program, or the reason why there is none, which is cached too."""
    try:
        return Program(TracedStep(optimizer, form), uneven, scheduled, per_run)
    except Exception as error:  # an objective may do anything with tracers; or LLVM is not installed
        return str(error)


def _padded_rows(rows: list[Any], runs: int) -> Array:
    """Rows with a number for each run, or one for all; the last run is repeated as padding."""
    out = np.empty((len(rows), padded(runs)))
    for each, row in zip(out, rows, strict=True):
        each[:runs] = row
        each[runs:] = each[runs - 1]
    return out


def _rows(leaf: Any) -> Any:
    """The rows of an array (..., runs), or a single number."""
    return leaf.reshape(-1, leaf.shape[-1]) if np.ndim(leaf) > 1 else [leaf]
