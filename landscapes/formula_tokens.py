"""Second stage of reading a formula: split it into tokens and find out which letters are the coordinates."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from landscapes.formula_error import FormulaError, Note
from landscapes.formula_functions import CONSTANTS, FUNCTIONS, function_named
from landscapes.formula_spelling import GREEK, Spelling, unknown

MAX_NUMBER = 1e6
COORDINATES = frozenset("xyXY")


class Token(NamedTuple):
    """A token of a formula: a number, a letter, a constant, a function or a mark, with the column where it begins.

    text       its canonical name; x or y for a coordinate
    typed      the text as typed
    gap        whether a blank precedes it
    subscript  the index of a letter: 1 for x₁
    """

    kind: str
    text: str
    column: int
    typed: str = ""
    gap: bool = False
    subscript: str = ""


class Tokens(NamedTuple):
    """The tokens of a formula, and notes for the user on how its letters were read."""

    tokens: tuple[Token, ...]
    notes: tuple[Note, ...]


def tokens_of(spelling: Spelling) -> Tokens:
    """Split a formula into tokens.

    Raises FormulaError for text that cannot be part of a formula, and if the coordinates are ambiguous.
    """
    body, named = _without_header(spelling)
    tokens = _matlab_indices(list(_Pieces(body, named).all()))
    return _with_coordinates(tokens, named)


# The header of a formula

_LETTER = r"(?:[A-Za-z]|" + "|".join(GREEK) + r")(?:_?\d)?"
_PAIR = rf"\(?\s*(?P<{{0}}1>{_LETTER})\s*(?:,\s*(?P<{{0}}2>{_LETTER})\s*)?\)?"
_HEADER = re.compile(
    r"\s*(?:"
    + r"[A-Za-z]\w{0,11}\s*(?=\()" + _PAIR.format("f") + r"\s*:?=(?![=>])"  # f(x, y) =
    + r"|@\s*(?=\()" + _PAIR.format("m")  # Matlab
    + r"|lambda\s(?!.*\).*:)" + _PAIR.format("p") + ":"  # Python
    + r"|(?=\()" + _PAIR.format("j") + r"\s*=>"  # JavaScript
    + r"|(?!\s*[xyXY]\s*:?=)[A-Za-z]\w{0,11}\s*:?=(?!=)|="  # z =, and a spreadsheet's sign
    + r")\s*",
    re.ASCII,
)  # fmt: skip
"""A header that may precede a formula. The letters in `f(u, v) =` are its coordinates."""


def _without_header(spelling: Spelling) -> tuple[Spelling, tuple[str, ...]]:
    """The formula without its header, and the names of the coordinates in the header."""
    spelling = spelling.cut(0, len(spelling.text.rstrip("; \n\r")))
    header = _HEADER.match(spelling.text)
    if header is None:
        return spelling, ()
    names = tuple(name.replace("_", "") for name in header.groupdict().values() if name)
    return spelling.cut(header.end()), names


# Tokens

_MODULES = r"(?:(?:np|numpy|math|Math|torch|tf|jnp|jax|sp|sympy|tensorflow|nn|functional|F|special|scipy)\s*\.\s*)+"
_PIECE = re.compile(
    r"(?P<coded>0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+)|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    rf"|(?P<module>{_MODULES}(?=[A-Za-z]))|(?P<run>[A-Za-z]+)"
    r"|(?P<mark>\*\*|\.\*\*?|\.[/^]|[-+*/^%(),;|\[\]{}])|(?P<blank> +)",
    re.ASCII,
)
_INDEX = re.compile(r"_?(?P<digits>\d+)|_[({](?P<braced>\d+)[)}]|(?P<square>\[\d\])", re.ASCII)
_SAME = {"**": "^", ".**": "^", ".^": "^", ".*": "*", "./": "/", ";": ","}
_WITH_DIGITS = {"log10": "log10", "log2": "log2", "log1p": "log1p", "expm1": "expm1", "exp2": "exp2", "atan2": "atan2",
                "arctan2": "atan2", "lg2": "log2"}  # fmt: skip
_ONE_VALUE = "|".join(sorted((name for name, each in FUNCTIONS.items() if each.most == 1), key=len, reverse=True))


class _Pieces:
    """The lexer: splits a text into tokens."""

    def __init__(self, spelling: Spelling, named: Sequence[str]) -> None:
        self.text, self.columns = spelling
        self.here, self.gap, self.module = 0, False, False
        self.marks = ""  # the marks just before the current position
        self.coordinates = COORDINATES | {name for name in named if len(name) == 1}

    def all(self) -> Iterator[Token]:
        """Yield all tokens. Raises FormulaError for anything but numbers, known names and marks."""
        while self.here < len(self.text):
            piece, column = _PIECE.match(self.text, self.here), self.columns[self.here]
            if piece is None:
                raise _misplaced(self.text[self.here], column)
            word, start = piece.group(), self.here
            self.here = piece.end()
            if piece["coded"] and len(word) > 2:
                raise FormulaError("Column {column}: “{number}” is no decimal number.", column, number=word)
            if piece["number"]:
                if not float(word) <= MAX_NUMBER:
                    raise FormulaError(
                        "Column {column}: “{number}” is too large; a number is {most:g} at most.",
                        column, number=word, most=MAX_NUMBER,
                    )  # fmt: skip
                yield Token("number", word, column, word, self.gap)
            elif piece["run"]:
                yield from self.names(word, start)
            elif piece["mark"]:
                yield Token("mark", _SAME.get(word, word), column, word, self.gap)
                self.marks += _SAME.get(word, word)
            if piece["number"] or piece["run"]:
                self.marks = ""
            self.gap = bool(piece["blank"]) or (self.gap and bool(piece["module"]))
            self.module = bool(piece["module"])

    def names(self, run: str, start: int) -> Iterator[Token]:
        """Yield the tokens of a run of letters, which may have an index."""
        column = self.columns[start]
        index = _INDEX.match(self.text, self.here)
        digits = (index["digits"] or index["braced"] or index["square"][1:-1]) if index else ""
        p = "p" * self.text.startswith("1p", self.here)
        for length in range(len(run), 0, -1):  # log10, also after a coordinate: xlog10
            before, name = run[: len(run) - length], run[len(run) - length :]
            known = _WITH_DIGITS.get(f"{name.lower()}{digits}{p}")
            if known and not (index and index["square"]) and not set(before) - self.coordinates:
                end = index.end() + len(p) if index else self.here
                clear = "_" in self.text[self.here : end] or not self.text[end : end + 1].isalnum()
                if not clear:
                    raise needs_brackets(f"{name}{digits}", column)
                self.check_binding([*before, name], column)
                yield from self.letters(before, start)
                _check_case(f"{name}{digits}{p}", column, self.module)
                yield Token("function", known, self.columns[start + len(before)], f"{name}{digits}{p}", self.gap)
                self.here = end
                return
        bracket = self.text[self.here :].lstrip(" ").startswith("(")
        pieces = self.split(run, bracket, bool(index))
        if pieces is None:
            template = "Column {column}: “{name}” is not a known name."
            if bracket:
                template = "Column {column}: “{name}” is not a known function."
            raise FormulaError(template, column, name=run)
        self.check_binding(pieces, column)
        for place, piece in enumerate(pieces):
            at = self.columns[start + len("".join(pieces[:place]))]
            gap = self.gap and not place
            if len(piece) > 1 and function_named(piece):
                _check_case(piece, at, self.module)
                yield Token("function", function_named(piece), at, piece, gap)
            elif piece.lower() in CONSTANTS and (piece != "E" or "E" not in self.coordinates):
                yield Token("constant", piece.lower(), at, piece, gap)
            else:
                yield Token("letter", piece, at, piece, gap)
                if index and place == len(pieces) - 1:
                    self.here = index.end()
                    style = "[" if index["square"] else "_" if "_" in index.group() else ""
                    yield Token("index", digits, at, style)

    def check_binding(self, pieces: list[str], column: int) -> None:
        """Raise FormulaError for e^xy and 1/xy, where the usual meaning differs from the rules of precedence."""
        if len(pieces) > 1 and not function_named(pieces[0]) and re.search(r"[/^][-+]?$", self.marks):
            raise FormulaError(
                "Column {column}: put “{name}” in brackets, or a sign between its letters.",
                column,
                name="".join(pieces),
            )

    def letters(self, run: str, start: int) -> Iterator[Token]:
        for place, letter in enumerate(run):
            yield Token("letter", letter, self.columns[start + place], letter, self.gap and not place)

    def split(self, run: str, bracket: bool, indexed: bool) -> list[str] | None:
        """Split a run of letters into names; None if it is ambiguous."""
        if function_named(run) or run.lower() in CONSTANTS or len(run) == 1 or (run in GREEK and indexed):
            return [run]
        ours = "".join(sorted(self.coordinates))
        last = "[A-Za-z]?" if indexed else f"[{ours}]?"
        if product := re.fullmatch(rf"((?:pi|[{ours}])*)({_ONE_VALUE})({last})", run):
            return [*re.findall("pi|.", product[1]), product[2], *product[3]]
        pieces = re.findall("pi|.", run)
        if indexed and len(pieces) == 2:
            return pieces
        plain = set(pieces) <= self.coordinates | CONSTANTS.keys()
        return pieces if set(pieces) & self.coordinates and (plain or (len(pieces) <= 3 and not bracket)) else None


def _misplaced(c: str, column: int) -> FormulaError:
    if c in "=<>":
        return FormulaError(
            "Column {column}: “{character}” has no place here; write only what the height is, in x and y.",
            column, character=c,
        )  # fmt: skip
    return unknown(c, column)


def needs_brackets(name: str, column: int) -> FormulaError:
    """The error for a function whose argument is ambiguous."""
    return FormulaError("Column {column}: put in brackets what “{name}” is taken of.", column, name=name)


def _check_case(name: str, column: int, module: bool) -> None:
    """Raise FormulaError for a name in capitals that means something else in a spreadsheet."""
    if name == "LOG" and not module:
        raise FormulaError(
            "Column {column}: “LOG” is to base 10 in spreadsheets, and natural elsewhere: write log10 or ln.", column
        )
    if name == "ATAN2" and not module:
        raise FormulaError(
            "Column {column}: “ATAN2” takes x first in spreadsheets, and y first elsewhere: write atan2(y, x).", column
        )


# Coordinates


def _matlab_indices(tokens: list[Token]) -> list[Token]:
    """The tokens with x(1) and x(2) as indexed letters, if x occurs only so and there is no y."""

    def index(place: int) -> str:
        opened, number, closed = ([*tokens[place + 1 : place + 4], *[Token("", "", 0)] * 3])[:3]
        fits = (opened.text, closed.text) == ("(", ")") and number.text in ("1", "2") and not opened.gap
        return number.text if fits else ""

    places = [place for place, token in enumerate(tokens) if token.kind == "letter"]
    found = {tokens[place].text: {index(place)} for place in places}
    for place in places:
        found[tokens[place].text].add(index(place))
    indexed = [name for name, indices in found.items() if indices == {"1", "2"}]
    if len(indexed) != 1 or (COORDINATES - {indexed[0]}) & found.keys():
        return tokens
    out, here = list[Token](), 0
    while here < len(tokens):
        out.append(tokens[here])
        if here in places and tokens[here].text == indexed[0]:
            out.append(Token("index", index(here), tokens[here].column, "_"))
            here += 3
        here += 1
    return out


def _with_coordinates(tokens: list[Token], named: Sequence[str]) -> Tokens:
    """The tokens with the coordinates renamed to x and y. Raises FormulaError if the coordinates are ambiguous."""
    letters = list[Token]()
    for token in tokens:
        if token.kind == "index":
            letters[-1] = letters[-1]._replace(subscript=token.text, typed=token.typed)
        else:
            letters.append(token)
    found = [token for token in letters if token.kind == "letter"]
    coordinates = _coordinates(found, named) if found else {}
    new = tuple(
        token._replace(text=coordinates.get((token.text, token.subscript), token.text))
        if token.kind == "letter"
        else token
        for token in letters
    )
    return Tokens(new, tuple(_notes(coordinates)))


def _coordinates(letters: list[Token], named: Sequence[str]) -> Mapping[tuple[str, str], str]:
    """The axis, x or y, of each coordinate, by name and index."""
    names = {(token.text, token.subscript): token for token in letters}
    plain = [name for name in names if not name[1] and name[0] in COORDINATES]
    indexed = [name for name in names if name[1]]
    if named and not set(named) <= {"x", "y"}:
        pairs = [(name.rstrip("0123456789"), name[len(name.rstrip("0123456789")) :]) for name in named]
        _check_alone(names, [name for name in (*plain, *indexed) if name not in pairs], pairs)
        return dict(zip(pairs, "xy", strict=False))
    if indexed:
        return _indexed(names, plain, indexed)
    small = [name for name in plain if name[0].islower()]
    if small and len(small) < len(plain):
        _check_alone(names, [name for name in plain if name not in small], small)
    return {name: name[0].lower() for name in plain}


def _indexed(
    names: Mapping[tuple[str, str], Token], plain: list[tuple[str, str]], indexed: list[tuple[str, str]]
) -> Mapping[tuple[str, str], str]:
    bases = {base for base, _ in indexed}
    _check_alone(names, [*plain, *(name for name in indexed if name[0] != indexed[0][0])], indexed[:1])
    (base,) = bases
    indices = sorted({index for _, index in indexed})
    column = names[indexed[-1]].column
    if len(indices) > 2 or not (set(indices) <= {"1", "2"} or set(indices) <= {"0", "1"}):
        raise FormulaError(
            "Column {column}: a surface has two coordinates, with the indices 1 and 2, or 0 and 1; here are {names}.",
            column, names=", ".join(_shown(base, index) for index in indices),
        )  # fmt: skip
    style = names[indexed[0]].typed
    if (indices == ["2"] and not style) or (indices == ["1"] and style == "["):
        raise FormulaError(
            "Column {column}: “{name}” stands alone. Write x^2 for a power, or both coordinates with an index.",
            column, name=f"{base}[1]" if style == "[" else f"{base}{indices[0]}",
        )  # fmt: skip
    return {(base, index): "y" if index == "2" or (index == "1" and "0" in indices) else "x" for index in indices}


def _check_alone(names: Mapping[tuple[str, str], Token], others: Sequence[tuple[str, str]], first: Iterable) -> None:
    """Raise FormulaError if coordinates of another kind occur beside the first."""
    for name in others:
        if name in names:
            raise FormulaError(
                "Column {column}: “{name}” stands beside “{other}”. The coordinates are x and y, or one letter with "
                "two indices, such as x1 and x2; any other letter is a slider and has no index.",
                names[name].column, name=_shown(*name), other=_shown(*next(iter(first))),
            )  # fmt: skip


def _shown(base: str, index: str) -> str:
    """A letter with its index in mathematical notation: θ₁."""
    letter = unicodedata.lookup(f"GREEK SMALL LETTER {base.replace('lambda', 'lamda')}") if base in GREEK else base
    return letter + index.translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def _notes(coordinates: Mapping[tuple[str, str], str]) -> Iterator[Note]:
    shown = {axis: _shown(*name) for name, axis in coordinates.items()}
    other = {axis: name for axis, name in shown.items() if axis != name}
    if len(other) == 2:
        yield Note("{first} is x, and {second} is y.", {"first": other["x"], "second": other["y"]})
    elif other:
        ((axis, name),) = other.items()
        yield Note("{name} is {axis}.", {"name": name, "axis": axis})
