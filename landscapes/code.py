"""What a surface computes with: plain NumPy functions, wherever they came from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Code:
    """One expression as functions `f(x, y, *parameters)` of contiguous float arrays, and as LaTeX.

    value (*lanes), gradient (2, *lanes), hessian (2, 2, *lanes), each a new array. `parameters` names the letters other
    than x and y, in the order the functions take them.
    """

    parameters: tuple[str, ...]
    latex: str
    value: Callable[..., Any]
    gradient: Callable[..., Any]
    hessian: Callable[..., Any]
