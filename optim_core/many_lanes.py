"""The steps of many lanes, traced once and written as NumPy calls that fill the same few rows again and again.

A row holds one number of every lane. The arithmetic is the optimizer's own, and so are its last bits; what is the same
for all lanes stays a plain number. While it steps, an account is kept of what the eyes must not miss: how far the lanes
have been, and how small their gradients were.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, final

import numpy as np

from optim_core.objective import Array, Objective
from optim_core.one_lane import form_of
from optim_core.optimizer import Optimizer, State, Wrapper, leaves, numbers_of
from optim_core.symbols import Node, Outline, Part, Slot, Untraceable, arguments
from optim_core.writing import Writer, indented

YES_NO = {
    *("greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "isnan", "isinf", "isfinite"),
    *("bitwise_and", "bitwise_or", "logical_and", "logical_or", "logical_not", "invert"),
}
"""Functions whose results are no floats, and have no row."""


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


class ManyLanes:
    """The steps of `optimizer` in lanes side by side. Raises Untraceable for one that cannot be written so."""

    def __init__(self, objective: Objective, optimizer: Optimizer, factors: Mapping[str, list[float]]) -> None:
        if not getattr(objective, "is_formula", False):
            raise Untraceable("the loss does not tell how it is made")
        account = Account(optimizer)
        uneven = tuple(path for path, value in numbers_of(account).items() if np.ndim(value))
        self._code = _written(form_of(account), uneven, tuple(f"inner.{path}" for path in factors), objective)
        self._factors = list(factors.values())

    def advance(
        self, optimizer: Optimizer, theta: Array, state: State, t: int, steps: int, points: Array | None = None
    ) -> tuple[Array, State, State]:
        """Steps from t on, as (2, lanes) -> (2, lanes): the point, the whiteboard, and that of `Account`.

        `points` (2, steps, lanes) is filled with the points before each step, if it is given.
        """
        lanes = theta.shape[1]
        account = Account(optimizer).init(theta) | {"inner": state}
        before = [row for leaf in (theta, *dict(leaves(account)).values()) for row in _rows(leaf)]
        rows = [
            np.array(np.broadcast_to(value, lanes)) if slot in self._code.uneven else value
            for slot, value in zip(self._code.state, before, strict=True)
        ]
        numbers = numbers_of(Account(optimizer))
        spare = [np.empty(lanes) for _ in range(self._code.spare)]
        values = [numbers[path] for path in self._code.knobs]
        rows = self._code.advance(rows, t, steps, values, self._factors, spare, points)
        account = _whiteboard(iter(rows[2:]), account)
        return np.stack(rows[:2]), account.pop("inner"), account


class Code(NamedTuple):
    """The text of a step, compiled. `uneven` are the slots that differ between lanes, `spare` the further rows."""

    advance: Any
    knobs: tuple[str, ...]
    state: tuple[Slot, ...]
    uneven: frozenset[Slot]
    spare: int
    text: str


@lru_cache(maxsize=256)
def _written(form: Optimizer, uneven: tuple[str, ...], scheduled: tuple[str, ...], formula: Objective) -> Code:
    outline = Outline(form, formula)
    try:
        return _Writer(outline, outline.parts(), frozenset(uneven), scheduled).code()
    except Untraceable:
        raise
    except Exception as error:  # whatever a loss does with symbols
        raise Untraceable(str(error)) from error


class _Writer(Writer):
    """Writes the traced step as a loop over rows."""

    def __init__(self, outline: Outline, whole: Part, uneven_knobs: frozenset[str], scheduled: tuple[str, ...]) -> None:
        super().__init__(outline, scheduled)
        self.whole, self.uneven_knobs = whole, uneven_knobs
        self.uneven = self._uneven_slots()
        self.calls.add("copyto")
        self.spare = 0

    def code(self) -> Code:
        body = self._lines(self.whole, *self._rows_before(self.whole))
        kept = ["if points is not None:", "    points[0, row], points[1, row] = s0, s1"]
        spare = [f"{name} = spare[{i}]" for i, name in enumerate(self._spare_names())]
        loop = "row, t in enumerate(range(t, t + steps))"
        advance, text = self.program("spare, points", spare, loop, [*kept, *body], "[{letters}]")
        return Code(advance, tuple(self.knobs), self.outline.state, frozenset(self.uneven), self.spare, text)

    def _uneven_slots(self) -> set[Slot]:
        """The parts of the whiteboard that differ between lanes: arrays, and what becomes one on the way."""
        uneven, before = set(self.outline.rows), -1
        while before != (before := len(uneven)):
            self.uneven = uneven
            for end in self.whole.ends():
                differs = self._differing(end.nodes)
                uneven |= {
                    slot for slot, place in zip(self.outline.state, end.end.after, strict=True) if place in differs
                }
        return uneven

    def _differing(self, nodes: list[Node]) -> set[int]:
        """The places of what differs between lanes."""
        differing = set[int]()
        for place, node in enumerate(nodes):
            match node:
                case ("old", slot):
                    differs = slot in self.uneven
                case ("knob", path):
                    differs = path in self.uneven_knobs
                case _:
                    differs = not differing.isdisjoint(arguments(node))
            if differs:
                differing.add(place)
        return differing

    def _lines(self, part: Part, rows: dict[int, str], free: list[str]) -> list[str]:
        """The lines of a part of the step and of all that comes after it.

        `rows` tells in which row a node's numbers are, `free` which rows nobody needs any more.
        """
        nodes, differing = part.nodes, self._differing(part.nodes)
        rows, free, lines = dict(rows), list(free), list[str]()
        last = {argument: place for place in part.here for argument in arguments(nodes[place])}
        for place in part.here:
            name, of = nodes[place][0], arguments(nodes[place])
            if name in ("ask", "part", "length", "search"):
                raise Untraceable("lanes part at a search, or ask a loss that does not tell")
            ended = sorted({rows[p] for p in of if p in rows and last[p] == place and p not in part.later})
            names = [self._name(nodes, argument, rows) for argument in of]
            if place not in differing:
                lines.append(f"v{place} = {self.plainly(name, names)}")
            elif name in YES_NO:
                self.calls.add(name)
                lines.append(f"v{place} = np_{name}({', '.join(names)})")
                free += ended
            elif name == "where":
                rows[place] = row = self._row(free)  # none that ends here: it is filled before all has been read
                which, yes, no = names
                if of[0] in differing:
                    lines += [f"np_copyto({row}, {no})", f"np_copyto({row}, {yes}, where={which})"]
                else:
                    lines.append(f"np_copyto({row}, {yes} if {which} else {no})")
                free += ended
            else:
                self.calls.add(name)
                free += ended
                rows[place] = row = self._row(free)
                lines.append(f"np_{name}({', '.join(names)}, out={row})")
        if part.choice is None:
            return [*lines, *self._after(part, rows, free)]
        if part.choice in differing:
            raise Untraceable("lanes part at a choice")
        yes, no = (indented(self._lines(way, rows, free)) for way in part.ways)
        return [*lines, f"if {self._name(nodes, part.choice, rows)}:", *yes, "else:", *no]

    def _rows_before(self, part: Part) -> tuple[dict[int, str], list[str]]:
        """In which rows the numbers from the step before are, and which rows hold what nobody asks for."""
        asked = {argument for place in part.here for argument in arguments(part.nodes[place])} | part.later
        rows = {
            place: self.names[node[1]]
            for place, node in enumerate(part.nodes)
            if node[0] == "old" and node[1] in self.uneven and place in asked
        }
        every = (name for slot, name in self.names.items() if slot in self.uneven)
        return rows, [name for name in every if name not in rows.values()]

    def _after(self, part: Part, rows: dict[int, str], free: list[str]) -> list[str]:
        """Every slot gets the row in which its new numbers are; rows that are left over are spare."""
        new, lines = dict[str, str](), list[str]()
        for slot, place in zip(self.outline.state, part.end.after, strict=True):
            if slot not in self.uneven:
                new[self.names[slot]] = self._name(part.nodes, place, rows)
                continue
            row = rows.get(place)
            if row is None or row in new.values():  # the same for all lanes, a hyperparameter, or in use already
                source, row = self._name(part.nodes, place, rows), self._row(free)
                lines.append(f"np_copyto({row}, {source})")
            new[self.names[slot]] = row
        every = [*(self.names[slot] for slot in self.outline.state if slot in self.uneven), *self._spare_names()]
        left = [row for row in every if row not in new.values()]
        new |= dict(zip(self._spare_names(), left, strict=True))
        moved = {name: row for name, row in new.items() if name != row}
        return [*lines, f"{', '.join(moved)} = {', '.join(moved.values())}"] if moved else [*lines, "pass"]

    def _row(self, free: list[str]) -> str:
        if free:
            return free.pop()
        self.spare += 1
        return f"b{self.spare - 1}"

    def _spare_names(self) -> list[str]:
        return [f"b{i}" for i in range(self.spare)]

    def _name(self, nodes: list[Node], place: int, rows: dict[int, str]) -> str:
        return rows.get(place) or self.name(nodes, place)


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
