"""The trace of a step as MathML: each line as a formula and with numbers.

Browsers render MathML natively. Each number is an empty `<mn data-at="k">`, a placeholder for entry k of a step's row.
"""

import re
from dataclasses import dataclass
from html import escape
from html.entities import html5
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optim_core.objective import Array
from optim_core.optimizer import Optimizer, Wrapper, knob_of
from optim_core.step_trace import StepForm, StepTrace
from optim_core.tracing.tracer import Node

SUM, PRODUCT, ATOM = range(3)
"""Binding strength of the outermost operation of a formula; decides where brackets are needed."""

GUARD = 1e-300
"""Constants smaller than this only prevent a division 0 / 0 and are omitted from the formula."""

TIMES = "<mo>⋅</mo>"
THIN = '<mspace width="0.17em"/>'
AXES = ("x", "y")
LEADS_TO = "<mo>←</mo>"
EQUALS = "<mo>=</mo>"

SIGNS = {"less": "&lt;", "less_equal": "≤", "greater": "&gt;", "greater_equal": "≥", "equal": "=", "not_equal": "≠"}
NAMES = {"maximum": "max", "minimum": "min", "remainder": "mod"}
GLYPHS = {"infty": "∞", "epsilon": "ϵ", "phi": "ϕ"}
"""Characters of LaTeX names that HTML lacks, or has for another glyph."""
CALLS = {
    "value": "<mi>L</mi>",
    "gradient": "<mo>∇</mo><mi>L</mi>",
    "hessian": "<msup><mo>∇</mo><mn>2</mn></msup><mi>L</mi>",
}


class Piece(NamedTuple):
    """A part of a formula with its binding strength."""

    text: str
    level: int = ATOM


@dataclass(frozen=True)
class MathMLLine:
    """A line of a step: a variable, its formula and its value. All are MathML without the outer `<math>`.

    name     the name of the variable in the code
    head     the symbol of the variable
    formula  the formula in symbols, empty if it is the symbol itself
    numbers  the formula with numbers, empty if that adds nothing
    result   the placeholders of the value
    """

    name: str
    head: str
    formula: str
    numbers: str
    result: str


@dataclass(frozen=True)
class MathMLSteps:
    """The traces of all steps of a run.

    forms    the lines of each form that a step can have
    form     (steps,): the index of each step's form
    numbers  (steps, k): the values of the placeholders
    """

    forms: tuple[tuple[MathMLLine, ...], ...]
    form: NDArray[np.int64]
    numbers: Array


def steps_as_mathml(trace: StepTrace, optimizer: Optimizer, axes: tuple[str, str] = AXES) -> MathMLSteps:
    """Write the step traces of a run as MathML. `axes` are the names of the two parameters."""
    writers = [_Writer(form, optimizer, axes) for form in trace.forms]
    forms = tuple(tuple(writer.lines()) for writer in writers)
    numbers = np.full((len(trace.form), max((len(writer.used) for writer in writers), default=0)), np.nan)
    for place, writer in enumerate(writers):
        here = trace.form == place
        numbers[np.ix_(here, range(len(writer.used)))] = trace.numbers[np.ix_(here, list(writer.used))]
    return MathMLSteps(forms, trace.form, numbers)


class _Writer:
    """Writes one form. `used` maps entries of the whole row of numbers to entries of the row that is sent."""

    def __init__(self, form: StepForm, optimizer: Optimizer, axes: tuple[str, str]) -> None:
        self.form, self.optimizer, self.axes = form, optimizer, axes
        self.offsets = form.offsets
        self.named = {line.place: i for i, line in reversed(list(enumerate(form.lines))) if line.name != "theta"}
        self.used: dict[int, int] = {}
        self.line = 0

    def lines(self) -> list[MathMLLine]:
        return [self._written(i) for i in range(len(self.form.lines))]

    def _written(self, i: int) -> MathMLLine:
        self.line = i
        name, place = self.form.lines[i]
        alias = self.named.get(place, i) != i and self.named[place] < i
        formula = self.symbol(name) if self.form.nodes[place][0] == "search" else (
            self.variable(place) if alias else self.inside(place, False).text
        )  # fmt: skip
        numbers = "" if alias or not self._says_more(place) else self.inside(place, True).text
        return MathMLLine(
            name, self.symbol(name), "" if formula == self.symbol(name) else formula, numbers, self.slots(place)
        )

    def _says_more(self, place: int) -> bool:
        return self.form.nodes[place][0] not in ("search", "number", "state", "knob", "where")

    # One node

    def piece(self, place: int, numbers: bool) -> Piece:
        """A node inside a line: its variable if it has one, otherwise its expression."""
        kind = self.form.nodes[place][0]
        defined = place in self.named and self.named[place] < self.line
        # The case, and so the number, may differ between coordinates; the formula shows the cases.
        if numbers and (defined or kind in ("state", "knob", "objective", "search", "where")):
            return Piece(self.slots(place, signed=True))
        if numbers and kind == "item" and self._is_known(self.form.nodes[place][1]):
            return Piece(self.slots(place, signed=True))
        return Piece(self.variable(place)) if defined else self.inside(place, numbers)

    def _is_known(self, place: int) -> bool:
        return place in self.named or self.form.nodes[place][0] in ("state", "objective", "search")

    def inside(self, place: int, numbers: bool) -> Piece:
        """The expression of a node."""
        node = self.form.nodes[place]
        match node:
            case ("state" | "knob", _):
                return Piece(self.slots(place)) if numbers else Piece(self.variable(place))
            case ("search", *_):
                return Piece(self.slots(place))
            case ("number", value):
                return Piece(f"<mn>{_number(value)}</mn>", ATOM if value >= 0 else SUM)
            case ("objective", name, at):
                point = self.piece(at, numbers).text
                return Piece(f"{CALLS[name]}{_bracket(point)}")
            case ("item", of, indices):
                names = [self.axes[i] for i in indices]
                tag = "mi" if max(map(len, names)) == 1 else "mtext"
                index = f"<{tag}>{escape(('' if tag == 'mi' else ' ').join(names))}</{tag}>"
                base = self.piece(of, numbers)
                return Piece(f"<msub>{_row(self.within(base, ATOM))}{index}</msub>")
            case ("stack", *parts):
                return Piece(_column([self.piece(part, numbers).text for part in parts]))
        return self.operation(place, node, numbers)

    def operation(self, place: int, node: Node, numbers: bool) -> Piece:
        name, *places = node
        if product := self._inner_product(node):
            return self._written_product(*product, numbers)
        if name == "multiply":
            return self._factors(place, numbers)
        if name == "hypot" and (whole := self._whole(*places)):
            return Piece(f"<mo>‖</mo>{self.piece(whole[0], numbers).text}<mo>‖</mo>")
        if name == "maximum" and self._is_guard(places[1]):
            return self.piece(places[0], numbers)
        pieces = [self.piece(part, numbers) for part in places]
        texts = [piece.text for piece in pieces]
        match name:
            case "add" | "subtract":
                sign = "+" if name == "add" else "−"
                return Piece(f"{texts[0]}<mo>{sign}</mo>{self.within(pieces[1], PRODUCT)}", SUM)
            case "negative":
                return Piece(f'<mo form="prefix">−</mo>{self.within(pieces[0], PRODUCT)}', SUM)
            case "divide":
                return Piece(f"<mfrac>{_row(texts[0])}{_row(texts[1])}</mfrac>")
            case "sqrt":
                return Piece(f"<msqrt>{texts[0]}</msqrt>")
            case "square":
                return Piece(f"<msup>{_row(self.within(pieces[0], ATOM))}<mn>2</mn></msup>")
            case "power":
                return Piece(f"<msup>{_row(self.within(pieces[0], ATOM))}{_row(texts[1])}</msup>")
            case "absolute":
                return Piece(f"<mo>|</mo>{texts[0]}<mo>|</mo>")
            case "where":
                return Piece(_cases(texts))
            case _ if name in SIGNS:
                return Piece(f"{texts[0]}<mo>{SIGNS[name]}</mo>{texts[1]}", SUM)
        return Piece(f"<mi>{escape(NAMES.get(name, str(name)))}</mi>{_bracket('<mo>,</mo>'.join(texts))}")

    def _factors(self, place: int, numbers: bool) -> Piece:
        """A product with all its factors; a repeated factor becomes a square."""
        factors = self._flat(place, top=True)
        out: list[str] = []
        i = 0
        while i < len(factors):
            piece = self.piece(factors[i], numbers)
            text = (
                self.within(piece, PRODUCT)
                if i == 0 and not piece.text.startswith("<mo form")
                else self.within(piece, ATOM)
            )
            if i + 1 < len(factors) and factors[i + 1] == factors[i]:
                text = f"<msup>{_row(self.within(piece, ATOM))}<mn>2</mn></msup>"
                i += 1
            out.append(text)
            i += 1
        if len(out) == 1:
            return Piece(out[0])
        joined = out[0]
        for text in out[1:]:
            joined += (TIMES if numbers or text.startswith("<mn>") else THIN) + text
        return Piece(joined, PRODUCT)

    def _flat(self, place: int, top: bool = False) -> list[int]:
        node = self.form.nodes[place]
        defined = place in self.named and self.named[place] < self.line
        if node[0] != "multiply" or self._inner_product(node) or (defined and not top):
            return [place]
        return [*self._flat(node[1]), *self._flat(node[2])]

    def _inner_product(self, node: Node) -> tuple[int, int] | None:
        """The vectors a and b of an inner product a_x b_x + a_y b_y; None for other nodes."""
        nodes = self.form.nodes
        if node[0] != "add" or any(nodes[part][0] != "multiply" for part in node[1:]):
            return None
        (_, a0, b0), (_, a1, b1) = nodes[node[1]], nodes[node[2]]
        a, b = self._whole(a0, a1), self._whole(b0, b1)
        return (a[0], b[0]) if a and b else None

    def _written_product(self, a: int, b: int, numbers: bool) -> Piece:
        if a == b:
            return Piece(f"<msup><mrow><mo>‖</mo>{self.piece(a, numbers).text}<mo>‖</mo></mrow><mn>2</mn></msup>")
        left, right = (self.within(self.piece(part, numbers), ATOM) for part in (a, b))
        return Piece(f"<mo>⟨</mo>{left}<mo>,</mo>{right}<mo>⟩</mo>")

    def _whole(self, *entries: int) -> tuple[int] | None:
        """The vector whose components these are, in order; None if there is none."""
        nodes = [self.form.nodes[entry] for entry in entries]
        in_turn = [("item", nodes[0][1], (i,)) for i in range(len(nodes))]
        if nodes == in_turn:
            return (nodes[0][1],)
        return None

    def _is_guard(self, place: int) -> bool:
        node = self.form.nodes[place]
        return node[0] == "number" and 0 < node[1] < GUARD

    def within(self, piece: Piece, level: int) -> str:
        return piece.text if piece.level >= level else _bracket(piece.text)

    # Variables and numbers

    def variable(self, place: int) -> str:
        """The symbol of a node that is a variable."""
        node = self.form.nodes[place]
        if place in self.named:
            return self.symbol(self.form.lines[self.named[place]].name)
        match node:
            case ("state", (*_, name)):
                written = name in {line.name for line in self.form.lines[: self.line]}
                return f"<msub>{self.symbol(name)}<mtext>old</mtext></msub>" if written else self.symbol(name)
            case ("knob", path):
                return symbol(knob_of(self.optimizer, path).symbol)
        return "<mi>θ</mi>"

    def symbol(self, name: str) -> str:
        layer = self.optimizer
        while name not in layer.symbols and isinstance(layer, Wrapper):
            layer = layer.inner
        return symbol(layer.symbols.get(name) or latex_of(name))

    def slots(self, place: int, *, signed: bool = False) -> str:
        """Placeholders for the numbers of a node: a single one, a column or a matrix."""
        shape, begin = self.form.shapes[place], self.offsets[place]
        size = int(np.prod(shape))
        sign = ' data-signed=""' if signed and size == 1 else ""
        cells = [f'<mn data-at="{self.used.setdefault(begin + i, len(self.used))}"{sign}></mn>' for i in range(size)]
        if size == 1:
            return cells[0]
        width = shape[1] if len(shape) == 2 else 1
        return _table([cells[i : i + width] for i in range(0, size, width)])


def latex_of(name: str) -> str:
    """The LaTeX of a state variable by its name in the code, such as `m_hat`, `beta1_t`, `v_max` or a whole word."""
    head, _, rest = name.partition("_")
    base = re.fullmatch(r"([A-Za-z]+?)(\d*)", head)
    word, digits = base.groups() if base else (head, "")
    if len(word) > 1 and f"{word};" not in html5:
        return rf"\text{{{name.replace('_', ' ')}}}"
    letter = word if len(word) == 1 else rf"\{word}"
    if rest == "hat":
        return rf"\hat {letter}"
    lower = digits or ("" if rest in ("", "t") else rest)
    return letter + (f"_{{{lower}}}" if lower else "") + ("^t" if rest == "t" else "")


def symbol(latex: str) -> str:
    r"""A symbol of LaTeX as MathML: `\beta_1`, `\eta^-`, `\Delta_{\mathrm{min}}`, `\hat m`, `\text{jump}`."""
    latex = re.sub(r"\\mathrm\{(\w+)\}", r"\1", latex)
    if found := re.fullmatch(r"\\text\{([^}]*)\}", latex):
        return f"<mtext>{escape(found[1])}</mtext>"
    if found := re.fullmatch(r"\\(hat|tilde|bar|overline)\s*\{?([^}]*)\}?", latex):
        accent = {"hat": "^", "tilde": "~", "bar": "¯", "overline": "¯"}[found[1]]
        return f'<mover accent="true">{symbol(found[2])}<mo>{accent}</mo></mover>'
    script = r"\{([^}]*)\}|([^_^{}])"
    found = re.fullmatch(rf"([^_^]+)(?:_(?:{script}))?(?:\^(?:{script}))?", latex)
    if not found:
        return f"<mtext>{escape(latex)}</mtext>"
    lower, upper = (_script(found[i] or found[i + 1] or "") for i in (2, 4))
    base = _script(found[1].strip())
    if lower and upper:
        return f"<msubsup>{base}{lower}{upper}</msubsup>"
    return f"<msub>{base}{lower}</msub>" if lower else f"<msup>{base}{upper}</msup>" if upper else base


def _script(text: str) -> str:
    text = re.sub(r"\\([A-Za-z]+)", lambda found: GLYPHS.get(found[1]) or html5.get(f"{found[1]};", found[1]), text)
    if not text:
        return ""
    tag = "mn" if text.isdigit() else "mo" if text in "+-" else "mtext" if len(text) > 1 else "mi"
    return f"<{tag}>{escape(text.replace('-', '−'))}</{tag}>"


def _number(value: float) -> str:
    digits, _, exponent = f"{value:.6g}".replace("-", "−").partition("e")
    if not exponent:
        return digits
    power = exponent.lstrip("+").replace("−0", "−").lstrip("0")
    return f"{digits}</mn><mo>⋅</mo><msup><mn>10</mn><mn>{power}</mn></msup><mn>"


def _row(text: str) -> str:
    return f"<mrow>{text}</mrow>"


def _bracket(text: str) -> str:
    if _is_column(text):
        return text
    fixed = "" if any(tall in text for tall in ("<mtable", "<mfrac", "<msqrt")) else ' stretchy="false"'
    return f"<mrow><mo{fixed}>(</mo>{text}<mo{fixed}>)</mo></mrow>"


def _table(rows: list[list[str]]) -> str:
    body = "".join(f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in row)}</mtr>" for row in rows)
    return f"<mrow><mo>(</mo><mtable>{body}</mtable><mo>)</mo></mrow>"


def _column(cells: list[str]) -> str:
    return _table([[cell] for cell in cells])


def _is_column(text: str) -> bool:
    """Whether a text is a single table of numbers, which has brackets already."""
    begin, end = _table([]).split("</mtable>")
    return text.startswith(begin) and text.endswith(f"</mtable>{end}") and text.count("<mtable>") == 1


def _cases(texts: list[str]) -> str:
    condition, yes, no = texts
    rows = [[yes, f"<mtext>if&nbsp;</mtext>{condition}"], [no, "<mtext>else</mtext>"]]
    body = "".join(f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in row)}</mtr>" for row in rows)
    return f"<mrow><mo>{{</mo><mtable>{body}</mtable></mrow>"
