"""What a step computes, found out by making it once with symbols in place of numbers.

An optimizer's `step` is run as it is. Every symbol stands for the components of a vector (2), of a matrix (2, 2), or
for a number (), and every operation on them is written down once in a graph, from which faster code for the same
arithmetic can be written. `letters` does the like for people: its letters hold numbers, and remember the vectors.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from itertools import pairwise
from math import copysign
from typing import Any, TypeVar

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

from optim_core.form import Form
from optim_core.optimizer import Optimizer, State, leaves, numbers_of, whole, with_numbers

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

GIVEN = {"old", "knob", "number", "data"}
"""Nodes that are there before the step."""

LONGEST = 1000
"""Operations in a step that are written out; more take long to compile."""


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

    def symbol(self, *node: Any) -> "Symbol":
        return Symbol(self, np.array(self.place(*node), dtype=object))

    def places(self, thing: Any) -> NDArray[Any]:
        """The places of a symbol's components, or of a number."""
        if isinstance(thing, Symbol):
            return thing.places
        if isinstance(thing, np.ndarray) and not thing.ndim and thing.dtype != object:
            thing = thing[()]  # what `np.where` makes of plain numbers
        if isinstance(thing, bool | int | float | np.number | np.bool):
            plain = thing.item() if isinstance(thing, np.generic) else thing
            return np.array(self.place("number", plain), dtype=object)
        raise Untraceable(f"a symbol met a {type(thing).__name__}")

    def search(self, good: Callable[["Symbol"], "Symbol"], searching: Any, first: Any, shrink: Any) -> "Symbol":
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


class Symbol(NDArrayOperatorsMixin):
    """The places of some components in a graph. NumPy takes it for an array of their shape."""

    __slots__ = ("graph", "places")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, graph: Graph, places: NDArray[Any]) -> None:
        self.graph, self.places = graph, places

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> "Symbol":
        if method != "__call__" or options or ufunc.signature or ufunc.nout != 1:
            raise Untraceable(f"{ufunc.__name__} cannot be traced")
        return self._apply(ufunc.__name__, *inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function is np.where and len(args) == 3 and not options:
            return self._apply("where", *args)
        if function is np.stack and len(args) == 1 and not options:
            return Symbol(self.graph, np.array([self.graph.places(part).tolist() for part in args[0]], dtype=object))
        if function is np.zeros_like and len(args) == 1 and not options:
            zero = self.graph.place("number", 0.0)
            return Symbol(self.graph, np.full(args[0].shape, zero, dtype=object))
        if function is np.ones_like and len(args) == 1 and not options:
            return Symbol(self.graph, np.full(args[0].shape, self.graph.place("number", 1.0), dtype=object))
        if function is np.interp and len(args) == 3 and not options:
            return _interpolated(*args)
        if function is np.empty_like and options.keys() == {"shape"}:
            return Symbol(self.graph, np.empty(options["shape"], dtype=object))
        raise Untraceable(f"{function.__name__} cannot be traced")

    def _apply(self, name: str, *inputs: Any) -> "Symbol":
        each = np.broadcast_arrays(*(self.graph.places(thing) for thing in inputs))
        out = np.empty(each[0].shape, dtype=object)
        for component in np.ndindex(out.shape):
            out[component] = self.graph.place(name, *(places[component] for places in each))
        return Symbol(self.graph, out)

    def __getitem__(self, key: Any) -> "Symbol":
        places = np.empty((), dtype=object)
        found = self.places[key]
        if not isinstance(found, np.ndarray):
            places[()] = found
            found = places
        return Symbol(self.graph, found)

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
        if isinstance(searching, Symbol):  # it has no other lanes to wait for
            return searching.graph.search(good, searching, first, shrink), 0.0
        return search(good, searching, first, shrink)

    return found  # type: ignore[return-value]


class Asked:
    """A loss whose answers are symbols: its own working if it can be traced, and otherwise that it was asked."""

    def __init__(self, form: Form | None, graph: Graph) -> None:
        self.objective = form and form.filled([graph.symbol("data", i) for i in range(form.size)])
        self.graph = graph

    def value(self, theta: Any) -> Symbol:
        return self._ask("value", (), theta, 1)

    def gradient(self, theta: Any) -> Symbol:
        return self._ask("gradient", (2,), theta, 1)

    def hessian(self, theta: Any) -> Symbol:
        return self._ask("hessian", (2, 2), theta, 2)

    def _ask(self, name: str, shape: tuple[int, ...], theta: Any, evaluations: int) -> Symbol:
        self.graph.evaluations += evaluations
        if self.objective is not None:
            return getattr(self.objective, name)(theta)
        x, y = theta.places.ravel()
        return self._parts(self.graph.place("ask", name, x, y), (*shape, *theta.shape[1:]))

    def _parts(self, asked: int, shape: tuple[int, ...]) -> Symbol:
        parts = [self.graph.place("part", asked, i) for i in range(int(np.prod(shape)))]
        return Symbol(self.graph, np.array(parts, dtype=object).reshape(shape))


@dataclass(frozen=True)
class Slot:
    """One number of what goes from step to step: a coordinate of `theta`, or a part of the whiteboard."""

    path: tuple[str, ...]
    component: tuple[int, ...] = ()


@dataclass(frozen=True)
class Part:
    """A stretch of a step up to a choice, or to its end.

    here         the places of what is to be computed, in order
    later        what is needed after it
    earlier      what it and all that comes after it needs of what was computed before
    choice, ways the place of what decides, and how it goes on: if it is true, if not
    end          at the end: the way that was gone
    """

    nodes: list[Node]
    here: list[int]
    later: set[int]
    earlier: set[int]
    choice: int | None
    ways: tuple["Part", ...]
    end: "Traced"

    def ends(self) -> Iterator["Part"]:
        """The last part of every way through the step."""
        if not self.ways:
            yield self
        for way in self.ways:
            yield from way.ends()


@dataclass(frozen=True)
class Traced:
    """One way through a step.

    after     the places of the new values of `Outline.state`, in its order
    letters   the whole whiteboard, if it is wanted: every letter's name, and the places of its components
    """

    graph: Graph
    after: tuple[int, ...]
    letters: Mapping[str, NDArray[Any]]


class Outline:
    """A step as operations on single numbers.

    state    what it takes over from the step before, and leaves for the next: the point first, then the whiteboard
    """

    def __init__(
        self,
        optimizer: Optimizer,
        form: Form | None,
        lettered: bool = False,
        kinds: tuple[type, ...] = (float,),
    ) -> None:
        """`form` is that of the objective, None for one that cannot be traced: it will be asked.

        Of a lettered step all letters of the whiteboard are wanted, not only those that the next step needs. `kinds`
        are those of the hyperparameters that are symbols; all others are as the optimizer has them.
        """
        self.optimizer, self.form, self.lettered = optimizer, form, lettered
        self.knobs = tuple(numbers_of(optimizer, kinds))
        self._theta = np.zeros((2, 1))
        self._kept = optimizer.init(self._theta)
        before = [(("theta",), self._theta), *leaves(self._kept)]
        self.state = tuple(slot for path, leaf in before for slot in _slots(path, leaf))
        self.rows = {slot for path, leaf in before if np.ndim(leaf) for slot in _slots(path, leaf)}

    def parts(self) -> "Part":
        """The step, its way parting at every choice. Raises Untraceable where it wants to see numbers."""
        return self._part(self._way(()), 0, 0)

    def _part(self, way: Traced, depth: int, begin: int) -> "Part":
        """From choice `depth` and node `begin` on."""
        nodes, choices = way.graph.nodes, way.graph.choices
        if len(nodes) > LONGEST:
            raise Untraceable("the step is too long")
        if depth == len(choices):
            choice, ways, end = None, (), len(nodes)
            later = {*way.after, *(place for places in way.letters.values() for place in places.flat)}
        else:
            choice, end = choices[depth]
            other = self._way((*way.graph.given[:depth], False))
            ways = (self._part(way, depth + 1, end), self._part(other, depth + 1, end))
            later = {choice, *ways[0].earlier, *ways[1].earlier}
        wanted = needed(nodes[:end], later)
        here = [place for place in sorted(wanted) if place >= begin and nodes[place][0] not in GIVEN]
        return Part(nodes, here, later, {p for p in wanted if p < begin}, choice, ways, way)

    def _way(self, given: tuple[bool, ...]) -> Traced:
        graph = Graph(given)
        asked = Asked(self.form, graph)
        theta = _symbol(graph, ("theta",), self._theta)
        moved, after = self._with_symbols(graph).step(theta, _symbols(graph, self._kept), asked)
        letters = {name: graph.places(letter) for name, letter in whole(after).items()} if self.lettered else {}
        return Traced(graph, self._places(graph, moved, after), letters)

    def start(self) -> Traced:
        """How the state of the first step is made from its point; `after` has the places of `state`."""
        graph = Graph()
        theta = _symbol(graph, ("theta",), self._theta)
        return Traced(graph, self._places(graph, theta, self._with_symbols(graph).init(theta)), {})

    def _with_symbols(self, graph: Graph) -> Any:
        """The optimizer with a symbol for each of its numbers."""
        return with_numbers(self.optimizer, {path: graph.symbol("knob", path) for path in self.knobs})

    def _places(self, graph: Graph, theta: Any, state: State) -> tuple[int, ...]:
        """The places of a point and a state, in the order of `state`."""
        new, places = dict(leaves(state)), graph.places(theta).tolist()
        for path, old in leaves(self._kept):
            places += np.broadcast_to(graph.places(new[path]), np.shape(old)[:-1]).ravel().tolist()
        return tuple(places)


def _slots(path: tuple[str, ...], leaf: Any) -> list[Slot]:
    """The numbers in an array (..., lanes) of a whiteboard, or a number alone."""
    return [Slot(path, component) for component in np.ndindex(np.shape(leaf)[:-1])]


def _symbol(graph: Graph, path: tuple[str, ...], leaf: Any) -> Symbol:
    """What takes the place of an array or of a number."""
    places = [graph.place("old", slot) for slot in _slots(path, leaf)]
    return Symbol(graph, np.array(places, dtype=object).reshape(np.shape(leaf)[:-1]))


def _symbols(graph: Graph, state: State, path: tuple[str, ...] = ()) -> State:
    return {
        name: _symbols(graph, value, (*path, name)) if isinstance(value, dict) else _symbol(graph, (*path, name), value)
        for name, value in state.items()
    }


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
