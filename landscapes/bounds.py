"""Bounds on the size of a surface's values, derived from its expression alone."""

import ast
import math
from collections.abc import Callable, Mapping

SAFE = 1e200
"""The largest bound that counts as finite. It leaves room for another order of the same operations in compiled code."""

BOUNDED: Mapping[str, float] = {"sin": 1.0, "cos": 1.0, "tanh": 1.0}
"""Functions that are bounded for every finite argument, with their bounds."""


def is_bounded(expression: str, sizes: tuple[tuple[str, float], ...]) -> bool:
    """Whether the expression is known to be finite where the absolute values of its variables are at most `sizes`.

    Recognises polynomials, sines and compositions of these. False if the expression is not finite or not recognised.
    """
    try:
        return _bound(ast.parse(expression.replace("^", "**"), mode="eval").body, dict(sizes)) <= SAFE
    except (SyntaxError, OverflowError):
        return False


def _bound(tree: ast.expr, sizes: Mapping[str, float]) -> float:
    """An upper bound on the absolute value of an expression; infinite if unknown."""
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
