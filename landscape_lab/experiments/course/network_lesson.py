"""Lessons about the training of a network, whose recordings are stored."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import final

from landscape_lab.experiments.course.lesson import Lesson
from landscape_lab.experiments.networks.scenario import NetworkScenario
from landscape_lab.experiments.networks.stored_recordings import recording_of
from landscape_lab.experiments.recordings import Recording
from optim_core import key_of


@final
@dataclass(frozen=True, eq=False)
class RecordedTraining:
    """A training and its recording, which is read or made when it is needed first.

    experiment  the key of the experiment that may have stored the recording
    given       the recording, if it is known already
    """

    scenario: NetworkScenario
    experiment: str
    given: Recording | None = None

    @cached_property
    def recording(self) -> Recording:
        """The stored recording, or else a new one, which takes seconds."""
        return self.given or recording_of(self.experiment, self.scenario)


@dataclass(frozen=True)
class NetworkLesson(Lesson):
    """A lesson about the training of a network. Its settings are choices, because it shows stored recordings."""

    @classmethod
    def read(cls, link: Mapping[str, str]) -> NetworkScenario:
        """Return the training of the parts of a link. Raises ScenarioError."""
        return NetworkScenario.from_query(link)

    @classmethod
    def result_of(cls, scenario: NetworkScenario) -> RecordedTraining:
        """The recording of a training: the stored one, or else a new one, which takes seconds."""
        return RecordedTraining(scenario, key_of(cls))

    @classmethod
    def scenarios(cls) -> Iterator[NetworkScenario]:
        """Yield every training that the lesson shows: those of its choices, its question and its goals."""
        names, options = zip(*((name, of.options) for name, of in cls.choices().items()), strict=True)
        for chosen in product(*options):
            yield cls(**dict(zip(names, chosen, strict=True))).scenario
        yield cls.prediction.scenario
        for goal in cls.goals().values():
            yield from (goal.scenario, goal.solved)
