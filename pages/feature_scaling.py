"""Page of the lesson "Feature scaling"."""

from typing import Any

from landscape_lab.figures.contour import paths_figure
from landscape_lab.figures.histogram import histogram_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _

MAP = ((-4.0, 4.0), (-4.0, 4.0))


def raw(page: LessonPage) -> Any:
    return _path(page, "raw")


def standardised(page: LessonPage) -> Any:
    return _path(page, "standardised")


def before(page: LessonPage) -> Any:
    return _histogram(page, 0, title=_("value"))


def after(page: LessonPage) -> Any:
    return _histogram(page, 1, title=_("standardised value"), normal=_("normal distribution"))


def _path(page: LessonPage, features: str) -> Any:
    loss, path, names = page.lesson.loss(features), page.lesson.path(features), [_("gradient descent")]
    styles = [page.styles[("raw", "standardised").index(features)]]
    return paths_figure.as_dict(loss, [path], names, styles=styles, domain=MAP, equal=True, **page.look)


def _histogram(page: LessonPage, which: int, **words: str) -> Any:
    names, density = [_("feature 1"), _("feature 2")], _("share of examples per unit")
    return histogram_figure.as_dict(page.lesson.histograms[which], names, density=density, **words, **page.look)


LessonPage("feature_scaling", raw, standardised, before, after).show()
