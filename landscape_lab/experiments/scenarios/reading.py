"""Text of a link to checked objects and back: points, numbers, and calls such as `adam(learning_rate=0.1)`."""

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from functools import cache
from typing import Any, TypeVar, get_type_hints

from landscape_lab.experiments.scenarios.notation import Call, Value, read, write
from landscape_lab.experiments.scenarios.sentence import ScenarioError, in_words, word
from optim_core import Knob, Optimizer, key_of, knobs
from optim_core.printed import exactly
from optim_core.registries import REGISTRIES
from optim_core.sampler import Sampler
from optim_core.schedule import Schedule

T = TypeVar("T")


def read_point(text: str) -> tuple[float, float]:
    """Read the two numbers of a start. Raises ScenarioError."""
    point = read(text) if text.strip() else []
    if len(point) != 2:
        raise ScenarioError("A start has two numbers, not {count}.", count=len(point))
    x, y = (read_number("start", value) for value in point)
    return x, y


def write_point(point: tuple[float, float]) -> str:
    """Return the text that `read_point` turns back into exactly this point."""
    return ",".join(write(float(at)) for at in point)


def read_call(text: str, part: str) -> Call:
    """Read the one call in a part of a link. Raises ScenarioError."""
    values = read(text)
    if len(values) != 1 or not isinstance(values[0], Call) or values[0].factor is not None:
        raise ScenarioError("The part “{part}” of the link needs one name, not “{text}”.", part=part, text=text)
    return values[0]


def read_number(name: str, value: Value) -> float:
    """Return a value of a link that must be a real number. Raises ScenarioError."""
    if isinstance(value, bool) or not isinstance(value, float):
        raise ScenarioError("“{name}” must be a number.", name=name)
    return value


def read_whole(name: str, text: str) -> int:
    """Read a whole number. Raises ScenarioError."""
    values = read(text) if text.strip() else []
    number = read_number(name, values[0]) if len(values) == 1 else math.nan
    if not number.is_integer():
        raise ScenarioError("“{name}” must be a whole number, not “{text}”.", name=name, text=text)
    return int(number)


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def build(call: Call, base: type[T], schedules: dict[str, Schedule] | None = None, path: str = "") -> T:
    """Return the object that a call describes, and collect the schedules of its fields by full field name."""
    cls = REGISTRIES[base].get(call.name)
    if cls is None:
        kinds = {Optimizer: word("optimizer"), Schedule: word("schedule"), Sampler: word("kind of noise")}
        raise ScenarioError("There is no {kind} called “{name}”.", kind=kinds[base], name=call.name)
    known, hints = knobs(cls), _hints(cls)
    built: dict[str, Any] = {}
    for name, value in call.arguments.items():
        if name in known:
            if isinstance(value, Call) and value.factor is not None and schedules is not None:
                schedules[path + name] = build(replace(value, factor=None), Schedule)
                value = value.factor
            built[name] = knob_value(name, known[name], value)
            check_knob(name, known[name], built[name])
        elif hints.get(name) in REGISTRIES and isinstance(value, Call) and value.factor is None:
            built[name] = build(value, hints[name], schedules, f"{path}{name}.")
        else:
            raise ScenarioError("“{owner}” has no setting called “{name}”.", owner=call.name, name=name)
    missing = [f.name for f in fields(cls) if f.default is MISSING and f.name not in built]
    if missing:
        raise ScenarioError("“{owner}” needs its “{name}”.", owner=call.name, name=missing[0])
    for name in built.keys() & known.keys():
        check_knob(name, known[name], built[name])  # with a better message than the ValueError of the class
    return cls(**built)


def knob_value(name: str, knob: Knob, value: Value) -> Any:
    """Return a value of the knob's own type, which may still be out of its range. Raises ScenarioError."""
    if knob.kind is bool:
        if not isinstance(value, bool):
            raise ScenarioError("“{name}” must be true or false.", name=name)
        return value
    number = read_number(name, value)
    if knob.kind is int:
        if not number.is_integer():
            raise ScenarioError("“{name}” must be a whole number, not {value}.", name=name, value=exactly(number))
        return int(number)
    return number


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raises ScenarioError for a value out of its range."""
    # Written so that NaN fails.
    if not low <= value <= high:
        raise ScenarioError(
            "“{name}” goes from {low} to {high}; {value} is outside.",
            name=in_words(name), low=exactly(low), high=exactly(high), value=exactly(value),
        )  # fmt: skip


def check_knob(name: str, knob: Knob, value: Any) -> None:
    """Raises ScenarioError for a value of another type than the knob's, or out of its range."""
    if isinstance(value, bool) != (knob.kind is bool) or not isinstance(value, (bool, int, float)):
        raise ScenarioError("“{name}” must be of another kind.", name=in_words(name))
    if knob.kind is int and value != value // 1:
        raise ScenarioError("“{name}” must be a whole number, not {value}.", name=in_words(name), value=exactly(value))
    check_range(name, value, knob.low, knob.high)


def check_knobs(thing: Any) -> None:
    """Check every setting of `thing`. Raises ScenarioError for the first one out of its knob's range."""
    for name, knob in knobs(thing).items():
        check_knob(name, knob, getattr(thing, name))


def as_call(thing: Any, path: str, schedules: Mapping[str, Schedule]) -> Call:
    """Return the call that `build` turns back into an equal object; `path` is its full field name with a dot."""
    arguments: dict[str, Value] = {}
    for f in fields(thing):
        value = getattr(thing, f.name)
        if isinstance(value, (Optimizer, Schedule)):
            arguments[f.name] = as_call(value, f"{path}{f.name}.", schedules)
        elif path + f.name in schedules:
            arguments[f.name] = replace(as_call(schedules[path + f.name], "", {}), factor=float(value))
        else:
            arguments[f.name] = value if isinstance(value, bool) else float(value)
    return Call(key_of(thing), arguments)
