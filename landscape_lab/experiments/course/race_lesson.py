"""Lessons about a race of optimizers on a surface."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, ClassVar

from landscape_lab.experiments.course.lesson import Lesson
from landscape_lab.experiments.families import Family
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.runs import race_of
from landscape_lab.experiments.scenarios.scenario import Scenario, read_point, write_point


@dataclass(frozen=True)
class RaceLesson(Lesson):
    """A lesson about a race, whose start can be moved on the map."""

    fog: ClassVar[float | None] = None
    """The visible radius in the fog of war, as a fraction of the map's diagonal; None without fog."""
    shows_validation: ClassVar[bool] = False
    """Whether the curves include the loss on held-out data."""
    family: ClassVar[Family | None] = None
    """A setting of one entry that can be dragged through many values on the stage; the knob of its name follows."""

    start: tuple[float, float] | None = field(default=None, kw_only=True)
    """The start of the race, or None for the lesson's default start."""

    @abstractmethod
    def link(self) -> Mapping[str, str]:
        """Return the parts of the link to this lesson's race, at its default start."""

    @classmethod
    def read(cls, link: Mapping[str, str]) -> Scenario:
        """Return the race of the parts of a link. Raises ScenarioError."""
        return _scenario(tuple(link.items()))

    @classmethod
    def result_of(cls, scenario: Scenario) -> Race:
        """Run a race."""
        return race_of(scenario)

    @cached_property
    def scenario(self) -> Scenario:
        """The race with these settings."""
        race = self.read(self.link())
        return replace(race, start=self.start) if self.start else race

    def to_query(self) -> dict[str, str]:
        """Return the settings as parts of a link, from which `from_query` reads an equal lesson."""
        return super().to_query() | ({"start": write_point(self.start)} if self.start else {})

    @classmethod
    def setting(cls, name: str, text: str) -> Any:
        """Read one setting of a link. Raises ScenarioError."""
        return read_point(text) if name == "start" else super().setting(name, text)


@lru_cache(maxsize=256)  # the key does not include the start
def _scenario(link: tuple[tuple[str, str], ...]) -> Scenario:
    return Scenario.from_query(dict(link))
