"""Evaluates a traced graph with NumPy, for many steps of a run at once."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from optim_core.backtracking import first_good
from optim_core.objective import Array, Objective
from optim_core.tracing.tracer import Graph, Node, Shape


def evaluated(graph: Graph, inputs: Mapping[Node, Array], objective: Objective, steps: int) -> list[Array]:
    """The value of every node at each of some steps: (*shape, steps). The steps take the place of a batch.

    `inputs` has the values of the state and of the hyperparameters, by their nodes. The value is NaN for what a search
    computes for each of its trials.
    """
    values: list[Any] = []
    for node, shape in zip(graph.nodes, graph.shapes, strict=True):
        value: Any
        match node:
            case ("trial", _):
                value = None
            case ("search", trial, good, *rest):
                beginnings = (np.broadcast_to(values[place], steps) for place in rest)
                value = _searched(graph, values, objective, trial, good, *beginnings)
            case _ if any(values[place] is None for place in arguments(node)):
                value = None
            case _:
                value = _value(node, values, inputs, objective, (*shape, steps))
        values.append(value)
    every = zip(values, graph.shapes, strict=True)
    return [np.broadcast_to(np.nan if value is None else value, (*shape, steps)) for value, shape in every]


def arguments(node: Node) -> tuple[int, ...]:
    """The places of a node's arguments. A search has none: what it computes for its trials is no part of the step."""
    match node:
        case ("state" | "knob" | "number" | "data" | "argument" | "trial" | "search", *_):
            return ()
        case ("objective", _, point):
            return (point,)
        case ("item", of, _):
            return (of,)
        case ("set", of, _, value):
            return (of, value)
    return node[1:]


def _value(node: Node, values: list[Any], inputs: Mapping[Node, Array], objective: Objective, shape: Shape) -> Any:
    match node:
        case ("state" | "knob" | "data" | "argument", _):
            return inputs[node]
        case ("number", value):
            return value
        case ("objective", name, point):
            return getattr(objective, name)(values[point])
        case ("item", of, key):
            return values[of][key]
        case ("set", of, key, value):
            changed = values[of].copy()
            changed[key] = values[value]
            return changed
        case ("stack", *parts):
            return np.stack(np.broadcast_arrays(*(values[part] for part in parts)))
        case ("full", value):
            return np.broadcast_to(values[value], shape)
        case (name, *parts):
            return getattr(np, name)(*(values[part] for part in parts))
    raise AssertionError(node)


def _searched(
    graph: Graph,
    values: list[Any],
    objective: Objective,
    trial: int,
    good: int,
    searching: Any,
    first: Any,
    shrink: Any,
) -> Array:
    def is_good(lengths: Array) -> Array:
        tried = values.copy()
        tried[trial] = lengths
        for place in range(trial + 1, good + 1):
            if tried[place] is None:
                tried[place] = _value(graph.nodes[place], tried, {}, objective, lengths.shape)
        return tried[good]

    return first_good(is_good, searching.astype(bool), first, shrink)[0]
