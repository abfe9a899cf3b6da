"""Lowering: a graph of operations on arrays becomes one of operations on single numbers, which code is written from."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optim_core.tracing.tracer import Graph, Node, Shape

INPUTS = {"state", "knob", "number", "data", "argument"}
"""Kinds of nodes that nothing has to be computed for."""


class StateVariable(NamedTuple):
    """One number of what a step takes over from the step before: a coordinate of the point, or of a state variable."""

    path: tuple[str, ...]
    component: tuple[int, ...] = ()


class Lowered(NamedTuple):
    """A graph on single numbers.

    graph   its nodes are those of `optim_core.tracing.tracer.Node`, on single numbers. Three are other ones:
                ("state", variable)            one `StateVariable`
                ("objective", name, x, y)      all that an objective returns
                ("component", objective, i)    the i-th number of that
    places  for each node of the graph that was lowered: the places of its components, an array of its shape
    """

    graph: Graph
    places: list[NDArray[Any]]


def lowered(graph: Graph) -> Lowered:
    """The same operations, in the same order, on single numbers."""
    out, places, counts = Graph(graph.given), list[NDArray[Any]](), [0]
    for node, shape in zip(graph.nodes, graph.shapes, strict=True):
        places.append(_components(out, node, shape, places))
        counts.append(len(out.nodes))
    out.choices = [(places[place].item(), counts[count]) for place, count in graph.choices]
    out.evaluations = graph.evaluations
    return Lowered(out, places)


def _components(out: Graph, node: Node, shape: Shape, places: list[NDArray[Any]]) -> NDArray[Any]:
    """The places in `out` of a node's components; `places` are those of the nodes before it."""
    match node:
        case ("knob" | "number" | "data" | "argument" | "trial", _):
            each: Any = out.place(node)
        case ("state", path):
            each = [out.place(("state", StateVariable(path, component))) for component in np.ndindex(shape)]
        case ("objective", name, point):
            answer = out.place(("objective", name, *places[point].ravel().tolist()))
            each = [out.place(("component", answer, i)) for i in range(int(np.prod(shape)))]
        case ("item", of, key):
            each = places[of][key]
        case ("set", of, key, value):
            each = places[of].copy()
            each[key] = places[value] if places[value].ndim else places[value].item()
        case ("stack", *parts):
            each = [places[part].tolist() for part in parts]
        case ("full", value):
            each = np.full(shape, places[value].item())
        case ("search", *parts):
            each = out.place(("search", *(places[part].item() for part in parts)))
        case (name, *parts) if not shape:
            each = out.place((name, *(places[part].item() for part in parts)))
        case _:
            name, *parts = node
            of = np.broadcast_arrays(*(places[part] for part in parts))
            each = [out.place((name, *(p[component] for p in of))) for component in np.ndindex(shape)]
    return np.array(each, dtype=object).reshape(shape)


def needed(nodes: list[Node], results: set[int]) -> set[int]:
    """The places of all operations on single numbers that some results depend on."""
    found = set(results)
    for place in range(len(nodes) - 1, -1, -1):
        if place in found:
            found.update(arguments(nodes[place]))
    return found


def arguments(node: Node) -> tuple[int, ...]:
    """The places of the arguments of an operation on single numbers."""
    match node:
        case ("state" | "knob" | "number" | "data" | "argument" | "trial", _):
            return ()
        case ("component", of, _):
            return (of,)
        case ("objective", _, x, y):
            return (x, y)
    return node[1:]
