"""Lessons: a race that answers a question, a few knobs, and claims that are checked whenever they are shown.

A lesson is a frozen dataclass, like an optimizer, whose fields are its knobs. Here is what can be measured; its words
are in its content files.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypeVar, cast, overload

from landscape_lab.experiments.course.content import ENGLISH, Content, content_of
from landscape_lab.experiments.families import Family
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.runs import race_of
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
Measure = Callable[[Any, Race], tuple[bool, Values]]


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
    """The result of a measurement on a race: whether a claim holds or a goal is met, and a sentence with the numbers of
    the race."""

    holds: bool
    sentence: Sentence


@dataclass(frozen=True)
class Claim:
    """A statement about a race, with the measurement that decides whether it holds. Its sentences are in the content.

    names   the conditions that its sentence names, of `CONDITIONS`: it need not hold under others
    cell    the cell of the explanation in which it is shown, for a claim that is not about the race; by default it is
            shown beside the race
    """

    name: str
    measure: Measure
    names: frozenset[str] = frozenset()
    cell: str = ""

    def found(self, lesson: "Lesson", race: Race, language: str = ENGLISH) -> Finding:
        """Check the claim on a race of the lesson."""
        holds, values = self.measure(lesson, race)
        block = lesson.content(language).block("Findings", self.name)
        return Finding(bool(holds), Sentence(block.text if holds else block.aside, values))


CONDITIONS = frozenset({"start", "seed"})


@overload
def claim(measure: Measure, /) -> Claim: ...
@overload
def claim(*, names: str = "", cell: str = "") -> Callable[[Measure], Claim]: ...
def claim(measure: Measure | None = None, /, *, names: str = "", cell: str = "") -> Any:
    """Turn a method `(self, race) -> (holds, values)` into a claim, whose name is that of the method.

    The content has two sentences under that name, into which the values are inserted: one that must hold for the
    lesson's default settings, and one in block quotes for settings with which it does not. `names` are the conditions
    that the sentence itself names, `cell` is the cell of the explanation to which it belongs.
    """
    if measure is None:
        return lambda measure: Claim(_name(measure), measure, frozenset(names.split()), cell)
    return Claim(_name(measure), measure)


@dataclass(frozen=True)
class Prediction:
    """A question to answer before the race is run. The correct answer is computed from the race."""

    options: tuple[str, ...]
    link: Mapping[str, str]
    answer: Callable[[Any, Race], tuple[str, Values]]

    @cached_property
    def scenario(self) -> Scenario:
        """The race that the question is about."""
        return Scenario.from_query(self.link)

    def answered(self, lesson: "Lesson", race: Race, language: str = ENGLISH) -> tuple[str, Sentence]:
        """Return the key of the correct option, and the reason with the numbers of the race."""
        right, values = self.answer(lesson, race)
        return right, Sentence(lesson.content(language).block("Question", "because").text, values)


def predict(
    *, options: tuple[str, ...], link: Mapping[str, str]
) -> Callable[[Callable[[Any, Race], tuple[str, Values]]], Prediction]:
    """Turn a method `(self, race) -> (key of the correct option, values)` into a prediction.

    The content has the question, each option with what is said to a reader who chose it wrongly, and the reason,
    `because`, into which the values are inserted.
    """
    return lambda answer: Prediction(options, MappingProxyType(dict(link)), answer)


@dataclass(frozen=True)
class Goal:
    """A task: a race to change until a measurement succeeds.

    link        the race at which it starts, which does not meet it
    fixed       the parts of the link that must stay as they are
    solution    parts of a link that meet it
    """

    name: str
    link: Mapping[str, str]
    fixed: tuple[str, ...]
    solution: Mapping[str, str]
    measure: Measure

    @cached_property
    def scenario(self) -> Scenario:
        """The race at which it starts."""
        return Scenario.from_query(self.link)

    @cached_property
    def solved(self) -> Scenario:
        """A race that meets it."""
        return Scenario.from_query({**self.link, **self.solution})

    def suits(self, scenario: Scenario) -> bool:
        """Return whether the task can be judged by a race: its fixed parts are as they must be."""
        asked, given = self.scenario.to_query(), scenario.to_query()
        return all(asked.get(part) == given.get(part) for part in self.fixed)

    def found(self, lesson: "Lesson", race: Race, language: str = ENGLISH) -> Finding:
        """Measure a race. A race that does not suit the task does not meet it.

        It cannot be measured either: its surface may have no minimum. The numbers of the sentence are then those of the
        race at which the task starts.
        """
        suits = self.suits(race.scenario)
        met, values = self.measure(lesson, race if suits else race_of(self.scenario))
        met = bool(met) and suits
        block = lesson.content(language).block("Goals", self.name)
        return Finding(met, Sentence((met and block.aside) or block.text, values))


def goal(*, link: Mapping[str, str], fixed: tuple[str, ...], solution: Mapping[str, str]) -> Callable[[Measure], Goal]:
    """Turn a method `(self, race) -> (met, values)` into a goal, whose name is that of the method.

    The content has the task under that name, into which the values are inserted, and in block quotes what is said when
    it is met.
    """
    return lambda measure: Goal(
        _name(measure), MappingProxyType(dict(link)), fixed, MappingProxyType(dict(solution)), measure
    )


def _name(measure: Measure) -> str:
    return measure.__name__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Lesson(ABC):
    """One lesson of the course. Raises ScenarioError for settings with which its race cannot run."""

    number: ClassVar[int]
    """The number of the lesson in the course notes; numbers may be missing."""
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
    invitations: ClassVar[Mapping[str, Mapping[str, str]]]
    """Suggestions for the playground: the parts of a link by the name of its text."""

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
    def content(cls, language: str = ENGLISH) -> Content:
        """Return its words in a language."""
        return content_of(key_of(cls), language)

    @classmethod
    def goals(cls) -> Mapping[str, Goal]:
        """Return its goals by name, in the order of the page."""
        return {name: value for name, value in vars(cls).items() if isinstance(value, Goal)}

    @classmethod
    def suggested(cls) -> Mapping[str, Scenario]:
        """Return the races that it suggests, by name."""
        return {name: _scenario(tuple(link.items())) for name, link in cls.invitations.items()}

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
