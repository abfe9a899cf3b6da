"""Changes of a single number: every number that a user can drag or type has a path, and `apply` sets it.

Paths have "/" between their parts and dots in the names of nested fields:

    lane/0/learning_rate    lane/2/inner.beta1                     a hyperparameter of an entry
    lane/0/learning_rate/schedule/length    .../schedule/then.final    a number of its schedule
    surface/condition    sampler/sigma    steps    seed    start/x    start/y
    domain/x0    domain/x1    domain/y0    domain/y1               the ends of a formula's map
    lesson/<name>    comparison/<name>                             a setting of a lesson or a fair comparison
    axis/0/from    axis/1/to                                       the ends of a map's axes
    data/<name>    training/<name>    plan/<name>                  a setting of a network's data, of its training, or
                                                                   of the page of networks

A map also has the paths of its scenario, and a lesson about a race those of its start.
"""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar, cast

from landscape_lab.experiments.course.lesson import Lesson
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.fairness import Comparison
from landscape_lab.experiments.maps.plan import MapPlan
from landscape_lab.experiments.networks.plan import NetworkPlan
from landscape_lab.experiments.networks.scenario import NetworkScenario
from landscape_lab.experiments.scenarios.entries import settings, with_schedule, with_setting
from landscape_lab.experiments.scenarios.exercise import check_kept
from landscape_lab.experiments.scenarios.scenario import MAX_SEED, MAX_STEPS, Entry, Scenario, knob_value
from landscape_lab.experiments.scenarios.sentence import ScenarioError
from landscape_lab.experiments.scenarios.surfaces import FORMULA
from landscapes.formula import EDGES
from optim_core import Knob, key_of, knobs
from optim_core.knob import Number, unchecked
from optim_core.optimizer import get_field, with_numbers
from optim_core.schedule import Schedule

Held = TypeVar("Held", bound=Scenario | Lesson | MapPlan | Comparison | NetworkPlan)
"""The types of value that a page shows."""
HasEntries: TypeAlias = Scenario | NetworkScenario
"""The types of value whose entries a panel edits."""

STEPS = Knob(500, 1, MAX_STEPS, "T", "log", "How many steps each optimizer makes.")
SEED = Knob(0, 0, MAX_SEED, "", "linear", "")
CORNERS = ("x0", "x1", "y0", "y1")
"""The ends of a formula's map in the order of `EDGES`."""
MAP_ENDS = MappingProxyType({"from": "low", "to": "high"})


@dataclass(frozen=True)
class Setting:
    """A number or a Boolean of the value on screen: its path, its knob and its present value."""

    path: str
    knob: Knob
    value: Number

    @property
    def name(self) -> str:
        """The name of its field, without the fields in which it is nested."""
        return self.path.rpartition("/")[2].rpartition(".")[2]


def apply(held: Held, path: str, value: Number, hide: Collection[str] = ()) -> Held:
    """Return the scenario, lesson, map, comparison or network with the number at `path` set to `value`.

    `hide` are the names that an exercise hides, and that therefore must not change. Raises ScenarioError for an
    unknown path, a value out of its range, and a change of something hidden.
    """
    setting = setting_at(held, path)
    number = _of_its_kind(setting, value)
    if number == setting.value:
        return held
    new: Any
    match held:
        case MapPlan() if path.startswith("axis/"):
            new = _on_axis(held, path.split("/")[1:], number)
        case MapPlan():
            new = held.with_scenario(_on_scenario(held.scenario, path.split("/"), number))
        case NetworkPlan() if not path.startswith("plan/"):
            new = held.with_scenario(_on_scenario(held.scenario, path.split("/"), number))
        case Scenario():
            new = _on_scenario(held, path.split("/"), number)
            check_kept(held, new, hide)
        case _ if path.startswith("start/"):
            new = replace(held, start=_moved(cast(Lesson, held).scenario.point, path, number))
        case _:
            new = replace(cast(Any, held), **{setting.name: number})
    return new


def setting_at(held: Any, path: str) -> Setting:
    """Return the setting with this path. Raises ScenarioError if there is none."""
    # A path comes from a browser or a link: it is compared with the existing paths and never followed.
    for setting in settings_of(held):
        if setting.path == path:
            return setting
    raise ScenarioError("There is no number called “{path}” here.", path=str(path))


def subject(held: Any, path: str) -> str:
    """Return a text that says to what the number at a path belongs, and changes when the path means another number.

    An entry is described by the kinds of its parts and of the entries before it, which determine its place.
    """
    scenario = held.scenario if isinstance(held, MapPlan | NetworkPlan) else held
    match path.split("/"):
        case ["lane", place, *_] if isinstance(scenario, HasEntries):
            places = [str(i) for i in range(len(scenario.entries))]
            before = scenario.entries[: places.index(place) + 1] if place in places else ()
            return "/".join(".".join(map(key_of, entry.layers)) for entry in before)
        case ["surface", *_] if isinstance(scenario, Scenario):
            return scenario.surface
        case ["sampler", *_] if isinstance(scenario, Scenario):
            return key_of(scenario.sampler)
    return ""


def settings_of(held: Any) -> Iterator[Setting]:
    """Yield every setting of a scenario, lesson, map, comparison or network. Raises TypeError for other types."""
    match held:
        case Scenario():
            yield from _settings_of_entries(held)
            yield from surface_settings(held)
            yield from domain_settings(held)
            yield from sampler_settings(held)
            yield from start_settings(held)
            yield steps_setting(held)
            yield seed_setting(held)
        case MapPlan():
            for i in range(len(held.axes)):
                yield from axis_settings(held, i)
            yield from settings_of(held.scenario)
        case Lesson():
            yield from own_settings("lesson", held)
            if isinstance(held, RaceLesson):
                yield from start_settings(held.scenario)
        case Comparison():
            yield from own_settings("comparison", held)
        case NetworkPlan():
            yield from _settings_of_entries(held.scenario)
            yield from own_settings("data", held.scenario.data)
            yield from own_settings("training", held.scenario)
            yield from own_settings("plan", held)
        case _:
            raise TypeError(f"{type(held).__name__} has no settings")


def _settings_of_entries(scenario: HasEntries) -> Iterator[Setting]:
    for i in range(len(scenario.entries)):
        yield from entry_settings(scenario, i)
        for path, _schedule in scenario.entries[i].schedules:
            yield from schedule_settings(scenario, i, path)


def entry_settings(scenario: HasEntries, i: int) -> Iterator[Setting]:
    """Yield the hyperparameters of an entry, first those of the core, then those of its wrappers."""
    entry = scenario.entries[i]
    for path, _owner, knob in settings(entry):
        yield Setting(f"lane/{i}/{path}", knob, get_field(entry.optimizer, path))


def schedule_settings(scenario: HasEntries, i: int, field: str) -> Iterator[Setting]:
    """Yield the numbers of the schedule of an entry's field, if any, and of the schedules that follow it."""
    schedule: Any = dict(scenario.entries[i].schedules).get(field)
    prefix = f"lane/{i}/{field}/schedule/"
    while isinstance(schedule, Schedule):
        for name, knob in knobs(schedule).items():
            yield Setting(prefix + name, knob, getattr(schedule, name))
        schedule, prefix = getattr(schedule, "then", None), f"{prefix}then."


def surface_settings(scenario: Scenario) -> Iterator[Setting]:
    """Yield the parameters of the surface."""
    landscape = scenario.landscape
    for name, knob in landscape.knobs.items():
        yield Setting(f"surface/{name}", knob, landscape.parameters[name])


def domain_settings(scenario: Scenario) -> Iterator[Setting]:
    """Yield the ends of a formula's map; other surfaces have a fixed map."""
    if scenario.surface == FORMULA:
        for corner, end in zip(CORNERS, _ends(scenario), strict=True):
            yield Setting(f"domain/{corner}", _unbounded(end), end)


def sampler_settings(scenario: Scenario) -> Iterator[Setting]:
    """Yield the numbers of the sampler."""
    yield from own_settings("sampler", scenario.sampler)


def start_settings(scenario: Scenario) -> Iterator[Setting]:
    """Yield the two coordinates of the start."""
    usual, domain = scenario.landscape.start, scenario.landscape.domain
    for axis, default, (low, high), at in zip("xy", usual, domain, scenario.point, strict=True):
        yield Setting(f"start/{axis}", Knob(float(default), float(low), float(high), axis, "linear", ""), float(at))


def steps_setting(scenario: Scenario) -> Setting:
    """Return the number of steps as a setting."""
    return Setting("steps", STEPS, scenario.steps)


def seed_setting(scenario: Scenario) -> Setting:
    """Return the seed of all random numbers as a setting."""
    return Setting("seed", SEED, scenario.seed)


def axis_settings(plan: MapPlan, i: int) -> Iterator[Setting]:
    """Yield both ends of a map's axis."""
    for word, end in MAP_ENDS.items():
        at = float(getattr(plan.axes[i], end))
        yield Setting(f"axis/{i}/{word}", _unbounded(at), at)


def own_settings(kind: str, thing: Any) -> Iterator[Setting]:
    """Yield the knobs of a dataclass, with paths below `kind`."""
    for name, knob in knobs(thing).items():
        yield Setting(f"{kind}/{name}", knob, getattr(thing, name))


def _unbounded(value: float) -> Knob:
    return Knob(float(value), -math.inf, math.inf, "", "linear", "")


def _of_its_kind(setting: Setting, value: Any) -> Number:
    """Return the value as the setting's own type. Raises ScenarioError for other types and non-finite numbers."""
    if not isinstance(value, bool):
        try:
            value = float(value) if isinstance(value, int | float) else math.nan
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            raise ScenarioError("“{name}” must be a number.", name=setting.name)
    return knob_value(setting.name, setting.knob, value)


def _on_scenario(old: Any, parts: Sequence[str], value: Any) -> Any:
    kind, *rest = parts
    return _EDITS[kind](old, rest, value)


def _entry(old: Any, rest: Sequence[str], value: Any) -> Any:
    i, field, *schedule = rest
    entry = old.entries[int(i)]
    new = _scheduled(entry, field, schedule[1], value) if schedule else with_setting(entry, field, value)
    return replace(old, entries=(*old.entries[: int(i)], new, *old.entries[int(i) + 1 :]))


def _scheduled(entry: Entry, field: str, path: str, value: Any) -> Entry:
    return with_schedule(entry, field, with_numbers(dict(entry.schedules)[field], {path: value}))


def _surface(old: Scenario, rest: Sequence[str], value: Any) -> Scenario:
    return replace(old, parameters=tuple((dict(old.parameters) | {rest[0]: value}).items()))


def _domain(old: Scenario, rest: Sequence[str], value: Any) -> Scenario:
    ends = dict(zip(EDGES, _ends(old), strict=True)) | {EDGES[CORNERS.index(rest[0])]: value}
    x, y = old.point
    left, right, bottom, top = ends.values()
    # A start outside the new map is replaced by the map's default start.
    start = old.point if left <= x <= right and bottom <= y <= top else None
    return replace(old, parameters=tuple((dict(old.parameters) | ends).items()), start=start)


def _ends(scenario: Scenario) -> list[float]:
    return [float(end) for side in scenario.landscape.domain for end in side]


def _moved(point: tuple[float, float], path: str, value: Any) -> tuple[float, float]:
    x, y = point
    return (value, y) if path.endswith("x") else (x, value)


def _on_axis(plan: MapPlan, rest: Sequence[str], value: Any) -> MapPlan:
    place, word = rest
    axes = [replace(axis, **{MAP_ENDS[word]: value}) if i == int(place) else axis for i, axis in enumerate(plan.axes)]
    return replace(plan, axes=(axes[0], axes[1]), picked=None)


_EDITS: Mapping[str, Callable[[Any, Sequence[str], Any], Any]] = MappingProxyType(
    {
        "lane": _entry,
        "surface": _surface,
        "domain": _domain,
        "sampler": lambda old, rest, value: replace(old, sampler=unchecked(old.sampler, **{rest[0]: value})),
        "start": lambda old, rest, value: replace(old, start=_moved(old.point, rest[0], value)),
        "steps": lambda old, _rest, value: replace(old, steps=value),
        "seed": lambda old, _rest, value: replace(old, seed=value),
        "data": lambda old, rest, value: replace(old, data=replace(old.data, **{rest[0]: value})),
        "training": lambda old, rest, value: replace(old, **{rest[0]: value}),
    }
)
"""The functions that change a scenario, by the first part of a path."""
