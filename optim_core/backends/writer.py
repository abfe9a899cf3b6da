"""What Python code is generated from: the operations, and the frame of a loop over steps."""

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
"""NumPy's functions of single numbers as Python expressions. All others are called."""


class Writer:
    """Collects what the code of a step needs while its lines are written, and assembles it.

    names    the names of the numbers of the state, in the order of `TracedStep.state`
    knobs    the full names of the hyperparameters that are used
    calls    the NumPy functions that are called
    """

    def __init__(self, step: TracedStep, scheduled: tuple[str, ...]) -> None:
        self.step, self.scheduled = step, scheduled
        self.names: dict[StateVariable, str] = {slot: f"s{i}" for i, slot in enumerate(step.state)}
        self.knobs: list[str] = []
        self.calls = set[str]()

    def name(self, nodes: list[Node], place: int) -> str:
        """The name of a node."""
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

    def expression(self, function: str, names: list[str]) -> str:
        """A NumPy function of floats."""
        if function in WRITTEN:
            return WRITTEN[function].format(*names)
        self.calls.add(function)
        return f"float(np_{function}({', '.join(names)}))"

    def program(self, more: str, head: list[str], loop: str, body: list[str], result: str) -> tuple[Any, str]:
        """The function `advance(state, t, steps, knobs, factors, ...)`, and its text."""
        state = ", ".join(self.names.values())
        changed = [
            f"f{self.knobs.index(path)} = k{self.knobs.index(path)} * factors[{i}][t]"
            for i, path in enumerate(self.scheduled)
            if path in self.knobs
        ]
        lines = [
            f"def advance(state, t, steps, knobs, factors, {more}):",
            f"    {state} = state",
            *[f"    k{i} = knobs[{i}]" for i in range(len(self.knobs))],
            *indented(head),
            f"    for {loop}:",
            *indented(indented([*changed, *body])),
            f"    return {result.format(state=state)}",
        ]
        text = "\n".join(lines)
        space: dict[str, Any] = {f"np_{call}": getattr(np, call) for call in self.calls}
        space |= {"sqrt": math.sqrt, "inf": math.inf, "nan": math.nan, "by_zero": _by_zero}
        # Generated above from names of NumPy functions and from numbers, never from a user's text.
        exec(text, space)
        return space["advance"], text


def indented(lines: list[str]) -> list[str]:
    """The lines, indented once more."""
    return [f"    {line}" for line in lines]


def _by_zero(a: float, zero: float) -> float:
    """The infinity or NaN of a division that is an error in Python."""
    return float(np.divide(a, zero))
