"""Generate NumPy code from a SymPy expression in x and y. This is the only module that imports SymPy at its top."""

import ast
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
import sympy as sp

from landscapes.surface_code import Code

X, Y = sp.symbols("x y", real=True)

CALLS: Mapping[Any, tuple[str, str]] = {
    sp.sin: ("np.sin", "math.sin"),
    sp.cos: ("np.cos", "math.cos"),
    sp.tan: ("np.tan", "math.tan"),
    sp.asin: ("np.arcsin", "math.asin"),
    sp.acos: ("np.arccos", "math.acos"),
    sp.atan: ("np.arctan", "math.atan"),
    sp.sinh: ("np.sinh", "math.sinh"),
    sp.cosh: ("np.cosh", "math.cosh"),
    sp.tanh: ("np.tanh", "math.tanh"),
    sp.asinh: ("np.arcsinh", "math.asinh"),
    sp.acosh: ("np.arccosh", "math.acosh"),
    sp.atanh: ("np.arctanh", "math.atanh"),
    sp.exp: ("np.exp", "math.exp"),
    sp.log: ("np.log", "math.log"),
    sp.Abs: ("np.abs", "abs"),
    sp.sign: ("np.sign", "np.sign"),
}
"""The functions of an expression: their names for arrays, and the much faster ones for single numbers."""

FOLDS: Mapping[Any, str] = {sp.Max: "np.maximum", sp.Min: "np.minimum"}
RELATIONS: Mapping[Any, str] = {sp.Lt: "<", sp.Le: "<=", sp.Gt: ">", sp.Ge: ">=", sp.Eq: "==", sp.Ne: "!="}
CONNECTIVES: Mapping[Any, str] = {sp.And: "np.logical_and", sp.Or: "np.logical_or"}
BENT = (sp.Abs, sp.sign, sp.Max, sp.Min, sp.Piecewise, sp.Heaviside)
"""Functions that may have kinks, at which Newton's method does not find a minimum."""

FUNCTIONS: Mapping[str, Any] = {**{function.__name__: function for function in CALLS}, "sqrt": sp.sqrt}
OPERATORS: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
"""The operators of an expression in the catalog."""

LARGEST_PRODUCT = 64
"""Integer powers up to this one become products: np.power of a negative number is six times as slow."""


def compiled(expression: sp.Expr, latex: str) -> Code:
    """Compile the expression to functions."""
    parameters = parameters_of(expression)
    namespace: dict[str, Any] = {"np": np, "math": math}
    for line in functions_text("f", expression):
        exec(line, namespace)  # text that this module generated from a SymPy tree, never a user's
    return Code(parameters, latex, namespace["f_value"], namespace["f_gradient"], namespace["f_hessian"])


def in_x_and_y(expression: Any, symbols: Sequence[sp.Symbol] | None) -> Any:
    """The expression with its two symbols, in this order or sorted by name, replaced by real x and y.

    Raises TypeError if it is not a SymPy expression, ValueError if it does not have two symbols.
    """
    if not isinstance(expression, sp.Expr):
        raise TypeError(f"a SymPy expression is needed, not {type(expression).__name__}: {str(expression)[:60]}")
    free = sorted(expression.free_symbols, key=str)
    names = [str(symbol) for symbol in free]
    if symbols is not None:
        pair = tuple(symbols)
    elif len(free) == 1 and names[0] in ("x", "y"):
        pair = (free[0], Y) if names[0] == "x" else (X, free[0])
    else:
        pair = tuple(free)
    if len(pair) != 2 or not set(free) <= set(pair):
        raise ValueError(
            f"a surface has two symbols, this expression has {', '.join(names) or 'none'}: "
            "give symbols=(first, second), and numbers for all others"
        )
    return expression.xreplace(dict(zip(pair, (X, Y), strict=True)))


def has_kinks(expression: sp.Expr) -> bool:
    """Whether the expression has a function that may have a kink."""
    return expression.has(*BENT)


def trusted(text: str) -> sp.Expr:
    """Parse an expression of the catalog. The text is read as a syntax tree and never executed."""
    return _expression(ast.parse(text, mode="eval").body)


def trusted_latex(text: str, symbols: Mapping[str, str]) -> str:
    """The LaTeX of an expression of the catalog, with terms in their order; `symbols` has the LaTeX of parameters."""
    with sp.evaluate(False):
        tree = _as_written(ast.parse(text, mode="eval").body)
        return sp.latex(tree, order="none", symbol_names={sp.Symbol(name): latex for name, latex in symbols.items()})


def _expression(tree: ast.expr) -> Any:
    """A syntax tree as a simplified SymPy expression. Raises ValueError for syntax that the catalog does not use."""
    match tree:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_expression(left), _expression(right))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_expression(operand)
    return _leaf(tree, _expression, {"x": X, "y": Y})


def _as_written(tree: ast.expr) -> Any:
    """A syntax tree as an unevaluated SymPy expression, with nested sums and products flattened."""
    match tree:
        case ast.BinOp(op=ast.Pow(), left=left, right=right):
            return sp.Pow(_as_written(left), _as_written(right))
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            return sp.Add(*_in_a_row(tree, (ast.Add, ast.Sub)))
        case ast.BinOp(op=ast.Mult() | ast.Div()):
            return sp.Mul(*_in_a_row(tree, (ast.Mult, ast.Div)))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_as_written(operand)
    return _leaf(tree, _as_written, {})


def _in_a_row(tree: ast.expr, operators: tuple[type, ...]) -> list[Any]:
    """The terms of a sum, or the factors of a product."""
    if not (isinstance(tree, ast.BinOp) and isinstance(tree.op, operators)):
        return [_as_written(tree)]
    match tree.op:
        case ast.Sub():
            last = [sp.Mul(-1, _as_written(tree.right))]
        case ast.Div():
            last = [sp.Pow(_as_written(tree.right), -1)]
        case _:
            last = _in_a_row(tree.right, operators)
    return [*_in_a_row(tree.left, operators), *last]


def _leaf(tree: ast.expr, read: Callable[[ast.expr], Any], symbols: Mapping[str, sp.Symbol]) -> Any:
    """A number, a name, or a call of a function, whose argument is converted by `read`."""
    match tree:
        case ast.Constant(value=int(value)):
            return sp.Integer(value)
        case ast.Constant(value=float()):
            return sp.Float(ast.unparse(tree))
        case ast.Name(id=name):
            return {"pi": sp.pi, "E": sp.E, **symbols}.get(name) or sp.Symbol(name)
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return FUNCTIONS.get(name, sp.Function(name))(read(argument))
    raise ValueError(f"an expression of the catalog cannot hold {ast.unparse(tree)}")


def parameters_of(expression: sp.Expr) -> tuple[str, ...]:
    """The names in an expression besides x and y, sorted."""
    return tuple(sorted(str(symbol) for symbol in expression.free_symbols - {X, Y}))


def functions_text(name: str, expression: sp.Expr) -> tuple[str, str, str]:
    """The Python text of `<name>_value`, `<name>_gradient` and `<name>_hessian`."""
    dx, dy = expression.diff(X), expression.diff(Y)
    hessian = {"[0, 0]": dx.diff(X), "[0, 1]": dx.diff(Y), "[1, 1]": dy.diff(Y)}
    return (
        _function(f"{name}_value", expression, (), {"[...]": expression}),
        _function(f"{name}_gradient", expression, (2,), {"[0]": dx, "[1]": dy}),
        _function(f"{name}_hessian", expression, (2, 2), hessian, "out[1, 0] = out[0, 1]"),
    )


def _function(name: str, whole: sp.Expr, shape: tuple[int, ...], entries: Mapping[str, sp.Expr], last: str = "") -> str:
    """The text of a function that fills an array of `shape` + batch; common subexpressions get a name."""
    writer = _Writer()
    # SymPy expands numbers into sums, 2 (x - y) becomes 2 x - 2 y; factoring them out often saves operations.
    ways: list[Any] = [sp.cse(form, symbols=sp.numbered_symbols("t")) for form in _forms(list(entries.values()))]
    temporaries, results = min(ways, key=lambda way: sp.count_ops([*(e for _, e in way[0]), *way[1]]))
    trivial: dict[sp.Basic, sp.Basic] = {}  # a name for -x or for 2 pi costs an operation and saves none
    for symbol, subexpression in temporaries:
        subexpression = subexpression.xreplace(trivial)
        if not isinstance(subexpression, sp.Expr):
            writer.lines.append(f"{symbol} = {writer.condition(subexpression)}")
        elif subexpression.is_number or (-subexpression).is_Symbol:
            trivial[symbol] = subexpression
        else:
            writer.define(symbol, subexpression)
    for place, result in zip(entries, results, strict=True):
        text = writer.text(result.xreplace(trivial))
        writer.lines.append(f"out{place} = {text}")
    outer = "".join(f"{n}, " for n in shape)
    whole_shape = f"({outer}*x.shape)" if shape else "x.shape"
    body = [f"out = np.empty_like(x, shape={whole_shape})", *writer.lines, last]
    head = f"def {name}({', '.join(('x', 'y', *parameters_of(whole)))}):"
    return "\n".join([head, *(f"    {line}" for line in body if line), "    return out"]) + "\n"


def _forms(expressions: list[Any]) -> Iterator[list[Any]]:
    """Equivalent forms of the same expressions."""
    yield expressions
    yield [sp.factor_terms(e) for e in expressions]
    yield [sp.factor_terms(e, sign=False) for e in expressions]
    yield [sp.collect_const(sp.factor_terms(e)) for e in expressions]


class _Writer:
    """Writes expressions as Python text, preceded by the assignments that they need."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.varying: set[sp.Basic] = {X, Y}  # symbols that hold arrays; all others are Python floats
        self.names: dict[str, str] = {}  # text that already has a name
        self.powers: dict[tuple[str, int], str] = {}  # base and exponent of the powers that already have a name

    def define(self, symbol: sp.Symbol, expression: sp.Expr) -> None:
        text = self.text(expression)
        self.lines.append(f"{symbol} = {text}")
        self.names[text] = symbol.name
        if self.varies(expression):
            self.varying.add(symbol)
        if isinstance(expression, sp.Pow) and expression.base.is_Symbol and expression.exp.is_Integer:
            self.powers[str(expression.base), int(expression.exp)] = symbol.name

    def varies(self, expression: sp.Basic) -> bool:
        return bool(expression.free_symbols & self.varying)

    def text(self, e: Any) -> str:
        if e.is_Symbol:
            return e.name
        if e.is_number:
            return repr(_number(e))
        if e.is_Add:
            return self.sum(e)
        if e.is_Mul:
            return self.product(e)
        if e.is_Pow:
            return self.power(e.base, e.exp)
        if e.func in CALLS:
            of_array, of_number = CALLS[e.func]
            return f"{of_array if self.varies(e) else of_number}({self.text(e.args[0])})"
        if e.func is sp.DiracDelta:  # the second derivative of |x|: 0 except at the kink, where it does not exist
            return "0.0"
        if e.func is sp.Heaviside:  # the derivative of max(x, 0)
            return f"np.heaviside({self.text(e.args[0])}, 0.5)"
        if e.func is sp.atan2:
            return f"np.arctan2({self.text(e.args[0])}, {self.text(e.args[1])})"
        if e.func in FOLDS:
            return reduce(lambda a, b: f"{FOLDS[e.func]}({a}, {b})", map(self.text, e.args))
        if e.func is sp.Piecewise:
            pieces = [(self.condition(condition), self.text(value)) for value, condition in e.args]
            return reduce(lambda rest, piece: f"np.where({piece[0]}, {piece[1]}, {rest})", reversed(pieces), "np.nan")
        raise ValueError(f"there is no NumPy code for {e.func.__name__}, in {str(e)[:60]}")

    def condition(self, e: Any) -> str:
        """The text of a condition."""
        if e in (sp.true, sp.false):
            return str(bool(e))
        if e.is_Symbol:
            return e.name
        if e.func in RELATIONS:
            return f"({self.text(e.lhs)} {RELATIONS[e.func]} {self.text(e.rhs)})"
        if e.func in CONNECTIVES:
            return reduce(lambda a, b: f"{CONNECTIVES[e.func]}({a}, {b})", map(self.condition, e.args))
        if e.func is sp.Not:
            return f"np.logical_not({self.condition(e.args[0])})"
        raise ValueError(f"there is no NumPy code for the condition {e}")

    def sum(self, e: Any) -> str:
        text = ""
        for term in sorted(e.args, key=lambda a: (a.could_extract_minus_sign(), self.varies(a))):
            if text and term.could_extract_minus_sign():
                text += f" - {self.factor(-term) if term.is_Add or (-term).is_Add else self.text(-term)}"
            else:
                text += " + " * bool(text) + self.text(term)
        return text

    def product(self, e: Any) -> str:
        if e.could_extract_minus_sign():
            positive = -e
            return f"-{self.text(positive) if positive.is_Mul else self.factor(positive)}"
        above, below = [], []
        for a in sorted(e.args, key=self.varies):  # numbers and parameters first: they multiply without arrays
            if a.is_Pow and a.exp.is_number and _number(a.exp) < 0:
                below.append(self.factor(1 / a))
            elif a.is_Rational and a.q & (a.q - 1):  # x / 3 is more exact than 0.333 x, but x / 2 is 0.5 x
                above += [repr(float(a.p))] * (a.p != 1)
                below.append(repr(float(a.q)))
            else:
                above.append(self.factor(a))
        denominator = below[0] if len(below) == 1 else f"({' * '.join(below)})"
        return " * ".join(above or ["1.0"]) + (f" / {denominator}" if below else "")

    def factor(self, e: Any) -> str:
        """The text as an operand of * or /."""
        text = self.text(e)
        atomic = text.isidentifier() or e.func in CALLS or e.is_number or (e.is_Pow and e.exp == sp.S.Half)
        return text if atomic and not text.startswith("-") else f"({text})"

    def power(self, base: Any, exponent: Any) -> str:
        if not exponent.is_number:
            return f"{self.factor(base)} ** {self.factor(exponent)}"
        n = _number(exponent)
        if n < 0:
            return f"1.0 / {self.factor(sp.Pow(base, -exponent))}"
        root = f"{'np' if self.varies(base) else 'math'}.sqrt({self.text(base)})"
        if n == 0.5:
            return root
        if n == int(n) <= LARGEST_PRODUCT:
            return self.whole_power(self.name(self.text(base)), int(n))
        if 2 * n == int(2 * n) <= LARGEST_PRODUCT:
            return self.whole_power(self.name(root), int(2 * n))
        return f"{self.factor(base)} ** {n!r}"

    def whole_power(self, base: str, n: int) -> str:
        """The n-th power of the name `base` by repeated squaring; intermediate powers get names, to be shared."""
        if n == 1:
            return base
        half, rest = divmod(n, 2)
        square = self.shared_power(base, n - 1) if rest else self.shared_power(base, half)
        return f"{square} * {base if rest else square}"

    def shared_power(self, base: str, n: int) -> str:
        if n == 1:
            return base
        if (base, n) not in self.powers:
            self.powers[base, n] = self.name(self.whole_power(base, n), f"{base}_{n}")
        return self.powers[base, n]

    def name(self, text: str, name: str = "") -> str:
        """A name that holds the value of `text`, assigned on a line of its own if it has none yet."""
        if text.isidentifier():
            return text
        if text not in self.names:
            self.names[text] = name or f"u{len(self.names)}"
            self.lines.append(f"{self.names[text]} = {text}")
        return self.names[text]


def _number(e: Any) -> float:
    """A constant as the nearest float. Raises ValueError if it is infinite or not real."""
    number = e.evalf(25)
    if not (number.is_Number and number.is_finite):
        raise ValueError(f"the constant {e} is not a finite real number")
    return float(number)
