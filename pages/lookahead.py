"""Page of the lesson "Lookahead"."""

from typing import Any

from landscape_lab.experiments.course.lessons.lookahead import MOMENTA
from landscape_lab.figures.arrows import Arrow, step_figure
from landscape_lab.figures.band import band_figure
from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.figures.styles import styles_of_keys
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _


def round(page: LessonPage) -> Any:
    tails, moves, slow = page.lesson.round
    fast = [
        Arrow(_("fast step {number}").format(number=number), move, tail)
        for number, (move, tail) in enumerate(zip(moves, tails, strict=True), 1)
    ]
    styles = [*(page.styles[0] for _move in moves), page.styles[1]]
    scenario = page.lesson.scenario
    arrows = [*fast, Arrow(_("slow step"), slow)]
    return step_figure.as_dict(scenario.landscape, scenario.point, arrows, styles=styles, **page.look)


def sensitivity(page: LessonPage) -> Any:
    labels = {"setting": _("momentum"), "outcome": _("steps to convergence")}
    names = [_("momentum alone"), _("with Lookahead")]
    return settings_figure.as_dict(
        MOMENTA,
        page.lesson.by_momentum,
        names,
        **labels,
        setting_axis="linear",
        zero=True,
        styles=page.styles,
        **page.look,
    )


def noise(page: LessonPage) -> Any:
    lows, medians, highs = page.lesson.bands
    names = [_("fast alone"), _("slow weights")]
    title = _("distance from the minimum")
    return band_figure.as_dict(lows, medians, highs, names, title=title, styles=page.styles, **page.look)


def limit(page: LessonPage) -> Any:
    products, factors = page.lesson.factors
    k = page.lesson.sync_period
    names = [_("gradient descent"), *(_("Lookahead, k = {k}").format(k=each) for each in (k, k + 1))]
    labels = {"setting": _("learning rate times curvature"), "outcome": _("factor per step")}
    look = {"styles": page.copies("gradient_descent", 3), **page.look}
    return settings_figure.as_dict(products, factors, names, **labels, setting_axis="linear", zero=True, **look)


def nadam(page: LessonPage) -> Any:
    swings = page.lesson.swings
    names = ["Adam", "Nadam", _("Nadam, momentum 0.9 throughout"), _("Adam, β₁ = 0.5")]
    labels = {"setting": _("steps"), "outcome": _("position relative to the start")}
    look = {"styles": styles_of_keys(["adam", "nadam", "nadam", "adam"], page.dark), **page.look}
    return settings_figure.as_dict([*range(len(swings[0]))], swings, names, **labels, setting_axis="linear", **look)


LessonPage("lookahead", round, sensitivity, noise, limit, nadam).show()
