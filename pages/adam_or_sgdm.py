"""Page of the lesson "Adam or SGDM"."""

from typing import Any

from landscape_lab.experiments.course.network_methods import TRAINING
from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.figures.styles import styles_of_keys
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.course.links import network_link
from landscape_lab.ui.i18n.translation import _


def shares(page: LessonPage, values: Any, outcomes: Any, setting: str, **look: Any) -> Any:
    names = [_("SGDM, sum"), _("SGDM, mean"), "Adam"]
    outcome = _("share of the starts")
    return settings_figure.as_dict(
        values, outcomes, names, setting=setting, outcome=outcome, zero=True, styles=page.styles, **page.look, **look
    )


def landing(page: LessonPage) -> Any:
    lesson = page.lesson
    return shares(page, lesson.all_rates, lesson.shares, _("learning rate"), here=lesson.learning_rate)


def fractions(page: LessonPage) -> Any:
    rates, counts = page.lesson.fractions
    return shares(page, rates, counts, _("learning rate, as a part of the method's limit"))


def twins(page: LessonPage) -> Any:
    where, train, test = page.lesson.cut
    names = [_("training loss"), _("test loss: shifted")]
    look = {"setting_axis": "linear", **page.look}
    return settings_figure.as_dict(where, [train, test], names, setting="x", outcome=_("loss"), **look)


def speed(page: LessonPage) -> Any:
    lesson = page.lesson
    lows, medians, highs = lesson.speeds.swapaxes(0, 1)
    return settings_figure.as_dict(
        lesson.angles,
        medians,
        ["SGDM", "Adam"],
        setting=_("angle between the valley and the axes, in degrees"),
        outcome=_("steps to converge"),
        lows=lows,
        highs=highs,
        setting_axis="linear",
        here=lesson.angle,
        styles=[page.styles[i] for i in (0, 2)],
        **page.look,
    )


def network_errors(page: LessonPage) -> Any:
    rates, quartiles = page.lesson.network_errors
    return of_networks(page, rates, quartiles, _("learning rate"), _("wrong predictions on validation examples"))


def network_sharpness(page: LessonPage) -> Any:
    losses, quartiles = page.lesson.network_sharpness
    return of_networks(page, losses, quartiles, _("training loss at the end"), _("sharpness"))


def of_networks(page: LessonPage, values: Any, quartiles: Any, setting: str, outcome: str) -> Any:
    labels = ["SGDM", "Adam", _("SGDM, a fifth of the labels wrong"), _("Adam, a fifth of the labels wrong")]
    lows, medians, highs = quartiles
    return settings_figure.as_dict(
        values,
        medians,
        labels,
        setting=setting,
        outcome=outcome,
        lows=lows,
        highs=highs,
        outcome_axis="log",
        styles=styles_of_keys(["momentum", "adam", "momentum", "adam"], page.dark),
        **page.look,
    )


def train(_page: LessonPage) -> None:
    network_link(_("Train this network by both at the tuned rates"), TRAINING)


LessonPage("adam_or_sgdm", landing, fractions, twins, speed, network_errors, network_sharpness, train).show()
