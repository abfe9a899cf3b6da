"""Page of the lesson "Stochastic gradient descent"."""

from typing import Any

from landscape_lab.figures.contour import paths_figure
from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _


def one_pass(page: LessonPage) -> Any:
    names, styles = [_("batches"), _("gradient descent")], page.copies("gradient_descent", 2)
    return paths_figure.as_dict(page.lesson.loss, page.lesson.one_pass, names, styles=styles, **page.look)


def fluctuation(page: LessonPage) -> Any:
    rates, distances = page.lesson.fluctuations
    names, here = [_("batches of 1"), _("batches of 2"), _("batches of 5")], page.lesson.learning_rate
    axes = {"setting": _("constant learning rate"), "outcome": _("distance to the minimum"), "outcome_axis": "log"}
    styles = page.copies("gradient_descent", len(names))
    return settings_figure.as_dict(rates, distances, names, here=here, styles=styles, **axes, **page.look)


def delays(page: LessonPage) -> Any:
    steps, losses = page.lesson.delays
    names = [_("delay {updates}").format(updates=each) for each in page.lesson.compared_delays]
    styles = page.copies("gradient_descent", len(names))
    return settings_figure.as_dict(steps, losses, names, styles=styles, **_axes("updates"), **page.look)


def _curves(page: LessonPage, progress: str) -> Any:
    counts, lows, medians, highs = page.lesson.curves(progress)
    names = [_("1 example"), _("5 examples"), _("all 20: gradient descent")]
    look = {"styles": page.copies("gradient_descent", len(names)), **_axes(progress), **page.look}
    return settings_figure.as_dict(counts, medians, names, lows=lows, highs=highs, **look)


def _axes(progress: str) -> dict[str, Any]:
    setting = _("examples seen") if progress == "examples" else _("updates")
    return {"setting": setting, "outcome": _("loss above the minimum"), "setting_axis": "linear", "outcome_axis": "log"}


curves = {progress: lambda page, progress=progress: _curves(page, progress) for progress in ("examples", "updates")}
LessonPage("stochastic_gradient_descent", one_pass, fluctuation, delays, **curves).show()
