"""Knobs: dataclass fields for hyperparameters, with a range, a symbol and a description."""

import math
from collections.abc import Mapping
from copy import copy
from dataclasses import Field, dataclass, field, fields, replace
from difflib import get_close_matches
from functools import cache
from inspect import Parameter, Signature, signature
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Self, TypeVar, cast, overload

import numpy as np

from optim_core.objective import Real

T = TypeVar("T")

Number = float | int | bool
Scale = Literal["linear", "log"]


@dataclass(frozen=True)
class Knob:
    """The facts about one hyperparameter.

    `low` and `high` bound the values in the app and in links. Code may go beyond them, but not below `least` or above
    `most`, where the formula has no meaning. `symbol` is LaTeX. The type of `default`, bool, int or float, is the
    `kind` of the knob.
    """

    default: Number
    low: Number
    high: Number
    symbol: str
    scale: Scale
    help: str
    least: float = -math.inf
    most: float = math.inf

    @property
    def kind(self) -> type:
        return type(self.default)


@overload
def knob(
    default: Number,
    low: Number = False,
    high: Number = True,
    *,
    symbol: str,
    help: str,
    scale: Scale = "linear",
    least: float | None = None,
    most: float = math.inf,
) -> Any: ...


@overload
def knob(
    default: Number | None = None,
    low: Number | None = None,
    high: Number | None = None,
    *,
    like: Knob,
    symbol: str | None = None,
    help: str | None = None,
    scale: Scale | None = None,
    least: float | None = None,
    most: float | None = None,
) -> Any: ...


def knob(
    default: Number | None = None,
    low: Number | None = None,
    high: Number | None = None,
    *,
    like: Knob | None = None,
    **facts: Any,
) -> Any:
    """A dataclass field with `default` that carries a `Knob`.

    default, low, high  the default and the range; without a range, a yes-no field
    like                a knob to take the facts from that are not given: see `optim_core.hyperparameters`
    facts               the other fields of `Knob`. Without `least` and `like`, `least` is `low` for a whole number, and
                        0 for a real number with no negative numbers in its range.

    Raises ValueError for facts that contradict each other.
    """
    facts |= {"default": default, "low": low, "high": high}
    given = {name: value for name, value in facts.items() if value is not None}
    made = replace(like, **given) if like else _made(**given)
    if not made.low <= made.default <= made.high:
        raise ValueError(f"knob {made.symbol}: the default {made.default} lies outside {made.low} to {made.high}")
    if made.scale == "log" and made.low <= 0:
        raise ValueError(f"knob {made.symbol}: a logarithmic knob needs a positive lower end, not {made.low}")
    if not made.least <= made.low <= made.high <= made.most:
        raise ValueError(
            f"knob {made.symbol}: the range {made.low} to {made.high} goes beyond {made.least} to {made.most}"
        )
    return field(default=made.default, metadata={"knob": made})


def _made(*, default: Number, low: Number = False, high: Number = True, scale: Scale = "linear", **facts: Any) -> Knob:
    least = low if isinstance(default, int) else 0.0 if low >= 0 else -math.inf
    return Knob(default, low, high, scale=scale, **{"least": least, **facts})


def knobs(thing: Any) -> Mapping[str, Knob]:
    """The knobs of a dataclass or of an instance of one, by field name, in the order of declaration."""
    return _knobs_of(thing if isinstance(thing, type) else type(thing))


class _Constructor:
    """The signature of a class: that of its constructor, which `__new__` would hide from notebooks.

    A real number is shown as `float`: the name of an array's type is a line long.
    """

    def __get__(self, _thing: Any, cls: type) -> Signature:
        of_init = signature(cls.__init__)
        shown = [
            each.replace(annotation=float) if each.annotation == Real else each for each in of_init.parameters.values()
        ]
        return of_init.replace(parameters=shown[1:])


class HasKnobs:
    """Base of the dataclasses with knobs: checks the values of a new instance.

    Raises TypeError for an unknown argument. Raises ValueError for a knob value that is no number, or one that the
    formula has no meaning for. A real number may also be an array of them, which `run` broadcasts over the batch.
    """

    is_traceable: ClassVar[bool] = False
    """Declared by a registered class for itself, not for its subclasses; see `optim_core.register`."""

    __signature__: ClassVar[Any] = _Constructor()

    def __new__(cls, *_args: Any, **arguments: Any) -> Self:
        if not arguments.keys() <= vars(cls).get("__dataclass_fields__", {}).keys():
            _check_names(cls, arguments)
        return super().__new__(cls)

    def __post_init__(self) -> None:
        for name, facts in knobs(self).items():
            value = getattr(self, name)
            if type(value) is facts.kind and facts.least <= value <= facts.most and value != math.inf:
                continue  # the usual case, at a twentieth of the cost
            if problem := _problem(facts, value):
                raise ValueError(f"{type(self).__name__}: {name} must be {problem}, not {value!r}")


def _check_names(cls: type, arguments: Mapping[str, Any]) -> None:
    """Raises TypeError for an unknown argument, with the known ones in the message."""
    known = signature(cls.__init__).parameters
    if any(each.kind is Parameter.VAR_KEYWORD for each in known.values()):
        return
    names = list(known)[1:]
    for name in arguments:
        if name not in names:
            close = get_close_matches(name, names, 1)
            hint = f"; did you mean {close[0]!r}?" if close else ":"
            raise TypeError(f"{cls.__name__} has no {name!r}{hint} it has {', '.join(names) or 'no arguments'}")


def unchecked(thing: T, **values: Any) -> T:
    """A copy with some fields set to values that are not checked: tracers, or numbers that the caller has checked.

    `__init__`, which may take other arguments than the fields, is called only for a class with a `__post_init__` of its
    own, which may compute something from the fields. Raises TypeError for an unknown field.
    """
    if getattr(type(thing), "__post_init__", None) is not HasKnobs.__post_init__:
        return replace(cast(Any, thing), **values)
    made = copy(thing)
    for name, value in values.items():
        if name not in cast(Any, type(thing)).__dataclass_fields__:
            raise TypeError(f"{type(thing).__name__} has no field {name!r}")
        object.__setattr__(made, name, value)
    return made


_KINDS = {bool: ("b", "True or False"), int: ("iu", "a whole number"), float: ("iuf", "a real number")}
"""By the kind of a knob: the kinds of NumPy types that it takes, and their name in a message."""


def _problem(facts: Knob, value: Any) -> str:
    """What a value should be, or an empty text if it is valid."""
    kinds, called = _KINDS[facts.kind]
    array = np.asarray(value)
    if array.dtype.kind not in kinds:
        return called
    if not np.isfinite(array).all():
        return "finite"
    if (array < facts.least).any():
        return f"at least {facts.least:g}"
    return f"at most {facts.most:g}" if (array > facts.most).any() else ""


@cache
def _knobs_of(cls: type) -> Mapping[str, Knob]:
    declared: tuple[Field, ...] = fields(cls)
    return MappingProxyType({f.name: f.metadata["knob"] for f in declared if "knob" in f.metadata})
