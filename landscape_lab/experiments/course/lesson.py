"""Lessons: a question, a race that answers it, a few knobs, and claims that are checked whenever they are shown.

A lesson is a frozen dataclass, like an optimizer, whose fields are its knobs. Its prose is on its page; every
statement that can be right or wrong is here.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypeVar, cast

from landscape_lab.experiments.families import Family
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.notation import MAX_LENGTH, read, write
from landscape_lab.experiments.scenarios.scenario import (
    VERSION,
    Scenario,
    check_knobs,
    check_query,
    knob_value,
    read_point,
    write_point,
)
from landscape_lab.experiments.scenarios.sentence import ScenarioError, Sentence
from optim_core import key_of, knobs

L = TypeVar("L", bound="Lesson")
Values = dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """A setting with a few named values; `options` has the label of each name."""

    default: str
    options: Mapping[str, str]
    help: str


def choice(default: str, options: Mapping[str, str], *, help: str) -> Any:
    """Return a dataclass field with a default whose metadata holds a `Choice`."""
    return field(default=default, metadata={"choice": Choice(default, MappingProxyType(dict(options)), help)})


@dataclass(frozen=True)
class Finding:
    """The result of checking a claim on a race: whether it holds, and a sentence with the numbers of the race."""

    holds: bool
    sentence: Sentence


@dataclass(frozen=True)
class Claim:
    """A statement about a race, with the measurement that decides whether it holds."""

    text: str
    otherwise: str
    measure: Callable[[Any, Race], tuple[bool, Values]]

    def found(self, lesson: "Lesson", race: Race) -> Finding:
        """Check the claim on a race of the lesson."""
        holds, values = self.measure(lesson, race)
        return Finding(bool(holds), Sentence(self.text if holds else self.otherwise, values))


def claim(text: str, otherwise: str) -> Callable[[Callable[[Any, Race], tuple[bool, Values]]], Claim]:
    """Turn a method `(self, race) -> (holds, values)` into a claim; the values are inserted into both sentences.

    `text` must hold for the lesson's default settings. `otherwise` is shown when other settings make it false.
    """
    return lambda measure: Claim(text, otherwise, measure)


@dataclass(frozen=True)
class Option:
    """A possible answer, and the explanation to show if it is chosen and wrong."""

    text: str
    wrong: str


@dataclass(frozen=True)
class Prediction:
    """A question to answer before the race is run. The correct answer is computed from the race."""

    question: str
    options: Mapping[str, Option]
    because: str
    link: Mapping[str, str]
    answer: Callable[[Any, Race], tuple[str, Values]]

    @cached_property
    def scenario(self) -> Scenario:
        """The race that the question is about."""
        return Scenario.from_query(self.link)

    def answered(self, lesson: "Lesson", race: Race) -> tuple[str, Sentence]:
        """Return the key of the correct option, and the reason with the numbers of the race."""
        right, values = self.answer(lesson, race)
        return right, Sentence(self.because, values)


def predict(
    question: str, options: Mapping[str, Option], *, because: str, link: Mapping[str, str]
) -> Callable[[Callable[[Any, Race], tuple[str, Values]]], Prediction]:
    """Turn a method `(self, race) -> (key of the correct option, values)` into a prediction; the values are inserted
    into `because`."""
    return lambda answer: Prediction(question, MappingProxyType(dict(options)), because, link, answer)


@dataclass(frozen=True)
class Invitation:
    """A suggestion for the playground: what to observe, and the parts of a link."""

    text: str
    link: Mapping[str, str]

    @cached_property
    def scenario(self) -> Scenario:
        return Scenario.from_query(self.link)


@dataclass(frozen=True)
class Lesson(ABC):
    """One lesson of the course. Raises ScenarioError for settings with which its race cannot run."""

    number: ClassVar[int]
    """The number of the lesson in the course notes; numbers may be missing."""
    title: ClassVar[str]
    question: ClassVar[str]
    icon: ClassVar[str]
    source: ClassVar[str]
    about: ClassVar[frozenset[str]]
    """Keys of the optimizers, wrappers, schedules, samplers and surfaces that it explains."""
    shown: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    """Fields of `experiments.scenarios.view.View` whose initial value differs from the default."""
    fog: ClassVar[float | None] = None
    """The visible radius in the fog of war, as a fraction of the map's diagonal; None without fog."""
    shows_validation: ClassVar[bool] = False
    """Whether the curves include the loss on held-out data."""
    family: ClassVar[Family | None] = None
    """A setting of one entry that can be dragged through many values on the stage; the knob of its name follows."""
    prediction = cast(Prediction, None)
    """Made with `predict`. Not annotated as a class variable, because subclasses define it by a decorated method."""
    invitations: ClassVar[tuple[Invitation, ...]]

    start: tuple[float, float] | None = field(default=None, kw_only=True)
    """The start of the race, or None for the lesson's default start."""

    @abstractmethod
    def link(self) -> Mapping[str, str]:
        """Return the parts of the link to this lesson's race, at its default start."""

    def __post_init__(self) -> None:
        check_knobs(self)
        for name, of in self.choices().items():
            if getattr(self, name) not in of.options:
                raise ScenarioError("“{name}” cannot be “{value}”.", name=name, value=getattr(self, name))
        _ = self.scenario

    @cached_property
    def scenario(self) -> Scenario:
        """The race with these settings."""
        race = _scenario(tuple(self.link().items()))
        return replace(race, start=self.start) if self.start else race

    @classmethod
    def choices(cls) -> Mapping[str, Choice]:
        """Return the settings with a few named values."""
        return {f.name: f.metadata["choice"] for f in fields(cls) if "choice" in f.metadata}

    @classmethod
    def claims(cls) -> Mapping[str, Claim]:
        """Return its claims by name, in the order of the page."""
        return {name: value for name, value in vars(cls).items() if isinstance(value, Claim)}

    def to_query(self) -> dict[str, str]:
        """Return the settings as parts of a link, from which `from_query` reads an equal lesson."""
        settings = {name: _text(getattr(self, name)) for name in [*knobs(self), *self.choices()]}
        return {"v": VERSION} | settings | ({"start": write_point(self.start)} if self.start else {})

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """Read the parts of a link. Missing parts have their defaults. Raises ScenarioError for invalid parts."""
        check_query(query)
        settings: Values = {}
        for name, text in query.items():
            if len(text) > MAX_LENGTH:
                raise ScenarioError(
                    "The link is too long: “{name}” has {length} characters.", name=name, length=len(text)
                )
            if name == "v":
                if text != VERSION:
                    raise ScenarioError("The link was made by another version of this page ({version}).", version=text)
            elif name == "start":
                settings[name] = read_point(text)
            elif name in cls.choices():
                settings[name] = text
            elif name in knobs(cls):
                values = read(text) if text.strip() else []
                if len(values) != 1:
                    raise ScenarioError("“{name}” must be a number.", name=name)
                settings[name] = knob_value(name, knobs(cls)[name], values[0])
            else:
                raise ScenarioError("The link has a part “{name}” that means nothing here.", name=name)
        return cls(**settings)

    @property
    def text(self) -> str:
        """The class and the settings of the lesson as one line of text."""
        return "&".join([key_of(self), *(f"{name}={value}" for name, value in self.to_query().items())])


@lru_cache(maxsize=256)  # the key does not include the start
def _scenario(link: tuple[tuple[str, str], ...]) -> Scenario:
    return Scenario.from_query(dict(link))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else write(value if isinstance(value, bool) else float(value))
