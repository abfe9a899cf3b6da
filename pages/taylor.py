"""Page of the lesson "Taylor and Newton"."""

from typing import Any

from landscape_lab.figures.taylor_figures import model_error_figure, taylor_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _


def first(page: LessonPage) -> Any:
    return taylor_figure.as_dict(*_place(page), page.lesson.radius, 1, **page.look)


def second(page: LessonPage) -> Any:
    return taylor_figure.as_dict(*_place(page), page.lesson.radius, 2, **page.look)


def errors(page: LessonPage) -> Any:
    return model_error_figure.as_dict(*_place(page), page.lesson.radii, radius=page.lesson.radius, **page.look)


def costs(page: LessonPage) -> str:
    rows = [" | ".join(row) for row in page.lesson.costs()]
    head = " | ".join(["*N*", _("gradient"), _("Hessian"), _("to solve")])
    return "\n".join([f"| {head} |", "|--:|--:|--:|--:|", *(f"| {row} |" for row in rows)])


def _place(page: LessonPage) -> tuple[Any, tuple[float, float]]:
    return page.race.landscape, page.race.scenario.point


LessonPage("taylor", first, second, errors, costs).show()
