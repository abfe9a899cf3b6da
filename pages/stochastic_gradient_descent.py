"""Page of the lesson "Stochastic gradient descent"."""

from typing import Any

from landscape_lab.figures.contour import paths_figure
from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.figures.theme import ENTRY_STYLES
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _


def one_pass(page: LessonPage) -> Any:
    lesson = page.lesson
    return paths_figure.as_dict(
        lesson.loss,
        lesson.one_pass,
        [_("batches"), _("gradient descent")],
        styles=[ENTRY_STYLES[i] for i in (0, 2)],
        **page.look,
    )


def examples(page: LessonPage) -> Any:
    lesson = page.lesson
    sizes = [_("1 example"), _("5 examples"), _("all 20: gradient descent")]
    counts, lows, medians, highs = lesson.curves("examples")
    return settings_figure.as_dict(
        counts,
        medians,
        sizes,
        setting=_("examples seen"),
        outcome=_("loss above the minimum"),
        lows=lows,
        highs=highs,
        setting_axis="linear",
        outcome_axis="log",
        **page.look,
    )


def updates(page: LessonPage) -> Any:
    lesson = page.lesson
    sizes = [_("1 example"), _("5 examples"), _("all 20: gradient descent")]
    counts, lows, medians, highs = lesson.curves("updates")
    return settings_figure.as_dict(
        counts,
        medians,
        sizes,
        setting=_("updates"),
        outcome=_("loss above the minimum"),
        lows=lows,
        highs=highs,
        setting_axis="linear",
        outcome_axis="log",
        **page.look,
    )


def cloud(page: LessonPage) -> Any:
    lesson = page.lesson
    rates, clouds = lesson.clouds
    return settings_figure.as_dict(
        rates,
        clouds,
        [_("batches of 1"), _("batches of 2"), _("batches of 5")],
        setting=_("constant learning rate"),
        outcome=_("distance to the minimum"),
        outcome_axis="log",
        here=lesson.learning_rate,
        **page.look,
    )


LessonPage("stochastic_gradient_descent", one_pass, examples, updates, cloud).show()
