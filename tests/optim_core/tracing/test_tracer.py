"""A tracer acts as an array for NumPy; its graph, evaluated or lowered to scalars, gives NumPy's values."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from optim_core.tracing.evaluation import evaluated
from optim_core.tracing.lowering import INPUTS, arguments, lowered, needed
from optim_core.tracing.tracer import Graph, Tracer, Untraceable
from tests.optim_core.surfaces import Waves


def filled(x: Any) -> Any:
    out = np.empty_like(x, shape=(2, 2, *x.shape[1:]))
    out[0, 0], out[0, 1] = x[0], 2.0
    out[1] = np.stack([x[1], x[0] * x[1]])
    return out


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "arithmetic": lambda x: 2 * x - x[0] / (1 + np.hypot(x[0], x[1])),
    "where": lambda x: np.where(x > 0.5, -x, np.sqrt(np.abs(x))),
    "stack": lambda x: np.stack([x[1], x[0]]) ** 2,
    "likes": lambda x: np.zeros_like(x) + np.ones_like(x[0]),
    "powers": lambda x: (x + 2) ** -1 + x**2 + np.abs(x) ** 0.5 + (x + 2) ** 3,
    "interp": lambda x: np.interp(x[0], [0.0, 0.5, 2.0], [1.0, -1.0, 3.0]),
    "items that are set": filled,
    "unpacked": lambda x: (lambda a, b: a * b)(*x),
}
POINTS = np.random.default_rng(0).uniform(-1, 3, (2, 50))


def traced(name: str) -> tuple[Graph, Tracer]:
    graph = Graph()
    return graph, graph.of(FUNCTIONS[name](graph.tracer("state", (), shape=(2,))))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_graph_evaluates_to_the_values_of_numpy(name: str):
    graph, result = traced(name)
    made = evaluated(graph, {("state", ()): POINTS}, Waves(), POINTS.shape[1])[result.place]
    expected = FUNCTIONS[name](POINTS)
    np.testing.assert_array_equal(made, np.broadcast_to(expected, made.shape))
    assert result.shape == np.shape(expected)[:-1]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_lowered_graph_has_the_same_values(name: str):
    graph, result = traced(name)
    scalars, places = lowered(graph)
    values: list[Any] = []
    for node in scalars.nodes:
        match node:
            case ("state", variable):
                values.append(POINTS[variable.component])
            case ("number", number):
                values.append(number)
            case (function, *parts):
                values.append(getattr(np, function)(*(values[part] for part in parts)))
    made = np.array([np.broadcast_to(values[place], POINTS.shape[1]) for place in places[result.place].flat])
    np.testing.assert_array_equal(made.reshape(*result.shape, -1), FUNCTIONS[name](POINTS))
    assert {node[0] for node in scalars.nodes} & INPUTS == {"state", "number"} & {node[0] for node in scalars.nodes}


def test_operations_are_deduplicated_and_constants_differ_by_sign_and_type():
    graph = Graph()
    x = graph.tracer("state", (), shape=(2,))
    assert (x + 1.0).place == (x + 1.0).place != (x + 1).place
    assert graph.of(0.0).place != graph.of(-0.0).place
    assert graph.of(np.array(0.0)).place == graph.of(0.0).place


def test_each_branch_of_a_condition_is_traced():
    def step(graph: Graph) -> Tracer:
        x = graph.tracer("argument", "x")
        return x + 1.0 if x > 0 else x - 1.0

    names = []
    for given in ((), (False,)):
        graph = Graph(given)
        names.append(graph.nodes[step(graph).place][0])
        assert len(graph.choices) == 1
    assert names == ["add", "subtract"]


def test_only_ancestors_of_a_result_are_needed():
    graph = Graph()
    x = graph.tracer("state", (), shape=(2,))
    _unused, result = np.exp(x), x[0] + x[1]
    scalars, places = lowered(graph)
    used = needed(scalars.nodes, set(places[result.place].flat))
    assert {scalars.nodes[place][0] for place in used} == {"state", "add"}
    assert all(arguments(scalars.nodes[place]) == () for place in used if scalars.nodes[place][0] == "state")


@pytest.mark.parametrize(
    "code",
    [
        lambda x: float(x[0]),
        lambda x: np.asarray(x),
        lambda x: np.add.reduce(x),
        lambda x: np.linalg.norm(x),
        lambda x: x + np.zeros(2),
        lambda x: np.add(x, 1, where=True),
        lambda x: np.divmod(x, 2),
        lambda x: 1 if x > 0 else 2,
    ],
)
def test_code_that_cannot_be_traced_is_refused(code: Callable[[Any], Any]):
    with pytest.raises(Untraceable):
        code(Graph().tracer("state", (), shape=(2,)))
