"""Third stage of reading a formula: what belongs together, as a graph, as LaTeX and as the text of a link.

Nothing of the text is ever run. Whatever the stages before do not know is refused there: `landscapes.formula_spelling`
for characters, `landscapes.formula_tokens` for names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

from landscapes.formula_error import FormulaError, Note
from landscapes.formula_functions import CONSTANTS, FUNCTIONS, TRIGONOMETRIC, Function
from landscapes.formula_graph import Graph, Node
from landscapes.formula_spelling import spelled
from landscapes.formula_tokens import MAX_NUMBER, Token, needs_brackets, tokens_of

__all__ = ["MAX_NUMBER", "FormulaError", "Note", "Written", "read"]

MAX_LENGTH = 300
MAX_NODES = 100
MAX_DEPTH = 20
MAX_EXPONENT = 64
MAX_PARAMETERS = 6
BLANKS = " \t\r\n"
"""What may stand around a formula; a line break within one is refused, for it may mean anything."""


@dataclass(frozen=True)
class Written:
    """A formula that has been read.

    graph, value  the graph, and the node of the formula's value
    latex         the formula in the order in which it was written
    text          the same in ASCII, as a link has it: reading it again gives the same graph and the same text
    parameters    its letters except x and y
    notes         how it was read, where people mean different things
    """

    graph: Graph
    value: Node
    latex: str
    text: str
    parameters: tuple[str, ...]
    notes: tuple[Note, ...]


def read(text: str) -> Written:
    """What a person's text says. Raises FormulaError for everything that is not a formula within the caps.

    Products may leave out their sign: `2x`, `xy`, `3(x + 1)`, `x sin(y)`. They bind like those with a sign: `1/2x` is
    x/2. `^` is `**`, powers bind first and from the right, and `-x^2` is -(x^2).
    """
    _check_length(len(text))
    text = text.rstrip(BLANKS)
    start = len(text) - len(text.lstrip(BLANKS))
    tokens, notes = tokens_of(spelled(" " * start + text[start:]))
    reader = _Reader(tokens)
    term = reader.whole()
    _check_length(len(term.text))
    letters = {token.text for token in tokens if token.kind == "letter"}
    if not letters & {"x", "y"}:
        raise FormulaError(
            "Neither x nor y occurs: write the formula in x and y, or name its two letters first, as in "
            "f(u, v) = u^2 + v^2."
        )
    parameters = sorted(letters - {"x", "y"})
    if len(parameters) > MAX_PARAMETERS:
        raise FormulaError(
            "A formula has {most} letters besides x and y at most, not {count}.",
            most=MAX_PARAMETERS, count=len(parameters),
        )  # fmt: skip
    return Written(reader.graph, term.node, term.latex, term.text, tuple(parameters), (*notes, *reader.notes))


def _check_length(length: int) -> None:
    if length > MAX_LENGTH:
        raise FormulaError("A formula has {most} characters at most, not {length}.", most=MAX_LENGTH, length=length)


SUM, SIGNED, PRODUCT, POWER, ATOM = range(5)
"""How firmly a piece of LaTeX or of text holds together."""


class Term(NamedTuple):
    """A part of a formula that has been read.

    level    how firmly its LaTeX holds together
    firm     how firmly its text does
    depth    how many operations lie inside each other
    rank     whether the last operation was a product, or a sum; None for all else
    head     the LaTeX of its function, for powers as sin² x
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
BRACKETS = {"(": ")", "[": "]", "{": "}"}
END = Token("end", "", 0)


class _Reader:
    """Reads tokens from the left to the right, with one method for each kind of part.

    sum = product (("+" | "-") product)*
    product = signed (("*" | "/" | "%") signed | power)*
    signed = ("+" | "-")* power
    power = atom ("^" signed)?
    """

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self.graph = Graph()
        self.notes: tuple[Note, ...] = ()
        self._tokens = tokens
        self._here = 0
        self._count = 0
        self._opened: list[tuple[str, Token]] = []  # what closes each open bracket, and the bracket
        self._tower = 0  # exponents that are being read

    def whole(self) -> Term:
        """The whole formula. Raises FormulaError."""
        if not self._tokens:
            raise FormulaError("The formula is empty: write one in x and y, such as x^2 + 3*y^2.")
        term = self._sum()
        if self._next.kind != "end":
            raise self._unexpected()
        return term

    # Tokens

    @property
    def _next(self) -> Token:
        return self._tokens[self._here] if self._here < len(self._tokens) else END

    def _take(self, *marks: str) -> Token | None:
        """The next token, if it is one of these marks."""
        token = self._next
        if token.kind != "mark" or token.text not in marks:
            return None
        self._here += 1
        return token

    def _starts(self, token: Token) -> bool:
        """Whether a value begins with this token."""
        return token.kind in ("number", "letter", "constant", "function") or token.text in (*BRACKETS, "|")

    def _unexpected(self) -> FormulaError:
        """The error for a token that stands where the formula, or a part of it, should have ended."""
        token = self._next
        if token.kind == "end":
            return FormulaError("Column {column}: this bracket is never closed.", self._opened[-1][1].column)
        if token.text == ",":
            return FormulaError(
                "Column {column}: a comma stands only between the values of a function; decimals have a point.",
                token.column,
            )
        if token.text in BRACKETS.values():
            if self._opened and self._opened[-1][0] not in BRACKETS.values():
                return FormulaError("Column {column}: this bracket is never closed.", self._opened[-1][1].column)
            return FormulaError("Column {column}: this bracket was never opened.", token.column)
        return FormulaError("Column {column}: an operator is missing before “{text}”.", token.column, text=token.typed)

    # Parts

    def _sum(self) -> Term:
        term = self._product()
        while sign := self._take("+", "-"):
            term = self._operation(sign, term, self._product())
        return term

    def _product(self) -> Term:
        term = self._signed()
        bars = term.barred
        while True:
            if operator := self._take("*", "/", "%"):
                right = self._signed()
            elif (token := self._next).kind == "function" and token.text == "mod" and not self._called():  # x mod y
                self._here += 1
                operator, right = token._replace(text="%"), self._signed()
            elif token.text == "|" and self._closes_bar():
                return term
            elif self._starts(token) and token.kind != "number":
                if token.text == "|" and bars and not term.barred:  # |x|y|z| is either of two products
                    raise needs_brackets("|", token.column)
                operator, right = token._replace(text="*"), self._power()
            else:
                return term
            bars = bars or right.barred
            term = self._operation(operator, term, right)._replace(barred=right.barred)

    def _signed(self) -> Term:
        signs = list[Token]()
        while sign := self._take("+", "-"):
            signs.append(sign)
        term = self._power()
        for sign in reversed(signs):
            if sign.text == "-":
                term = self._negative(sign, term)
        return term

    def _power(self) -> Term:
        term = self._atom()
        if operator := self._take("^"):
            term = self._operation(operator, term, self._exponent(operator))
        return term

    def _exponent(self, operator: Token) -> Term:
        self._tower += 1
        if self._tower > MAX_DEPTH:
            raise self._too_deep(operator)
        term = self._signed()
        self._tower -= 1
        return term

    def _atom(self) -> Term:
        token = self._next
        self._here += 1
        if token.kind == "number":
            return self._leaf(self.graph.number(float(token.text)), *_number(float(token.text)))
        if token.kind == "constant":
            value, latex = CONSTANTS[token.text]
            if [each.text for each in self._tokens[self._here : self._here + 2]] == ["(", ")"]:
                self._here += 2  # PI() of spreadsheets
            return self._leaf(self.graph.number(value), latex, ATOM, token.text, ATOM)
        if token.kind == "letter":
            return self._leaf(self.graph.letter(token.text), token.text, ATOM, token.text, ATOM)
        if token.kind == "function":
            return self._function(token)
        if token.text == "|":
            (inside,) = self._within_brackets("|", token, False)
            return self._called_with(token, "abs", [inside])._replace(barred=True)
        if token.text in BRACKETS:
            (inside,) = self._within_brackets(BRACKETS[token.text], token, False)
            return inside._replace(barred=False)
        raise self._missing(token)

    def _missing(self, token: Token) -> FormulaError:
        """The error for a token that stands where a value should begin."""
        if token.kind == "end":
            last = self._tokens[-1]
            return FormulaError("Column {column}: something is missing after “{text}”.", last.column, text=_shown(last))
        if token.text == ")" and self._here < 2:
            return FormulaError("Column {column}: this bracket was never opened.", token.column)
        return FormulaError("Column {column}: something is missing before “{text}”.", token.column, text=_shown(token))

    def _within_brackets(self, closes: str, opened: Token, several: bool) -> list[Term]:
        """What stands between an open bracket and its end: one value, or several with commas."""
        self._opened.append((closes, opened))
        if len(self._opened) > MAX_DEPTH:
            raise FormulaError(
                "Column {column}: the brackets are more than {most} deep.", opened.column, most=MAX_DEPTH
            )
        terms = [self._sum()]
        while several and self._take(","):
            terms.append(self._sum())
        if not self._take(closes):
            raise self._unexpected()
        self._opened.pop()
        return terms

    def _closes_bar(self) -> bool:
        return bool(self._opened) and self._opened[-1][0] == "|"

    # Functions

    def _called(self) -> bool:
        """Whether a bracket follows the next token, with no blank between."""
        following = self._tokens[self._here + 1 : self._here + 2]
        return bool(following) and following[0].text in BRACKETS and not following[0].gap

    def _function(self, token: Token) -> Term:
        exponent, name = None, token.text
        if operator := self._take("^"):  # sin²(x), and sin⁻¹(x)
            exponent = self._atom_exponent(operator)
            if exponent.text == "-1":
                name, exponent = self._inverse(token), None
        opened = self._take(*BRACKETS)
        if opened:
            terms = self._within_brackets(BRACKETS[opened.text], opened, True)
        elif bar := self._take("|"):
            inside = self._within_brackets("|", bar, False)
            terms = [self._called_with(bar, "abs", inside)]
        else:
            terms = [self._bare_argument(token)]
        term = self._called_with(token, name, terms)
        return term if exponent is None else self._operation(operator or token, term, exponent)

    def _atom_exponent(self, operator: Token) -> Term:
        """An exponent between a function and its argument: a number, perhaps with a sign."""
        start = self._here
        opened = self._take("(", "{")
        minus = self._take("-")
        number = self._next
        self._here += 1
        if number.kind != "number" or (opened and not self._take(BRACKETS[opened.text])):
            self._here = start
            raise needs_brackets(self._tokens[start - 2].typed, self._tokens[start - 2].column)
        value = float(number.text)
        term = self._leaf(self.graph.number(value), *_number(value))
        return self._negative(operator, term) if minus else term

    def _inverse(self, token: Token) -> str:
        inverse = FUNCTIONS[token.text].inverse
        if not inverse:
            raise needs_brackets(token.typed, token.column)
        self._note(Note("“{name}⁻¹” is the inverse function, {inverse}.", {"name": token.text, "inverse": inverse}))
        return inverse

    def _bare_argument(self, token: Token) -> Term:
        """What a function without brackets is taken of, where there can be no doubt: sin x, sin 2x, cos 2πx, ln x²."""
        root = token.text in ("sqrt", "cbrt")
        glued = self._next.kind == "number" and not self._next.gap and token.typed not in TRIGONOMETRIC
        start = self._here
        minus = None if root else self._take("-")
        term: Term | None = None
        while self._next.kind == "constant" or (self._next.kind == "number" and term is None):
            factor = self._next
            term = self._atom() if term is None else self._operation(factor._replace(text="*"), term, self._atom())
        doubtful = term is not None and (root or (glued and self._here == start + 1))
        if self._next.kind == "letter" and not doubtful:
            letter = self._next
            power = self._atom() if root else self._power()
            term = power if term is None else self._operation(letter._replace(text="*"), term, power)
        following, after = self._next, self._tokens[self._here + 1 : self._here + 2]
        times_function = following.text in ("*", "/") and bool(after) and after[0].kind == "function"
        ends = (
            following.kind in ("end", "function")
            or following.text in ("+", "-", ",", *BRACKETS.values())
            or (following.text == "|" and self._closes_bar())
            or times_function
            or (
                following.text in ("*", "/")
                and root
                and self._here == start + 1
                and self._tokens[start].kind != "letter"
            )
        )
        if term is None or not ends:
            raise needs_brackets(token.typed, token.column)
        return self._negative(minus, term) if minus else term

    def _called_with(self, token: Token, name: str, terms: list[Term]) -> Term:
        function = FUNCTIONS[name]
        self._check_count(token, function, len(terms))
        if function.note:
            self._note(function.note)
        if name in ("pow", "mod"):
            return self._operation(token._replace(text="^" if name == "pow" else "%"), *terms)
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

    def _note(self, note: Note) -> None:
        if note not in self.notes:
            self.notes = (*self.notes, note)

    # Terms

    def _leaf(self, node: Node, latex: str, level: int, text: str, firm: int) -> Term:
        self._counted(1)
        return Term(node, latex, level, text, firm)

    def _operation(self, operator: Token, a: Term, b: Term) -> Term:
        operation = OPERATORS[operator.text]
        latex, text = _operation_latex(operation, a, b), _operation_text(operator.text, a, b)
        if operation == "mod":
            self._note(FUNCTIONS["mod"].note)  # type: ignore[arg-type]
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

    def _negative(self, sign: Token, term: Term) -> Term:
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
        """A term of others. Raises FormulaError for one that is too large, or has no finite value."""
        self._counted(count)
        first, *others = terms
        # A sum of many terms is no deeper than one of two, nor is a product.
        same = rank is not None and first.rank == rank
        depth = max(first.depth + (not same), *(term.depth + 1 for term in others)) if others else first.depth + 1
        if depth > MAX_DEPTH:
            raise self._too_deep(token)
        node = build(self.graph, *(term.node for term in terms))
        value = self.graph.value(node)
        if value is not None and not isfinite(value):
            raise FormulaError("Column {column}: this part has no finite value.", token.column)
        return Term(node, *latex, *text, depth, rank)

    def _counted(self, count: int) -> None:
        self._count += count
        if self._count > MAX_NODES:
            raise FormulaError("The formula has more than {most} numbers, letters and operations.", most=MAX_NODES)

    def _too_deep(self, token: Token) -> FormulaError:
        return FormulaError("Column {column}: the formula is more than {most} deep here.", token.column, most=MAX_DEPTH)


def _shown(token: Token) -> str:
    return token.typed or token.text


# LaTeX and text, in the order in which the person wrote it


def _within(term: Term, level: int) -> str:
    return term.latex if term.level >= level else rf"\left({term.latex}\right)"


def _inside(term: Term, firm: int) -> str:
    return term.text if term.firm >= firm else f"({term.text})"


def _number(value: float) -> tuple[str, int, str, int]:
    """A number as LaTeX and as text, and how firmly each holds together."""
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
    if mark == "%":  # which an address has for other things
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
