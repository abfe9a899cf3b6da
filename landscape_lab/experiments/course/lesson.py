"""Lessons: a result that answers a question, a few knobs, and claims that are checked whenever they are shown.

A lesson is a frozen dataclass, like an optimizer, whose fields are its knobs. Here is what can be measured; its words
are in its content files. There is a class for each kind of result: `RaceLesson` for a race on a surface, and
`NetworkLesson` for the training of a network.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypeVar, cast, overload

from landscape_lab.experiments.course.content import ENGLISH, Content, content_of
from landscape_lab.experiments.scenarios.notation import MAX_LENGTH, read, write
from landscape_lab.experiments.scenarios.scenario import VERSION, check_knobs, check_query, knob_value
from landscape_lab.experiments.scenarios.sentence import ScenarioError, Sentence
from optim_core import key_of, knobs

L = TypeVar("L", bound="Lesson")
Values = dict[str, Any]
Measure = Callable[[Any, Any], tuple[bool, Values]]
"""Takes the lesson and the result of a scenario."""


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
    """The outcome of a measurement: whether a claim holds or a goal is met, and a sentence with the numbers."""

    holds: bool
    sentence: Sentence


@dataclass(frozen=True)
class Claim:
    """A statement about a result, with the measurement that decides whether it holds. Its sentences are in the content.

    names   the conditions that its sentence names, of `CONDITIONS`: it need not hold under others
    cell    the cell of the explanation in which it is shown, for a claim that is not about the picture; by default
            it is shown beside the picture
    """

    name: str
    measure: Measure
    names: frozenset[str] = frozenset()
    cell: str = ""

    def found(self, lesson: "Lesson", result: Any, language: str = ENGLISH) -> Finding:
        """Check the claim on a result of the lesson."""
        holds, values = self.measure(lesson, result)
        block = lesson.content(language).block("Findings", self.name)
        return Finding(bool(holds), Sentence(block.text if holds else block.aside, values))


CONDITIONS = frozenset({"start", "seed"})


@overload
def claim(measure: Measure, /) -> Claim: ...
@overload
def claim(*, names: str = "", cell: str = "") -> Callable[[Measure], Claim]: ...
def claim(measure: Measure | None = None, /, *, names: str = "", cell: str = "") -> Any:
    """Turn a method `(self, result) -> (holds, values)` into a claim, whose name is that of the method.

    The content has two sentences under that name, into which the values are inserted: one that must hold for the
    lesson's default settings, and one in block quotes for settings with which it does not. `names` are the conditions
    that the sentence itself names, `cell` is the cell of the explanation to which it belongs.
    """
    if measure is None:
        return lambda measure: Claim(_name(measure), measure, frozenset(names.split()), cell)
    return Claim(_name(measure), measure)


class _OfLesson:
    """A part of a lesson's class, which determines what its links lead to."""

    def __set_name__(self, owner: type["Lesson"], name: str) -> None:
        object.__setattr__(self, "_read", owner.read)

    def _scenario(self, link: Mapping[str, str]) -> Any:
        return self._read(link)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Prediction(_OfLesson):
    """A question to answer before its result is shown. The correct answer is computed from the result."""

    options: tuple[str, ...]
    link: Mapping[str, str]
    answer: Callable[[Any, Any], tuple[str, Values]]

    @cached_property
    def scenario(self) -> Any:
        """The scenario that the question is about."""
        return self._scenario(self.link)

    def answered(self, lesson: "Lesson", result: Any, language: str = ENGLISH) -> tuple[str, Sentence]:
        """Return the key of the correct option, and the reason with the numbers of the result."""
        right, values = self.answer(lesson, result)
        return right, Sentence(lesson.content(language).block("Question", "because").text, values)


def predict(
    *, options: tuple[str, ...], link: Mapping[str, str]
) -> Callable[[Callable[[Any, Any], tuple[str, Values]]], Prediction]:
    """Turn a method `(self, result) -> (key of the correct option, values)` into a prediction.

    The content has the question, each option with what is said to a reader who chose it wrongly, and the reason,
    `because`, into which the values are inserted.
    """
    return lambda answer: Prediction(options, MappingProxyType(dict(link)), answer)


@dataclass(frozen=True)
class Goal(_OfLesson):
    """A task: a scenario to change until a measurement of its result succeeds.

    link        the scenario at which it starts, which does not meet it
    fixed       the parts of the link that must stay as they are
    solution    parts of a link that meet it
    """

    name: str
    link: Mapping[str, str]
    fixed: tuple[str, ...]
    solution: Mapping[str, str]
    measure: Measure

    @cached_property
    def scenario(self) -> Any:
        """The scenario at which it starts."""
        return self._scenario(self.link)

    @cached_property
    def solved(self) -> Any:
        """A scenario that meets it."""
        return self._scenario({**self.link, **self.solution})

    def suits(self, scenario: Any) -> bool:
        """Return whether the task can be judged by a scenario: its fixed parts are as they must be."""
        asked, given = self.scenario.to_query(), scenario.to_query()
        return all(asked.get(part) == given.get(part) for part in self.fixed)

    def found(self, lesson: "Lesson", result: Any, language: str = ENGLISH) -> Finding:
        """Measure a result. That of a scenario that does not suit the task does not meet it.

        It cannot be measured either: a surface may have no minimum. The numbers of the sentence are then those of the
        scenario at which the task starts.
        """
        suits = self.suits(result.scenario)
        met, values = self.measure(lesson, result if suits else lesson.result_of(self.scenario))
        met = bool(met) and suits
        block = lesson.content(language).block("Goals", self.name)
        return Finding(met, Sentence((met and block.aside) or block.text, values))


def goal(*, link: Mapping[str, str], fixed: tuple[str, ...], solution: Mapping[str, str]) -> Callable[[Measure], Goal]:
    """Turn a method `(self, result) -> (met, values)` into a goal, whose name is that of the method.

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
    """One lesson of the course. Raises ScenarioError for settings with which its scenario cannot run."""

    number: ClassVar[int]
    """The number of the lesson in the course notes; numbers may be missing."""
    icon: ClassVar[str]
    source: ClassVar[str]
    about: ClassVar[frozenset[str]]
    """Keys of the optimizers, wrappers, schedules, samplers and surfaces that it explains."""
    shown: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    """Fields of `experiments.scenarios.view.View` whose initial value differs from the default."""
    prediction = cast(Prediction, None)
    """Made with `predict`. Not annotated as a class variable, because subclasses define it by a decorated method."""
    invitations: ClassVar[Mapping[str, Mapping[str, str]]]
    """Suggestions of scenarios: the parts of a link by the name of its text."""

    @abstractmethod
    def link(self) -> Mapping[str, str]:
        """Return the parts of the link to this lesson's scenario."""

    @classmethod
    @abstractmethod
    def read(cls, link: Mapping[str, str]) -> Any:
        """Return the scenario of the parts of a link. Raises ScenarioError."""

    @classmethod
    @abstractmethod
    def result_of(cls, scenario: Any) -> Any:
        """Return the result of a scenario, which has it as `scenario`: what is measured and shown."""

    def __post_init__(self) -> None:
        check_knobs(self)
        for name, of in self.choices().items():
            if getattr(self, name) not in of.options:
                raise ScenarioError("“{name}” cannot be “{value}”.", name=name, value=getattr(self, name))
        _ = self.scenario

    @cached_property
    def scenario(self) -> Any:
        """The scenario with these settings."""
        return self.read(self.link())

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
    def suggested(cls) -> Mapping[str, Any]:
        """Return the scenarios that it suggests, by name."""
        return {name: cls.read(link) for name, link in cls.invitations.items()}

    @classmethod
    def claims(cls) -> Mapping[str, Claim]:
        """Return its claims by name, in the order of the page."""
        return {name: value for name, value in vars(cls).items() if isinstance(value, Claim)}

    def to_query(self) -> dict[str, str]:
        """Return the settings as parts of a link, from which `from_query` reads an equal lesson."""
        settings = {name: _text(getattr(self, name)) for name in [*knobs(self), *self.choices()]}
        return {"v": VERSION} | settings

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
            if name != "v":
                settings[name] = cls.setting(name, text)
            elif text != VERSION:
                raise ScenarioError("The link was made by another version of this page ({version}).", version=text)
        return cls(**settings)

    @classmethod
    def setting(cls, name: str, text: str) -> Any:
        """Read one setting of a link. Raises ScenarioError."""
        if name in cls.choices():
            return text
        if name not in knobs(cls):
            raise ScenarioError("The link has a part “{name}” that means nothing here.", name=name)
        values = read(text) if text.strip() else []
        if len(values) != 1:
            raise ScenarioError("“{name}” must be a number.", name=name)
        return knob_value(name, knobs(cls)[name], values[0])

    @property
    def text(self) -> str:
        """The class and the settings of the lesson as one line of text."""
        return "&".join([key_of(self), *(f"{name}={value}" for name, value in self.to_query().items())])


def _text(value: Any) -> str:
    return value if isinstance(value, str) else write(value if isinstance(value, bool) else float(value))
