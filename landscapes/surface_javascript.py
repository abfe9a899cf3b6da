"""Generate JavaScript for surfaces and models from their NumPy code, with their parameters as arguments."""

from dataclasses import replace
from functools import lru_cache
from types import FunctionType
from typing import Any

import numpy as np

from landscapes.landscape import Landscape
from landscapes.models import Model, Rows
from optim_core.backends.javascript import arguments_of, function_text
from optim_core.tracing.tracer import Graph


def surface_text(landscape: Landscape) -> str:
    """The text of an object with `value(x, y, p)`, `gradient(x, y, p, out)` and `hessian(x, y, p, out)`.

    `p` holds the parameters in the order of `landscape.code.parameters`; their present values do not matter. Raises
    Untraceable if the surface cannot be traced.
    """
    return _surface_text(replace(landscape, changes={}))


@lru_cache(maxsize=128)
def _surface_text(landscape: Landscape) -> str:
    return _object({name: _function(landscape, name) for name in ("value", "gradient", "hessian")})


def _function(landscape: Landscape, name: str) -> str:
    graph = Graph()
    names, (x, y) = arguments_of(graph, "x", "y")
    parameters = landscape.code.parameters
    names |= {("knob", each): f"p[{i}]" for i, each in enumerate(parameters)}
    code = replace(landscape.code, **{name: _symbolic(getattr(landscape.code, name))})
    tracers = {each: graph.tracer("knob", each) for each in parameters}
    result = getattr(replace(landscape, code=code, changes=tracers), name)(graph.stack([x, y]))
    return function_text(names, graph, [result], "x, y, p" if name == "value" else "x, y, p, out")


def _symbolic(function: Any) -> Any:
    """The same function with `math`, which is applied to parameters, replaced by functions that accept tracers."""
    space = {**function.__globals__, "math": _NumPyMath()}
    return FunctionType(function.__code__, space, closure=function.__closure__)


class _NumPyMath:
    """NumPy's functions by their names in the module `math`."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name.replace("a", "arc", 1) if name.startswith("a") else name)


@lru_cache(maxsize=16)
def model_text(kind: type[Model]) -> str:
    """The text of an object with the loss of one example and its derivatives.

    `loss(x, y, a, b, v)`, `slopes(x, y, a, b, v, out)` and `curvatures(x, y, a, b, v, out)`, where a and b are the
    factors of x and y, and v is the target.
    """
    return _object({name: _term(kind(), *names) for name, *names in _TERMS})


_TERMS = (("loss", "losses", ""), ("slopes", "slopes", ", out"), ("curvatures", "curvatures", ", out"))


def _term(model: Model, name: str, out: str) -> str:
    graph = Graph()
    names, (x, y, *example) = arguments_of(graph, *"xyabv")
    result = getattr(model, name)(x, y, Rows(*example))  # type: ignore[arg-type]
    results = list(result) if isinstance(result, tuple) else [result]
    return function_text(names, graph, results, f"x, y, a, b, v{out}")


def _object(functions: dict[str, str]) -> str:
    return "{\n" + ",\n".join(f"{name}: {text}" for name, text in functions.items()) + "\n}"
