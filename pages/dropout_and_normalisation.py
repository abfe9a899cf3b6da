"""Page of the lesson "Dropout and normalisation"."""

from functools import partial
from typing import Any

from landscape_lab.experiments.course.regularised_networks import IN_SMALL_BATCHES, WITH_DROPOUT
from landscape_lab.figures.bars import share_figure
from landscape_lab.figures.figure_words import axis_names
from landscape_lab.figures.normalisation import KINDS, normalisation_figure
from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.figures.small_map import outlines_figure, small_map_figure, strength_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.course.links import network_link
from landscape_lab.ui.i18n.translation import _

MAPS = ("bare", "dropout", "l2", "batch_normalisation")


def landscape(page: LessonPage, number: int) -> Any:
    _name, loss, before, numbers = page.lesson.maps[number]
    look = {"before": before, "label": _("untreated minimum"), **page.look}
    return small_map_figure.as_dict(loss, page.lesson.square, **look), {"numbers": numbers}


def outlines(page: LessonPage) -> Any:
    names = [_(name) for name, *_others in page.lesson.maps]
    axes = axis_names(page.lesson.scenario.landscape, page.words)
    return outlines_figure.as_dict(page.lesson.outlines, names, axes=axes, **page.look)


def kind(page: LessonPage, name: str) -> Any:
    figure = normalisation_figure.as_dict(name, _("example"), _("channel"), **page.look)
    return figure, {"count": KINDS[name].count}


def price(page: LessonPage) -> Any:
    chances, training, held_out = page.lesson.strengths
    names = [_("training loss without penalty"), _("validation loss")]
    chosen = {"chosen": page.lesson.dropout, "chosen_label": _("now")}
    return strength_figure.as_dict(
        chances, [training, held_out], names, title=_("dropout probability p"), **chosen, **page.look
    )


def count(page: LessonPage) -> Any:
    names, (counts, totals) = [_(source) for source in page.lesson.sources], page.lesson.counts
    return share_figure.as_dict(names, counts, totals, title=_("draws with lower validation loss"), **page.look)


def dropped(page: LessonPage) -> Any:
    names = [_("no dropout"), "p = 0.2", "p = 0.5"]
    return accuracies(page, page.lesson.networks[0], names, _("epoch"), "linear")


def sizes(page: LessonPage) -> Any:
    names = [_("no normalisation"), _("layer normalisation"), _("batch, in use"), _("batch, in training")]
    return accuracies(page, page.lesson.networks[1], names, _("examples in a batch"), "log")


def train_with_dropout(page: LessonPage) -> None:
    network_link(_("Train this network with dropout"), WITH_DROPOUT)


def train_in_batches(page: LessonPage) -> None:
    network_link(_("Train this network with batch normalisation, in batches of four"), IN_SMALL_BATCHES)


def accuracies(page: LessonPage, found: Any, names: list[str], setting: str, axis: Any) -> Any:
    bands = {"lows": found.lows, "highs": found.highs}
    labels = {"setting": setting, "outcome": _("validation accuracy")}
    return settings_figure.as_dict(found.values, found.means, names, setting_axis=axis, **labels, **bands, **page.look)


figures = {name: partial(landscape, number=number) for number, name in enumerate(MAPS)}
figures |= {name: partial(kind, name=name) for name in KINDS}
LessonPage(
    "dropout_and_normalisation", outlines, price, count, dropped, sizes, train_with_dropout, train_in_batches, **figures
).show()
