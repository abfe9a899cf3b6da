"""Computational graphs of formulas: symbolic derivatives, and evaluation as a sequence of NumPy calls.

No program text is read or written: a formula is a list of entries of the table `OPERATIONS`, executed one by one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Node = int
"""The index of an operation in the graph; its arguments have smaller indices."""


Pair = tuple[Node, Node]
"""An argument and its derivative."""


def ratio(a: Any, b: Any) -> Any:
    """a / b, with 0 for 0 / 0: the mean slope of both sides at a tip, such as sqrt(x² + y²) at the origin."""
    return np.where((a == 0) & (b == 0), 0.0, np.divide(a, b))


def choose(which: Any, a: Any, b: Any) -> Any:
    """a where `which` is positive, b where it is negative, the mean of both where it is 0."""
    return np.where(which > 0, a, np.where(which < 0, b, (a + b) / 2))


def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)), without an error where exp overflows."""
    return np.divide(1.0, np.add(1.0, np.exp(-x)))


def sinc(x: Any) -> Any:
    """sin(pi x) / (pi x), and 1 at 0."""
    z = np.pi * x
    return np.where(z == 0, 1.0, np.divide(np.sin(z), z))


def bessel1(z: Any) -> Any:
    """Minus the derivative of sin(z)/z: the spherical Bessel function of order 1 (DLMF 10.49.3)."""
    series = z * 0.0 + 1.0
    for factor in (378.0, 304.0, 238.0, 180.0, 130.0, 88.0, 54.0, 28.0, 10.0):  # DLMF 10.53.1 in Horner form
        series = 1.0 - z * z / factor * series
    # Near 0 the closed form loses digits to cancellation.
    return np.where(np.abs(z) < 1, z / 3 * series, np.divide(np.divide(np.sin(z), z) - np.cos(z), z))


def bessel2(z: Any) -> Any:
    """The spherical Bessel function of order 2: the derivative of that of order 1 is (sin(z)/z - 2 bessel2(z)) / 3."""
    series = z * 0.0 + 1.0
    for factor in (414.0, 336.0, 266.0, 204.0, 150.0, 104.0, 66.0, 36.0, 14.0):
        series = 1.0 - z * z / factor * series
    first = np.divide(np.divide(np.sin(z), z) - np.cos(z), z)
    return np.where(np.abs(z) < 1, z * z / 15 * series, np.divide(3 * first, z) - np.divide(np.sin(z), z))


Rule = Callable[..., Node]


@dataclass(frozen=True)
class Operation:
    """A NumPy function with its rule of differentiation, `rule(graph, node, *arguments)`, each argument a `Pair`."""

    function: Callable[..., Any]
    rule: Rule


class Graph:
    """A graph of numbers, variables and operations, with equal nodes shared.

    Only constants are folded, in floats; nothing else is simplified, so that 0 log(x) stays undefined where log(x) is.
    Derivatives omit factors of 1 and terms of 0.
    """

    def __init__(self) -> None:
        self.nodes: list[tuple[Any, ...]] = []
        self._places: dict[tuple[Any, ...], Node] = {}
        self._derivatives: dict[tuple[Node, str], Node] = {}

    def number(self, value: float) -> Node:
        """The node of a constant."""
        return self.node("number", float(value))

    def variable(self, name: str) -> Node:
        """The node of a variable."""
        return self.node("variable", name)

    def apply(self, operation: str, *arguments: Node) -> Node:
        """The node of an operation of `OPERATIONS` applied to existing nodes."""
        values = [self.value(argument) for argument in arguments]
        if None not in values:
            with np.errstate(all="ignore"):
                return self.number(OPERATIONS[operation].function(*values))
        if operation in ("add", "multiply"):
            arguments = tuple(sorted(arguments))
        return self.node(operation, *arguments)

    def value(self, node: Node) -> float | None:
        """The value of a constant; None for all other nodes."""
        kind, *rest = self.nodes[node]
        return rest[0] if kind == "number" else None

    def arguments(self, node: Node) -> tuple[Node, ...]:
        """The arguments of an operation; () for numbers and variables."""
        kind, *rest = self.nodes[node]
        return () if kind in ("number", "variable") else tuple(rest)

    def derivative(self, node: Node, by: str) -> Node:
        """The derivative with respect to the variable `by`, as a node. Its cost is linear in the number of nodes."""
        if (node, by) not in self._derivatives:
            arguments = self.arguments(node)
            inner = [self.derivative(argument, by) for argument in arguments]
            if any(self.value(slope) != 0 for slope in inner):
                slope = OPERATIONS[self.nodes[node][0]].rule(self, node, *zip(arguments, inner, strict=True))
            else:
                slope = self.number(self.nodes[node] == ("variable", by))
            self._derivatives[node, by] = slope
        return self._derivatives[node, by]

    # Sums and products that omit terms of 0 and factors of 1, for derivatives

    def plus(self, a: Node, b: Node) -> Node:
        if self.value(a) == 0 or self.value(b) == 0:
            return b if self.value(a) == 0 else a
        return self.apply("add", a, b)

    def minus(self, a: Node, b: Node) -> Node:
        if self.value(b) == 0:
            return a
        return self.apply("negative", b) if self.value(a) == 0 else self.apply("subtract", a, b)

    def times(self, *factors: Node) -> Node:
        product = self.number(1.0)
        for factor in factors:
            if self.value(product) == 0 or self.value(factor) == 1:
                continue
            ones = self.value(product) == 1 or self.value(factor) == 0
            product = factor if ones else self.apply("multiply", product, factor)
        return product

    def over(self, a: Node, b: Node, division: str = "divide") -> Node:
        return a if self.value(a) == 0 else self.apply(division, a, b)

    def power(self, base: Node, exponent: float) -> Node:
        if exponent in (0.0, 1.0):
            return base if exponent else self.number(1.0)
        return self.apply("sqrt", base) if exponent == 0.5 else self.apply("power", base, self.number(exponent))

    def node(self, *entry: Any) -> Node:
        """The node with this entry, created if it does not exist."""
        if entry not in self._places:
            self._places[entry] = len(self.nodes)
            self.nodes.append(entry)
        return self._places[entry]


# The rules of differentiation


def _add(g: Graph, node: Node, a: Pair, b: Pair) -> Node:
    return g.plus(a[1], b[1])


def _subtract(g: Graph, node: Node, a: Pair, b: Pair) -> Node:
    return g.minus(a[1], b[1])


def _multiply(g: Graph, node: Node, a: Pair, b: Pair) -> Node:
    return g.plus(g.times(a[1], b[0]), g.times(a[0], b[1]))


def _divide(g: Graph, node: Node, a: Pair, b: Pair) -> Node:
    return g.over(g.minus(a[1], g.times(node, b[1])), b[0])


def _power(g: Graph, node: Node, base: Pair, exponent: Pair) -> Node:
    (u, du), (v, dv) = base, exponent
    n = g.value(v)
    if n is None:
        lowered = g.apply("power", u, g.apply("subtract", v, g.number(1.0)))
        with_base = g.times(v, lowered, du)
        with_exponent = g.times(node, dv, g.apply("log", u)) if g.value(dv) != 0 else dv
        return g.plus(with_base, with_exponent)
    if n < 1 and n != int(n):  # infinite where the base is 0, except at a tip
        return g.over(g.times(g.number(n), du), g.power(u, 1 - n), "ratio")
    return g.times(g.number(n), g.power(u, n - 1), du)


def _extreme(sign: float) -> Rule:
    def rule(g: Graph, node: Node, a: Pair, b: Pair) -> Node:
        first, second = (a, b) if sign > 0 else (b, a)
        if a[1] == b[1]:
            return a[1]
        return g.apply("choose", g.apply("subtract", first[0], second[0]), a[1], b[1])

    return rule


def _chosen(g: Graph, node: Node, which: Pair, a: Pair, b: Pair) -> Node:
    return a[1] if a[1] == b[1] else g.apply("choose", which[0], a[1], b[1])


def _chain(outer: Callable[[Graph, Node, Node], Node]) -> Rule:
    return lambda g, node, a: g.times(outer(g, node, a[0]), a[1])


def _arc(sign: float) -> Rule:
    def rule(g: Graph, node: Node, a: Pair) -> Node:
        root = g.apply("sqrt", g.apply("subtract", g.number(1.0), g.power(a[0], 2)))
        return g.over(g.times(g.number(sign), a[1]), root, "ratio")

    return rule


def _level(g: Graph, node: Node, *arguments: Pair) -> Node:
    return g.number(0.0)


def _logarithm(base: float) -> Rule:
    return lambda g, node, a: g.over(a[1], g.times(g.number(np.log(base)), a[0]))


def _acosh(g: Graph, node: Node, a: Pair) -> Node:
    one = g.number(1.0)
    roots = (g.apply("sqrt", g.apply(sign, a[0], one)) for sign in ("subtract", "add"))  # u² - 1 would lose digits
    return g.over(a[1], g.times(*roots), "ratio")


def _atan2(g: Graph, node: Node, y: Pair, x: Pair) -> Node:
    square = g.apply("add", g.power(x[0], 2), g.power(y[0], 2))
    return g.over(g.minus(g.times(x[0], y[1]), g.times(y[0], x[1])), square)


def _mod(g: Graph, node: Node, a: Pair, b: Pair) -> Node:
    return g.minus(a[1], g.times(g.apply("floor", g.apply("divide", a[0], b[0])), b[1]))


def _logaddexp(g: Graph, node: Node, a: Pair, b: Pair) -> Node:
    first, second = (g.apply("sigmoid", g.apply("subtract", u, v)) for u, v in ((a[0], b[0]), (b[0], a[0])))
    return g.plus(g.times(first, a[1]), g.times(second, b[1]))


def _sinc(g: Graph, node: Node, u: Node) -> Node:
    return g.times(g.number(-np.pi), g.apply("bessel1", g.times(g.number(np.pi), u)))


def _bessel1(g: Graph, node: Node, z: Node) -> Node:
    # sinc gives sin(z)/z with its limit 1 at 0.
    first = g.apply("sinc", g.apply("divide", z, g.number(np.pi)))
    return g.over(g.minus(first, g.times(g.number(2.0), g.apply("bessel2", z))), g.number(3.0))


def _bessel2(g: Graph, node: Node, z: Node) -> Node:
    return g.minus(g.apply("bessel1", z), g.times(g.number(3.0), g.over(node, z, "ratio")))


OPERATIONS: Mapping[str, Operation] = {
    "add": Operation(np.add, _add),
    "subtract": Operation(np.subtract, _subtract),
    "multiply": Operation(np.multiply, _multiply),
    "divide": Operation(np.divide, _divide),
    "power": Operation(np.power, _power),
    "negative": Operation(np.negative, lambda g, node, a: g.minus(g.number(0.0), a[1])),
    "sqrt": Operation(np.sqrt, lambda g, node, a: g.over(g.times(g.number(0.5), a[1]), node, "ratio")),
    "sin": Operation(np.sin, _chain(lambda g, node, u: g.apply("cos", u))),
    "cos": Operation(np.cos, _chain(lambda g, node, u: g.apply("negative", g.apply("sin", u)))),
    "tan": Operation(np.tan, _chain(lambda g, node, u: g.apply("add", g.number(1.0), g.power(node, 2)))),
    "asin": Operation(np.arcsin, _arc(1.0)),
    "acos": Operation(np.arccos, _arc(-1.0)),
    "atan": Operation(np.arctan, lambda g, node, a: g.over(a[1], g.apply("add", g.number(1.0), g.power(a[0], 2)))),
    "sinh": Operation(np.sinh, _chain(lambda g, node, u: g.apply("cosh", u))),
    "cosh": Operation(np.cosh, _chain(lambda g, node, u: g.apply("sinh", u))),
    "tanh": Operation(np.tanh, _chain(lambda g, node, u: g.apply("subtract", g.number(1.0), g.power(node, 2)))),
    "exp": Operation(np.exp, _chain(lambda g, node, u: node)),
    "log": Operation(np.log, lambda g, node, a: g.over(a[1], a[0])),
    "log2": Operation(np.log2, _logarithm(2.0)),
    "log10": Operation(np.log10, _logarithm(10.0)),
    "log1p": Operation(np.log1p, lambda g, node, a: g.over(a[1], g.apply("add", g.number(1.0), a[0]))),
    "expm1": Operation(np.expm1, _chain(lambda g, node, u: g.apply("exp", u))),
    "cbrt": Operation(np.cbrt, lambda g, node, a: g.over(g.times(g.number(1 / 3), a[1]), g.power(node, 2), "ratio")),
    "asinh": Operation(
        np.arcsinh,
        lambda g, node, a: g.over(a[1], g.apply("sqrt", g.apply("add", g.number(1.0), g.power(a[0], 2)))),
    ),
    "acosh": Operation(np.arccosh, _acosh),
    "atanh": Operation(
        np.arctanh, lambda g, node, a: g.over(a[1], g.apply("subtract", g.number(1.0), g.power(a[0], 2)))
    ),
    "atan2": Operation(np.arctan2, _atan2),
    "logaddexp": Operation(np.logaddexp, _logaddexp),
    "sigmoid": Operation(sigmoid, _chain(lambda g, node, u: g.times(node, g.apply("sigmoid", g.apply("negative", u))))),
    "sinc": Operation(sinc, _chain(_sinc)),
    "bessel1": Operation(bessel1, _chain(_bessel1)),
    "bessel2": Operation(bessel2, _chain(_bessel2)),
    "floor": Operation(np.floor, _level),
    "ceil": Operation(np.ceil, _level),
    "rint": Operation(np.rint, _level),
    "trunc": Operation(np.trunc, _level),
    "mod": Operation(np.mod, _mod),
    # At a kink the derivative is the mean of both sides: 0 for |x|, 1/2 for max(x, 0).
    "abs": Operation(np.abs, _chain(lambda g, node, u: g.apply("sign", u))),
    "sign": Operation(np.sign, _chain(lambda g, node, u: g.number(0.0))),
    "min": Operation(np.minimum, _extreme(-1.0)),
    "max": Operation(np.maximum, _extreme(1.0)),
    "choose": Operation(choose, _chosen),
    "ratio": Operation(ratio, _divide),
}
"""All operations of formulas, each with its rule of differentiation."""

OWN = {function.__name__: function for function in (choose, ratio, sigmoid, sinc, bessel1, bessel2)}
"""Operations that are not functions of NumPy."""


class Tape:
    """A sequence of NumPy calls that computes some nodes of a graph.

    Called with a value for each of the `variables`, it returns the values of the `results` as a list. Registers are
    reused as soon as they are free, so that memory for a large batch grows with the width of the formula, not with its
    length.
    """

    def __init__(self, graph: Graph, variables: Sequence[str], results: Sequence[Node]) -> None:
        graph, results = powers_as_products(graph, results)
        order = dependencies(graph, results)
        last_use = {argument: node for node in order for argument in graph.arguments(node)}
        registers: dict[Node, int] = {graph.variable(name): place for place, name in enumerate(variables)}
        self._numbers: list[float] = []
        for node in order:
            value = graph.value(node)
            if value is not None:
                registers[node] = len(variables) + len(self._numbers)
                self._numbers.append(value)
        first = total = len(variables) + len(self._numbers)
        self._calls: list[tuple[Callable[..., Any], tuple[int, ...], int]] = []
        free: list[int] = []
        for node in order:
            if node in registers:
                continue
            arguments = graph.arguments(node)
            inputs = tuple(registers[argument] for argument in arguments)
            done = {registers[a] for a in arguments if last_use[a] == node and a not in results}
            free += sorted(place for place in done if place >= first)
            if not free:
                free.append(total)
                total += 1
            registers[node] = free.pop()
            self._calls.append((OPERATIONS[graph.nodes[node][0]].function, inputs, registers[node]))
        self._spare = [None] * (total - first)
        self._results = [registers[node] for node in results]

    @property
    def operations(self) -> int:
        """The number of NumPy calls."""
        return len(self._calls)

    def __call__(self, *values: Any) -> list[Any]:
        registers: list[Any] = [*values, *self._numbers, *self._spare]
        with np.errstate(all="ignore"):
            for function, inputs, output in self._calls:
                registers[output] = function(*[registers[place] for place in inputs])
        return [registers[place] for place in self._results]


def dependencies(graph: Graph, results: Sequence[Node]) -> list[Node]:
    """All nodes that the results depend on, themselves included, in the order of computation."""
    needed = set(results)
    for node in reversed(range(len(graph.nodes))):
        if node in needed:
            needed.update(graph.arguments(node))
    return sorted(needed)


def powers_as_products(graph: Graph, results: Sequence[Node]) -> tuple[Graph, list[Node]]:
    """The same results with integer powers as products: np.power of a negative number is six times as slow."""
    plain, place = Graph(), dict[Node, Node]()
    for node in dependencies(graph, results):
        kind, *rest = graph.nodes[node]
        exponent = graph.value(rest[1]) if kind == "power" else None
        if exponent is not None and exponent == int(exponent):
            place[node] = _product(plain, place[rest[0]], int(exponent))
        elif kind in ("number", "variable"):
            place[node] = plain.node(kind, rest[0])
        else:
            place[node] = plain.apply(kind, *(place[argument] for argument in rest))
    return plain, [place[node] for node in results]


def _product(graph: Graph, base: Node, n: int) -> Node:
    """The n-th power of the base by repeated squaring; powers of the same base share factors."""
    if n < 0:
        return graph.apply("divide", graph.number(1.0), _product(graph, base, -n))
    if n < 2:
        return base if n else graph.number(1.0)
    half = _product(graph, base, n // 2)
    square = graph.apply("multiply", half, half)
    return graph.apply("multiply", square, base) if n % 2 else square
