"""What the tests of all lessons do with the result of each kind of lesson: a race, or the training of a network."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from landscape_lab.experiments import Race, Scenario, race
from landscape_lab.experiments.course.lesson import Lesson
from landscape_lab.experiments.course.network_lesson import NetworkLesson, RecordedTraining
from landscape_lab.experiments.networks import NetworkScenario
from landscape_lab.experiments.recordings import Recording
from optim_core import Outcome, Trajectory, key_of

AROUND = 0.08
"""The distance of other starts from that of a lesson, as a share of the map's diagonal."""


class Races:
    """Races on a surface."""

    @staticmethod
    def others(lesson: Any, names: frozenset[str]) -> Iterator[tuple[Lesson, Scenario]]:
        """The lesson and its race under other conditions than those that are named."""
        for other in () if "start" in names else Races.other_starts(lesson):
            yield other, other.scenario
        if "seed" not in names and key_of(lesson.scenario.sampler) != "exact":
            for seed in (11, 12, 13):
                yield lesson, replace(lesson.scenario, seed=seed)

    @staticmethod
    def other_starts(lesson: Any) -> Iterator[Lesson]:
        """The lesson from places around its start, on the map."""
        (left, right), (bottom, top) = lesson.scenario.landscape.domain
        far = AROUND * float(np.hypot(right - left, top - bottom))
        x, y = lesson.scenario.point
        for angle in np.arange(6) * np.pi / 3 + 0.2:
            place = (
                float(np.clip(x + far * np.cos(angle), left, right)),
                float(np.clip(y + far * np.sin(angle), bottom, top)),
            )
            yield replace(lesson, start=place)

    @staticmethod
    def unsuitable(lesson: type[Lesson]) -> Sequence[Race]:
        """Results that suit no goal: on a surface without a minimum, and of entries that diverge."""
        queries = [
            {"surface": "saddle", "lanes": "gradient_descent(learning_rate=0.1)", "steps": "5"},
            {"surface": "rosenbrock", "lanes": "gradient_descent(learning_rate=1),adam()", "steps": "20"},
        ]
        return [race(Scenario.from_query(query)) for query in queries]

    @staticmethod
    def still(lesson: Any) -> tuple[Lesson, Race]:
        """The lesson with a race that stays at a minimum."""
        x, y = map(float, lesson.scenario.landscape.minima[0])
        resting = replace(lesson, start=(x, y))
        return resting, race(resting.scenario)

    @staticmethod
    def wrong(true: Race) -> Iterator[Race]:
        """Manipulated races: permuted entries, no motion, all entries drift away or have diverged."""
        paths = true.trajectories
        yield Race(true.scenario, paths[::-1])
        yield Race(true.scenario, paths[1:] + paths[:1])

        def moved(points: np.ndarray, path: Trajectory) -> Trajectory:
            steps = len(points)
            losses = np.asarray(true.landscape.value(points.T))
            return replace(
                path, points=points, losses=losses, outcomes=np.array(Outcome.FINISHED), last_step=np.array(steps - 1)
            )

        for drift in (0.0, 0.01, -0.01):
            walks = [
                path.points[0] + drift * np.arange(len(path.points))[:, None] * np.array([1.0, 0.7]) for path in paths
            ]
            yield Race(true.scenario, tuple(moved(walk, path) for walk, path in zip(walks, paths, strict=True)))


class Trainings:
    """Stored trainings of networks."""

    @staticmethod
    def others(lesson: Any, names: frozenset[str]) -> Iterator[tuple[Lesson, NetworkScenario]]:
        """The lesson and its training with every other stored seed of the initial weights."""
        for seed in () if "seed" in names else lesson.choices()["seed"].options:
            other = replace(lesson, seed=seed)
            if other != lesson:
                yield other, other.scenario

    @staticmethod
    def unsuitable(lesson: type[Lesson]) -> Sequence[RecordedTraining]:
        """Results that suit no goal: on other data, one of them of an entry that diverges."""
        recording = lesson().result_of(lesson().scenario).recording
        other = NetworkScenario.from_query({"epochs": "1"})
        return [RecordedTraining(other, "", given) for given in (recording, Trainings.diverged(recording))]

    @staticmethod
    def diverged(recording: Recording) -> Recording:
        """The recording as if every entry had diverged at its first step."""
        return Trainings.changed(
            recording, lambda values: np.where(np.arange(len(values))[:, None] > 0, np.nan, values)
        )

    @staticmethod
    def changed(recording: Recording, change: Any) -> Recording:
        """The recording with its losses and its sharpness changed."""
        return replace(recording, loss=change(recording.loss), sharpness=change(recording.sharpness))

    @staticmethod
    def still(lesson: Any) -> tuple[Lesson, RecordedTraining]:
        """The lesson with a training of which nothing but the start is known."""
        true = lesson.result_of(lesson.scenario)
        return lesson, replace(true, given=Trainings.diverged(true.recording))

    @staticmethod
    def wrong(true: RecordedTraining) -> Iterator[RecordedTraining]:
        """Manipulated trainings: permuted entries, nothing changes, time runs backwards, all entries have diverged."""
        for change in (
            lambda values: values[:, ::-1],
            lambda values: np.broadcast_to(values[0], values.shape),
            lambda values: values[::-1],
        ):
            yield replace(true, given=Trainings.changed(true.recording, change))
        yield replace(true, given=Trainings.diverged(true.recording))


def kind_of(lesson: type[Lesson]) -> type[Races] | type[Trainings]:
    """What the tests do with a lesson."""
    return Trainings if issubclass(lesson, NetworkLesson) else Races
