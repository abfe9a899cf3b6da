"""The frame of a traced step's program text."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from optim_core.tracing.lowering import StateVariable
from optim_core.tracing.traced_step import TracedStep
from optim_core.tracing.tracer import Node

WRITTEN: Mapping[str, str] = {
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{0} / {1} if {1} else by_zero({0}, {1})",
    "remainder": "{0} % {1} if {1} else nan",
    "negative": "-{}",
    "absolute": "abs({})",
    "square": "{0} * {0}",
    "sqrt": "sqrt({0}) if {0} >= 0.0 else nan",
    "sign": "1.0 if {0} > 0.0 else -1.0 if {0} < 0.0 else 0.0 if {0} == 0.0 else {0}",
    "maximum": "{0} if {0} > {1} or {0} != {0} else {1}",
    "minimum": "{0} if {0} < {1} or {0} != {0} else {1}",
    "where": "{1} if {0} else {2}",
    "isnan": "{0} != {0}",
    "greater": "{} > {}",
    "greater_equal": "{} >= {}",
    "less": "{} < {}",
    "less_equal": "{} <= {}",
    "equal": "{} == {}",
    "not_equal": "{} != {}",
    "bitwise_and": "{} and {}",
    "bitwise_or": "{} or {}",
}
"""NumPy's functions of single numbers in Python. All others are called."""


class Writer:
    """Collects what the text of a step needs while its lines are written, and puts all of it together.

    names    what the parts of the whiteboard are called, in the order of `TracedStep.state`
    knobs    the full names of the hyperparameters that were met
    calls    the functions of NumPy's that are called
    """

    def __init__(self, outline: TracedStep, scheduled: tuple[str, ...]) -> None:
        self.outline, self.scheduled = outline, scheduled
        self.names: dict[StateVariable, str] = {slot: f"s{i}" for i, slot in enumerate(outline.state)}
        self.knobs: list[str] = []
        self.calls = set[str]()

    def name(self, nodes: list[Node], place: int) -> str:
        """What a node is called."""
        match nodes[place]:
            case ("number", value):
                return repr(value)
            case ("state", slot):
                return self.names[slot]
            case ("data", i):
                return f"d{i}"
            case ("knob", path):
                if path not in self.knobs:
                    self.knobs.append(path)
                return f"{'f' if path in self.scheduled else 'k'}{self.knobs.index(path)}"
        return f"v{place}"

    def plainly(self, function: str, names: list[str]) -> str:
        """A function of plain numbers."""
        if function in WRITTEN:
            return WRITTEN[function].format(*names)
        self.calls.add(function)
        return f"float(np_{function}({', '.join(names)}))"

    def program(self, more: str, head: list[str], loop: str, body: list[str], result: str) -> tuple[Any, str]:
        """The function `advance(state, t, steps, knobs, factors, ...)`, and its text."""
        letters = ", ".join(self.names.values())
        changed = [
            f"f{self.knobs.index(path)} = k{self.knobs.index(path)} * factors[{i}][t]"
            for i, path in enumerate(self.scheduled)
            if path in self.knobs
        ]
        lines = [
            f"def advance(state, t, steps, knobs, factors, {more}):",
            f"    {letters} = state",
            *[f"    k{i} = knobs[{i}]" for i in range(len(self.knobs))],
            *indented(head),
            f"    for {loop}:",
            *indented(indented([*changed, *body])),
            f"    return {result.format(letters=letters)}",
        ]
        text = "\n".join(lines)
        space: dict[str, Any] = {f"np_{call}": getattr(np, call) for call in self.calls}
        space |= {"sqrt": math.sqrt, "inf": math.inf, "nan": math.nan, "by_zero": _by_zero}
        # Written above from the names of NumPy's functions and from numbers, never from a person's text.
        exec(text, space)
        return space["advance"], text


def indented(lines: list[str]) -> list[str]:
    """The lines one block deeper."""
    return [f"    {line}" for line in lines]


def _by_zero(a: float, zero: float) -> float:
    """Infinite or undefined, where Python would raise an error."""
    return float(np.divide(a, zero))
