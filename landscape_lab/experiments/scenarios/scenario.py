"""Scenarios: an immutable value that determines everything on screen and is equivalent to a link."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, TypeVar, cast

from landscape_lab.experiments.scenarios.notation import MAX_LENGTH, Call, Value, read, write
from landscape_lab.experiments.scenarios.reading import (
    as_call,
    build,
    check_knob,
    check_knobs,
    check_range,
    knob_value,
    read_call,
    read_number,
    read_point,
    read_whole,
    write_point,
)
from landscape_lab.experiments.scenarios.sentence import ScenarioError, is_printable
from landscape_lab.experiments.scenarios.surfaces import (
    FIXED,
    FORMULA,
    NO_DATA,
    OwnData,
    by_key,
    data_errors_as_scenario_errors,
    surface_of,
)
from landscapes import DataLoss, Landscape
from optim_core import SAMPLERS, Knob, Optimizer, Wrapper, key_of
from optim_core.caching import PrivateCache, bounded_cache
from optim_core.example_sampler import has_examples
from optim_core.optimizer import get_field, owner_path
from optim_core.printed import exactly
from optim_core.sampler import Sampler
from optim_core.samplers.exact import Exact
from optim_core.schedule import Schedule
from optim_core.traceable import are_traceable

T = TypeVar("T")

VERSION = "1"
MAX_ENTRIES = 12
MAX_STEPS = 5000
MAX_SEED = 2**32 - 1
MAX_NAME = 40
EXAMPLE = '{"steps": "500", "start": "0,1"}'


@dataclass(frozen=True)
class Entry:
    """A competitor: an optimizer with its wrappers, the schedules of its fields (by full field name), and a name."""

    optimizer: Optimizer
    schedules: tuple[tuple[str, Schedule], ...] = ()
    name: str = ""

    @property
    def core(self) -> Optimizer:
        """The optimizer inside all wrappers."""
        return self.layers[-1]

    @property
    def layers(self) -> list[Optimizer]:
        """The optimizers from the outermost wrapper to the core."""
        layers = [self.optimizer]
        while isinstance(layers[-1], Wrapper):
            layers.append(layers[-1].inner)
        return layers

    @property
    def label(self) -> str:
        """Its name, or by default the names of its layers."""
        return self.name or " + ".join(layer.label for layer in reversed(self.layers))

    @cached_property
    def is_pure(self) -> bool:
        """Whether all of it is known to be pure, so that results may be kept."""
        return are_traceable(self.optimizer, *(schedule for _, schedule in self.schedules))

    @property
    def text(self) -> str:
        call = as_call(self.optimizer, "", dict(self.schedules))
        name = {"name": self.name} if self.name else {}
        return write(replace(call, arguments={**call.arguments, **name}))

    @classmethod
    def from_text(cls, text: str) -> "Entry":
        """Raises ScenarioError."""
        values = read(text)
        if len(values) != 1:
            raise ScenarioError("One entry was expected, not {count}.", count=len(values))
        return _to_entry(values[0])


@dataclass(frozen=True)
class Scenario:
    """A surface with its parameters, a start, entries, a number of steps, a sampler and a seed.

    With a loss over a user's own data, `data` is the loss at its default knobs and `surface` its key. The text of such
    a scenario identifies the data by a digest, from which they cannot be computed.

    Every scenario can be run: raises ScenarioError for values out of range, and ValueError if `data` are not those of
    the surface.
    """

    entries: tuple[Entry, ...]
    surface: str = "rosenbrock"
    parameters: tuple[tuple[str, Any], ...] = ()
    start: tuple[float, float] | None = None
    steps: int = 500
    sampler: Sampler = Exact()  # noqa: RUF009 - frozen
    seed: int = 0
    data: DataLoss | None = None

    def __post_init__(self) -> None:
        if self.data is not None and (self.data.key != self.surface or self.data.changes):
            raise ValueError(f"the data belong to {self.data.text}, not to the surface {self.surface}")
        if not 1 <= len(self.entries) <= MAX_ENTRIES:
            raise ScenarioError(
                "A race has 1 to {most} entries, not {count}.", most=MAX_ENTRIES, count=len(self.entries)
            )
        check_range("steps", self.steps, 1, MAX_STEPS)
        check_range("seed", self.seed, 0, MAX_SEED)
        base = surface_of(self.surface, dict(self.parameters), by_key([self.data] if self.data else []))
        if self.surface == FORMULA:  # links carry one spelling only
            spelled = dict(self.parameters) | {"text": base.expression}
            object.__setattr__(self, "parameters", tuple(spelled.items()))
        known = base.knobs
        for name, value in self.parameters:
            if self.surface == FORMULA and name in FIXED:
                continue
            if name not in known:
                raise ScenarioError("The surface “{owner}” has no “{name}”.", owner=self.surface, name=name)
            check_knob(name, known[name], value)
        for entry in self.entries:
            check_entry(entry)
        check_knobs(self.sampler)
        if self.sampler.needs_examples and not has_examples(self.landscape):
            raise ScenarioError(
                "“{sampler}” looks at some of the examples of a loss over data; the surface “{surface}” has none.",
                sampler=key_of(self.sampler), surface=self.surface,
            )  # fmt: skip
        if self.start is None:
            object.__setattr__(self, "start", self.landscape.start)
        for axis, at, (low, high) in zip(self.landscape.axes, self.point, self.landscape.domain, strict=True):
            if not low <= at <= high:
                raise ScenarioError(
                    "The start {axis} = {value} lies off the map: {axis} goes from {low} to {high}.",
                    axis=axis, value=exactly(at), low=exactly(low), high=exactly(high),
                )  # fmt: skip

    @property
    def point(self) -> tuple[float, float]:
        """The start, with a type that excludes None: the constructor replaces None by the surface's start."""
        return cast(tuple[float, float], self.start)

    @property
    def landscape(self) -> Landscape:
        return _landscape(self.surface, self.parameters, self.data)

    @property
    def private_cache(self) -> PrivateCache | None:
        """The cache for results about a user's own data; see `optim_core.caching`."""
        return self.data.private_cache if self.data else None

    @cached_property
    def is_pure(self) -> bool:
        """Whether all of it is known to be pure, so that results may be kept."""
        surface = getattr(self.landscape, "is_pure", True)
        return surface and are_traceable(self.sampler) and all(entry.is_pure for entry in self.entries)

    @property
    def is_noisy(self) -> bool:
        """Whether the gradients of the steps are drawn at random, so that results depend on the seed."""
        return self.sampler.is_random(self.landscape)

    @property
    def surface_text(self) -> str:
        return write(Call(self.surface, dict(self.parameters)))

    @property
    def kind(self) -> str:
        """Surface, optimizers, schedules and sampler without their numbers, as text.

        Scenarios of the same kind differ only in numbers (a hyperparameter, the start, the steps, the seed) or in the
        names of their entries. A change of the kind restarts the animation on a page.
        """
        texts = [str(value) for _, value in self.parameters if isinstance(value, str)]
        entries = [
            "+".join([*map(key_of, entry.layers), *(f"{path}:{_kind(s)}" for path, s in entry.schedules)])
            for entry in self.entries
        ]
        return " ".join([self.surface, *texts, *entries, key_of(self.sampler)])

    @cached_property
    def alone(self) -> "tuple[Scenario, ...]":
        """One scenario for each entry, with that entry alone and without its name."""
        return tuple(replace(self, entries=(replace(entry, name=""),)) for entry in self.entries)

    def to_query(self) -> dict[str, str]:
        """Return the parts of a link, from which `from_query` reads an equal scenario."""
        return dict(self._query)

    @cached_property
    def _query(self) -> Mapping[str, str]:
        query = {
            "v": VERSION,
            "surface": self.surface_text,
            "start": write_point(self.point),
            "lanes": ",".join(entry.text for entry in self.entries),
            "steps": str(self.steps),
            "seed": str(self.seed),
        }
        return query if isinstance(self.sampler, Exact) else query | {"noise": write(as_call(self.sampler, "", {}))}

    @cached_property
    def text(self) -> str:
        """The whole scenario as one line of text, with a digest of a user's own data."""
        return "&".join(f"{name}={value}" for name, value in self.to_query().items())

    @classmethod
    def from_query(cls, query: Mapping[str, str], own: OwnData = NO_DATA) -> "Scenario":
        """Read the parts of a link. Missing parts have their defaults. Raises ScenarioError for invalid parts.

        own  the losses over own data that the user has loaded: a link alone gives no access to data
        """
        check_parts(query, {"v", "surface", "start", "lanes", "steps", "noise", "seed"})
        parts: dict[str, Any] = {"entries": default_entries()}
        if "surface" in query:
            call = read_call(query["surface"], "surface")
            parts["surface"] = call.name
            known = surface_of(call.name, call.arguments, own).knobs
            parts["data"] = own.get(call.name)
            fixed = FIXED if call.name == FORMULA else ()
            parts["parameters"] = tuple(
                (name, value if name in fixed else _parameter(name, known, value))
                for name, value in call.arguments.items()
            )
        if "start" in query:
            parts["start"] = read_point(query["start"])
        if "lanes" in query:
            values = read(query["lanes"]) if query["lanes"].strip() else []
            parts["entries"] = tuple(_to_entry(value) for value in values)
        for name in ("steps", "seed"):
            if name in query:
                parts[name] = read_whole(name, query[name])
        if "noise" in query:
            parts["sampler"] = build(read_call(query["noise"], "noise"), Sampler)
        return cls(**parts)

    @classmethod
    def from_link(cls, link: str, own: OwnData = NO_DATA) -> "Scenario":
        """Read the race of an address of the app (playground, map or lesson), as copied from a browser.

        The part after the question mark is sufficient. Raises ScenarioError for other texts.
        """
        from landscape_lab.experiments.scenarios.links import scenario_of  # avoids a cycle: lessons import this module

        return scenario_of(link, own)


def _kind(schedule: Schedule) -> str:
    then = getattr(schedule, "then", None)
    return key_of(schedule) + (f">{_kind(then)}" if then else "")


def check_query(query: Any) -> None:
    """Check the type of a link's parts. Raises ScenarioError unless it is a mapping from names to texts."""
    if not isinstance(query, Mapping):
        raise ScenarioError(
            "The parts of a link are a mapping from names to texts, such as {example}.", example=EXAMPLE
        )
    for name, value in query.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise ScenarioError(
                "“{name}” must be a text, as a link has it, such as {example}.", name=str(name), example=EXAMPLE
            )


def check_parts(query: Any, known: Collection[str]) -> None:
    """Check the names, the lengths and the version of a link's parts. Raises ScenarioError."""
    check_query(query)
    for name, value in query.items():
        if name not in known:
            raise ScenarioError("The link has a part “{name}” that means nothing here.", name=name)
        if len(value) > MAX_LENGTH:
            raise ScenarioError("The link is too long: “{name}” has {length} characters.", name=name, length=len(value))
    if query.get("v", VERSION) != VERSION:
        raise ScenarioError("The link was made by another version of this page ({version}).", version=query["v"])


@bounded_cache(maxsize=128)
def _landscape(surface: str, parameters: tuple[tuple[str, Any], ...], data: DataLoss | None) -> Landscape:
    # A landscape caches its critical points, so landscapes are cached, too.
    base = data or surface_of(surface, dict(parameters))
    with data_errors_as_scenario_errors():  # a column may vary only in rows that are held out
        return base.with_parameters(**{name: value for name, value in parameters if name in base.knobs})


def _parameter(name: str, known: Mapping[str, Knob], value: Value) -> Any:
    return knob_value(name, known[name], value) if name in known else read_number(name, value)


def samplers_on(landscape: Landscape) -> Mapping[str, type[Sampler]]:
    """Return the samplers for a surface: those that choose examples need a loss over data."""
    return {key: cls for key, cls in SAMPLERS.items() if has_examples(landscape) or not cls.needs_examples}


def on_surface(scenario: Scenario, key: str, own: OwnData = NO_DATA, **arguments: Any) -> Scenario:
    """Return the scenario with another surface, at its default start.

    A sampler that does not apply to the surface is replaced by `Exact`. A loss over own data is looked up in `own`.
    Parameters that two formulas have in common keep their values. Raises ScenarioError.
    """
    base = surface_of(key, arguments, own)
    sampler = scenario.sampler if key_of(scenario.sampler) in samplers_on(base) else Exact()
    kept = {name: value for name, value in scenario.parameters if key == scenario.surface and name in base.knobs}
    parameters = (*arguments.items(), *kept.items())
    return replace(scenario, surface=key, parameters=parameters, start=None, sampler=sampler, data=own.get(key))


@cache
def default_entries() -> tuple[Entry, ...]:
    """Return the default entries: the methods of the course, at rates that suit the default surface."""
    text = (
        "gradient_descent(learning_rate=0.001),momentum(learning_rate=0.001),nesterov(learning_rate=0.001),"
        "adagrad(learning_rate=0.5),rmsprop(learning_rate=0.02),adam(learning_rate=0.1)"
    )
    return tuple(_to_entry(value) for value in read(text))


def _to_entry(value: Value) -> Entry:
    if not isinstance(value, Call) or value.factor is not None:
        raise ScenarioError("An entry must name an optimizer, not “{value}”.", value=write(value))
    arguments = dict(value.arguments)
    name = arguments.pop("name", "")
    if not isinstance(name, str):
        raise ScenarioError("The name of an entry must be text in quotes.")
    schedules: dict[str, Schedule] = {}
    optimizer = build(replace(value, arguments=arguments), Optimizer, schedules)
    return Entry(optimizer, tuple(schedules.items()), name)


def check_entry(entry: Entry) -> None:
    """Check the name, the settings and the schedules of an entry. Raises ScenarioError."""
    if len(entry.name) > MAX_NAME or not is_printable(entry.name) or set(entry.name) & set('"\\'):
        raise ScenarioError(
            "An entry's name has {most} characters at most: letters, signs and emoji, no quotes, backslashes or "
            "control characters.",
            most=MAX_NAME,
        )
    for layer in entry.layers:
        check_knobs(layer)
    for path, schedule in entry.schedules:
        try:
            scheduled = get_field(entry.optimizer, path)
            known = owner_path(entry.optimizer, path) == path
        except AttributeError:
            scheduled, known = None, False
        if not known or not isinstance(scheduled, float):
            raise ScenarioError("“{name}” cannot follow a schedule.", name=path)
        if not isinstance(schedule, Schedule):
            raise ScenarioError("“{name}” of an entry follows one of the schedules that a link can name.", name=path)
        while True:
            check_knobs(schedule)
            if not hasattr(schedule, "then"):
                break
            schedule = cast(Any, schedule).then
