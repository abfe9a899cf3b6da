"""Read a user's CSV file as a table of numbers: `read_table` reads it, `Table.data` makes examples of its columns.

`csv_text` splits the file into cells, `csv_numbers` parses numbers, and this module determines the contents of the
columns and their roles as features and target. Every interpretation of the file is listed in `notes`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from landscapes.csv_numbers import Number, Place, decimal_mark, is_missing, notes_on_numbers, read_number
from landscapes.csv_text import Row, is_count, read_sheet, wrong_number_of_rows
from landscapes.datasets import (
    LARGEST,
    MAX_ROWS,
    MIN_ROWS,
    Data,
    DataError,
    Note,
    brief,
    check_columns,
    is_constant,
    standardised,
)
from optim_core.objective import Array

MOST_CLASSES = 10
"""A column with more distinct words than this is not a column of classes."""
SHOWN = 5
"""The number of rows that a note lists."""
COUNTS = {"", "#", "id", "index", "idx", "no", "no.", "nr", "nr.", "n", "num", "number", "row", "obs", "obs.",
          "unnamed: 0", "rownames", "序号", "编号", "号"}  # fmt: skip
"""Names, in lower case, of a column that numbers the rows."""
YES = {"yes", "y", "true", "t", "positive", "pos", "pass", "passed", "win", "ja", "j", "oui", "si", "sí", "sim", "да",
       "是", "有", "真", "对", "阳性", "阳", "通过", "合格", "及格", "成功"}  # fmt: skip
"""Words, in lower case, that become 1 beside any other word. Of two other words, the alphabetically first becomes 0."""


@dataclass(frozen=True, eq=False)
class Column:
    """A column that can be a feature or the target.

    number  its position in the file, from 1
    values  (rows,), NaN for a missing value
    words   the words that became 0 and 1; () in a column of numbers
    """

    name: str
    number: int
    values: Array
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Roles:
    """The columns used as features and as the target, by their numbers in the file."""

    features: tuple[int, ...]
    target: int

    @property
    def text(self) -> str:
        """The roles as the command line takes them: the features, then the target, with commas between."""
        return ",".join(map(str, (*self.features, self.target)))


@dataclass(frozen=True, eq=False)
class Table:
    """The contents of a CSV file.

    columns  the columns that can be chosen
    rows     (rows,): the line numbers of the rows in the file
    roles    the default choice of columns
    notes    how the file was interpreted
    """

    columns: tuple[Column, ...]
    rows: tuple[int, ...]
    roles: Roles
    notes: tuple[Note, ...]

    def column(self, number: int) -> Column:
        """The column with this number. Raises DataError if it cannot be chosen."""
        for column in self.columns:
            if column.number == number:
                return column
        raise DataError("Column {column} is none of those that can be used.", column=number)

    def roles_of(self, text: str) -> Roles:
        """Parse roles: one or two features, then the target, by name or number: "hours,points" or "1,3".

        Raises DataError for an unknown column or a wrong number of columns.
        """
        by_name = {column.name: column.number for column in self.columns}
        parts = [part.strip() for part in text.split(",")]
        for part in parts:
            if part not in by_name and not (part.isdecimal() and len(part) < 6):
                raise DataError("There is no column “{name}”.", name=part)
        if not 2 <= len(parts) <= 3:
            raise DataError("One or two features and a target are 2 or 3 columns, not {count}.", count=len(parts))
        *features, target = (by_name.get(part) or int(part) for part in parts)
        return Roles(tuple(features), target)

    def data(self, roles: Roles | None = None) -> Data:
        """The rows without missing values in the chosen columns, as examples. A target of two classes becomes 0 and 1.

        The difficulty of an example is its distance from the least-squares plane. Raises DataError for columns that
        are unsuitable; see `check_columns`.
        """
        roles = roles or self.roles
        columns, whole = self._chosen(roles)
        features, target = np.column_stack([column.values[whole] for column in columns[:-1]]), columns[-1].values[whole]
        if classes := _classes(columns[-1], target):
            target = (target == classes[1]).astype(float)
        names = tuple(column.name for column in columns)
        data = Data(features, target, names, np.zeros(len(target)), (*roles.features, roles.target))
        check_columns(data)
        plane = np.column_stack([standardised(features), np.ones(data.n)])
        weights = np.linalg.lstsq(plane, target, rcond=None)[0]
        return replace(data, difficulty=np.abs(target - plane @ weights))

    def notes_on(self, roles: Roles | None = None) -> tuple[Note, ...]:
        """All notes on how the file was interpreted, including those on the chosen columns. Raises DataError."""
        roles = roles or self.roles
        columns, whole = self._chosen(roles)
        notes = list(self.notes)
        gaps = [row for row, kept in zip(self.rows, whole, strict=True) if not kept]
        if gaps:
            listed = ", ".join(map(str, gaps[:SHOWN])) + ", …" * (len(gaps) > SHOWN)
            notes.append(
                Note("{count} rows lack a value and are left out: {rows}.", count=len(gaps), rows=listed)
                if len(gaps) > 1
                else Note("Row {row} lacks a value and is left out.", row=gaps[0])
            )
        for column in columns:
            if column.words:
                notes.append(Note("“{name}”: {zero} = 0, {one} = 1.", name=column.name,
                                  zero=column.words[0], one=column.words[1]))  # fmt: skip
        target = columns[-1]
        classes = _classes(target, target.values[whole])
        if classes and classes != (0.0, 1.0):
            notes.append(Note("“{name}” has two values: {zero} becomes 0, {one} becomes 1.", name=target.name,
                              zero=f"{classes[0]:.12g}", one=f"{classes[1]:.12g}"))  # fmt: skip
        if classes and len(columns) == 2:
            notes.append(Note("Logistic regression needs two features."))
        return tuple(notes)

    def _chosen(self, roles: Roles) -> tuple[list[Column], Any]:
        """The columns of the features and the target, and a mask (rows,) of the rows with a value in each of them."""
        numbers = [*roles.features, roles.target]
        if not 1 <= len(roles.features) <= 2:
            raise DataError("One or two features can be used, not {count}.", count=len(roles.features))
        columns = [self.column(number) for number in numbers]
        for i, column in enumerate(columns):
            if column in columns[:i]:
                raise DataError("Column {column} (“{name}”) is chosen twice.", column=column.number, name=column.name)
        whole = ~np.isnan([column.values for column in columns]).any(axis=0)
        count = int(whole.sum())
        if count < MIN_ROWS:
            raise DataError(
                "Only {count} rows have a value in each of the columns; {least} are needed.",
                count=count, least=MIN_ROWS,
            )  # fmt: skip
        return columns, whole


def read_csv(file: str | bytes, roles: Roles | None = None) -> Data:
    """Read examples from a CSV file: one or two features and a target. Raises DataError.

    `read_table` gives all columns and the notes on how the file was interpreted.
    """
    return read_table(file).data(roles)


def read_table(file: str | bytes) -> Table:
    """Read the columns of a CSV file and guess their roles. Raises DataError.

    Decimal points and commas, separators, comments, units, missing values, classes and a column that numbers the rows
    are recognised; an ambiguous file is refused.
    """
    header, rows, notes = read_sheet(file)
    if not MIN_ROWS <= len(rows) <= MAX_ROWS:
        raise wrong_number_of_rows(len(rows))
    width = len(rows[0].cells)
    if width < 2:
        raise DataError("The file has one column; one or two features and a target make 2 or 3.")
    names = [brief(cell) or f"column {i}" for i, cell in enumerate(header or [""] * width, 1)]
    texts = [_Text(name, i, [row.cells[i - 1] for row in rows]) for i, name in enumerate(names, 1)]
    columns, left_out = _columns(texts, rows, header is None, notes)
    usable = list(columns)
    counts = columns and columns[0].number == 1 and is_count(texts[0].cells, len(rows))
    if counts and len(usable) > 2 and (header is None or header[0].lower() in COUNTS):
        notes.append(Note("Column {column} (“{name}”) numbers the rows and is left out.", column=1, name=names[0]))
        usable = usable[1:]
    if len(usable) < 2:
        raise left_out[0] if left_out else DataError("The file has one column; a feature and a target make two.")
    target = next((column for column in reversed(usable) if column.words), usable[-1])
    features = [column.number for column in usable if column is not target][:2]
    return Table(columns, tuple(row.number for row in rows), Roles(tuple(features), target.number), tuple(notes))


@dataclass(frozen=True)
class _Text:
    """A column of the file before it is interpreted."""

    name: str
    number: int
    cells: list[str]


def _columns(
    texts: Sequence[_Text], rows: Sequence[Row], headless: bool, notes: list[Note]
) -> tuple[tuple[Column, ...], list[DataError]]:
    """The columns of numbers or of two classes, and the errors that explain why the others are left out."""
    known = {cell: read_number(cell) for cell in {cell for text in texts for cell in text.cells}}
    read = {text.number: [known[cell] for cell in text.cells] for text in texts}
    numeric = [text for text in texts if _is_numeric(text, read[text.number])]
    places = [
        Place(row.number, text.number, text.name, cell, number)
        for text in numeric
        for row, cell, number in zip(rows, text.cells, read[text.number], strict=True)
        if number and number.form != "whole"
    ]
    mark = decimal_mark(places)
    notes += notes_on_numbers(places, mark)
    columns, left_out = [], []
    for text in texts:
        where = {"column": text.number, "name": text.name}
        if text in numeric:
            column = _numbers(text, read[text.number], rows, mark, notes)
            if is_constant(column.values[~np.isnan(column.values)]):
                notes.append(Note("Column {column} (“{name}”) is constant and is left out.", **where))
                left_out.append(
                    DataError("Column {column} (“{name}”) is constant: there is nothing to learn from it. "
                              "Leave it out.", **where)
                )  # fmt: skip
            else:
                columns.append(column)
            continue
        words = {cell.lower(): cell for cell in reversed(text.cells) if not is_missing(cell)}
        if headless and len(words) == 3 and [cell.lower() for cell in text.cells].count(text.cells[0].lower()) == 1:
            raise DataError("Row {row} has numbers and, it seems, a name: name every column, or none.",
                            row=rows[0].number)  # fmt: skip
        if len(words) == 2:
            columns.append(_classes_in_words(text, words))
        elif words:
            first = next(i for i, cell in enumerate(text.cells) if not is_missing(cell))
            cell = text.cells[first]
            if 2 < len(words) <= MOST_CLASSES and 2 * len(words) <= len(rows):
                notes.append(Note("Column {column} (“{name}”) has {count} classes and is left out; two can be used.",
                                  count=len(words), **where))  # fmt: skip
            else:
                notes.append(Note("Column {column} (“{name}”) is left out: “{cell}” is not a number.",
                                  cell=cell, **where))  # fmt: skip
            left_out.append(
                DataError("Row {row}, column {column} (“{name}”): “{cell}” is not a number.",
                          row=rows[first].number, cell=cell, **where)
            )  # fmt: skip
        else:
            left_out.append(DataError("Column {column} (“{name}”) is empty.", **where))
            if not text.name.startswith("column "):
                notes.append(Note("Column {column} (“{name}”) is empty and is left out.", **where))
    return tuple(columns), left_out


def _is_numeric(text: _Text, numbers: Sequence[Number | None]) -> bool:
    """Whether at least half of the cells with a value are numbers. Any word in such a column is an error."""
    others = [cell for cell, number in zip(text.cells, numbers, strict=True) if number is None]
    count = len(numbers) - len(others)
    return count > 0 and count >= sum(not is_missing(cell) for cell in others)


def _numbers(
    text: _Text, numbers: Sequence[Number | None], rows: Sequence[Row], mark: str, notes: list[Note]
) -> Column:
    """A column of numbers. Raises DataError for a word, for a number that is too large, and for different units."""
    where: dict[str, Any] = {"column": text.number, "name": text.name}
    unit = next(number.unit for number in numbers if number)
    values = np.full(len(rows), np.nan)
    for i, (row, cell, number) in enumerate(zip(rows, text.cells, numbers, strict=True)):
        if number is None:
            if is_missing(cell):
                continue
            raise DataError("Row {row}, column {column} (“{name}”): “{cell}” is not a number.",
                            row=row.number, cell=cell, **where)  # fmt: skip
        if number.unit != unit:
            raise DataError("Row {row}, column {column} (“{name}”): “{cell}” has another sign than the rows before.",
                            row=row.number, cell=cell, **where)  # fmt: skip
        values[i] = number.value(mark)
        if abs(values[i]) > LARGEST:
            raise DataError("Row {row}, column {column} (“{name}”): {cell} is too large.",
                            row=row.number, cell=cell, **where)  # fmt: skip
    if not unit:
        return Column(text.name, text.number, values)
    cell = next(cell for cell, number in zip(text.cells, numbers, strict=True) if number)
    notes.append(Note("“{name}”: “{cell}” is read as {value}; its unit is {unit}.", name=text.name, cell=cell,
                      value=f"{values[~np.isnan(values)][0]:.12g}", unit=unit))  # fmt: skip
    named = text.name if unit in text.name else f"{text.name} ({unit})"
    return Column(named, text.number, values)


def _classes_in_words(text: _Text, words: dict[str, str]) -> Column:
    """A column of two words as 0 and 1; `words` maps their lower case to the words as written."""
    zero, one = sorted(words)
    if zero in YES and one not in YES:
        zero, one = one, zero
    codes = {zero: 0.0, one: 1.0}
    values = np.array([codes.get(cell.lower(), np.nan) for cell in text.cells])
    return Column(text.name, text.number, values, (brief(words[zero]), brief(words[one])))


def _classes(column: Column, values: Array) -> tuple[float, float] | None:
    """The two values of a target with two classes, which are whole numbers; None for all other targets."""
    low, high = float(values.min()), float(values.max())
    if low == high or not np.isin(values, (low, high)).all() or not (low.is_integer() and high.is_integer()):
        return None
    return low, high
