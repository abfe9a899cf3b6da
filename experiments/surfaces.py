"""Every surface that a scenario may name: built-in ones, a person's formula, losses over a person's data.

Losses over a person's own data are no part of any registry: whoever reads a link passes those that its reader has.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from experiments.sentence import ScenarioError
from landscapes import (
    DATA_LOSSES,
    SURFACES,
    DataError,
    DataLoss,
    FormulaError,
    Landscape,
    loss_over,
    parse_formula,
    read_csv,
)
from landscapes.critical_points import Domain
from landscapes.formula import EDGES, KEY
from optim_core.caching import PrivateCache

FORMULA = KEY
"""What a link calls a person's formula: `formula(text="x^2 + a*y^2",a=3)`, perhaps with the ends of the map."""

FIXED = frozenset({"text", *EDGES})
"""The arguments of a formula that are no knobs."""

OwnData = Mapping[str, DataLoss]
"""Losses over a person's own data, by key."""

NO_DATA: OwnData = MappingProxyType({})


class DataNotLoaded(ScenarioError):
    """A scenario about own data, read by somebody who has not loaded them."""


def surface_of(key: str, arguments: Mapping[str, Any], own: OwnData = NO_DATA) -> Landscape:
    """The surface that a link calls `key`, its knobs at their defaults. Raises ScenarioError where there is none.

    A formula is what its arguments say. A loss over a person's own data is looked up in `own` and nowhere else. All
    other surfaces are known by their name alone.
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
    """The surface that a link calls `key`, at its defaults. Raises ScenarioError where there is none."""
    surface = SURFACES.get(key) or own.get(key)
    if surface is not None:
        return surface
    if key.rpartition("_")[0] in DATA_LOSSES:
        raise DataNotLoaded("This link is about data from a file, which it does not contain. Load that file first.")
    raise ScenarioError("There is no surface called “{name}”.", name=key)


def by_key(losses: Iterable[DataLoss]) -> OwnData:
    """The losses, to be looked up by what a link calls them."""
    return {loss.key: loss for loss in losses}


def losses_over(file: bytes) -> Mapping[str, DataLoss]:
    """Every model that suits the data in a CSV file, as a surface, by the name of the model.

    Raises ScenarioError with what is wrong with the file, by row and column.
    """
    try:
        data = read_csv(file)
    except DataError as error:
        raise ScenarioError(error.template, **error.values) from None
    data = replace(data, private_cache=PrivateCache())  # one for all models
    fitting, refused = {}, None
    for key in DATA_LOSSES:
        try:
            fitting[key] = loss_over(key, data)
        except DataError as error:
            refused = error
    if refused is not None and not fitting:
        raise ScenarioError(refused.template, **refused.values)
    return fitting
