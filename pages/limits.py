"""Page of the lesson "Limits of gradient descent"."""

from functools import partial
from typing import Any

from landscape_lab.experiments.course.lessons.limits import SPOTS
from landscape_lab.figures.contour import paths_figure
from landscape_lab.figures.styles import styles_of
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import entry_name


def spot(page: LessonPage, place: str) -> Any:
    race = page.lesson.races()[place]
    labels = [entry_name(entry) for entry in race.scenario.entries]
    styles = styles_of(race.scenario.entries, page.dark)
    figure = paths_figure.as_dict(race.landscape, race.trajectories, labels, styles=styles, **page.look)
    return figure, page.lesson.stops()[place].values


LessonPage("limits", **{place: partial(spot, place=place) for place in SPOTS}).show()
