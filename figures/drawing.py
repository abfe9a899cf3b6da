"""A figure that Plotly checks when somebody looks into it, and not before.

Plotly's own figure compares every word of every trace with its schema: 10 ms a figure, at every change of every reader,
for a page that only sends it on. The tests have every figure checked.
"""

import base64
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import plotly.graph_objects as go

NO_TEMPLATE = {"data": {"scatter": [{"type": "scatter"}]}}
"""What Plotly's template “none” stands for."""


class Drawing(go.Figure):
    """A `go.Figure` made of plain values: `{"data": [traces], "layout": {...}}`.

    Whoever only adds traces, changes the layout and sends it, never waits for the check. Everything else that a figure
    can do it does too, and is checked before that.
    """

    def __init__(self, plain: Mapping[str, Any] | None = None) -> None:
        plain = plain or {}
        self._plain: dict[str, Any] | None = {
            "data": list(plain.get("data", ())),
            "layout": dict(plain.get("layout", {})),
        }

    def __getattr__(self, name: str) -> Any:
        # Called for what is not there yet: the first look into the figure.
        plain = self.__dict__.get("_plain")
        if plain is None:
            raise AttributeError(name)
        self._plain = None
        super().__init__(plain)
        return getattr(self, name)

    @property
    def plain(self) -> dict[str, Any]:
        """Its traces and its layout, to be changed by whoever builds it."""
        if self._plain is None:
            raise RuntimeError("this figure has been looked into: Plotly has its parts")
        return self._plain

    def add_trace(self, trace: Any, *args: Any, **more: Any) -> Self:
        """One more trace on top."""
        return self.add_traces([trace], *args, **more)

    def add_traces(self, data: Any, *args: Any, **more: Any) -> Self:
        """More traces on top."""
        if self._plain is None or args or more:
            super().add_traces(data, *args, **more)
            return self
        self._plain["data"] += data
        return self

    def update_layout(self, dict1: Any = None, overwrite: bool = False, **changes: Any) -> Self:
        """Change what surrounds the traces; dicts are joined. Plotly's words for parts of parts mean a check."""
        if self._plain is None or dict1 or overwrite or any("_" in name for name in changes):
            super().update_layout(dict1, overwrite, **changes)
            return self
        self._plain["layout"] = _joined(self._plain["layout"], changes)
        return self

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON has it, arrays as base64."""
        if self._plain is None:
            return super().to_dict()
        plain = _encoded(self._plain)
        if plain["layout"].get("template") == "none":
            plain["layout"]["template"] = NO_TEMPLATE
        return plain


def _joined(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(old)
    for name, value in new.items():
        before = out.get(name)
        out[name] = _joined(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return out


def _encoded(node: Any) -> Any:
    """Without what is None, numbers as Plotly's own figure writes them."""
    if isinstance(node, dict):
        return {
            name: value.tolist() if name == "range" and isinstance(value, np.ndarray) else _encoded(value)
            for name, value in node.items()
            if value is not None
        }
    if isinstance(node, np.ndarray):
        return _array(node)
    if isinstance(node, np.generic):
        return node.item()
    return [_encoded(item) for item in node] if isinstance(node, list | tuple) else node


def _array(array: np.ndarray) -> Any:
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
