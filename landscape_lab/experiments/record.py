"""A run as a file: a table (CSV) or a tree (JSON), each with the scenario it came from, and back.

What is read back is the scenario; the run is made anew from it, and compared with the numbers in the file. Everything
in a file is hostile until it is checked.
"""

import csv
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, TypeGuard
from urllib.parse import parse_qsl, quote, urlencode

import numpy as np

from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenario import MAX_STEPS, Scenario
from landscape_lab.experiments.sentence import ScenarioError, Sentence
from landscape_lab.experiments.surfaces import NO_DATA, OwnData
from landscape_lab.experiments.tables import results
from optim_core import Trajectory
from optim_core.objective import Array

FORMAT = "Loss Landscape Lab run"
VERSION = 1
MAX_BYTES = 16_000_000
"""More than the longest race of twelve lanes takes."""
MAX_HEADER = 200
"""Lines before the table of a CSV file."""
COLUMNS = ("lane", "step", "x", "y", "loss", "gradient_evaluations")
UNITS = {
    "lane": "number of the lane (the first is 1)",
    "step": "updates made (0 at the start)",
    "x": "first parameter in the unit of the horizontal axis",
    "y": "second parameter in the unit of the vertical axis",
    "loss": "value of the surface at x and y in the surface's own unit",
    "gradient_evaluations": "gradients taken up to this step (a value counts as one and a Hessian as two)",
}
TOLERANCE = 1e-9
"""Relative: a spreadsheet keeps 15 digits, and another machine may round its last bits otherwise."""

Rows = tuple[Array, ...]
"""Of each lane, (last step + 1, 4): x, y, loss, gradient evaluations."""


@dataclass(frozen=True)
class Record:
    """What a file says: the scenario, how it was looked at (the parts of a link), and the numbers of its lanes."""

    scenario: Scenario
    view: Mapping[str, str]
    rows: Rows

    def difference(self, race: Race) -> Sentence | None:
        """Where the numbers of the file are not those of the race, or None."""
        for number, (lane, path, told) in enumerate(
            zip(race.scenario.lanes, race.trajectories, self.rows, strict=True), 1
        ):
            found = _rows(path)
            shared = min(len(found), len(told))
            with np.errstate(all="ignore"):
                near = np.isclose(found[:shared], told[:shared], rtol=TOLERANCE, atol=1e-12)
                near |= ~np.isfinite(found[:shared]) & ~np.isfinite(told[:shared])
            off = np.flatnonzero(~near.all(axis=1))
            if off.size or len(found) != len(told):
                step = int(off[0]) if off.size else shared
                facts = {"number": number, "name": lane.label, "step": step}
                return Sentence(
                    "Lane {number} ({name}) runs otherwise here than in the file from step {step} on.", facts
                )
        return None


def to_csv(race: Race, view: Mapping[str, str] | None = None) -> str:
    """The run as a table, one row for each lane and step, below a header of lines that begin with #.

    No line of the header has a comma, so that to a spreadsheet each is one cell of text and never a formula.
    """
    scenario = race.scenario
    header = [
        f"{FORMAT} · version {VERSION}",
        f"rows {sum(len(_rows(path)) for path in race.trajectories)}",
        f"scenario {_encoded(scenario.to_query())}",
        f"view {_encoded(view or {})}",
        f"surface {_plain(race.landscape.label)} · start {scenario.point[0]!r} and {scenario.point[1]!r}",
        f"steps {scenario.steps} · seed {scenario.seed} · each step sees {_plain(scenario.sampler.label)}",
        *(f"column {name}: {unit}" for name, unit in UNITS.items()),
        *(
            f"lane {number}: {_plain(row.name)} · {_plain(lane.text)} · {_plain(str(row.outcome))}"
            for number, (lane, row) in enumerate(zip(scenario.lanes, results(race), strict=True), 1)
        ),
    ]
    text = StringIO()
    text.writelines(f"# {line}\n" for line in header)
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for number, path in enumerate(race.trajectories, 1):
        for step, row in enumerate(_rows(path).tolist()):
            table.writerow([number, step, *(_short(value) for value in row)])
    return text.getvalue()


def to_json(race: Race, view: Mapping[str, str] | None = None) -> str:
    """The run as a tree. What is not a finite number is null."""
    tree = {
        "format": FORMAT,
        "version": VERSION,
        "scenario": race.scenario.to_query(),
        "view": dict(view or {}),
        "units": UNITS,
        "lanes": [
            {
                "name": row.name,
                "settings": lane.text,
                "outcome": str(row.outcome),
                **{
                    name: [value if math.isfinite(value) else None for value in column]
                    for name, column in zip(COLUMNS[2:], _rows(path).T.tolist(), strict=True)
                },
            }
            for lane, row, path in zip(race.scenario.lanes, results(race), race.trajectories, strict=True)
        ],
    }
    return json.dumps(tree, ensure_ascii=False, allow_nan=False, indent=1)


def read_record(file: bytes, own: OwnData = NO_DATA) -> Record:
    """What a file that was written here says. Raises ScenarioError for every other file.

    A record does not hold the data of a loss over own data: they are looked up in `own`.
    """
    if len(file) > MAX_BYTES:
        raise ScenarioError("The file is too large: at most {most} MB.", most=MAX_BYTES // 1_000_000)
    try:
        text = file.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _foreign() from None
    return (_from_json if text.lstrip().startswith("{") else _from_csv)(text, own)


def file_name(scenario: Scenario, ending: str) -> str:
    """A name that every system can keep: `rosenbrock-6-lanes-500-steps.csv`."""
    surface = re.sub(r"[^a-z0-9]+", "-", scenario.surface.lower())[:40].strip("-") or "surface"
    return f"{surface}-{len(scenario.lanes)}-lanes-{scenario.steps}-steps.{ending}"


# Writing


def _rows(path: Trajectory) -> Array:
    last = int(path.last_step) + 1
    return np.column_stack([path.points[:last], path.losses[:last], path.evaluated[:last]])


def _short(value: float) -> str:
    return str(int(value)) if math.isfinite(value) and value == int(value) and abs(value) < 1e15 else repr(value)


def _encoded(parts: Mapping[str, str]) -> str:
    return urlencode(parts, quote_via=quote, safe="")


def _plain(text: str) -> str:
    """Text without what a spreadsheet would split a line at."""
    return re.sub(r"[,;\s\"#]+", " ", text)


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
    if not table or tuple(table[0].strip().split(",")) != COLUMNS or len(table) - 1 != count:
        raise _truncated()
    lanes: dict[int, list[list[float]]] = {}
    for line in table[1:]:
        cells = line.split(",")
        try:
            number, step, *row = int(cells[0]), int(cells[1]), *(float(cell) for cell in cells[2:])
        except (ValueError, IndexError):
            raise _truncated() from None
        lane = lanes.setdefault(number, [])
        if len(row) != len(COLUMNS) - 2 or step != len(lane):
            raise _truncated()
        lane.append(row)
    if list(lanes) != list(range(1, len(lanes) + 1)):
        raise _truncated()
    return _record(scenario, view, list(lanes.values()), own)


def _header(lines: Sequence[str]) -> Iterator[str]:
    for line in lines[:MAX_HEADER]:
        if not line.startswith("#"):
            return
        yield line[1:].strip(" ,;")  # a spreadsheet fills the line up with empty cells


def _decoded(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=20))


def _from_json(text: str, own: OwnData) -> Record:
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        raise (_truncated() if FORMAT in text[:200] else _foreign()) from None
    if not isinstance(tree, dict) or tree.get("format") != FORMAT:
        raise _foreign()
    _check_version(tree.get("version"))
    scenario, view, lanes = tree.get("scenario"), tree.get("view", {}), tree.get("lanes")
    if not (_is_text(scenario) and _is_text(view) and isinstance(lanes, list)):
        raise _truncated()
    return _record(scenario, view, [_columns(lane) for lane in lanes], own)


def _is_text(parts: Any) -> TypeGuard[dict[str, str]]:
    return isinstance(parts, dict) and all(isinstance(value, str) for value in parts.values())


def _columns(lane: Any) -> list[list[float]]:
    columns = [lane.get(name) for name in COLUMNS[2:]] if isinstance(lane, dict) else []
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
    query: Mapping[str, str], view: Mapping[str, str], lanes: Sequence[list[list[float]]], own: OwnData
) -> Record:
    scenario = Scenario.from_query(query, own)
    if len(lanes) != len(scenario.lanes) or not all(
        1 <= len(lane) <= scenario.steps + 1 <= MAX_STEPS + 1 for lane in lanes
    ):
        raise _truncated()
    return Record(scenario, view, tuple(np.array(lane, dtype=float) for lane in lanes))
