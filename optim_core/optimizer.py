"""The interface of every optimizer: a frozen dataclass whose fields are the hyperparameters."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, fields, replace
from types import UnionType
from typing import Any, ClassVar, Union, get_args, get_origin

from optim_core.knob import HasKnobs, Knob, knobs, unchecked
from optim_core.objective import Array, Objective


class State(dict):
    """The optimizer state: the variables that last from step to step, by their names in the formula.

    `init` creates them. The entry `inner` is the state of the optimizer inside a wrapper; any other entry that is a
    state itself is a store of numbers that are not shown. `shown` has the other variables of the step that led to this
    state: they are only shown, and the next step does not read them.
    """

    shown: Mapping[str, Any] = {}

    def show(self, **variables: Any) -> "State":
        """The same state with more variables to be shown."""
        state = State(self)
        state.shown = {**self.shown, **variables}
        return state


@dataclass(frozen=True, eq=False)
class Optimizer(HasKnobs, ABC):
    """A rule for the next point of a descent. It is immutable: what changes from step to step is in the `State`.

    Concrete classes are final frozen dataclasses. A field that is a real number (a knob, or annotated `float`) is a
    hyperparameter: it can follow a schedule, and it may be an array that broadcasts over the batch. Other fields stay
    as they are. `formula` is LaTeX and the only place with the maths; `source` cites it; `year` is the year of the
    source. `symbols` has the LaTeX of those variables whose name does not show how they are written.

    Raises ValueError for a knob value that the formula has no meaning for: text, NaN, a negative learning rate.
    """

    label: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[str]
    year: ClassVar[int]
    symbols: ClassVar[Mapping[str, str]] = {}

    def init(self, theta: Array) -> Any:
        """The state before the first step, for a start of shape (P, n): a `State`."""
        return State()

    @abstractmethod
    def step(self, theta: Array, state: Any, objective: Objective) -> tuple[Array, Any]:
        """One step from `theta`: the new point, of the same shape, and the new state.

        The state keeps what lasts apart from what is only shown: `State(m=m).show(g=g)` passes m on to the next step,
        and g to the inspector and to `run(record_state=True)`. A plain dict is a state with nothing else to show.

        `theta` has shape (P, n): one column for each of the n runs of the batch, in one row, and (P, 1) for a single
        run; a surface has P = 2. A hyperparameter given as an array arrives as (n,). `objective` gives `value` (n,),
        `gradient` (P, n) and, for P = 2, `hessian` (2, 2, n), and counts them. Each column should be computed from that
        column alone: sum over the first axis (`norm` and `dot` of `optim_core.objective` do), not over the whole array.

        A class of your own is executed as written, by plain NumPy: `run` calls `init` once, then `step` once for
        each step, with what the step before returned, until every run of the batch has ended. Runs that have ended stay
        in the batch, and what they do is ignored. So the state may hold anything, and a step may draw random numbers or
        count on `self`. Under a schedule each step is made by a copy whose scheduled fields have their values of that
        step: what is to last then belongs in the state.

        The built-in classes, and those that declare `is_traceable`, promise more, since `run` traces their steps and
        takes ended runs out of their state: the step is a pure function, changes no argument, and the state that it
        returns has the variables that `init` creates: arrays that end in the axis of the runs, and counters as plain
        ints. The name `waited` is reserved for the evaluations that `backtrack` and `solve` made for other runs.
        """


@dataclass(frozen=True, eq=False)
class Wrapper(Optimizer):
    """An optimizer that changes what another one, `inner`, sees or does."""

    inner: Optimizer

    def init(self, theta: Array) -> Any:
        return self.inner.init(theta)


def all_variables(state: Any) -> dict[str, Any]:
    """The variables of a stack of wrappers, those that are only shown included; an outer layer's variables win.

    The state of a user's own class may be anything: what is no dict has no variables.
    """
    if not isinstance(state, dict):
        return {}
    own = {name: value for name, value in state.items() if not isinstance(value, dict)}
    inner = all_variables(state["inner"]) if isinstance(state.get("inner"), dict) else {}
    return {**inner, **own, **getattr(state, "shown", {})}


def learning_rate_of(optimizer: Optimizer) -> Any:
    """The learning rate of the innermost optimizer of a stack of wrappers; 1 where it has none (Adadelta)."""
    while isinstance(optimizer, Wrapper):
        optimizer = optimizer.inner
    return getattr(optimizer, "learning_rate", 1.0)


def owner_path(optimizer: Optimizer, field: str) -> str:
    """The full name of a field inside a stack of wrappers: "learning_rate" of Lookahead(Adam) is "inner.learning_rate".

    A dotted name is already full. Raises AttributeError for a field that no layer has.
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


def with_numbers(optimizer: Any, numbers: Mapping[str, Any]) -> Any:
    """The same for several fields by their full names; the values are not checked.

    Raises AttributeError for a name that no field has.
    """
    for path, value in numbers.items():
        name, _, rest = path.partition(".")
        old = getattr(optimizer, name)
        changed = with_numbers(old, {rest: value}) if rest else value
        optimizer = unchecked(optimizer, **{name: changed})
    return optimizer


def real_fields(optimizer: Optimizer) -> list[str]:
    """The names of the optimizer's own fields that are real numbers: float knobs, and fields annotated `float`."""
    return [f.name for f in fields(optimizer) if _is_real(f)]


def _is_real(f: Field) -> bool:
    if "knob" in f.metadata:
        return f.metadata["knob"].kind is float
    if isinstance(f.type, str):  # as `from __future__ import annotations` leaves it
        return f.init and "float" in f.type.replace(" ", "").split("|")
    return f.init and float in (get_args(f.type) if get_origin(f.type) in (Union, UnionType) else (f.type,))


def knob_of(optimizer: Optimizer, path: str) -> Knob:
    """The knob of the field with that full name."""
    owner, _, name = path.rpartition(".")
    return knobs(get_field(optimizer, owner) if owner else optimizer)[name]


def numbers_of(optimizer: Optimizer, kinds: tuple[type, ...] = (float,)) -> dict[str, Any]:
    """The fields at any depth that are real numbers, or arrays of them, by their full names; outer layers first.

    `kinds` are the kinds of knobs to include: with `int` among them, whole numbers as well.
    """
    found = {name: getattr(optimizer, name) for name, facts in knobs(optimizer).items() if facts.kind in kinds}
    if isinstance(optimizer, Wrapper):
        found |= {f"inner.{path}": value for path, value in numbers_of(optimizer.inner, kinds).items()}
    return found


def leaves(state: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The arrays and numbers of a state, each after the path of names that leads to it."""
    for name, value in state.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name), value
