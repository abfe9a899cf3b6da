"""Page of the lesson "Gradient noise"."""

from typing import Any

from landscape_lab.figures.band import band_figure
from landscape_lab.figures.bars import share_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _


def band(page: LessonPage) -> Any:
    names = [_("without noise"), _("annealed noise"), _("noise without annealing")]
    lows, medians, highs = page.lesson.bands
    return band_figure.as_dict(lows, medians, highs, names, title=_("loss above the lowest minimum"), **page.look)


def share(page: LessonPage) -> Any:
    names = [_("without noise"), _("annealed noise"), _("noise without annealing")]
    return share_figure.as_dict(
        names, page.lesson.at_rest_in_the_best, page.lesson.totals, title=_("share of the seeds"), **page.look
    )


LessonPage("gradient_noise", band, share).show()
