"""Figures as dicts, for pages that only send them, and as Plotly figures, for all other users.

Plotly validates every property of every trace: about 10 ms a figure. The dicts avoid that; docs/decisions/figures.md
has the measurement.
"""

import base64
from collections.abc import Callable, Mapping
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeAlias

import numpy as np
import plotly.graph_objects as go

FigureDict: TypeAlias = dict[str, Any]
"""A figure as `{"data": [traces], "layout": {...}}`, made of dicts, lists, texts, numbers and arrays."""
Arguments = ParamSpec("Arguments")

NO_TEMPLATE = {"data": {"scatter": [{"type": "scatter"}]}}
"""Plotly's template "none"."""


class FigureFunction(Generic[Arguments]):
    """A function that returns a `go.Figure`; its `as_dict` returns the same figure as a dict, without validation."""

    def __init__(self, build: Callable[Arguments, FigureDict]) -> None:
        self.as_dict = build
        update_wrapper(self, build)

    def __call__(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> go.Figure:
        return go.Figure(self.as_dict(*args, **kwargs))


def figure_function(build: Callable[Arguments, FigureDict]) -> FigureFunction[Arguments]:
    """Decorate a function that builds a figure as a dict, so that it returns a `go.Figure`."""
    return FigureFunction(build)


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two dicts recursively; values of `new` take precedence."""
    out = dict(old)
    for name, value in new.items():
        before = out.get(name)
        out[name] = merged(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return out


class UncheckedFigure(go.Figure):
    """A figure for `st.plotly_chart` that skips validation, which a dict would undergo. It can only be serialised.

    The tests validate every figure that is sent.
    """

    def __init__(self, figure: FigureDict) -> None:
        self._figure = figure

    def to_dict(self) -> FigureDict:
        return as_json(self._figure)


def as_json(figure: FigureDict) -> FigureDict:
    """Serialise a figure as Plotly's `to_dict` does: without values of None, and with arrays in base64."""
    return _as_json(figure)


LEAVES = {str, float, int, bool}
"""Types that JSON has already: nearly everything in a figure."""


def _as_json(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            name: value
            if type(value) in LEAVES
            else value.tolist()
            if name == "range" and isinstance(value, np.ndarray)
            else _as_json(value)
            for name, value in node.items()
            if value is not None
        }
    if isinstance(node, np.ndarray):
        return _encoded(node)
    if isinstance(node, np.generic):
        return node.item()
    if isinstance(node, list | tuple):
        return [item if type(item) in LEAVES else _as_json(item) for item in node]
    return node


def _encoded(array: np.ndarray) -> Any:
    if array.dtype == np.int64 and array.size:
        array = _narrow(array)
    if not array.size or array.dtype.str[1:] not in ("f4", "f8", "i1", "i2", "i4", "u1", "u2", "u4"):
        return array.tolist()
    numbers = base64.b64encode(array.tobytes()).decode("ascii")
    encoded: dict[str, Any] = {"dtype": array.dtype.str[1:], "bdata": numbers}
    return encoded if array.ndim == 1 else encoded | {"shape": ", ".join(map(str, array.shape))}


def _narrow(array: np.ndarray) -> np.ndarray:
    """Integers in the smallest type that holds them: plotly.js does not accept arrays of 64-bit integers."""
    low, high = int(array.min()), int(array.max())
    fit = (np.int8, np.int16, np.int32)
    return next((array.astype(kind) for kind in fit if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max), array)
