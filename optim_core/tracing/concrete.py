"""Numbers that remember how they were made: a step that is made with them tells its own working.

An optimizer's `step` is run as it is, on letters in place of arrays. Every letter holds its number, so that the step
makes the very same numbers as without them, and its place on a tape, where every operation is written down. Nothing
else has to say how an optimizer works.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from optim_core.objective import Array, Objective

F = TypeVar("F", bound=Callable[..., Any])

Node = tuple[Any, ...]
"""What a letter is: its kind, and what it was made from, mostly places of other nodes on the tape.

    ("theta",)                     the point before the step
    ("old", path, name)            what the whiteboard held before the step; the path names the layer of a stack
    ("knob", path)                 a hyperparameter, by its full field name
    ("number", value)              a number in the code
    ("ask", name, argument)        what the loss answers: its "value", "gradient" or "hessian" at a point
    ("item", of, indices)          an entry of an array
    ("stack", *parts)              a vector, put together
    ("found",)                     a result of something that does not tell how it worked, such as a search
    (name of a NumPy function, *arguments)
"""


class Tape:
    """All that was made in one step, in the order in which it was made; equal things are made once."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.values: list[Array] = []
        self._places: dict[Node, int] = {}

    def letter(self, node: Node, value: Any) -> "Letter":
        """The letter for a node, written down if it is new."""
        place = self._places.get(node)
        if place is None or node[0] == "found":
            place = self._places[node] = len(self.nodes)
            self.nodes.append(node)
            self.values.append(np.asarray(value))
        return Letter(self, place, value)

    def forget(self, since: int) -> None:
        """Take back what was written down from place `since` on."""
        for node in self.nodes[since:]:
            self._places.pop(node, None)
        del self.nodes[since:], self.values[since:]

    def place(self, thing: Any) -> int:
        """Where a letter stands; a plain number is written down first."""
        if isinstance(thing, Letter):
            return thing.place
        node = ("number", float(thing)) if np.ndim(thing) == 0 else ("found",)
        return self.letter(node, thing).place


class Letter(NDArrayOperatorsMixin):
    """A number, or an array of the shape (2, *lanes), and its place on a tape. NumPy takes it for an array."""

    __slots__ = ("place", "tape", "value")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, tape: Tape, place: int, value: Any) -> None:
        self.tape, self.place, self.value = tape, place, value

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options:
            return getattr(ufunc, method)(*map(plain, inputs), **{name: plain(it) for name, it in options.items()})
        places = [self.tape.place(thing) for thing in inputs]
        return self.tape.letter((ufunc.__name__, *places), ufunc(*map(plain, inputs)))

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        told = {np.where: lambda a: a, np.stack: lambda a: a[0]}.get(function)
        value = function(*[plain(thing) for thing in args], **{name: plain(it) for name, it in options.items()})
        if told is None or options:
            return value
        return self.tape.letter((function.__name__, *(self.tape.place(part) for part in told(args))), value)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        return np.array(self.value, dtype=dtype)

    def __getitem__(self, key: Any) -> Any:
        indices = key if isinstance(key, tuple) else (key,)
        if not all(isinstance(index, int) for index in indices):
            return self.value[key]
        return self.tape.letter(("item", self.place, indices), self.value[key])

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self.value)))

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __float__(self) -> float:
        return float(np.asarray(self.value).item())

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.value)

    @property
    def ndim(self) -> int:
        return np.ndim(self.value)

    @property
    def size(self) -> int:
        return int(np.size(self.value))


class TracedObjective:
    """An objective whose answers are letters."""

    def __init__(self, objective: Objective, tape: Tape) -> None:
        self.objective, self.tape = objective, tape

    def value(self, theta: Any) -> Any:
        return self._ask("value", theta)

    def gradient(self, theta: Any) -> Any:
        return self._ask("gradient", theta)

    def hessian(self, theta: Any) -> Any:
        return self._ask("hessian", theta)

    def _ask(self, name: str, theta: Any) -> Letter:
        return self.tape.letter(("ask", name, self.tape.place(theta)), getattr(self.objective, name)(plain(theta)))


def plain(thing: Any) -> Any:
    """What a letter stands for; lists of letters too. All else is what it is."""
    if isinstance(thing, Letter):
        return thing.value
    return type(thing)(map(plain, thing)) if isinstance(thing, list | tuple) else thing


def untold(search: F) -> F:
    """A function that works with numbers alone: of what it finds, a letter knows only that it was found."""

    @wraps(search)
    def found(objective: Objective, *args: Any, **options: Any) -> Any:
        letter = next((thing for thing in args if isinstance(thing, Letter)), None)
        if letter is None:
            return search(objective, *args, **options)
        before = len(letter.tape.nodes)
        results = search(Answers(objective), *map(plain, args), **{name: plain(it) for name, it in options.items()})
        letter.tape.forget(before)
        return tuple(letter.tape.letter(("found",), result) for result in results)

    return found  # type: ignore[return-value]


class Answers:
    """An objective that answers in numbers, whatever the one inside answers in."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective

    def value(self, theta: Array) -> Array:
        return plain(self.objective.value(theta))

    def gradient(self, theta: Array) -> Array:
        return plain(self.objective.gradient(theta))

    def hessian(self, theta: Array) -> Array:
        return plain(self.objective.hessian(theta))
