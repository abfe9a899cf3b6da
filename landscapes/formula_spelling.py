"""First stage of reading a formula: transliterate mathematical characters and LaTeX to plain ASCII.

This stage does not interpret the text. Every character of the result keeps the column that it comes from.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from landscapes.formula_error import FormulaError

MAX_GROUPS = 20
"""The maximal nesting depth of LaTeX groups."""

GREEK = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda", "mu", "nu", "xi",
         "rho", "sigma", "tau", "phi", "chi", "psi", "omega")  # fmt: skip
"""Greek letters that may name a coordinate with an index. `pi` is a number."""


class Spelling(NamedTuple):
    """A text in ASCII and, for each of its characters, the column of the original text, from 1."""

    text: str
    columns: tuple[int, ...]

    def cut(self, start: int, end: int | None = None) -> "Spelling":
        """The part from `start` to `end`."""
        return Spelling(self.text[start:end], self.columns[start:end])


Piece = tuple[str, int]
"""Characters of the result with the column that they come from."""


def spelled(text: str) -> Spelling:
    """Transliterate a text to ASCII. Raises FormulaError for an unknown character or LaTeX command."""
    pieces = list(_folded(text))
    if any(piece in ("\\", "$") for piece, _ in pieces):
        pieces = _Latex(pieces).read()
    columns = tuple(column for piece, column in pieces for _ in piece)
    return Spelling("".join(piece for piece, _ in pieces), columns)


# Characters

SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿˣʸ", "0123456789+-()nxy", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
SIGNS: Mapping[str, str] = {
    **dict.fromkeys("−–—‐‑‒﹣", "-"),
    **dict.fromkeys("×·⋅∙•∗✕✖⨯⨉・\N{INVISIBLE TIMES}", "*"),
    **dict.fromkeys("÷∕⁄➗", "/"),
    **dict.fromkeys("➕﹢", "+"),
    **dict.fromkeys("∣❘", "|"),
    **{"√": " sqrt ", "∛": " cbrt ", "⌊": " floor(", "⌋": ")", "⌈": " ceil(", "⌉": ")", "ℯ": "e", "ⅇ": "e", "ℎ": "h"},
    **dict.fromkeys("\t\N{ZERO WIDTH SPACE}\N{WORD JOINER}\N{FUNCTION APPLICATION}\ufeff", " "),
}
"""Characters with their ASCII equivalents. Further ones are recognised by their Unicode properties."""

COMPATIBLE = re.compile("[\uff01-\uff5e\ufe50-\ufe6b\U0001d400-\U0001d7ff]")
"""Full-width and small forms, and the letters and digits of mathematical alphabets: variants of plain characters."""


def _folded(text: str) -> Iterator[Piece]:
    """Yield the text in ASCII, character by character."""
    digits = ""  # the digits before a vulgar fraction, as in 1½
    here = 0
    while here < len(text):
        c, column = text[here], here + 1
        for marks, opened, closed in ((SUPERSCRIPTS, "^(", ")"), (SUBSCRIPTS, "_", "")):
            if c in marks:
                end = here
                while end < len(text) and text[end] in marks:
                    end += 1
                plain = "".join(marks[mark] for mark in text[here:end])
                lone = plain == "-"  # the sign of a number on some calculators
                yield (plain if lone else f"{opened}{plain}{closed}"), column
                here = end - 1
                break
        else:
            if COMPATIBLE.match(c):
                c = unicodedata.normalize("NFKC", c)
            if unicodedata.decomposition(c).startswith("<fraction>"):
                above, below = unicodedata.normalize("NFKC", c).split("⁄")
                if not below:
                    raise unknown(text[here], column)
                # 2½ is 2 + 1/2; after anything but a whole number, a vulgar fraction is a factor.
                yield (f"+{above}/{below})" if digits else f"({above}/{below})"), column
            elif c.isascii() and c.isdigit() and not digits and _mixed(text, here):
                yield f"({c}", column
            else:
                yield _character(c, text[here + 1 : here + 2], column), column
        digits = digits + c if c.isascii() and c.isdigit() else ""
        here += 1


def _mixed(text: str, here: int) -> bool:
    """Whether a whole number begins here and is followed by a vulgar fraction."""
    end = here
    while end < len(text) and text[end].isascii() and text[end].isdigit():
        end += 1
    before = text[here - 1] if here else " "
    return unicodedata.decomposition(text[end : end + 1] or " ").startswith("<fraction>") and not (
        before.isalnum() or before in "._"
    )


def _character(c: str, following: str, column: int) -> str:
    if c.isascii() and c.isprintable():
        return c
    if c in SIGNS:
        return SIGNS[c]
    if unicodedata.category(c) == "Zs":
        return " "
    name = unicodedata.name(c, "")
    letter = name.removeprefix("GREEK SMALL LETTER ").lower() if name.startswith("GREEK SMALL LETTER ") else ""
    letter = {"GREEK THETA SYMBOL": "theta", "GREEK PHI SYMBOL": "phi", "GREEK LUNATE EPSILON SYMBOL": "epsilon"}.get(
        name, "lambda" if letter == "lamda" else letter
    )
    if letter in (*GREEK, "pi"):
        return f" {letter}" + " " * following.isalpha()
    raise unknown(c, column)


def unknown(c: str, column: int) -> FormulaError:
    """The error for an unknown character."""
    shown = c if c.isprintable() and not c.isspace() else f"U+{ord(c):04X}"
    return FormulaError("Column {column}: “{character}” is not a known character.", column, character=shown)


# LaTeX

DROPPED = {"left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr",
           "displaystyle", "textstyle", "limits"}  # fmt: skip
COMMANDS: Mapping[str, str] = {
    **dict.fromkeys([",", ";", ":", "!", " ", "(", ")", "[", "]", "quad", "qquad", "thinspace"], " "),
    **dict.fromkeys(["cdot", "times", "ast"], "*"),
    **dict.fromkeys(["lvert", "rvert", "vert", "mid", "|"], "|"),
    **{"div": "/", "{": "{", "}": "}", "lbrace": "{", "rbrace": "}", "bmod": " mod ", "pi": " pi "},
    **{"lfloor": " floor(", "rfloor": ")", "lceil": " ceil(", "rceil": ")"},
    **{f"var{name}": f" {name}" for name in ("theta", "phi", "epsilon")},
}
WORDS = ("sin", "cos", "tan", "sec", "csc", "cot", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "coth", "exp",
         "log", "ln", "lg", "min", "max")  # fmt: skip
FRACTIONS = ("frac", "dfrac", "tfrac", "cfrac")
NAMES = ("operatorname", "mathrm", "text", "textrm", "mathit", "mathop")


class _Latex:
    """Replaces LaTeX commands by their ASCII equivalents. Braces stay, as they are brackets of a formula."""

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = [(c, column) for piece, column in pieces for c in piece]
        while self.pieces and self.pieces[-1][0] in "$ ":
            self.pieces.pop()
        self.here = 0
        while self.peek() in ("$", " "):
            self.here += 1
        self.depth = 0

    def peek(self) -> str:
        return self.pieces[self.here][0] if self.here < len(self.pieces) else ""

    def read(self, group: bool = False) -> list[Piece]:
        """Read up to the end or, in a `group`, up to its closing brace."""
        out: list[Piece] = []
        opened = 0
        while self.here < len(self.pieces):
            c, column = self.pieces[self.here]
            if group and c == "}" and not opened:
                break
            opened += (c == "{") - (c == "}")
            if c == "\\":
                out += self.command()
            elif c == "$":
                raise unknown(c, column)
            elif c == "_":
                self.here += 1
                out += [(c, column), *self.index()]
            else:
                self.here += 1
                out.append((c, column))
        return out

    def command(self) -> list[Piece]:
        column = self.pieces[self.here][1]
        self.here += 1
        name = self.peek()
        self.here += 1
        while name.isalpha() and self.peek().isalpha():
            name += self.peek()
            self.here += 1
        if name in DROPPED:
            while self.peek() == " ":
                self.here += 1
            self.here += self.peek() == "."  # an invisible bracket
            return []
        if name in FRACTIONS:
            above, below = self.argument(column), self.argument(column)
            return [("((", column), *above, (")/(", column), *below, ("))", column)]
        if name == "sqrt":
            return self.root(column)
        if name in NAMES:
            return [(" ", column), *self.argument(column), (" ", column)]
        if name in COMMANDS:
            return [(COMMANDS[name], column)]
        if name in WORDS or name in GREEK:
            return [(f" {name}" + " " * (self.peek() not in ("_", "^")), column)]
        raise FormulaError("Column {column}: the LaTeX command “{name}” cannot be read.", column, name=name)

    def root(self, column: int) -> list[Piece]:
        degree: list[Piece] = []
        if self.peek() == "[":
            self.here += 1
            while self.peek() not in ("]", ""):
                degree.append(self.pieces[self.here])
                self.here += 1
            self.here += 1
        inside = self.argument(column)
        text = "".join(piece for piece, _ in degree).strip()
        if text in ("", "2", "3"):
            return [(" cbrt(" if text == "3" else " sqrt(", column), *inside, (")", column)]
        if not text.isdigit():
            raise FormulaError("Column {column}: a root needs a whole number in its square brackets.", column)
        return [("((", column), *inside, (f")^(1/{text}))", column)]

    def argument(self, column: int) -> list[Piece]:
        """Read an argument: a group without its braces, or a single character or command."""
        while self.peek() == " ":
            self.here += 1
        self.depth += 1
        if self.depth > MAX_GROUPS:
            raise FormulaError("Column {column}: the brackets are more than {most} deep.", column, most=MAX_GROUPS)
        if self.peek() == "{":
            self.here += 1
            inside = self.read(group=True)
            if self.peek() != "}":
                raise FormulaError("Column {column}: this bracket is never closed.", column)
            self.here += 1
        elif self.peek() == "\\":
            inside = self.command()
        elif self.peek():
            inside = [self.pieces[self.here]]
            self.here += 1
        else:
            inside = []
        self.depth -= 1
        return inside

    def index(self) -> list[Piece]:
        """Read the digits of an index, without braces."""
        start = self.here
        if self.peek() != "{":
            return []
        inside = self.argument(self.pieces[start][1])
        if not "".join(piece for piece, _ in inside).isdigit():
            self.here = start
            return []
        return inside
