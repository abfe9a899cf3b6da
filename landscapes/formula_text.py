"""Third stage of reading a formula: the parser, which turns tokens into a graph, LaTeX and the text of a link.

Nothing of the text is ever executed. The stages before it refuse unknown characters (`landscapes.formula_spelling`) and
unknown names (`landscapes.formula_tokens`).
"""

from dataclasses import dataclass

from landscapes.formula_error import FormulaError, Note
from landscapes.formula_functions import CONSTANTS, FUNCTIONS, TRIGONOMETRIC
from landscapes.formula_graph import Graph, Node
from landscapes.formula_spelling import spelled
from landscapes.formula_terms import ATOM, MAX_DEPTH, Term, TermBuilder, too_deep, written_number
from landscapes.formula_tokens import MAX_NUMBER, Token, needs_brackets, tokens_of

__all__ = ["MAX_NUMBER", "FormulaError", "Note", "Written", "read"]

MAX_LENGTH = 300
MAX_PARAMETERS = 6
BLANKS = " \t\r\n"
"""Characters that may surround a formula. A line break within a formula is refused as ambiguous."""


@dataclass(frozen=True)
class Written:
    """A parsed formula.

    graph, value  the graph, and the node of the formula's value
    latex         the formula in the order in which it was typed
    text          the same in ASCII, for a link: parsing it again gives the same graph and the same text
    parameters    its letters except x and y
    notes         how ambiguous parts were read
    """

    graph: Graph
    value: Node
    latex: str
    text: str
    parameters: tuple[str, ...]
    notes: tuple[Note, ...]


def read(text: str) -> Written:
    """Parse a formula that a user typed. Raises FormulaError for anything but a formula within the size limits.

    The sign of a product may be omitted: `2x`, `xy`, `3(x + 1)`, `x sin(y)`; such a product has the usual precedence,
    so that `1/2x` is x/2. `^` is `**`; powers bind first and from the right, and `-x^2` is -(x^2).
    """
    _check_length(len(text))
    text = text.rstrip(BLANKS)
    start = len(text) - len(text.lstrip(BLANKS))
    tokens, notes = tokens_of(spelled(" " * start + text[start:]))
    parser = _Parser(tokens)
    term = parser.whole()
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
    return Written(
        parser.terms.graph, term.node, term.latex, term.text, tuple(parameters), (*notes, *parser.terms.notes)
    )


def _check_length(length: int) -> None:
    if length > MAX_LENGTH:
        raise FormulaError("A formula has {most} characters at most, not {length}.", most=MAX_LENGTH, length=length)


BRACKETS = {"(": ")", "[": "]", "{": "}"}
END = Token("end", "", 0)


class _Parser:
    """A recursive-descent parser with one method per rule of the grammar.

    sum = product (("+" | "-") product)*
    product = signed (("*" | "/" | "%") signed | power)*
    signed = ("+" | "-")* power
    power = atom ("^" signed)?
    """

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self.terms = TermBuilder()
        self._tokens = tokens
        self._here = 0
        self._opened: list[tuple[str, Token]] = []  # the closing mark of each open bracket, and the bracket
        self._tower = 0  # the number of nested exponents

    def whole(self) -> Term:
        """Parse the whole formula. Raises FormulaError."""
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
        """Consume and return the next token if it is one of these marks; otherwise return None."""
        token = self._next
        if token.kind != "mark" or token.text not in marks:
            return None
        self._here += 1
        return token

    def _starts(self, token: Token) -> bool:
        """Whether this token can begin a value."""
        return token.kind in ("number", "letter", "constant", "function") or token.text in (*BRACKETS, "|")

    def _unexpected(self) -> FormulaError:
        """The error for a token where the formula, or a part of it, should have ended."""
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
            term = self.terms.operation(sign, term, self._product())
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
            term = self.terms.operation(operator, term, right)._replace(barred=right.barred)

    def _signed(self) -> Term:
        signs = list[Token]()
        while sign := self._take("+", "-"):
            signs.append(sign)
        term = self._power()
        for sign in reversed(signs):
            if sign.text == "-":
                term = self.terms.negative(sign, term)
        return term

    def _power(self) -> Term:
        term = self._atom()
        if operator := self._take("^"):
            term = self.terms.operation(operator, term, self._exponent(operator))
        return term

    def _exponent(self, operator: Token) -> Term:
        self._tower += 1
        if self._tower > MAX_DEPTH:
            raise too_deep(operator)
        term = self._signed()
        self._tower -= 1
        return term

    def _atom(self) -> Term:
        token = self._next
        self._here += 1
        if token.kind == "number":
            return self.terms.leaf(self.terms.graph.number(float(token.text)), *written_number(float(token.text)))
        if token.kind == "constant":
            value, latex = CONSTANTS[token.text]
            if [each.text for each in self._tokens[self._here : self._here + 2]] == ["(", ")"]:
                self._here += 2  # PI() of spreadsheets
            return self.terms.leaf(self.terms.graph.number(value), latex, ATOM, token.text, ATOM)
        if token.kind == "letter":
            return self.terms.leaf(self.terms.graph.variable(token.text), token.text, ATOM, token.text, ATOM)
        if token.kind == "function":
            return self._function(token)
        if token.text == "|":
            (inside,) = self._within_brackets("|", token, False)
            return self.terms.call(token, "abs", [inside])._replace(barred=True)
        if token.text in BRACKETS:
            (inside,) = self._within_brackets(BRACKETS[token.text], token, False)
            return inside._replace(barred=False)
        raise self._missing(token)

    def _missing(self, token: Token) -> FormulaError:
        """The error for a token where a value should begin."""
        if token.kind == "end":
            last = self._tokens[-1]
            return FormulaError("Column {column}: something is missing after “{text}”.", last.column, text=_shown(last))
        if token.text == ")" and self._here < 2:
            return FormulaError("Column {column}: this bracket was never opened.", token.column)
        return FormulaError("Column {column}: something is missing before “{text}”.", token.column, text=_shown(token))

    def _within_brackets(self, closes: str, opened: Token, several: bool) -> list[Term]:
        """Parse up to the closing bracket: one value or, if `several`, values separated by commas."""
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
        """Whether a bracket follows the next token without a blank."""
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
            terms = [self.terms.call(bar, "abs", inside)]
        else:
            terms = [self._bare_argument(token)]
        term = self.terms.call(token, name, terms)
        return term if exponent is None else self.terms.operation(operator or token, term, exponent)

    def _atom_exponent(self, operator: Token) -> Term:
        """Parse the exponent between a function and its argument: a number with an optional sign."""
        start = self._here
        opened = self._take("(", "{")
        minus = self._take("-")
        number = self._next
        self._here += 1
        if number.kind != "number" or (opened and not self._take(BRACKETS[opened.text])):
            self._here = start
            raise needs_brackets(self._tokens[start - 2].typed, self._tokens[start - 2].column)
        value = float(number.text)
        term = self.terms.leaf(self.terms.graph.number(value), *written_number(value))
        return self.terms.negative(operator, term) if minus else term

    def _inverse(self, token: Token) -> str:
        inverse = FUNCTIONS[token.text].inverse
        if not inverse:
            raise needs_brackets(token.typed, token.column)
        self.terms.note(
            Note("“{name}⁻¹” is the inverse function, {inverse}.", {"name": token.text, "inverse": inverse})
        )
        return inverse

    def _bare_argument(self, token: Token) -> Term:
        """Parse the argument of a function without brackets where it is unambiguous: sin x, sin 2x, cos 2πx, ln x²."""
        root = token.text in ("sqrt", "cbrt")
        glued = self._next.kind == "number" and not self._next.gap and token.typed not in TRIGONOMETRIC
        start = self._here
        minus = None if root else self._take("-")
        term: Term | None = None
        while self._next.kind == "constant" or (self._next.kind == "number" and term is None):
            factor = self._next
            term = self._atom() if term is None else self.terms.operation(factor._replace(text="*"), term, self._atom())
        doubtful = term is not None and (root or (glued and self._here == start + 1))
        if self._next.kind == "letter" and not doubtful:
            letter = self._next
            power = self._atom() if root else self._power()
            term = power if term is None else self.terms.operation(letter._replace(text="*"), term, power)
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
        return self.terms.negative(minus, term) if minus else term


def _shown(token: Token) -> str:
    return token.typed or token.text
