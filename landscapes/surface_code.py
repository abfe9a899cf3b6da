"""The executable form of a surface: NumPy functions for its value and derivatives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Code:
    """One expression as functions `f(x, y, *parameters)` of contiguous float arrays, and as LaTeX.

    value (*batch), gradient (2, *batch), hessian (2, 2, *batch), each a new array. `parameters` names the variables
    other than x and y, in the order in which the functions take them.
    """

    parameters: tuple[str, ...]
    latex: str
    value: Callable[..., Any]
    gradient: Callable[..., Any]
    hessian: Callable[..., Any]
