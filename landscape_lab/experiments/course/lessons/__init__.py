"""The lessons of the course, one per file.

`LESSONS` maps the name of each file, which is also the name of the lesson's page, to the lesson's class, in the order
of the course. `RACE_LESSONS` are those about a race.
"""

import sys
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from landscape_lab.experiments.course.lesson import Goal, Lesson
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.experiments.scenarios.sentence import ScenarioError
from optim_core import key_of
from optim_core.registry import walk

LESSONS: Mapping[str, type[Lesson]] = MappingProxyType(
    dict(sorted(walk(sys.modules[__name__], Lesson).items(), key=lambda item: item[1].number))
)
RACE_LESSONS: Mapping[str, type[RaceLesson]] = MappingProxyType(
    {key: lesson for key, lesson in LESSONS.items() if issubclass(lesson, RaceLesson)}
)


def lesson_about(scenario: Scenario) -> type[Lesson] | None:
    """Return the lesson that explains a race best, or None if no lesson explains any part of it.

    It is the lesson that shows or suggests the race, at any start and number of steps, or else the lesson that explains
    most parts of the race; of several, the first.
    """
    if own := _races_of_lessons().get(_without_start(scenario)):
        return own
    running = _running(scenario)
    best = max(LESSONS.values(), key=lambda lesson: len(lesson.about & running), default=None)
    return best if best and best.about & running else None


@cache
def _races_of_lessons() -> Mapping[tuple, type[Lesson]]:
    races: dict[tuple, type[Lesson]] = {}
    for lesson in RACE_LESSONS.values():
        for scenario in (lesson().scenario, *lesson.suggested().values()):
            races.setdefault(_without_start(scenario), lesson)
    return races


def _without_start(scenario: Scenario) -> tuple:
    return scenario.surface_text, scenario.entries, scenario.sampler


def _running(scenario: Scenario) -> set[str]:
    """Return the keys of all parts of a race that a lesson can explain, including the surface."""
    layers = {key_of(layer) for entry in scenario.entries for layer in entry.layers}
    schedules = {key_of(schedule) for entry in scenario.entries for _path, schedule in entry.schedules}
    return layers | schedules | {key_of(scenario.sampler), scenario.surface}


def find_goal(text: str) -> tuple[type[Lesson], Goal]:
    """Return the lesson and the goal of a link, `lesson.goal`. Raises ScenarioError if there is none."""
    key, _dot, name = text.partition(".")
    if key not in LESSONS or name not in LESSONS[key].goals():
        raise ScenarioError("The link sets a task “{text}”, which does not exist.", text=text)
    return LESSONS[key], LESSONS[key].goals()[name]
