"""The steps of many lanes, as machine code.

While it steps, an account is kept of what the eyes must not miss: how far the lanes have been, and how small their
gradients were.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from optim_core.machine_code import Program, padded
from optim_core.objective import Array, Objective
from optim_core.one_lane import form_of
from optim_core.optimizer import Optimizer, State, Wrapper, leaves, numbers_of
from optim_core.symbols import Outline, Untraceable


@final
@dataclass(frozen=True)
class Account(Wrapper):
    """Steps as `inner` does, and writes down the extremes since it began.

    before     the point before this one
    high, low  the largest and the smallest coordinates, of the points from which steps were made
    smallest   the size of the smallest gradient there: of its larger component
    """

    def init(self, theta: Array) -> State:
        nothing = np.full(theta.shape[1], np.inf)
        return {"before": theta, "high": theta, "low": theta, "smallest": nothing, "inner": self.inner.init(theta)}

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        size = np.abs(objective.gradient(theta))
        moved, inner = self.inner.step(theta, state["inner"], objective)
        return moved, {
            "before": theta,
            "high": np.maximum(state["high"], theta),
            "low": np.minimum(state["low"], theta),
            "smallest": np.minimum(state["smallest"], np.maximum(size[0], size[1])),
            "inner": inner,
        }


@final
@dataclass(frozen=True)
class AccountOfLosses(Wrapper):
    """The same, and `smallest` is no number once a loss was not finite."""

    def init(self, theta: Array) -> State:
        return Account(self.inner).init(theta)

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        moved, account = Account(self.inner).step(theta, state, objective)
        smallest = np.where(np.isfinite(objective.value(theta)), account["smallest"], np.nan)
        return moved, {**account, "smallest": smallest}


@dataclass(frozen=True)
class ManyLanes:
    """Lanes side by side, somewhere on their way.

    knobs    (hyperparameters, lanes): their values
    factors  (scheduled fields, steps): by which a schedule multiplies them
    rows     (slots, lanes): the point, and the whiteboard of `Account`
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
        finite: bool = True,
    ) -> Self:
        """At (2, lanes), with the optimizer's first whiteboard. Losses not known to be `finite` are looked at.

        Raises Untraceable for an optimizer or a loss that cannot be written so.
        """
        if not getattr(objective, "is_formula", False):
            raise Untraceable("the loss does not tell how it is made")
        account: Wrapper = Account(optimizer) if finite else AccountOfLosses(optimizer)
        lanes = theta.shape[1]
        numbers = numbers_of(account)
        uneven = frozenset(path for path, value in numbers.items() if np.ndim(value))
        program = _written(form_of(account), uneven, tuple(f"inner.{path}" for path in factors), objective)
        rows = [row for leaf in (theta, *dict(leaves(account.init(theta))).values()) for row in _rows(leaf)]
        return cls(
            program,
            _side_by_side([numbers[path] for path in program.knobs], lanes),
            np.array([*factors.values()], dtype=float, ndmin=2),
            _side_by_side(rows, lanes),
            lanes,
        )

    def advance(self, t: int, steps: int) -> tuple[Self, Array]:
        """After the steps from t on, with an account of them; and the points before each of them, (2, steps, lanes)."""
        points = np.empty((2, steps, self.rows.shape[1]))
        return self._after(t, steps, points), points[..., : self.lanes]

    def ahead(self, t: int, steps: int) -> Self:
        """The same without the points."""
        return self._after(t, steps, None)

    def take(self, lanes: NDArray[np.intp]) -> Self:
        """Some of the lanes."""
        wanted = np.resize(lanes, padded(lanes.size)) if lanes.size else lanes
        return replace(
            self,
            knobs=np.take(self.knobs, wanted, axis=1),
            rows=np.take(self.rows, wanted, axis=1),
            lanes=lanes.size,
        )

    @property
    def theta(self) -> Array:
        """Where the lanes are: (2, lanes)."""
        return self.rows[:2, : self.lanes]

    def __getitem__(self, letter: str) -> Array:
        """A letter of the account."""
        return self.rows[self.program.at(letter), : self.lanes]

    def whiteboard(self, like: State) -> State:
        """That of `Account`, shaped like an earlier one."""
        rows = [
            row[: self.lanes] if slot in self.program.uneven else row[0]
            for slot, row in zip(self.program.state, self.rows, strict=True)
        ]
        return _whiteboard(iter(rows[2:]), like)

    def _after(self, t: int, steps: int, points: Array | None) -> Self:
        rows = self.rows.copy()
        for letter in ("before", "high", "low"):
            rows[self.program.at(letter)] = rows[:2]
        rows[self.program.at("smallest")] = np.inf
        return replace(self, rows=self.program.advance(rows, self.knobs, self.factors, points, t, steps))


@lru_cache(maxsize=256)
def _written(form: Optimizer, uneven: frozenset[str], scheduled: tuple[str, ...], formula: Objective) -> Program:
    try:
        return Program(Outline(form, formula), uneven, scheduled)
    except Untraceable:
        raise
    except Exception as error:  # whatever a loss does with symbols
        raise Untraceable(str(error)) from error


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


def _whiteboard(rows: Iterator[Any], kept: State) -> State:
    """The whiteboard whose rows these are; `kept` is an earlier one."""
    return {
        name: _whiteboard(rows, leaf)
        if isinstance(leaf, dict)
        else np.stack([next(rows) for _ in range(int(np.prod(leaf.shape[:-1])))]).reshape(*leaf.shape[:-1], -1)
        if np.ndim(leaf) > 1
        else next(rows)
        for name, leaf in kept.items()
    }
