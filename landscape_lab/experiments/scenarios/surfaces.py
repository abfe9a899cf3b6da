"""The surfaces of scenarios: built-in surfaces, formulas, and losses over a user's own data.

Losses over own data are not in a registry: a link is read together with the losses that the user has loaded.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from landscape_lab.experiments.scenarios.sentence import ScenarioError, Sentence
from landscapes import (
    DATA_LOSSES,
    SURFACES,
    DataError,
    DataLoss,
    FormulaError,
    Landscape,
    Roles,
    Table,
    loss_over,
    parse_formula,
    read_table,
)
from landscapes.critical_points import Domain
from landscapes.datasets import MAX_BYTES
from landscapes.formula import EDGES, KEY
from landscapes.models import Logistic
from optim_core.caching import PrivateCache

FORMULA = KEY
"""The key of a formula in a link: `formula(text="x^2 + a*y^2",a=3)`, optionally with the ends of the map."""

FIXED = frozenset({"text", *EDGES})
"""The arguments of a formula that are not knobs."""

OwnData = Mapping[str, DataLoss]
"""Losses over a user's own data, by key."""

NO_DATA: OwnData = MappingProxyType({})


class DataNotLoaded(ScenarioError):
    """The scenario is about own data that the user has not loaded."""


def surface_of(key: str, arguments: Mapping[str, Any], own: OwnData = NO_DATA) -> Landscape:
    """Return the surface with this key, its knobs at their defaults. Raises ScenarioError if there is none.

    `arguments` determine a formula and are ignored otherwise. A loss over a user's own data is looked up only in
    `own`.
    """
    if key != FORMULA:
        return surface_named(key, own)
    text, ends = arguments.get("text"), [arguments.get(name) for name in EDGES]
    if not isinstance(text, str):
        raise ScenarioError("A formula needs its “{name}” in quotes.", name="text")
    if ends == [None] * len(EDGES):
        return _formula(text, None)
    for name, end in zip(EDGES, ends, strict=True):
        if isinstance(end, bool) or not isinstance(end, int | float):
            raise ScenarioError("A formula's map needs the number “{name}”.", name=name)
    left, right, bottom, top = (float(end) for end in ends)  # type: ignore[arg-type]
    return _formula(text, ((left, right), (bottom, top)))


@lru_cache(maxsize=64)
def _formula(text: str, domain: Domain | None) -> Landscape:
    try:
        return parse_formula(text, domain)
    except FormulaError as error:
        raise ScenarioError(error.template, **error.values) from None


def surface_named(key: str, own: OwnData = NO_DATA) -> Landscape:
    """Return the surface with this key, its knobs at their defaults. Raises ScenarioError if there is none."""
    surface = SURFACES.get(key) or own.get(key)
    if surface is not None:
        return surface
    if key.rpartition("_")[0] in DATA_LOSSES:
        raise DataNotLoaded("This link is about data from a file, which it does not contain. Load that file first.")
    raise ScenarioError("There is no surface called “{name}”.", name=key)


def by_key(losses: Iterable[DataLoss]) -> OwnData:
    """Return the losses by the keys that links use."""
    return {loss.key: loss for loss in losses}


def table_of(file: bytes) -> Table:
    """Read the columns of a CSV file. Raises ScenarioError with the row and column of an error."""
    with data_errors_as_scenario_errors():
        return read_table(file)


def roles_of(table: Table, text: str) -> Roles:
    """Read the columns that a text lists, features before the target; see `Table.roles_of`. Raises ScenarioError."""
    with data_errors_as_scenario_errors():
        return table.roles_of(text)


def notes_on(table: Table, roles: Roles | None = None) -> tuple[Sentence, ...]:
    """Return how a file was interpreted; see `Table.notes_on`. Raises ScenarioError."""
    with data_errors_as_scenario_errors():
        return tuple(Sentence(note.template, note.values) for note in table.notes_on(roles))


def losses_over(file: bytes | Table, roles: Roles | None = None) -> Mapping[str, DataLoss]:
    """Return the losses of all models that suit the data in a CSV file, by the key of the model.

    The classification model comes first. `roles` are the columns to use, by default those of `Table.roles`. Raises
    ScenarioError with the row and column of an error.
    """
    with data_errors_as_scenario_errors():
        table = read_table(file) if isinstance(file, bytes) else file
        data = replace(table.data(roles), private_cache=PrivateCache())  # one for all models
    fitting, refused = {}, None
    for key in DATA_LOSSES:
        try:
            fitting[key] = loss_over(key, data)
        except DataError as error:
            refused = error
    if refused is not None and not fitting:
        raise ScenarioError(refused.template, **refused.values)
    return dict(sorted(fitting.items(), key=lambda entry: not isinstance(entry[1].model, Logistic)))


def losses_in(file: Path, columns: str | None = None) -> OwnData:
    """Return the losses over a CSV file on disk, by key.

    `columns` are the columns to use, such as "hours,points"; by default the app chooses. Raises ScenarioError.
    """
    try:
        with file.open("rb") as stream:
            text = stream.read(MAX_BYTES + 1)  # a larger file is refused, without being read
    except OSError as error:
        raise ScenarioError("{file} cannot be read: {reason}", file=str(file), reason=error.strerror) from None
    table = table_of(text)
    return by_key(losses_over(table, roles_of(table, columns) if columns else None).values())


@contextmanager
def data_errors_as_scenario_errors() -> Iterator[None]:
    """Raise a DataError of the block as a ScenarioError."""
    try:
        yield
    except DataError as error:
        raise ScenarioError(error.template, **error.values) from None
