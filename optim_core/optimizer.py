"""The one interface of every optimizer: a frozen dataclass whose fields are the hyperparameters."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, TypeAlias

from optim_core.knob import Knob, knobs
from optim_core.objective import Array, Objective

State: TypeAlias = dict[str, Any]
"""The whiteboard: every letter of the formula by its name. Arrays end in the lane axis; counters are plain ints."""


@dataclass(frozen=True)
class Optimizer(ABC):
    """Moves a point downhill, one step at a time, without ever changing itself.

    Concrete classes are final; their fields are floats, or arrays that broadcast over the lanes. `formula` is
    LaTeX and the only place where the maths is written; `source` cites it; `year` is the year of the source.
    Everything that changes from step to step lives in the `State`; `symbols` is how a letter of it is written in LaTeX,
    where its name alone does not tell.
    """

    label: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[str]
    year: ClassVar[int]
    symbols: ClassVar[Mapping[str, str]] = {}

    def init(self, theta: Array) -> State:
        """The state before the first step, for a start of shape (2, *lanes)."""
        return {}

    @abstractmethod
    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        """One step from `theta` of shape (2, *lanes): the new point and the new whiteboard. Changes no argument."""


@dataclass(frozen=True)
class Wrapper(Optimizer):
    """An optimizer made by changing what another one, `inner`, sees or does."""

    inner: Optimizer

    def init(self, theta: Array) -> State:
        return self.inner.init(theta)


def whole(state: State) -> State:
    """All letters of a stack of wrappers on one whiteboard; an outer layer's letters win."""
    while "inner" in state:
        state = {**state["inner"], **{name: value for name, value in state.items() if name != "inner"}}
    return state


def learning_rate_of(optimizer: Optimizer) -> Any:
    """The learning rate at the heart of a stack of wrappers; 1 for an optimizer that has none (Adadelta)."""
    while isinstance(optimizer, Wrapper):
        optimizer = optimizer.inner
    return getattr(optimizer, "learning_rate", 1.0)


def owner_path(optimizer: Optimizer, field: str) -> str:
    """The full name of a field inside a stack of wrappers: "learning_rate" of Lookahead(Adam) is "inner.learning_rate".

    A dotted name is taken as it is. Raises AttributeError for a field that no layer has.
    """
    layer, path = optimizer, ""
    for part in field.split(".")[:-1]:
        layer, path = getattr(layer, part), f"{path}{part}."
    name = field.rpartition(".")[2]
    while name not in {f.name for f in fields(layer)}:
        if not isinstance(layer, Wrapper):
            raise AttributeError(f"{type(optimizer).__name__} has no field '{field}'")
        layer, path = layer.inner, f"{path}inner."
    return path + name


def get_field(optimizer: Optimizer, path: str) -> Any:
    """The value of the field with that full name."""
    value: Any = optimizer
    for part in path.split("."):
        value = getattr(value, part)
    return value


def with_field(optimizer: Any, path: str, value: Any) -> Any:
    """The same optimizer with the field of that full name set to `value`."""
    name, _, rest = path.partition(".")
    return replace(optimizer, **{name: with_field(getattr(optimizer, name), rest, value) if rest else value})


def knob_of(optimizer: Optimizer, path: str) -> Knob:
    """The knob of the field with that full name."""
    owner, _, name = path.rpartition(".")
    return knobs(get_field(optimizer, owner) if owner else optimizer)[name]


def numbers_of(optimizer: Optimizer) -> dict[str, Any]:
    """The fields at any depth that are real numbers, or arrays of them, by their full names; outer layers first."""
    found = {name: getattr(optimizer, name) for name, facts in knobs(optimizer).items() if facts.kind is float}
    if isinstance(optimizer, Wrapper):
        found |= {f"inner.{path}": value for path, value in numbers_of(optimizer.inner).items()}
    return found


def with_numbers(optimizer: Any, numbers: Mapping[str, Any]) -> Any:
    """The same optimizer with these fields, by their full names."""
    for path, value in numbers.items():
        optimizer = with_field(optimizer, path, value)
    return optimizer


def leaves(state: State, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The arrays and numbers of a whiteboard, each after the names that lead to it."""
    for name, value in state.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name), value
