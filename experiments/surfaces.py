"""Every surface that a scenario may name: built-in ones, a person's formula, losses over a person's data."""

from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from threading import Lock
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

FORMULA = KEY
"""What a link calls a person's formula: `formula(text="x^2 + a*y^2",a=3)`, perhaps with the ends of the map."""

FIXED = frozenset({"text", *EDGES})
"""The arguments of a formula that are no knobs."""

MOST_BROUGHT = 64
"""How many losses over people's own data a process keeps; each has at most a megabyte of them."""

# Shared by all sessions: the name of such a loss is a digest of its data, so nobody finds what they have not brought.
_brought: OrderedDict[str, DataLoss] = OrderedDict()
_lock = Lock()


def surface_of(key: str, arguments: Mapping[str, Any]) -> Landscape:
    """The surface that a link calls `key`, its knobs at their defaults. Raises ScenarioError where there is none.

    A formula is what its arguments say; all other surfaces are known by their name alone.
    """
    if key != FORMULA:
        return surface_named(key)
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


def surface_named(key: str) -> Landscape:
    """The surface that a link calls `key`, at its defaults. Raises ScenarioError where there is none."""
    surface = SURFACES.get(key) or _brought.get(key)
    if surface is not None:
        return surface
    if key.rpartition("_")[0] in DATA_LOSSES:
        raise ScenarioError("This link is about data that are not here. Load their file again.")
    raise ScenarioError("There is no surface called “{name}”.", name=key)


def losses_over(file: bytes) -> Mapping[str, DataLoss]:
    """Every model that suits the data in a CSV file, as a surface, by the name of the model.

    Raises ScenarioError with what is wrong with the file, by row and column.
    """
    try:
        data = read_csv(file)
    except DataError as error:
        raise ScenarioError(error.template, **error.values) from None
    fitting, refused = {}, None
    for key in DATA_LOSSES:
        try:
            fitting[key] = loss_over(key, data)
        except DataError as error:
            refused = error
    if refused is not None and not fitting:
        raise ScenarioError(refused.template, **refused.values)
    return fitting


def remember(loss: DataLoss) -> None:
    """Make a loss over somebody's own data a surface that scenarios can name; the ones not used for longest go."""
    with _lock:
        _brought[loss.key] = loss
        _brought.move_to_end(loss.key)
        while len(_brought) > MOST_BROUGHT:
            _brought.popitem(last=False)


def is_own(key: str) -> bool:
    """Whether a surface is a loss over somebody's own data, which its name alone does not tell another process."""
    return key in _brought


def packed(key: str) -> Any:
    """What another process needs besides the name of a surface: the model and the examples of a loss over own data."""
    loss = _brought.get(key)
    return loss and (key.rpartition("_")[0], loss.data, loss.held_out)


def unpack(key: str, carried: Any) -> None:
    """Make a surface that was `packed` in another process one that scenarios can name here."""
    if carried and not is_own(key):  # a worker gets many tiles of one map
        remember(loss_over(*carried))
