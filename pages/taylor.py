"""Page of the lesson "Taylor and Newton"."""

from typing import Any

from landscape_lab.figures.taylor_figures import model_error_figure, taylor_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _


def first(page: LessonPage) -> Any:
    lesson = page.lesson
    surface, start = (page.race.landscape, page.race.scenario.point)
    return taylor_figure.as_dict(surface, start, lesson.radius, 1, **page.look)


def second(page: LessonPage) -> Any:
    lesson = page.lesson
    surface, start = (page.race.landscape, page.race.scenario.point)
    return taylor_figure.as_dict(surface, start, lesson.radius, 2, **page.look)


def errors(page: LessonPage) -> Any:
    lesson = page.lesson
    surface, start = (page.race.landscape, page.race.scenario.point)
    return model_error_figure.as_dict(surface, start, lesson.radii, radius=lesson.radius, **page.look)


def costs_text(page: LessonPage) -> Any:
    lesson = page.lesson
    rows = [" | ".join(row) for row in lesson.costs()]
    head = " | ".join(["$n$", _("gradient"), _("Hessian"), _("to solve")])
    return "\n".join([f"| {head} |", "|--:|--:|--:|--:|", *(f"| {row} |" for row in rows)])


LessonPage("taylor", first, second, errors, costs_text).show()
