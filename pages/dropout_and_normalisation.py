"""Page of the lesson "Dropout and normalisation"."""

from functools import partial
from typing import Any

from landscape_lab.figures.bars import share_figure
from landscape_lab.figures.small_map import small_map_figure, strength_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _


def landscape(page: LessonPage, number: int) -> Any:
    _name, loss, before, numbers = page.lesson.maps[number]
    figure = small_map_figure.as_dict(
        loss, page.lesson.square, before=before, label=_("minimum as it was"), **page.look
    )
    return figure, {"numbers": numbers}


def price(page: LessonPage) -> Any:
    lesson = page.lesson
    chances, training, held_out = lesson.strengths
    return strength_figure.as_dict(
        chances,
        [training, held_out],
        [_("bare training loss"), _("held-out loss")],
        title=_("chance p of dropout"),
        chosen=lesson.dropout,
        chosen_label=_("now"),
        **page.look,
    )


def count(page: LessonPage) -> Any:
    lesson = page.lesson
    counts, totals = lesson.counts
    return share_figure.as_dict(
        [_(source) for source in lesson.sources],
        counts,
        totals,
        title=_("draws whose held-out loss is lower"),
        **page.look,
    )


MAPS = ("bare", "dropout", "l2", "batch_normalisation")
LessonPage(
    "dropout_and_normalisation",
    price,
    count,
    **{name: partial(landscape, number=number) for number, name in enumerate(MAPS)},
).show()
