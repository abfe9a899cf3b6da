"""From a person's text to a formula: an allow-list of what may be written, over Python's syntax tree.

Nothing of the text is ever run. It is cut into numbers, known names and marks; what is not one of these is refused.
Only then does Python's own grammar say what belongs together, in a text that is written here from those pieces.
"""

import ast
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import e, isfinite, pi
from typing import Any, NamedTuple

from landscapes.formula_graph import Graph, Node

MAX_LENGTH = 200
MAX_NODES = 100
MAX_DEPTH = 20
MAX_NUMBER = 1e6
MAX_EXPONENT = 64
MAX_PARAMETERS = 6

CONSTANTS: Mapping[str, tuple[float, str]] = {"pi": (pi, r"\pi"), "e": (e, "e")}

FUNCTIONS: Mapping[str, tuple[str, str]] = {
    "sin": ("sin", r"\sin"),
    "cos": ("cos", r"\cos"),
    "tan": ("tan", r"\tan"),
    "asin": ("asin", r"\arcsin"),
    "acos": ("acos", r"\arccos"),
    "atan": ("atan", r"\arctan"),
    "sinh": ("sinh", r"\sinh"),
    "cosh": ("cosh", r"\cosh"),
    "tanh": ("tanh", r"\tanh"),
    "exp": ("exp", ""),
    "log": ("log", r"\log"),
    "ln": ("log", r"\ln"),
    "sqrt": ("sqrt", ""),
    "abs": ("abs", ""),
    "sign": ("sign", r"\operatorname{sign}"),
    "min": ("min", r"\min"),
    "max": ("max", r"\max"),
}
"""What a person may call: the operation it stands for, and its LaTeX where that is a name. `log` is the natural one."""

OF_MANY = {"min", "max"}
"""Functions of two values or more; all others take one."""

INSTEAD = {
    **{sign: "-" for sign in "−–—‐‑"},
    **{sign: "*" for sign in "×·⋅∙•∗"},
    **{"÷": "/", "∕": "/", "⁄": "/", "π": "pi", "√": "sqrt", "ℯ": "e", "²": "^2", "³": "^3", "⁴": "^4"},
    **{"[": "(", "]": ")", "{": "(", "}": ")", "|": "abs( )", ";": ",", "\N{NO-BREAK SPACE}": " "},
}
"""What to write for a character that formulas on paper or on the web have."""


class FormulaError(ValueError):
    """A text that is no formula, or one that is too large. `str()` says what is wrong with it in one English sentence.

    To translate it, translate `template` and fill in `values`; `column` counts from 1, and is None where no place is
    to blame.
    """

    def __init__(self, template: str, column: int | None = None, **values: Any) -> None:
        self.template = template
        self.column = column
        self.values = {name: _brief(value) for name, value in values.items()}
        if column is not None:
            self.values["column"] = column
        super().__init__(template.format(**self.values))


class Token(NamedTuple):
    """A piece of the text: a number, a name, a function or one of the marks, and the column of its first character."""

    kind: str
    text: str
    column: int


@dataclass(frozen=True)
class Written:
    """A formula that has been read: its graph and the node of its value, its LaTeX, and its letters but for x and y."""

    graph: Graph
    value: Node
    latex: str
    parameters: tuple[str, ...]


def read(text: str) -> Written:
    """What a person's text says. Raises FormulaError for everything that is not a formula within the caps.

    Products may leave out their sign before a name or a bracket: `2x`, `3(x + 1)`, `x(y + 1)`. They bind like those
    with a sign: `1/2x` is x/2. `^` is `**`, powers bind first and from the right, and `-x^2` is -(x^2).
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError("A formula has {most} characters at most, not {length}.", most=MAX_LENGTH, length=len(text))
    tokens = _with_products(_tokens(text.rstrip(" \n")))
    python, columns = "", list[int]()
    for token in tokens:
        # Python sees a number as a float that is written here: it never makes a whole number of any size.
        piece = repr(float(token.text)) if token.kind == "number" else token.text
        python += piece
        columns += [token.column] * len(piece)
    try:
        tree = ast.parse(python, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise FormulaError("This cannot be read as a formula: write one in x and y, such as x^2 + 3*y^2.") from None
    reader = Reader(columns)
    term = reader.term(tree, 1)
    parameters = sorted({token.text for token in tokens if token.kind == "letter"} - {"x", "y"})
    if len(parameters) > MAX_PARAMETERS:
        raise FormulaError(
            "A formula has {most} letters besides x and y at most, not {count}.",
            most=MAX_PARAMETERS, count=len(parameters),
        )  # fmt: skip
    return Written(reader.graph, term.node, term.latex, tuple(parameters))


# Pieces

_PIECE = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z]+\d*)|(?P<mark>\*\*|[-+*/^(),])|(?P<space> +)",
    re.ASCII,
)


def _tokens(text: str) -> list[Token]:
    """The pieces of a text, each of them known and finite."""
    tokens, here = list[Token](), 0
    while here < len(text):
        piece, column = _PIECE.match(text, here), here + 1
        if piece is None:
            raise _unknown_character(text[here], column)
        here = piece.end()
        word = piece.group()
        if piece["number"]:
            if not float(word) <= MAX_NUMBER:
                raise FormulaError(
                    "Column {column}: “{number}” is too large; a number is {most:g} at most.",
                    column, number=word, most=MAX_NUMBER,
                )  # fmt: skip
            tokens.append(Token("number", word, column))
        elif piece["name"]:
            bracket = text[here:].lstrip(" ").startswith("(")
            tokens.append(Token(_kind_of_name(word, bracket, column), word, column))
        elif piece["mark"]:
            tokens.append(Token("mark", "**" if word == "^" else word, column))
    return tokens


def _kind_of_name(name: str, bracket: bool, column: int) -> str:
    if name in FUNCTIONS:
        if bracket:
            return "function"
        raise FormulaError(
            "Column {column}: “{name}” needs what it is taken of in brackets: {name}(x).", column, name=name
        )
    if name in CONSTANTS:
        return "constant"
    if len(name) == 1 and name not in "XYE":  # these are more likely slips than parameters
        return "letter"
    near = _near(name, bracket)
    if bracket and near:
        template = "Column {column}: “{name}” is not a function I know; did you mean “{near}”?"
    elif bracket:
        template = "Column {column}: “{name}” is not a function I know."
    elif near:
        template = "Column {column}: “{name}” is not a name I know; did you mean “{near}”?"
    else:
        template = "Column {column}: “{name}” is not a name I know."
    raise FormulaError(template, column, name=name, **({"near": near} if near else {}))


def _near(name: str, bracket: bool) -> str:
    """What somebody who wrote `name` may have meant; empty where nothing is near."""
    if name in ("pow", "power"):
        return "^"
    if product := re.fullmatch(r"(?:pi|[xye])(?:pi|[xye])+", name):
        return "*".join(re.findall(r"pi|[xye]", product.group()))
    if power := re.fullmatch(r"([a-z])(\d+)", name):
        return "^".join(power.groups())
    if (product := re.fullmatch(r"([xy])([a-z]+)", name)) and product[2] in FUNCTIONS:
        return "*".join(product.groups())
    known = [*FUNCTIONS, *CONSTANTS, "x", "y"]
    if matches := get_close_matches(name.lower(), [word for word in known if not bracket or word in FUNCTIONS], 1):
        return matches[0]
    return "*".join(name) if len(name) in (2, 3) and name.isalpha() and {*name} & {*"xy"} else ""


def _unknown_character(character: str, column: int) -> FormulaError:
    shown = character if character.isprintable() and not character.isspace() else f"U+{ord(character):04X}"
    plain = unicodedata.normalize("NFKC", character)
    near = INSTEAD.get(character) or (plain if plain != character and _PIECE.fullmatch(plain) else "")
    if character in "=<>":
        template = "Column {column}: “{character}” has no place here; write only what the height is, in x and y."
    elif near:
        template = "Column {column}: “{character}” is not a character I know; did you mean “{near}”?"
    else:
        template = "Column {column}: “{character}” is not a character I know."
    values = {"near": near} if near and character not in "=<>" else {}
    return FormulaError(template, column, character=shown, **values)


def _with_products(tokens: list[Token]) -> list[Token]:
    """The same tokens with the products that were left out. Values and operators take turns, and brackets match."""
    out, opened = list[Token](), list[tuple[Token, str]]()  # open brackets, and the function that each belongs to
    value_next, function = True, ""
    for token in tokens:
        starts = token.kind != "mark" or token.text == "("
        if starts and not value_next:
            if token.kind == "number":
                raise FormulaError(
                    "Column {column}: an operator is missing before “{text}”.", token.column, text=token.text
                )
            out.append(Token("mark", "*", token.column))
        elif not starts and value_next and token.text not in "+-":
            raise FormulaError(
                "Column {column}: something is missing before “{text}”.",
                token.column, text="^" if token.text == "**" else token.text,
            )  # fmt: skip
        if token.text == "(":
            opened.append((token, function))
            if len(opened) > MAX_DEPTH:
                raise FormulaError(
                    "Column {column}: the brackets are more than {most} deep.", token.column, most=MAX_DEPTH
                )
        elif token.text == ")":
            if not opened:
                raise FormulaError("Column {column}: this bracket was never opened.", token.column)
            opened.pop()
        elif token.text == "," and not (opened and opened[-1][1] in OF_MANY):
            raise FormulaError(
                "Column {column}: a comma stands only between the values of min and max; decimals have a point.",
                token.column,
            )
        out.append(token)
        function = token.text if token.kind == "function" else ""
        value_next = token.kind == "function" or (token.kind == "mark" and token.text != ")")
    if not tokens:
        raise FormulaError("The formula is empty: write one in x and y, such as x^2 + 3*y^2.")
    if value_next:
        raise FormulaError(
            "Column {column}: something is missing after “{text}”.",
            tokens[-1].column, text="^" if tokens[-1].text == "**" else tokens[-1].text,
        )  # fmt: skip
    if opened:
        raise FormulaError("Column {column}: this bracket is never closed.", opened[-1][0].column)
    return out


# The tree

SUM, SIGNED, PRODUCT, POWER, ATOM = range(5)
"""How firmly a piece of LaTeX holds together."""


class Term(NamedTuple):
    """A part of a formula that has been read; `head` is the LaTeX of its function, for powers as sin² x."""

    node: Node
    latex: str
    level: int
    head: str = ""


OPERATORS: Mapping[type, str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
}


class Reader:
    """Turns a syntax tree into a graph and LaTeX by a list of what is allowed; all else is refused.

    `columns` holds the column in the person's text for each character of the text that the tree was made from.
    """

    def __init__(self, columns: list[int]) -> None:
        self.graph = Graph()
        self._columns = columns
        self._count = 0

    def term(self, tree: ast.expr, depth: int) -> Term:
        """Raises FormulaError."""
        self._count += 1
        if self._count > MAX_NODES:
            raise FormulaError("The formula has more than {most} numbers, letters and operations.", most=MAX_NODES)
        if depth > MAX_DEPTH:
            raise FormulaError(
                "Column {column}: the formula is more than {most} deep here.", self._column(tree), most=MAX_DEPTH
            )
        match tree:
            case ast.Constant(value=float(value)):
                return Term(self.graph.number(value), *_number_latex(value))
            case ast.Name(id=name) if name in CONSTANTS:
                return Term(self.graph.number(CONSTANTS[name][0]), CONSTANTS[name][1], ATOM)
            case ast.Name(id=name) if len(name) == 1 and name.isascii() and name.isalpha():
                return Term(self.graph.letter(name), name, ATOM)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.term(operand, depth + 1)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self.term(operand, depth + 1)
                return self._made(tree, "negative", [inner], f"-{_within(inner, PRODUCT)}", SIGNED)
            case ast.BinOp(op=op, left=left, right=right) if type(op) in OPERATORS:
                # A sum of many terms is no deeper than one of two, nor is a product.
                same = isinstance(left, ast.BinOp) and not isinstance(op, ast.Pow) and _rank(left.op) == _rank(op)
                a, b = self.term(left, depth + (not same)), self.term(right, depth + 1)
                return self._operation(tree, OPERATORS[type(op)], a, b)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
                return self._call(tree, name, [self.term(argument, depth + 1) for argument in arguments])
        raise FormulaError("Column {column}: this is nothing that a formula may hold.", self._column(tree))

    def _operation(self, tree: ast.BinOp, operation: str, a: Term, b: Term) -> Term:
        latex, level = _operation_latex(operation, a, b)
        exponent = self.graph.value(b.node)
        if operation == "power" and exponent is not None:
            if not abs(exponent) <= MAX_EXPONENT:
                raise FormulaError(
                    "Column {column}: the exponent {exponent:g} is too large; {most} is the most.",
                    self._column(tree.right), exponent=exponent, most=MAX_EXPONENT,
                )  # fmt: skip
            if exponent == 0.5:
                return self._made(tree, "sqrt", [a], latex, level)
        return self._made(tree, operation, [a, b], latex, level)

    def _call(self, tree: ast.Call, name: str, terms: list[Term]) -> Term:
        if len(terms) < 1 + (name in OF_MANY) or (len(terms) > 1 and name not in OF_MANY):
            raise FormulaError("Column {column}: “{name}” takes two values or more.", self._column(tree), name=name)
        operation, head = FUNCTIONS[name]
        inside = ", ".join(term.latex for term in terms)
        drawn = {
            "exp": (f"e^{{{inside}}}", POWER),
            "sqrt": (rf"\sqrt{{{inside}}}", ATOM),
            "abs": (rf"\left|{inside}\right|", ATOM),
        }
        latex, level = drawn.get(name, (rf"{head}\left({inside}\right)", ATOM))
        made = self._made(tree, operation, terms[:2], latex, level)
        for term in terms[2:]:
            made = self._made(tree, operation, [made, term], latex, level)
        return made._replace(head=head)

    def _made(self, tree: ast.expr, operation: str, terms: list[Term], latex: str, level: int) -> Term:
        node = self.graph.apply(operation, *(term.node for term in terms))
        value = self.graph.value(node)
        if value is not None and not isfinite(value):
            raise FormulaError("Column {column}: this part has no finite value.", self._column(tree))
        return Term(node, latex, level)

    def _column(self, tree: ast.expr) -> int:
        return self._columns[tree.col_offset] if tree.col_offset < len(self._columns) else 1


def _rank(operator: ast.operator) -> bool | None:
    """Whether an operator is one of products, or of sums; None for powers."""
    return None if isinstance(operator, ast.Pow) else isinstance(operator, ast.Mult | ast.Div)


# LaTeX, in the order in which the person wrote it


def _within(term: Term, level: int) -> str:
    return term.latex if term.level >= level else rf"\left({term.latex}\right)"


def _number_latex(value: float) -> tuple[str, int]:
    digits, _, exponent = f"{value:.15g}".partition("e")
    return (rf"{digits} \cdot 10^{{{int(exponent)}}}", PRODUCT) if exponent else (digits, ATOM)


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
    if a.head and b.latex.isdigit():
        return rf"{a.head}^{{{b.latex}}}{a.latex.removeprefix(a.head)}", POWER
    return f"{_within(a, ATOM)}^{{{b.latex}}}", POWER


def _brief(value: Any) -> Any:
    """What is repeated to the reader is short and printable, whatever was typed."""
    if not isinstance(value, str):
        return value
    shown = "".join(c if c.isprintable() else "?" for c in value[:40])
    return shown + "…" if len(value) > 40 else shown
