"""Split a CSV file into rows of cells: detect its encoding, its separator and its comments."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from landscapes.csv_numbers import is_missing, read_number
from landscapes.datasets import MAX_BYTES, MAX_ROWS, MIN_ROWS, DataError, Note

_MARKUP = re.compile(r"\s*<(?:!doctype|\?xml|html|head|body|table|svg)\b", re.IGNORECASE)
"""The beginning of a web page or an XML file; a column name in angle brackets does not match."""

MAX_COLUMNS = 200
SAMPLE = 100
"""The number of lines from which the separator is detected."""

SEPARATORS: Mapping[str, Note | None] = MappingProxyType(
    {
        "\t": Note("The columns are separated by tabs."),
        ";": Note("The columns are separated by semicolons."),
        "；": Note("The columns are separated by semicolons."),
        "|": Note("The columns are separated by upright bars."),
        ",": None,
        "，": Note("The columns are separated by full-width commas."),
        " ": Note("The columns are separated by blanks."),
    }
)
"""All separators, the least ambiguous first, each with its note for the user."""

_ENCODINGS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
"""Encodings by their byte order mark."""
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_COMMENT = re.compile(r"\s*(#(?!N/A|NA\b|NV\b|DIV/0!|VALUE!|REF!|NAME\?|NUM!|NULL!)|%|//)", re.IGNORECASE)
_DECLARED = re.compile(r'"?sep=([,;|\t])"?\s*', re.IGNORECASE)


class Row(NamedTuple):
    """The stripped cells of a row, and its line number in the file."""

    number: int
    cells: list[str]


class Sheet(NamedTuple):
    """Rows of equal width. `header` has the names of the columns, "" for a missing one; None without a header."""

    header: list[str] | None
    rows: list[Row]
    notes: list[Note]


def read_sheet(file: str | bytes) -> Sheet:
    """Split a CSV file into rows. Raises DataError if it cannot be read."""
    text = decoded(file)
    lines = list(io.StringIO(text, newline=""))
    notes: list[Note] = []
    declared = _DECLARED.fullmatch(lines[0]) if lines else None
    if declared:
        lines[0] = "\n"
    comments = [(number, line) for number, line in enumerate(lines, 1) if _COMMENT.match(line)]
    for number, _line in comments:
        lines[number - 1] = "\n"
    lines = ["\n" if _is_ruler(line) else line for line in lines]
    filled = [line for line in lines if line.strip()]
    if not filled:
        raise _empty()
    if len(filled) > 2 * MAX_ROWS:  # refused before the file is parsed
        raise wrong_number_of_rows(len(filled))
    separator = declared[1] if declared else _separator(filled)
    rows = _rows(lines, separator)
    if not rows:
        raise _empty()
    if note := SEPARATORS.get(separator):
        notes.append(note)
    rows = _of_one_width(rows)
    header, rows = _header(rows, [(n, line) for n, line in comments if n < rows[0].number], separator, notes)
    return Sheet(header, rows, notes)


def _empty() -> DataError:
    return DataError("The file is empty: it needs a row for each example, with the target in the last column.")


def wrong_number_of_rows(count: int) -> DataError:
    """The error for a file with too many or too few rows."""
    return DataError(
        "The file has {count} rows of numbers; {least} to {most} can be used.",
        count=count, least=MIN_ROWS, most=MAX_ROWS,
    )  # fmt: skip


def decoded(file: str | bytes) -> str:
    """Decode a file. Raises DataError for binary files and for formats other than CSV."""
    if len(file) > MAX_BYTES or (isinstance(file, str) and len(file.encode(errors="replace")) > MAX_BYTES):
        raise DataError("The file is larger than {most} million bytes.", most=MAX_BYTES // 1_000_000)
    if isinstance(file, bytes):
        if file.startswith(_WORKBOOKS):
            raise DataError("This is an Excel workbook or another packed file. Save its sheet as “CSV UTF-8”.")
        encoding = next((name for mark, name in _ENCODINGS if file.startswith(mark)), "utf-8")
        try:
            text = file.decode(encoding)
        except UnicodeDecodeError as error:
            raise DataError(
                "The file is not UTF-8 text (byte {place}). Save it as “CSV UTF-8”.", place=error.start + 1
            ) from None
    else:
        text = file
    if "\0" in text:
        raise DataError("The file is not text: it has a NUL byte at character {place}.", place=text.index("\0") + 1)
    text = text.removeprefix("\ufeff")
    if _is_json(text):
        raise DataError("This is JSON. Save the numbers as CSV: a row for each example, commas between its columns.")
    if _MARKUP.match(text):
        raise DataError("This is a web page or XML, not CSV.")
    return text


def _is_json(text: str) -> bool:
    """Whether the text, or its first line, is a JSON object or list."""
    text = text.lstrip()
    if not text.startswith(("{", "[")):
        return False
    for part in (text, text.partition("\n")[0]):
        try:
            json.loads(part)
        except (ValueError, RecursionError):
            continue
        return True
    return False


def _is_ruler(line: str) -> bool:
    """Whether a line separates the header from the rows, as in Markdown: |---|---|."""
    return "---" in line and not line.strip(" \t|+:=-\r\n")


def _split(lines: Iterable[str], separator: str) -> list[Row]:
    """Parse lines with the csv module, without empty rows."""
    if separator == " ":
        lines = (line.replace("\t", " ").strip() + "\n" for line in lines)
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=separator != "\t")
    rows = []
    try:
        for cells in reader:
            if cells:
                rows.append(Row(reader.line_num, [cell.strip() for cell in cells]))
    except csv.Error:
        raise DataError("Row {row} cannot be read as cells.", row=reader.line_num) from None
    return rows


def _rows(lines: Iterable[str], separator: str) -> list[Row]:
    """Parse lines, without blank rows."""
    return [row for row in _split(lines, separator) if any(row.cells)]


def _separator(lines: Sequence[str]) -> str:
    """The separator with which most columns hold numbers and most rows have equal width.

    Raises DataError if commas and blanks fit equally well: a comma may then be a decimal mark.
    """
    scores = {}
    for order, separator in enumerate(SEPARATORS):
        try:
            rows = _rows(lines[:SAMPLE], separator)
        except DataError:
            continue
        width, count = Counter(len(row.cells) for row in rows).most_common(1)[0] if rows else (0, 0)
        if width > 1 and 2 * count >= len(rows):
            table = [row.cells for row in rows if len(row.cells) == width]
            scores[separator] = (_numeric_part(table), count / len(rows), -order)
    if not scores:
        return ","
    best = max(scores, key=lambda separator: scores[separator])
    if best in ", " and scores.get(",", ())[:1] == scores.get(" ", ())[:1] == (1.0,):
        raise DataError(
            "Commas and blanks both separate numbers here, so that “{line}” can be read in two ways. "
            "Put semicolons between the columns.",
            line=lines[-1].strip(),
        )  # fmt: skip
    return best


def _numeric_part(table: Sequence[list[str]]) -> float:
    """The share of columns in which at least half of the values, without the first, are numbers."""
    body = table[1:] or table
    columns = [cells for cells in zip(*(row[:MAX_COLUMNS] for row in body), strict=True)]
    columns = [known for cells in columns if (known := [cell for cell in cells if not is_missing(cell)])]
    numeric = sum(2 * sum(read_number(cell) is not None for cell in cells) >= len(cells) for cells in columns)
    return numeric / max(len(columns), 1)


def _of_one_width(rows: list[Row]) -> list[Row]:
    """The rows without empty cells from trailing separators. Raises DataError for a row of another width."""
    usual = Counter(len(row.cells) for row in rows).most_common(1)[0][0]
    if usual > MAX_COLUMNS:
        raise DataError("The file has {count} columns; up to {most} can be read.", count=usual, most=MAX_COLUMNS)
    width = max(_filled(row.cells) for row in rows if len(row.cells) == usual)
    first = next(row.number for row in rows if len(row.cells) == usual)
    if len(rows) > 1 and len(rows[0].cells) == width - 1 and _names_follow(rows):
        rows[0].cells.insert(0, "")
    for row in rows:
        if len(row.cells) < width or _filled(row.cells) > width:
            raise DataError("Row {row} has {count} columns, row {first} has {width}.",
                            row=row.number, count=len(row.cells), first=first, width=width)  # fmt: skip
    return [Row(row.number, row.cells[:width]) for row in rows]


def _filled(cells: Sequence[str]) -> int:
    """The number of cells up to the last one that is not empty."""
    return next((width for width in range(len(cells), 0, -1) if cells[width - 1]), 0)


def _names_follow(rows: Sequence[Row]) -> bool:
    """Whether the first row names all columns except the first, which holds row names, as in tables written by R."""
    first = [row.cells[0] for row in rows[1:]]
    numbers = [cell for cell in first if cell.isdecimal()]
    return not _has_number(rows[0].cells) and (not numbers or is_count(numbers, len(first)))


def is_count(cells: Sequence[str], rows: int) -> bool:
    """Whether the cells are 0, 1, 2, ... or 1, 2, 3, ..."""
    return len(cells) == rows and any(
        all(cell == str(number) for number, cell in enumerate(cells, first)) for first in (0, 1)
    )


def _has_number(cells: Iterable[str]) -> bool:
    return any(read_number(cell) for cell in cells)


def _header(
    rows: list[Row], comments: Sequence[tuple[int, str]], separator: str, notes: list[Note]
) -> tuple[list[str] | None, list[Row]]:
    """The names of the columns, with units if a row of units follows, and the remaining rows."""
    first = rows[0].cells
    if _has_number(first) or all(map(is_missing, first)):
        return _commented_names(comments, separator, len(first), notes) if comments else None, rows
    names, rows = first, rows[1:]
    if len(rows) > 1 and _are_units(rows[0].cells, rows[1].cells):
        notes.append(Note("Row {row} has no numbers: its words are taken as units.", row=rows[0].number))
        units = [cell.strip("()[] ") for cell in rows[0].cells]
        names = [f"{name} ({unit})" if unit else name for name, unit in zip(names, units, strict=True)]
        rows = rows[1:]
    return names, rows


def _are_units(cells: Sequence[str], below: Sequence[str]) -> bool:
    """Whether the row under the names has no numbers, and words where the next row has numbers."""
    above_numbers = (cell for cell, number in zip(cells, below, strict=True) if read_number(number))
    return not _has_number(cells) and any(not is_missing(cell) for cell in above_numbers)


def _commented_names(
    comments: Sequence[tuple[int, str]], separator: str, width: int, notes: list[Note]
) -> list[str] | None:
    """The names of the columns in the last comment above the numbers; None if it does not name every column.

    If the first name is “#”, the line is not a comment: “#” names a column of row numbers.
    """
    number, line = comments[-1]
    whole, commented = (
        next(iter(_split([text], separator)), Row(0, [])).cells for text in (line, line.lstrip(" \t#%/"))
    )
    if len(whole) == width and whole[0] == "#" and not _has_number(whole):
        return whole
    if len(commented) != width or _has_number(commented) or not all(map(_is_name, commented)):
        return None
    notes.append(Note("The names of the columns are those of the comment in row {row}.", row=number))
    return commented


def _is_name(cell: str) -> bool:
    return bool(cell) and ":" not in cell and "=" not in cell
