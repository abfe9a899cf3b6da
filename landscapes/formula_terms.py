"""Terms, the results of the formula parser: each is a node of the graph with its LaTeX and its text.

`TermBuilder` combines terms by operators and functions, and enforces the limits on the size of a formula.
"""

from collections.abc import Callable
from math import isfinite
from typing import NamedTuple

from landscapes.formula_error import FormulaError, Note
from landscapes.formula_functions import FUNCTIONS, Function
from landscapes.formula_graph import Graph, Node
from landscapes.formula_tokens import Token

MAX_NODES = 100
MAX_DEPTH = 20
MAX_EXPONENT = 64

SUM, SIGNED, PRODUCT, POWER, ATOM = range(5)
"""Binding strength of the outermost operation of LaTeX or text; decides where brackets are needed."""


class Term(NamedTuple):
    """A parsed part of a formula.

    level    binding strength of its LaTeX
    firm     binding strength of its text
    depth    the number of nested operations
    rank     True if the last operation was a product, False if it was a sum, otherwise None
    head     the LaTeX of its function, for powers as in sin² x
    barred   whether it was written between bars
    """

    node: Node
    latex: str
    level: int
    text: str
    firm: int
    depth: int = 1
    rank: bool | None = None
    head: str = ""
    barred: bool = False


OPERATORS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "mod", "^": "power"}


class TermBuilder:
    """Builds terms over one graph. Raises FormulaError for a formula above the limits.

    graph  the graph of all terms
    notes  how ambiguous parts of the formula were read
    """

    def __init__(self) -> None:
        self.graph = Graph()
        self.notes: tuple[Note, ...] = ()
        self._count = 0

    def call(self, token: Token, name: str, terms: list[Term]) -> Term:
        """A function of `FUNCTIONS` applied to terms; `token` is where it was written."""
        function = FUNCTIONS[name]
        self._check_count(token, function, len(terms))
        if function.note:
            self.note(function.note)
        if name in ("pow", "mod"):
            return self.operation(token._replace(text="^" if name == "pow" else "%"), *terms)
        inside = ", ".join(term.latex for term in terms)
        whole = "#" in function.latex
        latex = function.latex.replace("#", inside) if whole else rf"{function.latex}\left({inside}\right)"
        text = f"{name}({', '.join(term.text for term in terms)})"
        level = POWER if "^{#" in function.latex else ATOM
        made = self._built(token, function.build, terms, (latex, level), (text, ATOM), count=max(1, len(terms) - 1))
        return made if whole else made._replace(head=function.latex)

    def _check_count(self, token: Token, function: Function, count: int) -> None:
        if function.least <= count <= (function.most or count):
            return
        name = token.typed
        if function.most == 1:
            raise FormulaError(
                "Column {column}: “{name}” takes one value, not {count}; decimals have a point.",
                token.column, name=name, count=count,
            )  # fmt: skip
        if function.most:
            raise FormulaError(
                "Column {column}: “{name}” takes {most} values, not {count}.",
                token.column, name=name, most=function.most, count=count,
            )  # fmt: skip
        raise FormulaError("Column {column}: “{name}” takes two values or more.", token.column, name=name)

    def note(self, note: Note) -> None:
        """Add a note, once."""
        if note not in self.notes:
            self.notes = (*self.notes, note)

    def leaf(self, node: Node, latex: str, level: int, text: str, firm: int) -> Term:
        """A number, a constant or a variable."""
        self._add_to_size(1)
        return Term(node, latex, level, text, firm)

    def operation(self, operator: Token, a: Term, b: Term) -> Term:
        """A binary operation."""
        operation = OPERATORS[operator.text]
        latex, text = _operation_latex(operation, a, b), _operation_text(operator.text, a, b)
        if operation == "mod":
            self.note(FUNCTIONS["mod"].note)  # type: ignore[arg-type]
        exponent = self.graph.value(b.node)
        if operation == "power" and exponent is not None:
            if not abs(exponent) <= MAX_EXPONENT:
                raise FormulaError(
                    "Column {column}: the exponent {exponent:g} is too large; {most} is the most.",
                    operator.column, exponent=exponent, most=MAX_EXPONENT,
                )  # fmt: skip
            if exponent == 0.5:
                made = self._made(operator, "sqrt", [a], latex, text)
                return made._replace(depth=max(made.depth, b.depth + 1))
        return self._made(operator, operation, [a, b], latex, text)

    def negative(self, sign: Token, term: Term) -> Term:
        """A term with a minus sign."""
        latex, text = (f"-{_within(term, PRODUCT)}", SIGNED), (f"-{_inside(term, POWER)}", SIGNED)
        return self._made(sign, "negative", [term], latex, text)

    def _made(
        self, token: Token, operation: str, terms: list[Term], latex: tuple[str, int], text: tuple[str, int]
    ) -> Term:
        def build(graph: Graph, *nodes: Node) -> Node:
            return graph.apply(operation, *nodes)

        rank = {"add": False, "subtract": False, "multiply": True, "divide": True, "mod": True}.get(operation)
        return self._built(token, build, terms, latex, text, rank)

    def _built(
        self,
        token: Token,
        build: Callable[..., Node],
        terms: list[Term],
        latex: tuple[str, int],
        text: tuple[str, int],
        rank: bool | None = None,
        count: int = 1,
    ) -> Term:
        """Build a term from others. Raises FormulaError if it is too large or a constant that is not finite."""
        self._add_to_size(count)
        first, *others = terms
        # A sum of many terms counts as no deeper than a sum of two; likewise a product.
        same = rank is not None and first.rank == rank
        depth = max(first.depth + (not same), *(term.depth + 1 for term in others)) if others else first.depth + 1
        if depth > MAX_DEPTH:
            raise too_deep(token)
        node = build(self.graph, *(term.node for term in terms))
        value = self.graph.value(node)
        if value is not None and not isfinite(value):
            raise FormulaError("Column {column}: this part has no finite value.", token.column)
        return Term(node, *latex, *text, depth, rank)

    def _add_to_size(self, count: int) -> None:
        self._count += count
        if self._count > MAX_NODES:
            raise FormulaError("The formula has more than {most} numbers, letters and operations.", most=MAX_NODES)


def too_deep(token: Token) -> FormulaError:
    """The error for a formula with too many nested operations."""
    return FormulaError("Column {column}: the formula is more than {most} deep here.", token.column, most=MAX_DEPTH)


# LaTeX and text, in the order in which the formula was typed


def _within(term: Term, level: int) -> str:
    return term.latex if term.level >= level else rf"\left({term.latex}\right)"


def _inside(term: Term, firm: int) -> str:
    return term.text if term.firm >= firm else f"({term.text})"


def written_number(value: float) -> tuple[str, int, str, int]:
    """A number as LaTeX and as text, each with its binding strength."""
    digits, _, exponent = f"{value:.15g}".partition("e")
    latex = (rf"{digits} \cdot 10^{{{int(exponent)}}}", PRODUCT) if exponent else (digits, ATOM)
    return (*latex, repr(value).removesuffix(".0"), ATOM)


def _operation_latex(operation: str, a: Term, b: Term) -> tuple[str, int]:
    match operation:
        case "add" | "subtract":
            return f"{a.latex} {'+' if operation == 'add' else '-'} {_within(b, PRODUCT)}", SUM
        case "multiply":
            left, right = _within(a, SIGNED), _within(b, POWER)
            dot = right[0].isdigit() or (left[-1].isdigit() and right.startswith(r"\frac"))
            return rf"{left} \cdot {right}" if dot else f"{left} {right}", SIGNED if a.level == SIGNED else PRODUCT
        case "divide":
            return rf"\frac{{{a.latex}}}{{{b.latex}}}", POWER
        case "mod":
            return rf"{_within(a, SIGNED)} \bmod {_within(b, POWER)}", SIGNED if a.level == SIGNED else PRODUCT
    if a.head and b.latex.isdigit():
        return rf"{a.head}^{{{b.latex}}}{a.latex.removeprefix(a.head)}", POWER
    return f"{_within(a, ATOM)}^{{{b.latex}}}", POWER


def _operation_text(mark: str, a: Term, b: Term) -> tuple[str, int]:
    if mark == "%":  # a percent sign has another meaning in a URL
        return f"mod({a.text}, {b.text})", ATOM
    if mark in "+-":
        return f"{a.text} {mark} {_inside(b, PRODUCT)}", SUM
    if mark == "^":
        return f"{_inside(a, ATOM)}^{_inside(b, POWER)}", POWER
    left, right = _inside(a, SIGNED), _inside(b, POWER)
    # A number before a letter or a bracket needs no sign, except in 2e-3.
    joined = mark == "*" and a.text.replace(".", "").isdigit() and (right[0].isalpha() or right[0] == "(")
    sign = "" if joined and right[0] not in "eE" else mark
    return f"{left}{sign}{right}", SIGNED if a.firm == SIGNED else PRODUCT
