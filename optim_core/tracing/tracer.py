"""What a step computes, found out by making it once with symbols in place of numbers.

An optimizer's `step` is run as it is. Every symbol stands for the components of a vector (2), of a matrix (2, 2), or
for a number (), and every operation on them is written down once in a graph, from which faster code for the same
arithmetic can be written. `letters` does the like for people: its letters hold numbers, and remember the vectors.
"""

from collections.abc import Callable
from functools import wraps
from itertools import pairwise
from math import copysign
from typing import Any, TypeVar

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])

Node = tuple[Any, ...]
"""One operation on single numbers, by the places of earlier nodes in the graph.

    ("old", slot)                 a number that the step takes over from the one before
    ("knob", path)                a hyperparameter, by its full field name
    ("number", value)             a number in the code
    ("ask", name, x, y)           what a loss answers that does not tell how: its "value", "gradient" or "hessian"
    ("data", i)                   the i-th number of a form at this step, see `optim_core.form`
    ("part", place, i)            the i-th number of such an answer
    ("length", place)             what a search tries
    ("search", length, good, searching, first, shrink)
                                  the first length that is good, of first, first shrink, first shrink^2, ...
    (name of a NumPy function, *places)
"""

INPUTS = {"old", "knob", "number", "data"}
"""Nodes that are there before the step."""


class Untraceable(TypeError):
    """Somebody wanted to know what number a symbol is."""


class Graph:
    """Operations in the order in which they were written down; equal ones are written once.

    A symbol that is asked whether it is true gets the next answer of `given`, True when there is none left. So a step
    with a choice in it is traced once for every way through it.
    """

    def __init__(self, given: tuple[bool, ...] = ()) -> None:
        self.nodes: list[Node] = []
        self.given = given
        self.choices: list[tuple[int, int]] = []  # what was asked, and how many nodes there were at that time
        self.evaluations = 0  # of a gradient, those of searches excepted
        self._places: dict[Any, int] = {}

    def place(self, *node: Any) -> int:
        """Where a node stands in the graph."""
        key = (*node, type(node[-1]), copysign(1.0, node[-1])) if node[0] == "number" else node
        if key not in self._places:
            self._places[key] = len(self.nodes)
            self.nodes.append(node)
        return self._places[key]

    def symbol(self, *node: Any) -> "Tracer":
        return Tracer(self, np.array(self.place(*node), dtype=object))

    def places(self, thing: Any) -> NDArray[Any]:
        """The places of a symbol's components, or of a number."""
        if isinstance(thing, Tracer):
            return thing.places
        if isinstance(thing, np.ndarray) and not thing.ndim and thing.dtype != object:
            thing = thing[()]  # what `np.where` makes of plain numbers
        if isinstance(thing, bool | int | float | np.number | np.bool):
            plain = thing.item() if isinstance(thing, np.generic) else thing
            return np.array(self.place("number", plain), dtype=object)
        raise Untraceable(f"a symbol met a {type(thing).__name__}")

    def search(self, good: Callable[["Tracer"], "Tracer"], searching: Any, first: Any, shrink: Any) -> "Tracer":
        """The first length that is good, where `searching` is true, and `first` elsewhere."""
        length, evaluations = self.symbol("length", len(self.nodes)), self.evaluations
        parts = [length, good(length), searching, first, shrink]
        self.evaluations = evaluations  # a try for every length is known only when they have been made
        return self.symbol("search", *(self.places(part).item() for part in parts))

    def choose(self, place: int) -> bool:
        self.choices.append((place, len(self.nodes)))
        if len(self.choices) > len(self.given):
            self.given = (*self.given, True)
        return self.given[len(self.choices) - 1]


class Tracer(NDArrayOperatorsMixin):
    """The places of some components in a graph. NumPy takes it for an array of their shape."""

    __slots__ = ("graph", "places")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, graph: Graph, places: NDArray[Any]) -> None:
        self.graph, self.places = graph, places

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> "Tracer":
        if method != "__call__" or options or ufunc.signature or ufunc.nout != 1:
            raise Untraceable(f"{ufunc.__name__} cannot be traced")
        return self._apply(ufunc.__name__, *inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function is np.where and len(args) == 3 and not options:
            return self._apply("where", *args)
        if function is np.stack and len(args) == 1 and not options:
            return Tracer(self.graph, np.array([self.graph.places(part).tolist() for part in args[0]], dtype=object))
        if function is np.zeros_like and len(args) == 1 and not options:
            zero = self.graph.place("number", 0.0)
            return Tracer(self.graph, np.full(args[0].shape, zero, dtype=object))
        if function is np.ones_like and len(args) == 1 and not options:
            return Tracer(self.graph, np.full(args[0].shape, self.graph.place("number", 1.0), dtype=object))
        if function is np.interp and len(args) == 3 and not options:
            return _interpolated(*args)
        if function is np.empty_like and options.keys() == {"shape"}:
            return Tracer(self.graph, np.empty(options["shape"], dtype=object))
        raise Untraceable(f"{function.__name__} cannot be traced")

    def _apply(self, name: str, *inputs: Any) -> "Tracer":
        each = np.broadcast_arrays(*(self.graph.places(thing) for thing in inputs))
        out = np.empty(each[0].shape, dtype=object)
        for component in np.ndindex(out.shape):
            out[component] = self.graph.place(name, *(places[component] for places in each))
        return Tracer(self.graph, out)

    def __getitem__(self, key: Any) -> "Tracer":
        places = np.empty((), dtype=object)
        found = self.places[key]
        if not isinstance(found, np.ndarray):
            places[()] = found
            found = places
        return Tracer(self.graph, found)

    def __setitem__(self, key: Any, value: Any) -> None:
        places = self.graph.places(value)
        self.places[key] = places if places.ndim else places.item()

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self.places)))

    def __len__(self) -> int:
        return len(self.places)

    def __bool__(self) -> bool:
        return self.graph.choose(self.places.item())

    def __float__(self) -> float:
        raise Untraceable("a symbol has no value")

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise Untraceable("a symbol has no value")

    @property
    def shape(self) -> tuple[int, ...]:
        return self.places.shape

    @property
    def ndim(self) -> int:
        return self.places.ndim


def _interpolated(x: Any, knots: Any, values: Any) -> Any:
    """`np.interp`, written out as NumPy computes it."""
    result = values[-1]
    for (left, right), (low, high) in reversed([*zip(pairwise(knots), pairwise(values), strict=True)]):
        result = np.where(x < right, (high - low) / (right - left) * (x - left) + low, result)
    return np.where(x < knots[0], values[0], result)


def traced_search(search: F) -> F:
    """A search for the first good length, which for symbols is written down as one."""

    @wraps(search)
    def found(good: Any, searching: Any, first: Any, shrink: Any) -> Any:
        if isinstance(searching, Tracer):  # it has no other lanes to wait for
            return searching.graph.search(good, searching, first, shrink), 0.0
        return search(good, searching, first, shrink)

    return found  # type: ignore[return-value]


def needed(nodes: list[Node], results: set[int]) -> set[int]:
    """Everything that some results are made of."""
    found = set(results)
    for place in range(len(nodes) - 1, -1, -1):
        if place in found:
            found.update(arguments(nodes[place]))
    return found


def arguments(node: Node) -> tuple[int, ...]:
    """The places of what an operation works on."""
    match node:
        case ("old" | "knob" | "number" | "data" | "length", _):
            return ()
        case ("part", of, _):
            return (of,)
        case ("ask", _, *rest):
            return tuple(rest)
    return node[1:]
