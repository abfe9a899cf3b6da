"""Records of a race as files: a table (CSV) or a tree (JSON), each with the scenario, written and read.

`pandas.read_csv` reads a table without options. The first cell of its last column holds everything but the numbers, as
JSON: `json.loads(table["record"][0])["scenario"]`. Older tables, with that information as comments before their first
line, are still read.

Reading a record gives the scenario, which is run again and compared with the numbers in the file. The contents of a
file are hostile until they are checked.
"""

import csv
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from typing import Any, TypeGuard
from urllib.parse import parse_qsl

import numpy as np

from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.scenario import MAX_ENTRIES, MAX_STEPS, Scenario
from landscape_lab.experiments.scenarios.sentence import ScenarioError, Sentence
from landscape_lab.experiments.scenarios.surfaces import NO_DATA, OwnData
from landscape_lab.experiments.tables import results
from optim_core import Trajectory
from optim_core.objective import Array

FORMAT = "Loss Landscape Lab run"
VERSION = 1
MAX_BYTES = 16_000_000
"""The maximal size of a file: more than the longest race of twelve entries needs."""
MAX_HEADER = 200
"""The maximal number of lines before the table of a CSV file with comments."""
MAX_ROWS = MAX_ENTRIES * (MAX_STEPS + 1)
NUMBERS = ("x", "y", "loss", "gradient_evaluations")
RECORD = "record"
COLUMNS = ("lane", "name", "step", *NUMBERS, RECORD)
COMMENTED_COLUMNS = ("lane", "step", *NUMBERS)
"""The columns of a CSV file with comments."""
UNITS = {
    "lane": "number of the entry (the first is 1)",
    "name": "name of the entry",
    "step": "updates made (0 at the start)",
    "x": "first parameter in the unit of the horizontal axis",
    "y": "second parameter in the unit of the vertical axis",
    "loss": "value of the surface at x and y in the surface's own unit",
    "gradient_evaluations": "gradients taken up to this step (a value counts as one and a Hessian as two)",
}
TOLERANCE = 1e-9
"""The relative tolerance of the comparison: spreadsheets keep 15 digits, and other machines may round differently."""

Rows = tuple[Array, ...]
"""For each entry, (last step + 1, 4): x, y, loss, gradient evaluations."""


@dataclass(frozen=True)
class Record:
    """The contents of a file: the scenario, the view (as parts of a link), and the numbers of the entries."""

    scenario: Scenario
    view: Mapping[str, str]
    rows: Rows

    def difference(self, race: Race) -> Sentence | None:
        """Return the first place where the numbers of the file differ from those of the race, or None."""
        for number, (entry, path, told) in enumerate(
            zip(race.scenario.entries, race.trajectories, self.rows, strict=True), 1
        ):
            found = _rows(path)
            shared = min(len(found), len(told))
            with np.errstate(all="ignore"):
                near = np.isclose(found[:shared], told[:shared], rtol=TOLERANCE, atol=1e-12)
                near |= ~np.isfinite(found[:shared]) & ~np.isfinite(told[:shared])
            off = np.flatnonzero(~near.all(axis=1))
            if off.size or len(found) != len(told):
                step = int(off[0]) if off.size else shared
                facts = {"number": number, "name": entry.label, "step": step}
                return Sentence(
                    "From step {step} on, entry {number} ({name}) runs differently here than in the file.", facts
                )
        return None


def to_csv(race: Race, view: Mapping[str, str] | None = None) -> str:
    """Return the race as a table of `COLUMNS`, with a row for each step of each entry.

    `view` are the parts of a link about the display. Names of entries are written such that no spreadsheet reads a
    cell as a formula or splits it.
    """
    tree = _head(race, view) | {"rows": sum(len(_rows(path)) for path in race.trajectories), "lanes": _entries(race)}
    record = json.dumps(tree, ensure_ascii=False, allow_nan=False).replace(";", r"\u003b")
    text = StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for number, (row, path) in enumerate(zip(results(race), race.trajectories, strict=True), 1):
        name = _cell(row.name)
        for step, values in enumerate(_rows(path).tolist()):
            table.writerow([number, name, step, *map(_short, values), record])
            record = ""
    return text.getvalue()


def to_json(race: Race, view: Mapping[str, str] | None = None) -> str:
    """Return the race as JSON. Numbers that are not finite are null."""
    entries = [
        entry
        | {
            name: [value if math.isfinite(value) else None for value in column]
            for name, column in zip(NUMBERS, _rows(path).T.tolist(), strict=True)
        }
        for entry, path in zip(_entries(race), race.trajectories, strict=True)
    ]
    return json.dumps(_head(race, view) | {"lanes": entries}, ensure_ascii=False, allow_nan=False, indent=1)


def read_record(file: bytes, own: OwnData = NO_DATA) -> Record:
    """Read a file that `to_csv` or `to_json` wrote. Raises ScenarioError for any other file.

    A record does not contain the data of a loss over own data: the loss is looked up in `own`.
    """
    if len(file) > MAX_BYTES:
        raise ScenarioError("The file is too large: at most {most} MB.", most=MAX_BYTES // 1_000_000)
    try:
        text = file.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _foreign() from None
    return (_from_json if text.lstrip().startswith("{") else _from_csv)(text, own)


def file_name(scenario: Scenario, ending: str) -> str:
    """Return a file name that is valid on every system, such as `rosenbrock-6-lanes-500-steps.csv`."""
    surface = re.sub(r"[^a-z0-9]+", "-", scenario.surface.lower())[:40].strip("-") or "surface"
    return f"{surface}-{len(scenario.entries)}-lanes-{scenario.steps}-steps.{ending}"


# Writing


def _rows(path: Trajectory) -> Array:
    last = int(path.last_step) + 1
    return np.column_stack([path.points[:last], path.losses[:last], path.evaluated[:last]])


def _head(race: Race, view: Mapping[str, str] | None) -> dict[str, Any]:
    """Return the part of a tree before its entries."""
    scenario = race.scenario.to_query()
    return {"format": FORMAT, "version": VERSION, "scenario": scenario, "view": dict(view or {}), "units": UNITS}


def _entries(race: Race) -> list[dict[str, Any]]:
    """Return the description of each entry."""
    return [
        {"name": row.name, "settings": entry.text, "outcome": str(row.outcome)}
        for entry, row in zip(race.scenario.entries, results(race), strict=True)
    ]


def _short(value: float) -> str:
    return str(int(value)) if math.isfinite(value) and value == int(value) and abs(value) < 1e15 else repr(value)


def _cell(text: str) -> str:
    """Return a text that no spreadsheet reads as a formula or splits at a separator."""
    text = re.sub(r"[;\s]+", " ", text)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


# Reading


def _foreign() -> ScenarioError:
    return ScenarioError("This is not a run that was exported here: choose a CSV or JSON file that “Export” has made.")


def _truncated() -> ScenarioError:
    return ScenarioError("The file is not whole: some of the run is missing or cannot be read. Export it again.")


def _check_version(version: Any) -> None:
    if version != VERSION or isinstance(version, bool):
        raise ScenarioError(
            "The file was made by another version of this page ({version}); this one reads version {known}.",
            version=version if isinstance(version, int) and abs(version) < 10**9 else "?", known=VERSION,
        )  # fmt: skip


def _from_csv(text: str, own: OwnData) -> Record:
    if text.startswith("#"):
        return _from_commented_csv(text, own)
    table = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        if tuple(next(table, ())) != COLUMNS:
            raise _foreign()
        rows = list(islice(table, MAX_ROWS + 1))  # bounds the memory
    except csv.Error:
        raise (_truncated() if text.startswith(COLUMNS[0]) else _foreign()) from None
    last = len(COLUMNS) - 1
    tree = _tree(rows[0][last]) if rows and len(rows[0]) > last else None
    if tree is None or tree.get("format") != FORMAT:
        raise _truncated()
    _check_version(tree.get("version"))
    if tree.get("rows") != len(rows) or isinstance(tree.get("rows"), bool):
        raise _truncated()
    return _record(*_settings(tree), _table([row[:last] for row in rows]), own)


def _tree(text: str) -> dict[str, Any] | None:
    """Return the object that a text is in JSON, or None."""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return tree if isinstance(tree, dict) else None


def _settings(tree: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the parts of links that a tree contains: those of the scenario and those of its view."""
    scenario, view = tree.get("scenario"), tree.get("view", {})
    if not (_is_text(scenario) and _is_text(view)):
        raise _truncated()
    return scenario, view


def _from_commented_csv(text: str, own: OwnData) -> Record:
    lines = text.splitlines()
    header = list(_header(lines))
    first = re.fullmatch(rf"{FORMAT} · version (\d{{1,9}})", header[0]) if header else None
    if first is None:
        raise _foreign()
    _check_version(int(first[1]))
    told = dict(
        line.split(" ", 1) for line in header if line.split(" ")[0] in ("rows", "scenario", "view") and " " in line
    )
    try:
        count, scenario, view = int(told["rows"]), _decoded(told["scenario"]), _decoded(told.get("view", ""))
    except (KeyError, ValueError):
        raise _truncated() from None
    table = lines[len(header) :]
    if not table or tuple(table[0].strip().split(",")) != COMMENTED_COLUMNS or len(table) - 1 != count:
        raise _truncated()
    rows = (line.split(",") for line in table[1:])
    return _record(scenario, view, _table([number, "", *rest] for number, *rest in rows), own)


def _table(rows: Iterable[Sequence[str]]) -> list[list[list[float]]]:
    """Return the numbers of each entry, from the cells of a table's rows: entry, name, step and `NUMBERS`."""
    entries: dict[int, list[list[float]]] = {}
    for cells in rows:
        try:
            number, step, *row = int(cells[0]), int(cells[2]), *(float(cell) for cell in cells[3:])
        except (ValueError, IndexError):
            raise _truncated() from None
        entry = entries.setdefault(number, [])
        if len(row) != len(NUMBERS) or step != len(entry):
            raise _truncated()
        entry.append(row)
    if list(entries) != list(range(1, len(entries) + 1)):
        raise _truncated()
    return list(entries.values())


def _header(lines: Sequence[str]) -> Iterator[str]:
    for line in lines[:MAX_HEADER]:
        if not line.startswith("#"):
            return
        yield line[1:].strip(" ,;")  # spreadsheets append empty cells


def _decoded(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=20))


def _from_json(text: str, own: OwnData) -> Record:
    tree = _tree(text)
    if tree is None:
        raise _truncated() if FORMAT in text[:200] else _foreign()
    if tree.get("format") != FORMAT:
        raise _foreign()
    _check_version(tree.get("version"))
    entries = tree.get("lanes")
    if not isinstance(entries, list):
        raise _truncated()
    return _record(*_settings(tree), [_columns(entry) for entry in entries], own)


def _is_text(parts: Any) -> TypeGuard[dict[str, str]]:
    return isinstance(parts, dict) and all(isinstance(value, str) for value in parts.values())


def _columns(entry: Any) -> list[list[float]]:
    columns = [entry.get(name) for name in NUMBERS] if isinstance(entry, dict) else []
    lists = [column for column in columns if isinstance(column, list)]
    if not lists or len(lists) != len(columns) or len({len(column) for column in lists}) != 1:
        raise _truncated()
    return [[_finite(value) for value in row] for row in zip(*lists, strict=True)]


def _finite(value: Any) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _truncated()
    try:
        return float(value)
    except OverflowError:
        raise _truncated() from None


def _record(
    query: Mapping[str, str], view: Mapping[str, str], entries: Sequence[list[list[float]]], own: OwnData
) -> Record:
    scenario = Scenario.from_query(query, own)
    if len(entries) != len(scenario.entries) or not all(
        1 <= len(entry) <= scenario.steps + 1 <= MAX_STEPS + 1 for entry in entries
    ):
        raise _truncated()
    return Record(scenario, view, tuple(np.array(entry, dtype=float) for entry in entries))
