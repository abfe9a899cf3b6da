"""A knob is a hyperparameter that a person can turn: a dataclass field that knows its range, symbol and meaning."""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

Number = float | int | bool


@dataclass(frozen=True)
class Knob:
    """The facts about one hyperparameter.

    `low` and `high` bound what the app offers and what a link may hold; code may construct an object beyond
    them. `symbol` is LaTeX. The type of `default` is the type of the knob: bool, int or float.
    """

    default: Number
    low: Number
    high: Number
    symbol: str
    scale: Literal["linear", "log"]
    help: str

    @property
    def kind(self) -> type:
        return type(self.default)


def knob(
    default: Number,
    low: Number = False,
    high: Number = True,
    *,
    symbol: str,
    help: str,
    scale: Literal["linear", "log"] = "linear",
) -> Any:
    """A dataclass field with `default` that carries a `Knob`. Raises ValueError where its facts clash."""
    if not low <= default <= high:
        raise ValueError(f"knob {symbol}: the default {default} lies outside {low} to {high}")
    if scale == "log" and low <= 0:
        raise ValueError(f"knob {symbol}: a logarithmic knob needs a positive lower end, not {low}")
    return field(default=default, metadata={"knob": Knob(default, low, high, symbol, scale, help)})


def knobs(thing: Any) -> Mapping[str, Knob]:
    """The knobs of a dataclass or of an instance of one, by field name, in the order they were declared."""
    return _knobs_of(thing if isinstance(thing, type) else type(thing))


@cache
def _knobs_of(cls: type) -> Mapping[str, Knob]:
    declared: tuple[Field, ...] = fields(cls)
    return MappingProxyType({f.name: f.metadata["knob"] for f in declared if "knob" in f.metadata})
