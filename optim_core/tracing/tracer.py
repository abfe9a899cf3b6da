"""The tracer: executes NumPy code once with tracers in place of arrays, which records a graph of its operations.

A tracer stands for an array without the axis of the runs: a point has shape (2,), a Hessian (2, 2), a number (). The
graph is evaluated to show a step (`optim_core.tracing.evaluation`), and lowered to operations on single numbers
(`optim_core.tracing.lowering`), from which the backends generate code.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from itertools import pairwise
from math import copysign
from typing import Any, TypeVar

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

F = TypeVar("F", bound=Callable[..., Any])

Node = tuple[Any, ...]
"""One operation on arrays: its kind and its arguments, mostly places of earlier nodes in the graph.

    ("state", path)               a variable of the state before the step, by the names that lead to it; () is the point
    ("knob", path)                a hyperparameter, by its full field name
    ("number", value)             a number in the code
    ("data", i)                   the i-th number of a form at this step, see `optim_core.form`
    ("argument", name)            an argument of a function that is not a step
    ("objective", name, point)    the "value", "gradient" or "hessian" of an objective that is not traced
    ("item", of, key)             `of[key]`
    ("set", of, key, value)       `of` after `of[key] = value`
    ("stack", *parts)             `np.stack(parts)`
    ("full", value)               an array of equal numbers
    ("trial", id)                 the step length that a search tries
    ("search", trial, good, searching, first, shrink)
                                  the first length that is good, of first, first shrink, first shrink^2, ...
    (name of a NumPy function, *arguments)
"""

Shape = tuple[int, ...]

SIMPLE_POWERS: dict[float, Callable[[Any], Any]] = {2: np.square, 0.5: np.sqrt, -1: lambda x: 1.0 / x}
"""Exponents for which NumPy computes a power of an array by another operation, which rounds otherwise."""


class Untraceable(TypeError):
    """The code needs the value of a tracer, or a function that cannot be traced."""


class Graph:
    """Operations in the order of their execution; equal ones are recorded once.

    The truth value of a tracer is the next entry of `given`, and True after the last one. A step with a branch is
    therefore traced once for each path through it.

    choices      each condition that was decided: its place, and the number of nodes at that time
    evaluations  of a gradient, those of searches excepted
    """

    def __init__(self, given: tuple[bool, ...] = ()) -> None:
        self.nodes: list[Node] = []
        self.shapes: list[Shape] = []
        self.given = given
        self.choices: list[tuple[int, int]] = []
        self.evaluations = 0
        self._places: dict[Any, int] = {}

    def place(self, node: Node, shape: Shape = ()) -> int:
        """The index of a node, which is added if it is new."""
        # Numbers that are equal but not the same, such as 0.0 and -0.0, or 1 and True, are kept apart.
        key = (*node, type(node[1]), copysign(1.0, node[1])) if node[0] == "number" else (*node, shape)
        try:
            known = self._places.setdefault(key, len(self.nodes))
        except TypeError:  # a key with a slice, which Python 3.11 cannot hash
            known = len(self.nodes)
        if known == len(self.nodes):
            self.nodes.append(node)
            self.shapes.append(shape)
        return known

    def tracer(self, *node: Any, shape: Shape = ()) -> "Tracer":
        """The tracer of a node, which is added if it is new."""
        return Tracer(self, self.place(node, shape))

    def of(self, thing: Any) -> "Tracer":
        """The tracer of a number; a tracer is returned as it is. Raises Untraceable for anything else."""
        if isinstance(thing, Tracer):
            return thing
        if isinstance(thing, np.ndarray) and not thing.ndim and thing.dtype != object:
            thing = thing[()]  # `np.where` of plain numbers
        if isinstance(thing, bool | int | float | np.number | np.bool):
            return self.tracer("number", thing.item() if isinstance(thing, np.generic) else thing)
        raise Untraceable(f"a tracer met a {type(thing).__name__}")

    def apply(self, name: str, *inputs: Any) -> "Tracer":
        """A NumPy function of single numbers, broadcast over its inputs."""
        if name == "power" and isinstance(inputs[1], int | float) and inputs[1] in SIMPLE_POWERS:
            return SIMPLE_POWERS[inputs[1]](self.of(inputs[0]))
        places = [self.of(each).place for each in inputs]
        return self.tracer(name, *places, shape=np.broadcast_shapes(*(self.shapes[place] for place in places)))

    def stack(self, parts: Sequence[Any]) -> "Tracer":
        """`np.stack` of tracers and numbers."""
        tracers = [self.of(part) for part in parts]
        return self.tracer("stack", *(each.place for each in tracers), shape=(len(tracers), *tracers[0].shape))

    def search(self, good: Callable[["Tracer"], "Tracer"], searching: Any, first: Any, shrink: Any) -> "Tracer":
        """The first length that is good, where `searching` is true, and `first` elsewhere."""
        trial, evaluations = self.tracer("trial", len(self.nodes)), self.evaluations
        parts = [trial, good(trial), searching, first, shrink]
        self.evaluations = evaluations  # how many lengths are tried is known only when the step is executed
        return self.tracer("search", *(self.of(part).place for part in parts))

    def choose(self, place: int) -> bool:
        """The branch that is traced."""
        self.choices.append((place, len(self.nodes)))
        if len(self.choices) > len(self.given):
            self.given = (*self.given, True)
        return self.given[len(self.choices) - 1]


class Tracer(NDArrayOperatorsMixin):
    """Stands for an array in traced code; every operation on it is recorded in its graph."""

    __slots__ = ("graph", "place")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, graph: Graph, place: int) -> None:
        self.graph, self.place = graph, place

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> "Tracer":
        if method != "__call__" or options or ufunc.signature or ufunc.nout != 1:
            raise Untraceable(f"{ufunc.__name__} cannot be traced")
        return self.graph.apply(ufunc.__name__, *inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function is np.empty_like and options.keys() == {"shape"}:
            return self._full(0.0, options["shape"])
        if not options:
            if function is np.where and len(args) == 3:
                return self.graph.apply("where", *args)
            if function is np.stack and len(args) == 1:
                return self.graph.stack(args[0])
            if function in (np.zeros_like, np.ones_like) and len(args) == 1:
                return self._full(0.0 if function is np.zeros_like else 1.0, args[0].shape)
            if function is np.interp and len(args) == 3:
                return _interpolated(*args)
        raise Untraceable(f"{function.__name__} cannot be traced")

    def _full(self, value: float, shape: Shape) -> "Tracer":
        return self.graph.tracer("full", self.graph.of(value).place, shape=tuple(shape))

    def __getitem__(self, key: Any) -> "Tracer":
        key = key if isinstance(key, tuple) else (key,)
        return self.graph.tracer("item", self.place, key, shape=np.shape(np.empty(self.shape)[key]))

    def __setitem__(self, key: Any, value: Any) -> None:
        key = key if isinstance(key, tuple) else (key,)
        self.place = self.graph.place(("set", self.place, key, self.graph.of(value).place), self.shape)

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __len__(self) -> int:
        return self.shape[0]

    def __bool__(self) -> bool:
        if self.shape not in ((), (1,)):
            raise Untraceable("an array has no single truth value")
        return self.graph.choose(self.place)

    def __float__(self) -> float:
        raise Untraceable("a tracer has no value")

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise Untraceable("a tracer has no value")

    @property
    def shape(self) -> Shape:
        return self.graph.shapes[self.place]

    @property
    def ndim(self) -> int:
        return len(self.shape)


def _interpolated(x: Any, knots: Any, values: Any) -> Any:
    """`np.interp` with the operations that NumPy executes."""
    result = values[-1]
    for (left, right), (low, high) in reversed([*zip(pairwise(knots), pairwise(values), strict=True)]):
        result = np.where(x < right, (high - low) / (right - left) * (x - left) + low, result)
    return np.where(x < knots[0], values[0], result)


def traced_search(search: F) -> F:
    """Decorates a search for the first good length: with tracers it is recorded as one node."""

    @wraps(search)
    def found(good: Any, searching: Any, first: Any, shrink: Any, *options: Any) -> Any:
        if isinstance(searching, Tracer):  # a single run waits for no other
            return searching.graph.search(good, searching, first, shrink), 0.0
        return search(good, searching, first, shrink, *options)

    return found  # type: ignore[return-value]
