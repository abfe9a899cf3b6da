"""How large a surface can become, told from its expression alone."""

import ast
import math
from collections.abc import Callable, Mapping
from functools import lru_cache

SAFE = 1e200
"""A bound up to this leaves room for whatever order of the same operations the surface's code has."""

BOUNDED: Mapping[str, float] = {"sin": 1.0, "cos": 1.0, "tanh": 1.0}
"""Functions that never exceed a number, whatever they are given."""


@lru_cache(maxsize=64)
def is_tame(expression: str, sizes: tuple[tuple[str, float], ...]) -> bool:
    """Whether the expression is a finite number wherever its letters are no larger than `sizes` says.

    True only where that can be told: polynomials, sines and what is made of them. No is no proof of the contrary.
    """
    try:
        return _bound(ast.parse(expression.replace("^", "**"), mode="eval").body, dict(sizes)) <= SAFE
    except (SyntaxError, OverflowError):
        return False


def _bound(tree: ast.expr, sizes: Mapping[str, float]) -> float:
    """The largest size of an expression; infinite where nothing is known."""
    match tree:
        case ast.Constant(value=int() | float() as number):
            return abs(number)
        case ast.Name(id=name):
            return math.pi if name == "pi" else sizes.get(name, math.inf)
        case ast.UnaryOp(operand=operand):
            return _bound(operand, sizes)
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int() as power)) if power >= 0:
            return _bound(left, sizes) ** power
        case ast.BinOp(left=left, op=ast.Div(), right=ast.Constant(value=int() | float() as number)) if number:
            return _bound(left, sizes) / abs(number)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            return _OPERATIONS[type(op)](_bound(left, sizes), _bound(right, sizes))
        case ast.Call(func=ast.Name(id=name), args=[argument]) if name in BOUNDED:
            return BOUNDED[name] if math.isfinite(_bound(argument, sizes)) else math.inf
    return math.inf


_OPERATIONS: Mapping[type, Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a + b,
    ast.Mult: lambda a, b: a * b,
}
