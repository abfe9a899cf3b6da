"""Page of the lesson "Gradient noise"."""

from typing import Any

from landscape_lab.figures.band import band_figure
from landscape_lab.figures.bars import share_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _


def band(page: LessonPage) -> Any:
    names = [_("without noise"), _("annealed noise"), _("noise without annealing")]
    lows, medians, highs = page.lesson.bands
    styles, title = page.copies("gradient_descent", 3), _("loss above the lowest minimum")
    return band_figure.as_dict(lows, medians, highs, names, title=title, styles=styles, **page.look)


def share(page: LessonPage) -> Any:
    names = [_("without noise"), _("annealed noise"), _("noise without annealing")]
    styles, title = page.copies("gradient_descent", 3), _("share of the seeds")
    lesson = page.lesson
    return share_figure.as_dict(
        names, lesson.at_rest_in_the_best, lesson.totals, title=title, styles=styles, **page.look
    )


LessonPage("gradient_noise", band, share).show()
