"""A traced step: an optimizer's `step` as operations on single numbers, with every way that it can take."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optim_core.form import Form
from optim_core.optimizer import Optimizer, State, leaves, numbers_of, whole, with_numbers
from optim_core.tracing.tracer import INPUTS, Graph, Node, Tracer, Untraceable, needed

MAX_OPERATIONS = 1000
"""Operations in a step that are written out; more take long to compile."""


class TracedObjective:
    """A loss whose answers are symbols: its own working if it can be traced, and otherwise that it was asked."""

    def __init__(self, form: Form | None, graph: Graph) -> None:
        self.objective = form and form.filled([graph.symbol("data", i) for i in range(form.size)])
        self.graph = graph

    def value(self, theta: Any) -> Tracer:
        return self._ask("value", (), theta, 1)

    def gradient(self, theta: Any) -> Tracer:
        return self._ask("gradient", (2,), theta, 1)

    def hessian(self, theta: Any) -> Tracer:
        return self._ask("hessian", (2, 2), theta, 2)

    def _ask(self, name: str, shape: tuple[int, ...], theta: Any, evaluations: int) -> Tracer:
        self.graph.evaluations += evaluations
        if self.objective is not None:
            return getattr(self.objective, name)(theta)
        x, y = theta.places.ravel()
        return self._parts(self.graph.place("ask", name, x, y), (*shape, *theta.shape[1:]))

    def _parts(self, asked: int, shape: tuple[int, ...]) -> Tracer:
        parts = [self.graph.place("part", asked, i) for i in range(int(np.prod(shape)))]
        return Tracer(self.graph, np.array(parts, dtype=object).reshape(shape))


@dataclass(frozen=True)
class StateVariable:
    """One number of what goes from step to step: a coordinate of `theta`, or a part of the whiteboard."""

    path: tuple[str, ...]
    component: tuple[int, ...] = ()


@dataclass(frozen=True)
class Block:
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
    ways: tuple["Block", ...]
    end: "TracedPath"

    def ends(self) -> Iterator["Block"]:
        """The last part of every way through the step."""
        if not self.ways:
            yield self
        for way in self.ways:
            yield from way.ends()


@dataclass(frozen=True)
class TracedPath:
    """One way through a step.

    after     the places of the new values of `TracedStep.state`, in its order
    letters   the whole whiteboard, if it is wanted: every letter's name, and the places of its components
    """

    graph: Graph
    after: tuple[int, ...]
    letters: Mapping[str, NDArray[Any]]


class TracedStep:
    """A step as operations on single numbers.

    state    what it takes over from the step before, and leaves for the next: the point first, then the whiteboard
    """

    def __init__(
        self,
        optimizer: Optimizer,
        form: Form | None,
        record_state: bool = False,
        kinds: tuple[type, ...] = (float,),
    ) -> None:
        """`form` is that of the objective, or None for one that cannot be traced and is called instead.

        With `record_state` every variable of the state is an output, not only those that the next step needs. `kinds`
        are the types of the hyperparameters that become symbols; all others keep their values.
        """
        self.optimizer, self.form, self.record_state = optimizer, form, record_state
        self.knobs = tuple(numbers_of(optimizer, kinds))
        self._theta = np.zeros((2, 1))
        self._kept = optimizer.init(self._theta)
        before = [(("theta",), self._theta), *leaves(self._kept)]
        self.state = tuple(slot for path, leaf in before for slot in _slots(path, leaf))
        self.rows = {slot for path, leaf in before if np.ndim(leaf) for slot in _slots(path, leaf)}

    def parts(self) -> "Block":
        """The step, its way parting at every choice. Raises Untraceable where it wants to see numbers."""
        return self._part(self._way(()), 0, 0)

    def _part(self, way: TracedPath, depth: int, begin: int) -> "Block":
        """From choice `depth` and node `begin` on."""
        nodes, choices = way.graph.nodes, way.graph.choices
        if len(nodes) > MAX_OPERATIONS:
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
        here = [place for place in sorted(wanted) if place >= begin and nodes[place][0] not in INPUTS]
        return Block(nodes, here, later, {p for p in wanted if p < begin}, choice, ways, way)

    def _way(self, given: tuple[bool, ...]) -> TracedPath:
        graph = Graph(given)
        asked = TracedObjective(self.form, graph)
        theta = _symbol(graph, ("theta",), self._theta)
        moved, after = self._with_symbols(graph).step(theta, _symbols(graph, self._kept), asked)
        letters = {name: graph.places(letter) for name, letter in whole(after).items()} if self.record_state else {}
        return TracedPath(graph, self._places(graph, moved, after), letters)

    def start(self) -> TracedPath:
        """How the state of the first step is made from its point; `after` has the places of `state`."""
        graph = Graph()
        theta = _symbol(graph, ("theta",), self._theta)
        return TracedPath(graph, self._places(graph, theta, self._with_symbols(graph).init(theta)), {})

    def _with_symbols(self, graph: Graph) -> Any:
        """The optimizer with a symbol for each of its numbers."""
        return with_numbers(self.optimizer, {path: graph.symbol("knob", path) for path in self.knobs})

    def _places(self, graph: Graph, theta: Any, state: State) -> tuple[int, ...]:
        """The places of a point and a state, in the order of `state`."""
        new, places = dict(leaves(state)), graph.places(theta).tolist()
        for path, old in leaves(self._kept):
            places += np.broadcast_to(graph.places(new[path]), np.shape(old)[:-1]).ravel().tolist()
        return tuple(places)


def _slots(path: tuple[str, ...], leaf: Any) -> list[StateVariable]:
    """The numbers in an array (..., lanes) of a whiteboard, or a number alone."""
    return [StateVariable(path, component) for component in np.ndindex(np.shape(leaf)[:-1])]


def _symbol(graph: Graph, path: tuple[str, ...], leaf: Any) -> Tracer:
    """What takes the place of an array or of a number."""
    places = [graph.place("old", slot) for slot in _slots(path, leaf)]
    return Tracer(graph, np.array(places, dtype=object).reshape(np.shape(leaf)[:-1]))


def _symbols(graph: Graph, state: State, path: tuple[str, ...] = ()) -> State:
    return {
        name: _symbols(graph, value, (*path, name)) if isinstance(value, dict) else _symbol(graph, (*path, name), value)
        for name, value in state.items()
    }
