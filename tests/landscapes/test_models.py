"""The models' arithmetic can be traced: as operations on single numbers it gives the same bits."""

from typing import Any

import numpy as np
import pytest

from landscapes.models import HiddenUnit, LeastSquares, Logistic, Model, Rows, SlopeAndIntercept
from optim_core.tracing.tracer import INPUTS, Graph, Tracer, arguments
from tests.optim_core.surfaces import assert_same_bits

MODELS: list[Model] = [LeastSquares(), SlopeAndIntercept(), Logistic(), HiddenUnit()]


def value_of(graph: Graph, place: int, given: dict[int, np.ndarray]) -> np.ndarray:
    """What an operation of a graph comes to, by NumPy's function of that name."""
    node = graph.nodes[place]
    if place in given:
        return given[place]
    if node[0] == "number":
        return np.array(node[1])
    assert node[0] not in INPUTS
    return getattr(np, node[0])(*(value_of(graph, part, given) for part in arguments(node)))


@pytest.mark.parametrize("what", ["losses", "slopes", "curvatures", "predictions"])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_a_model_can_be_traced(model: Model, what: str) -> None:
    """With symbols for the parameters and for one example; then with numbers for the symbols, 600 of them."""
    graph = Graph()
    names = ("x", "y", "a", "b", "target")
    symbols = [graph.symbol("old", name) for name in names]
    x, y, a, b, target = symbols
    rest: tuple[Any, ...] = (a, b) if what == "predictions" else (Rows(a, b, target),)  # pyright: ignore
    answer = getattr(model, what)(x, y, *rest)

    values = np.random.default_rng(1).normal(0, 3, (5, 600))
    values[4] = values[4] > 0
    values[:2, :3] = np.array([[0.0, -0.0, 700.0], [0.0, 0.0, -900.0]])  # where an exponential would overflow
    given = {symbol.places.item(): row for symbol, row in zip(symbols, values, strict=True)}
    numbers = (values[2], values[3]) if what == "predictions" else (Rows(*values[2:]),)
    plain = getattr(model, what)(*values[:2], *numbers)
    for traced, expected in zip(
        *([each] if isinstance(each, Tracer | np.ndarray) else each for each in (answer, plain)), strict=True
    ):
        assert_same_bits(value_of(graph, traced.places.item(), given), expected)
        assert np.isfinite(expected).all()
