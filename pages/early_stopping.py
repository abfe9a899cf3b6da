"""Page of the lesson "Early stopping"."""

from typing import Any

from landscape_lab.experiments.course.memorised_labels import TRAINING
from landscape_lab.figures.bars import share_figure
from landscape_lab.figures.contour import paths_figure
from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.figures.stopping_figure import stopping_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.course.links import network_link
from landscape_lab.ui.i18n.translation import _


def wait(page: LessonPage) -> Any:
    lesson = page.lesson
    training, watched = lesson.losses
    kept, stop = lesson.stop
    return stopping_figure.as_dict(
        training, watched, kept, stop, [_("training loss"), _("validation loss"), _("kept"), _("stopped")], **page.look
    )


def held_out(page: LessonPage) -> Any:
    lesson = page.lesson
    return paths_figure.as_dict(
        lesson.held_out,
        lesson.paths,
        [_("runs on"), _("until the stop"), _("kept")],
        styles=page.copies("gradient_descent", 3),
        **page.look,
    )


def count(page: LessonPage) -> Any:
    lesson = page.lesson
    counts, totals = lesson.counts
    return share_figure.as_dict(
        [_(source) for source in lesson.sources],
        counts,
        totals,
        title=_("draws that end clearly above their lowest"),
        **page.look,
    )


def over_epochs(page: LessonPage, curves: Any, labels: Any, outcome: str, **look: Any) -> Any:
    """The median and the quartiles of each of the curves, pairs of trainings and the name of an array."""
    bands = [training.quartiles(name) for training, name in curves]
    return settings_figure.as_dict(
        range(curves[0][0].epochs + 1),
        [training.median(name) for training, name in curves],
        labels,
        setting=_("epoch"),
        outcome=outcome,
        lows=[low for low, _high in bands],
        highs=[high for _low, high in bands],
        setting_axis="linear",
        **page.look,
        **look,
    )


def memorising(page: LessonPage) -> Any:
    wrong, _correct = page.lesson.networks
    labels = [_("correct labels"), _("wrong labels"), _("true digits of these"), _("validation examples")]
    names = ("fits_correct", "fits_wrong", "recovers", "validation_accuracy")
    return over_epochs(page, [(wrong, name) for name in names], labels, _("share predicted"), zero=True)


def two_losses(page: LessonPage) -> Any:
    labels = [_("a fifth of the labels wrong"), _("all labels correct")]
    curves = [(training, "validation_loss") for training in page.lesson.networks]
    return over_epochs(page, curves, labels, _("validation loss"), outcome_axis="log")


def train(_page: LessonPage) -> None:
    network_link(_("Train this network on wrong labels"), TRAINING)


LessonPage("early_stopping", wait, held_out, count, memorising, two_losses, train).show(validation=True)
