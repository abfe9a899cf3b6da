"""Page of the lesson "Gradient descent"."""

from typing import Any

from landscape_lab.figures.arrows import Arrow, step_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _


def ground(page: LessonPage) -> Any:
    lesson = page.lesson
    names = {
        "down": _("downhill, the first step"),
        "level": _("along the contour line"),
        "minimum": _("towards the minimum"),
    }
    arrows = [Arrow(names[name], vector) for name, vector in lesson.arrows.items()]
    figure = step_figure.as_dict(lesson.scenario.landscape, lesson.point, arrows, **page.look)
    return figure, {name: f"{change:+.3f}".replace("-", "\N{MINUS SIGN}") for name, change in lesson.changes.items()}


LessonPage("gradient_descent", ground).show()
