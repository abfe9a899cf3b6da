"""Page of the lesson "Learning rate"."""

from typing import Any

from landscape_lab.figures.damping import damping_figure
from landscape_lab.ui.course.lesson import LessonPage


def swings(page: LessonPage) -> Any:
    paths = page.lesson.parabola
    styles = page.copies("gradient_descent", len(paths))
    return damping_figure.as_dict(list(paths.values()), list(paths), styles=styles, **page.look)


LessonPage("learning_rate", swings).show()
