"""Page of the lesson "Adam or SGDM"."""

from typing import Any

from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _


def speed(page: LessonPage) -> Any:
    lesson = page.lesson
    tuning = lesson.tuning
    names = ["SGDM", "Adam"]
    return settings_figure.as_dict(
        lesson.rates,
        tuning.medians,
        names,
        setting=_("learning rate"),
        outcome=_("steps until settled"),
        lows=tuning.lows,
        highs=tuning.highs,
        outcome_axis="log",
        **page.look,
    )


def landing(page: LessonPage) -> Any:
    lesson = page.lesson
    names = ["SGDM", "Adam"]
    return settings_figure.as_dict(
        lesson.hollow_rates,
        lesson.in_the_sharp,
        names,
        setting=_("learning rate"),
        outcome=_("share of the starts"),
        zero=True,
        **page.look,
    )


def twins(page: LessonPage) -> Any:
    lesson = page.lesson
    where, train, test = lesson.cut
    return settings_figure.as_dict(
        where,
        [train, test],
        [_("training loss"), _("test loss: shifted")],
        setting="x",
        outcome=_("loss"),
        setting_axis="linear",
        **page.look,
    )


LessonPage("adam_or_sgdm", speed, landing, twins).show()
