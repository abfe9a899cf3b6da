"""How the pages of the course show what a lesson is about: a race, or the training of a network."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import numpy as np

from landscape_lab.experiments import Scenario
from landscape_lab.experiments.course.lesson import Lesson
from landscape_lab.experiments.course.network_lesson import NetworkLesson
from landscape_lab.experiments.networks import NetworkScenario
from landscape_lab.experiments.recordings import Recording
from landscape_lab.experiments.runs import race_of
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.figures.recording_figures import recording_picture
from landscape_lab.figures.still import Still, still_picture
from landscape_lab.ui import state
from landscape_lab.ui.course.links import NETWORKS, PLAYGROUND
from landscape_lab.ui.course.progress import is_open
from landscape_lab.ui.i18n.translation import _, entry_name, figure_words
from landscape_lab.ui.parts import page_follows
from landscape_lab.ui.stage.message import modes_of
from landscape_lab.ui.stage.recording_message import at_start
from landscape_lab.ui.stage.show import send_surface_of, show_race, show_recording
from optim_core import key_of

Put = Callable[[str, Any], None]
"""Sets a setting of the lesson on screen."""


class RaceDisplay:
    """A race on the map of its surface. `page` can change everything about it."""

    page = PLAYGROUND

    def everything(self) -> str:
        """The label of a link to that page, with the scenario on screen."""
        return _("This race in the playground, with all controls")

    def task(self) -> str:
        """The label of a link to that page, with the scenario of a goal."""
        return _("Try it in the playground")

    def differs(self) -> str:
        """What is said about a scenario on screen by which a task cannot be judged."""
        return _(
            "This race differs from the task in what must stay as it is. "
            "The numbers are those of the race at which the task starts."
        )

    def prepare(self, lesson: Any) -> None:
        """Send what most changes of the lesson leave as it is, outside of the part of the page with the stage."""
        send_surface_of(lesson.scenario, state.view(), **modes_of(lesson))

    def show(self, lesson: Any, put: Put) -> None:
        """Show the result of a lesson on the stage of its page."""
        family = lesson.family
        show_race(
            lesson.scenario,
            state.view(),
            on_member=lambda member: put(family.setting.rpartition(".")[2], family.values[member]),
            follows=page_follows(lesson),
            **modes_of(lesson),
        )

    def ask(self, lesson: Any, key: str, revealed: bool, modes: Mapping[str, Any]) -> None:
        """Show the result of a lesson's question, hidden until it is revealed. `modes` are those of the page."""
        show_race(
            lesson.prediction.scenario,
            View(**lesson.shown),
            key=key,
            veiled=not revealed,
            play=revealed,
            round="revealed" if revealed else "asked",
            constant=True,
            compact=True,
            on_start=_ignored,
            on_view=_ignored,
            **modes,
        )

    def still(self, scenario: Scenario, lesson: Any, *, paths: bool, size: tuple[int, int]) -> Still:
        """Return a picture to print, with or without the paths."""
        race = race_of(scenario)
        shown = race.trajectories if paths else [replace(path, last_step=np.array(0)) for path in race.trajectories]
        labels, title = [entry_name(entry) for entry in scenario.entries], _(race.landscape.label)
        return still_picture(race.landscape, shown, labels, title=title, size=size, words=figure_words())


class RecordingDisplay:
    """The recording of a training on a plane; see `RaceDisplay`."""

    page = NETWORKS

    def everything(self) -> str:
        return _("This training on the page of networks, with all controls")

    def task(self) -> str:
        return _("Try it on the page of networks")

    def differs(self) -> str:
        return _(
            "This training differs from the task in what must stay as it is. "
            "The numbers are those of the training at which the task starts."
        )

    def prepare(self, lesson: Any) -> None:
        pass

    def show(self, lesson: Any, put: Put) -> None:
        recording = lesson.result_of(lesson.scenario).recording
        if not is_open(key_of(lesson)):
            recording = _without_sharpness(recording)
        show_recording(recording, state.view(), names=[entry_name(each) for each in lesson.scenario.entries])

    def ask(self, lesson: Any, key: str, revealed: bool, modes: Mapping[str, Any]) -> None:
        scenario = lesson.prediction.scenario
        show_recording(
            lesson.result_of(scenario).recording,
            View(**lesson.shown),
            key=key,
            names=[entry_name(each) for each in scenario.entries],
            veiled=not revealed,
            play=revealed,
            round="revealed" if revealed else "asked",
            compact=True,
            on_view=_ignored,
            **modes,
        )

    def still(self, scenario: NetworkScenario, lesson: Any, *, paths: bool, size: tuple[int, int]) -> Still:
        recording = lesson.result_of(scenario).recording
        names = [entry_name(each) for each in scenario.entries]
        return recording_picture(
            recording if paths else at_start(recording),
            title=_("Loss on a plane of parameters"),
            names=names,
            size=size,
            words=figure_words(),
        )


@lru_cache(maxsize=16)  # the messages of a recording are cached for the same object
def _without_sharpness(recording: Recording) -> Recording:
    """The recording without the quantity that the question is about."""
    return replace(recording, sharpness=None, limits=None, key=f"{recording.key} without sharpness")


RACE, RECORDING = RaceDisplay(), RecordingDisplay()


def display_of(lesson: Lesson | type[Lesson]) -> RaceDisplay | RecordingDisplay:
    """Return how a lesson is shown."""
    kind = lesson if isinstance(lesson, type) else type(lesson)
    return RECORDING if issubclass(kind, NetworkLesson) else RACE


def address_of(lesson: Lesson | type[Lesson], app: str, query: Mapping[str, str]) -> str:
    """Return the address of a scenario on the page that can change everything about it. `app` is the app's address."""
    page = display_of(lesson).page.removeprefix("pages/").removesuffix(".py")
    return f"{app}{page}?{urlencode(dict(query))}"


def _ignored(*_arguments: Any) -> None:
    """Ignore changes on the stage of a question, whose start is fixed and whose view is not part of a link."""
