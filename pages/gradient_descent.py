"""Page of the lesson "Gradient descent"."""

from typing import Any

from landscape_lab.figures.arrows import Arrow, step_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _, say


def figure(page: LessonPage) -> Any:
    lesson = page.lesson
    names = {
        "down": _("down, the first step"),
        "level": _("along the contour line"),
        "minimum": _("towards the minimum"),
    }
    arrows = [Arrow(names[name], vector) for name, vector in lesson.arrows.items()]
    return step_figure.as_dict(lesson.scenario.landscape, lesson.point, arrows, **page.look)


def words_text(page: LessonPage) -> Any:
    lesson = page.lesson
    return say(lesson.gains)


LessonPage("gradient_descent", figure, words_text).show()
