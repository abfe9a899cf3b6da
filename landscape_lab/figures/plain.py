"""Figures as plain values, for a page that only sends them, and as Plotly's own figures, for everybody else.

Plotly compares every property of every trace with its schema: about 10 ms a figure. docs/decisions/figures.md has the
measurement.
"""

import base64
from collections.abc import Callable, Mapping
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeAlias

import numpy as np
import plotly.graph_objects as go

Plain: TypeAlias = dict[str, Any]
"""`{"data": [traces], "layout": {...}}`, of dicts, lists, texts, numbers and arrays."""
Arguments = ParamSpec("Arguments")

NO_TEMPLATE = {"data": {"scatter": [{"type": "scatter"}]}}
"""What Plotly's template “none” stands for."""


class FigureFunction(Generic[Arguments]):
    """A function that returns a `go.Figure`; its `plain` returns the same figure as dicts, without Plotly's check."""

    def __init__(self, build: Callable[Arguments, Plain]) -> None:
        self.plain = build
        update_wrapper(self, build)

    def __call__(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> go.Figure:
        return go.Figure(self.plain(*args, **kwargs))


def figure_function(build: Callable[Arguments, Plain]) -> FigureFunction[Arguments]:
    """Turn a function that builds a plain figure into one that returns a `go.Figure`."""
    return FigureFunction(build)


def joined(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The old dict with the values of the new one; dicts within dicts are joined too."""
    out = dict(old)
    for name, value in new.items():
        before = out.get(name)
        out[name] = joined(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return out


class Unchecked(go.Figure):
    """A plain figure for `st.plotly_chart`, which would have a dict checked first. It can be sent and nothing else.

    The tests check every figure that is sent.
    """

    def __init__(self, figure: Plain) -> None:
        self._plain = figure

    def to_dict(self) -> Plain:
        return as_json(self._plain)


def as_json(figure: Plain) -> Plain:
    """A plain figure as Plotly's `to_dict` writes it: without what is None, arrays as base64."""
    return _as_json(figure)


LEAVES = {str, float, int, bool}
"""Types of what is in JSON already: nearly everything in a figure."""


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
    """Whole numbers in as few bytes as they need: browsers have no arrays of eight-byte ones."""
    low, high = int(array.min()), int(array.max())
    fit = (np.int8, np.int16, np.int32)
    return next((array.astype(kind) for kind in fit if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max), array)
