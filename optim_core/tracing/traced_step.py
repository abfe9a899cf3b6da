"""A traced step: an optimizer's `step` as a graph of operations, for every path through its branches."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optim_core.form import Form
from optim_core.optimizer import Optimizer, State, leaves, numbers_of, with_numbers
from optim_core.tracing.lowering import INPUTS, StateVariable, lowered, needed
from optim_core.tracing.tracer import Graph, Node, Tracer, Untraceable

MAX_OPERATIONS = 1000
"""Operations on single numbers in a step that code is generated for; more take long to compile."""

Recorded = Callable[[State], Mapping[str, Any]]
"""From the state after a step: the variables to be recorded, by name."""


class TracedObjective:
    """An objective that returns tracers: its own operations if it has a form, and otherwise one node for each call."""

    def __init__(self, form: Form | None, graph: Graph) -> None:
        self.objective = form and form.filled([graph.tracer("data", i) for i in range(form.size)])
        self.graph = graph

    def value(self, theta: Any) -> Tracer:
        return self._call("value", (), theta, 1)

    def gradient(self, theta: Any) -> Tracer:
        return self._call("gradient", (2,), theta, 1)

    def hessian(self, theta: Any) -> Tracer:
        return self._call("hessian", (2, 2), theta, 2)

    def _call(self, name: str, shape: tuple[int, ...], theta: Any, evaluations: int) -> Tracer:
        self.graph.evaluations += evaluations
        if self.objective is not None:
            return getattr(self.objective, name)(theta)
        return self.graph.tracer("objective", name, theta.place, shape=(*shape, *theta.shape[1:]))


class StepGraph(NamedTuple):
    """One path through a step: its graph, and the new point and state, whose numbers and arrays are tracers of it."""

    graph: Graph
    theta: Any
    state: State


@dataclass(frozen=True)
class LoweredPath:
    """One path through a step, on single numbers.

    after     the places of the new values of `TracedStep.state`, in its order
    recorded  by name: the places of the components of each recorded variable
    """

    graph: Graph
    after: tuple[int, ...]
    recorded: Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Block:
    """The operations of a step up to a branch, or to its end.

    computed             the places of what is computed here, in order
    live_in              the places of what was computed before and is used here or later
    condition, branches  the place of what decides, and the blocks that follow if it is true, and if not
    path                 of the last block: the path that ends with it
    """

    nodes: list[Node]
    computed: list[int]
    live_in: set[int]
    condition: int | None
    branches: tuple["Block", ...]
    path: LoweredPath

    def exits(self) -> Iterator["Block"]:
        """The last block of every path."""
        if not self.branches:
            yield self
        for branch in self.branches:
            yield from branch.exits()


class TracedStep:
    """An optimizer's step, executed with tracers.

    state    the numbers that the step takes over from the step before and passes on: the point, then the state
    batched  those of them that belong to an array over the batch
    """

    def __init__(
        self,
        optimizer: Optimizer,
        form: Form | None,
        recorded: Recorded | None = None,
        kinds: tuple[type, ...] = (float,),
    ) -> None:
        """`form` is that of the objective, or None for one that is not traced and is called instead.

        `kinds` are the types of the hyperparameters that are traced; all others keep their values.
        """
        self.optimizer, self.form, self.recorded = optimizer, form, recorded
        self.knobs = tuple(numbers_of(optimizer, kinds))
        self._theta = np.zeros((2, 1))
        self.initial_state = optimizer.init(self._theta)
        before = [((), self._theta), *leaves(self.initial_state)]
        self.state = tuple(variable for path, leaf in before for variable in _variables(path, leaf))
        self.batched = {variable for path, leaf in before if np.ndim(leaf) for variable in _variables(path, leaf)}

    def trace(self, given: tuple[bool, ...] = ()) -> StepGraph:
        """The path on which the conditions have these values. Raises Untraceable where the step needs numbers."""
        graph = Graph(given)
        objective = TracedObjective(self.form, graph)
        theta, state = _tracer(graph, (), self._theta), _tracers(graph, self.initial_state)
        return StepGraph(graph, *self._with_tracers(graph).step(theta, state, objective))

    def trace_init(self) -> LoweredPath:
        """How the state before the first step is made from the point; `after` has the places of `state`."""
        graph = Graph()
        theta = _tracer(graph, (), self._theta)
        return self._lowered(StepGraph(graph, theta, self._with_tracers(graph).init(theta)), {})

    def blocks(self) -> Block:
        """The first block of the step on single numbers. Raises Untraceable where the step needs numbers."""
        return self._block(self._path(()), 0, 0)

    def _block(self, path: LoweredPath, depth: int, begin: int) -> Block:
        """From choice `depth` and node `begin` on."""
        nodes, choices = path.graph.nodes, path.graph.choices
        if len(nodes) > MAX_OPERATIONS:
            raise Untraceable("the step is too long")
        if depth == len(choices):
            condition, branches, end = None, (), len(nodes)
            used = {*path.after, *(place for places in path.recorded.values() for place in places.flat)}
        else:
            condition, end = choices[depth]
            other = self._path((*path.graph.given[:depth], False))
            branches = (self._block(path, depth + 1, end), self._block(other, depth + 1, end))
            used = {condition, *branches[0].live_in, *branches[1].live_in}
        live = needed(nodes[:end], used)
        computed = [place for place in sorted(live) if place >= begin and nodes[place][0] not in INPUTS]
        return Block(nodes, computed, {place for place in live if place < begin}, condition, branches, path)

    def _path(self, given: tuple[bool, ...]) -> LoweredPath:
        made = self.trace(given)
        return self._lowered(made, self.recorded(made.state) if self.recorded else {})

    def _lowered(self, made: StepGraph, recorded: Mapping[str, Any]) -> LoweredPath:
        graph, new = made.graph, dict(leaves(made.state))
        kept = [(graph.of(new[path]).place, np.shape(old)[:-1]) for path, old in leaves(self.initial_state)]
        told = {name: graph.of(value).place for name, value in recorded.items()}
        theta = graph.of(made.theta).place
        scalars, places = lowered(graph)
        after = [*places[theta], *(p for place, shape in kept for p in np.broadcast_to(places[place], shape).flat)]
        return LoweredPath(scalars, tuple(after), {name: places[place] for name, place in told.items()})

    def _with_tracers(self, graph: Graph) -> Any:
        """The optimizer with a tracer for each of its numbers."""
        return with_numbers(self.optimizer, {path: graph.tracer("knob", path) for path in self.knobs})


def _variables(path: tuple[str, ...], leaf: Any) -> list[StateVariable]:
    """The numbers in an array (..., runs) of a state, or a number alone."""
    return [StateVariable(path, component) for component in np.ndindex(np.shape(leaf)[:-1])]


def _tracer(graph: Graph, path: tuple[str, ...], leaf: Any) -> Tracer:
    """What takes the place of an array or a number of the state."""
    return graph.tracer("state", path, shape=np.shape(leaf)[:-1])


def _tracers(graph: Graph, state: Mapping[str, Any], path: tuple[str, ...] = ()) -> State:
    return State(
        {
            name: _tracers(graph, value, (*path, name))
            if isinstance(value, dict)
            else _tracer(graph, (*path, name), value)
            for name, value in state.items()
        }
    )
