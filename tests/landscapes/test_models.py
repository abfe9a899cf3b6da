"""The arithmetic of models can be traced, and as scalar operations gives the same bits."""

from typing import Any

import numpy as np
import pytest

from landscapes.models import HiddenUnit, LeastSquares, Logistic, Model, Rows, SlopeAndIntercept
from optim_core.tracing.evaluation import evaluated
from optim_core.tracing.tracer import Graph, Tracer
from tests.optim_core.surfaces import Waves, assert_same_bits

MODELS: list[Model] = [LeastSquares(), SlopeAndIntercept(), Logistic(), HiddenUnit()]


@pytest.mark.parametrize("what", ["losses", "slopes", "curvatures", "predictions"])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_model_can_be_traced(model: Model, what: str) -> None:
    """The parameters and one example are traced; the graph is evaluated at 600 of them."""
    graph = Graph()
    names = ("x", "y", "a", "b", "target")
    x, y, a, b, target = (graph.tracer("argument", name) for name in names)
    rest: tuple[Any, ...] = (a, b) if what == "predictions" else (Rows(a, b, target),)  # pyright: ignore
    answer = getattr(model, what)(x, y, *rest)

    values = np.random.default_rng(1).normal(0, 3, (5, 600))
    values[4] = values[4] > 0
    values[:2, :3] = np.array([[0.0, -0.0, 700.0], [0.0, 0.0, -900.0]])  # where an exponential would overflow
    inputs = {("argument", name): row for name, row in zip(names, values, strict=True)}
    numbers = (values[2], values[3]) if what == "predictions" else (Rows(*values[2:]),)
    plain = getattr(model, what)(*values[:2], *numbers)
    every = evaluated(graph, inputs, Waves(), 600)
    for traced, expected in zip(
        *([each] if isinstance(each, Tracer | np.ndarray) else each for each in (answer, plain)), strict=True
    ):
        assert_same_bits(every[traced.place], expected)
        assert np.isfinite(expected).all()
