"""Page of the lesson "Stochastic gradient descent"."""

from typing import Any

from landscape_lab.figures.contour import paths_figure
from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.figures.theme import ENTRY_STYLES
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _


def one_pass(page: LessonPage) -> Any:
    names, styles = [_("batches"), _("gradient descent")], [ENTRY_STYLES[i] for i in (0, 2)]
    return paths_figure.as_dict(page.lesson.loss, page.lesson.one_pass, names, styles=styles, **page.look)


def examples(page: LessonPage) -> Any:
    return _curves(page, "examples", _("examples seen"))


def updates(page: LessonPage) -> Any:
    return _curves(page, "updates", _("updates"))


def fluctuation(page: LessonPage) -> Any:
    rates, distances = page.lesson.fluctuations
    names = [_("batches of 1"), _("batches of 2"), _("batches of 5")]
    axes = {"setting": _("constant learning rate"), "outcome": _("distance to the minimum"), "outcome_axis": "log"}
    return settings_figure.as_dict(rates, distances, names, here=page.lesson.learning_rate, **axes, **page.look)


def delays(page: LessonPage) -> Any:
    counts, losses = page.lesson.delays
    names = [_("delay {updates}").format(updates=each) for each in page.lesson.compared_delays]
    return settings_figure.as_dict(counts, losses, names, **_axes(_("updates")), **page.look)


def _curves(page: LessonPage, progress: str, setting: str) -> Any:
    counts, lows, medians, highs = page.lesson.curves(progress)
    names = [_("1 example"), _("5 examples"), _("all 20: gradient descent")]
    return settings_figure.as_dict(counts, medians, names, lows=lows, highs=highs, **_axes(setting), **page.look)


def _axes(setting: str) -> dict[str, Any]:
    outcome = _("loss above the minimum")
    return {"setting": setting, "outcome": outcome, "setting_axis": "linear", "outcome_axis": "log"}


LessonPage("stochastic_gradient_descent", one_pass, examples, updates, fluctuation, delays).show()
