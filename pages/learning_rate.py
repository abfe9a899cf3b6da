"""Page of the lesson "Learning rate"."""

from typing import Any

from landscape_lab.figures.damping import damping_figure
from landscape_lab.ui.course.lesson import LessonPage


def figure(page: LessonPage) -> Any:
    swings = page.lesson.parabola
    return damping_figure.as_dict(list(swings.values()), list(swings), **page.look)


LessonPage("learning_rate", figure).show()
