"""Exercises: the controls that a link can hide from students.

A hidden control is absent from the page, and no other control can change what it would set.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from landscape_lab.experiments.scenarios.entries import settings
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.experiments.scenarios.sentence import ScenarioError, in_words
from landscape_lab.experiments.scenarios.surfaces import FIXED, FORMULA
from optim_core import key_of, knobs
from optim_core.optimizer import get_field


@dataclass(frozen=True)
class Part:
    """A part of the page that can be hidden: its name in a sentence, and the part of a scenario that it sets, if
    any."""

    label: str
    sets: Callable[[Scenario], Any] | None = None
    with_it: tuple[str, ...] = ()
    """Other parts to hide as well, because they set the same part of a scenario."""


def _surface(scenario: Scenario) -> Any:
    fixed = FIXED if scenario.surface == FORMULA else ()
    return scenario.surface, [(name, value) for name, value in scenario.parameters if name in fixed]


def _optimizers(scenario: Scenario) -> Any:
    return [(entry.name, [key_of(layer) for layer in entry.layers]) for entry in scenario.entries]


PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "race": Part("the named races"),
        "surface": Part("the choice of the surface", _surface, ("data",)),
        "data": Part("your own data"),
        "parameters": Part("the surface's knobs", lambda scenario: scenario.landscape.parameters, ("surface",)),
        "start": Part("the start", lambda scenario: scenario.point, ("surface",)),
        "steps": Part("the number of steps", lambda scenario: scenario.steps),
        "optimizers": Part("the choice of optimizers", _optimizers),
        "schedules": Part("the schedules", lambda scenario: [entry.schedules for entry in scenario.entries]),
        "noise": Part("the noise", lambda scenario: scenario.sampler),
        "seed": Part("the seed", lambda scenario: scenario.seed),
        "results": Part("the table of results"),
        "lesson": Part("the way to the lesson"),
        "compare": Part("the fair comparison"),
        "code": Part("the code"),
        "share": Part("Share and export"),
    }
)
"""The parts that a link can hide, by name. A link can also hide a knob by the knob's name."""


def knob_names(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of all knobs of a scenario: of its entries, its surface and its noise."""
    return tuple(dict.fromkeys(name for name, _owner, _value in _knobs(scenario)))


def check_names(scenario: Scenario, hide: Collection[str]) -> None:
    """Check the names that a link hides. Raises ScenarioError for a name that is neither a part nor a knob."""
    for name in hide:
        if name not in PARTS and name not in knob_names(scenario):
            raise ScenarioError("The link hides “{name}”, and there is no such control.", name=name)


def hidden_parts(scenario: Scenario, hide: Collection[str]) -> frozenset[str]:
    """Return the names of everything that is hidden if a link hides these names."""
    if not hide:
        return frozenset()
    hidden, wanted = set[str](), list(hide)
    while wanted:
        name = wanted.pop()
        if name in hidden:
            continue
        hidden.add(name)
        # A hidden knob must not be replaced by a change of its optimizer, surface or noise.
        owners = [owner for knob, owner, _value in _knobs(scenario) if knob == name]
        wanted += PARTS[name].with_it if name in PARTS else owners
        if name not in PARTS or PARTS[name].sets:
            wanted.append("race")  # a named race sets everything
    return frozenset(hidden)


def label_of(name: str) -> str:
    """Return the name of a part or a knob in a sentence."""
    return PARTS[name].label if name in PARTS else in_words(name)


def check_kept(old: Scenario, new: Scenario, hide: Collection[str]) -> None:
    """Check a change from `old` to `new`. Raises ScenarioError if it sets something hidden."""
    for name in sorted(hidden_parts(old, hide)):
        if _set_by(old, name) != _set_by(new, name):
            raise ScenarioError("That would change what this exercise hides: {name}.", name=label_of(name))


def _set_by(scenario: Scenario, name: str) -> Any:
    if name in PARTS:
        sets = PARTS[name].sets
        return sets(scenario) if sets else None
    return [value for knob, _owner, value in _knobs(scenario) if knob == name]


def _knobs(scenario: Scenario) -> Iterator[tuple[str, str, Any]]:
    """Yield every knob: its name, the part of the page that chooses its owner, its value."""
    for entry in scenario.entries:
        for path, _layer, _knob in settings(entry):
            yield path.rpartition(".")[2], "optimizers", get_field(entry.optimizer, path)
    for name in scenario.landscape.knobs:
        yield name, "surface", scenario.landscape.parameters[name]
    for name in knobs(scenario.sampler):
        yield name, "noise", getattr(scenario.sampler, name)
