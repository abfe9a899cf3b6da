"""Page of the lesson "The order of the data"."""

from typing import Any

from landscape_lab.figures.band import band_figure
from landscape_lab.figures.contour import paths_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _


def loop(page: LessonPage) -> Any:
    lesson = page.lesson
    return paths_figure.as_dict(
        lesson.scenario.landscape,
        lesson.last_passes,
        [_("sorted"), _("shuffled")],
        styles=page.styles,
        domain=lesson.around,
        **page.look,
    )


def ways(page: LessonPage) -> Any:
    lows, medians, highs = page.lesson.ways
    return band_figure.as_dict(
        lows,
        medians,
        highs,
        [_("sorted"), _("shuffled"), _("curriculum")],
        loss_axis="linear",
        title=_("distance to the true parameters"),
        styles=page.copies("gradient_descent", 3),
        **page.look,
    )


LessonPage("data_order", loop, ways).show()
