"""Parse numbers as spreadsheets write them: decimal marks, thousands separators, currency and percent signs."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from landscapes.datasets import DataError, Note

LONGEST = 40
"""The maximal length of a number."""

_SPACES = " \u00a0\u2007\u2009\u202f'’"
"""Thousands separators besides points and commas."""

_FORMS = re.compile(
    rf"""[+-]? (?:
      (?P<whole> \d+ (?:e[+-]?\d+)? )
    | (?P<maybe_point> [1-9]\d{{0,2}} \.\d{{3}} )
    | (?P<point> (?: \d+\.\d* | \.\d+ ) (?:e[+-]?\d+)? )
    | (?P<maybe_comma> [1-9]\d{{0,2}} ,\d{{3}} )
    | (?P<comma> \d+,\d+ (?:e[+-]?\d+)? )
    | (?P<grouped_point> [1-9]\d{{0,2}} (?: (?:,\d{{3}})+\.\d* | (?:,\d{{3}}){{2,}}
                                         | (?:,\d{{2}})+,\d{{3}} (?:\.\d*)? ) )
    | (?P<grouped_comma> [1-9]\d{{0,2}} (?: (?:\.\d{{3}})+,\d+ | (?:\.\d{{3}}){{2,}} ) )
    | (?P<grouped_whole> [1-9]\d{{0,2}} (?: [{_SPACES}]\d{{3}})+ )
    | (?P<spaced_point> [1-9]\d{{0,2}} (?: [{_SPACES}]\d{{3}})+ \.\d+ )
    | (?P<spaced_comma> [1-9]\d{{0,2}} (?: [{_SPACES}]\d{{3}})+ ,\d+ )
    )""".replace(f"[{_SPACES}]", f"[{_SPACES}]".replace(" ", r"\ ")),
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
POINT = {"point", "grouped_point", "spaced_point"}
"""Forms in which the decimal mark can only be a point."""
COMMA = {"comma", "grouped_comma", "spaced_comma"}
GROUPED = {"grouped_point", "grouped_comma", "grouped_whole", "spaced_point", "spaced_comma"}

_CURRENCY = r"US\$|R\$|[$€£¥￥₹₩₽₺₫฿元円]|(?:USD|EUR|GBP|JPY|CNY|RMB|CHF|CAD|AUD|INR|kr|zł|Kč)(?![A-Za-z])"
_SIGNED = re.compile(
    rf"([+-]?)\s*({_CURRENCY})?\s*([+-]?)\s*(\d[^A-Za-z$€£¥￥₹₩₽₺₫฿元円%‰]*?|\.\d+)\s*({_CURRENCY}|%|‰)?", re.IGNORECASE
)
_PLAIN_SIGNS = str.maketrans("−–﹣－＋．，％０１２３４５６７８９", "---" + "-+.,%0123456789")

MISSING = {"", "na", "n/a", "nan", "null", "nil", "-", "--", "---", "—", "–", ".", "..", "...", "?", "missing", "缺失",
           "#n/a", "#na", "#nv", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!"}  # fmt: skip
"""Cells, in lower case, that mark a missing value."""


class Number(NamedTuple):
    """A cell that is a number; its value depends on the decimal mark of the file.

    text  sign, digits and marks
    form  the name of the matching group of `_FORMS`
    unit  its currency or percent sign
    """

    text: str
    form: str
    unit: str = ""

    def value(self, mark: str) -> float:
        """The value, given the decimal mark."""
        text = self.text
        if self.form != "whole":
            text = re.sub(rf"[{_SPACES}{',' if mark == '.' else '.'}]", "", text).replace(",", ".")
        return float(text)


def read_number(cell: str) -> Number | None:
    """Parse a stripped cell as a number; None if it is not one."""
    if len(cell) > LONGEST:
        return None
    if found := _FORMS.fullmatch(cell):
        return Number(cell, found.lastgroup or "")
    signed = _SIGNED.fullmatch(cell.translate(_PLAIN_SIGNS))
    if signed is None:
        return None
    before, currency, after, body, unit = (part or "" for part in signed.groups())
    found = _FORMS.fullmatch(body)
    if found is None or (before and after) or (currency and unit):
        return None
    return Number(before + after + body, found.lastgroup or "", currency or unit)


def is_missing(cell: str) -> bool:
    """Whether a stripped cell marks a missing value."""
    return len(cell) < 10 and cell.lower() in MISSING


class Place(NamedTuple):
    """A number with its position in the file."""

    row: int
    column: int
    name: str
    cell: str
    number: Number


def decimal_mark(places: Sequence[Place]) -> str:
    """Detect the decimal mark of a file, "." or ",", from all of its numbers.

    Raises DataError if two numbers contradict each other, and if the only evidence is a number such as “1,234”, which
    is 1234 in one country and 1.234 in another. “1.234” alone counts as having a decimal point.
    """
    point, comma, either = (
        next((place for place in places if place.number.form in forms), None)
        for forms in (POINT, COMMA, {"maybe_comma"})
    )
    if point and comma:
        raise DataError(
            "“{cell}” in row {row} has a decimal comma, “{other}” in row {other_row} a decimal point. "
            "Write all numbers in one way.",
            cell=comma.cell, row=comma.row, other=point.cell, other_row=point.row,
        )  # fmt: skip
    if point or comma:
        return "." if point else ","
    if either:
        raise DataError(
            "Row {row}, column {column} (“{name}”): “{cell}” can be read as {one} or as {other}. "
            "Write it without the comma.",
            row=either.row, column=either.column, name=either.name, cell=either.cell,
            one=_shown(either.number.value(".")), other=_shown(either.number.value(",")),
        )  # fmt: skip
    return "."


def notes_on_numbers(places: Sequence[Place], mark: str) -> list[Note]:
    """Notes for the user on how the numbers of a file were read."""
    notes = []
    decimal = next((p for p in places if mark == "," and "," in p.cell), None)
    if decimal:
        value = _shown(decimal.number.value(mark))
        notes.append(Note("The decimal mark is a comma: “{cell}” is {value}.", cell=decimal.cell, value=value))
    maybe = "maybe_comma" if mark == "." else "maybe_point"
    grouped = next((p for p in places if p.number.form in GROUPED | {maybe}), None)
    if grouped:
        value = _shown(grouped.number.value(mark))
        notes.append(
            Note("The marks between thousands are left out: “{cell}” is {value}.", cell=grouped.cell, value=value)
        )
    return notes


def _shown(value: float) -> str:
    return f"{value:.12g}"
