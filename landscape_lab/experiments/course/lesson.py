"""A lesson: a question, a race that answers it, a few knobs, and claims that are checked whenever they are shown.

A lesson is a frozen dataclass like an optimizer: its fields are its knobs, and with other values it is another lesson
about the same thing. The words around it are on its page; everything that can be right or wrong is here.
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
    """A setting that is one of a few names; `options` gives each its label."""

    default: str
    options: Mapping[str, str]
    help: str


def choice(default: str, options: Mapping[str, str], *, help: str) -> Any:
    """A dataclass field with `default` that carries a `Choice`."""
    return field(default=default, metadata={"choice": Choice(default, MappingProxyType(dict(options)), help)})


@dataclass(frozen=True)
class Finding:
    """A claim about one race: whether it holds there, and the sentence that says so in that race's numbers."""

    holds: bool
    sentence: Sentence


@dataclass(frozen=True)
class Claim:
    """A sentence about what happens, with the measurement that decides whether it is true."""

    text: str
    otherwise: str
    measure: Callable[[Any, Race], tuple[bool, Values]]

    def found(self, lesson: "Lesson", race: Race) -> Finding:
        """Measured on a race of the lesson."""
        holds, values = self.measure(lesson, race)
        return Finding(bool(holds), Sentence(self.text if holds else self.otherwise, values))


def claim(text: str, otherwise: str) -> Callable[[Callable[[Any, Race], tuple[bool, Values]]], Claim]:
    """Make a claim of a method `(self, race) -> (holds, values)`; the values fill the gaps of both sentences.

    `text` has to be true of the lesson as it opens. `otherwise` is what is said where turned knobs make it false.
    """
    return lambda measure: Claim(text, otherwise, measure)


@dataclass(frozen=True)
class Option:
    """An answer that can be chosen, and what is said to somebody who chose it when it is wrong."""

    text: str
    wrong: str


@dataclass(frozen=True)
class Prediction:
    """A question to answer before the race is run. The answer is read off the race, never written down."""

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
        """The right option's key, and why, in the numbers of the race."""
        right, values = self.answer(lesson, race)
        return right, Sentence(self.because, values)


def predict(
    question: str, options: Mapping[str, Option], *, because: str, link: Mapping[str, str]
) -> Callable[[Callable[[Any, Race], tuple[str, Values]]], Prediction]:
    """Make a prediction of a method `(self, race) -> (key of the right option, values)`; the values fill `because`."""
    return lambda answer: Prediction(question, MappingProxyType(dict(options)), because, link, answer)


@dataclass(frozen=True)
class Invitation:
    """Something to try in the playground: what to look for, and the parts of the link that opens it."""

    text: str
    link: Mapping[str, str]

    @cached_property
    def scenario(self) -> Scenario:
        return Scenario.from_query(self.link)


@dataclass(frozen=True)
class Lesson(ABC):
    """One lesson of the course. Raises ScenarioError for settings that its race cannot be run with."""

    number: ClassVar[int]
    """Its place in the course notes; numbers may be missing."""
    title: ClassVar[str]
    question: ClassVar[str]
    icon: ClassVar[str]
    source: ClassVar[str]
    about: ClassVar[frozenset[str]]
    """Keys of the optimizers, wrappers, schedules, samplers and surfaces that it explains."""
    shown: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    """How its race is first looked at, where that is not the usual way: fields of `experiments.scenarios.view.View`."""
    fog: ClassVar[float | None] = None
    """How far one sees through the fog of war, as a part of the map's diagonal; None without fog."""
    shows_validation: ClassVar[bool] = False
    """Whether the loss on held-out data is shown beside every curve."""
    family: ClassVar[Family | None] = None
    """A setting of one entry that can be dragged through many values on the stage; the knob of its name follows."""
    prediction = cast(Prediction, None)
    """Made with `predict`; not annotated, for a decorated method does not count as a class variable."""
    invitations: ClassVar[tuple[Invitation, ...]]

    start: tuple[float, float] | None = field(default=None, kw_only=True)
    """Where the race starts; None for the place that the lesson has chosen."""

    @abstractmethod
    def link(self) -> Mapping[str, str]:
        """The parts of the link to this lesson's race, at its own start."""

    def __post_init__(self) -> None:
        check_knobs(self)
        for name, of in self.choices().items():
            if getattr(self, name) not in of.options:
                raise ScenarioError("“{name}” cannot be “{value}”.", name=name, value=getattr(self, name))
        _ = self.scenario

    @cached_property
    def scenario(self) -> Scenario:
        """The race at these settings."""
        race = _scenario(tuple(self.link().items()))
        return replace(race, start=self.start) if self.start else race

    @classmethod
    def choices(cls) -> Mapping[str, Choice]:
        """Its settings that are one of a few names."""
        return {f.name: f.metadata["choice"] for f in fields(cls) if "choice" in f.metadata}

    @classmethod
    def claims(cls) -> Mapping[str, Claim]:
        """Everything it says about what happens, by name, in the order of the page."""
        return {name: value for name, value in vars(cls).items() if isinstance(value, Claim)}

    def to_query(self) -> dict[str, str]:
        """The settings as the parts of a link; `from_query` reads them back to an equal lesson."""
        settings = {name: _text(getattr(self, name)) for name in [*knobs(self), *self.choices()]}
        return {"v": VERSION} | settings | ({"start": write_point(self.start)} if self.start else {})

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """Read the parts of a link. What it leaves out is the default. Raises ScenarioError for all else."""
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
        """One line that says which lesson at which settings."""
        return "&".join([key_of(self), *(f"{name}={value}" for name, value in self.to_query().items())])


@lru_cache(maxsize=256)  # the same at every start
def _scenario(link: tuple[tuple[str, str], ...]) -> Scenario:
    return Scenario.from_query(dict(link))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else write(value if isinstance(value, bool) else float(value))
