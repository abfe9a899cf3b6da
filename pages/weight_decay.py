"""Page of the lesson "Weight decay"."""

from dataclasses import replace
from typing import Any

from landscape_lab.figures.rates import rates_figure
from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.figures.theme import ENTRY_STYLES
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _


def scale(page: LessonPage) -> Any:
    lesson = page.lesson
    names = [_("Adam + L2"), _("AdamW (decoupled)")]
    return settings_figure.as_dict(
        lesson.scales,
        lesson.left_by_scale,
        names,
        setting=_("the loss is multiplied by"),
        outcome=_("part of the weights that is left"),
        zero=True,
        here=lesson.loss_scale,
        styles=ENTRY_STYLES[2:],
        **page.look,
    )


def share(page: LessonPage) -> Any:
    lesson = page.lesson
    names = [_("Adam + L2"), _("AdamW (decoupled)")]
    return rates_figure.as_dict(
        lesson.shares,
        names,
        styles=ENTRY_STYLES[2:],
        dark=page.dark,
        words=replace(page.words, effective_rate=_("share of a weight that decay takes")),
    )


LessonPage("weight_decay", scale, share).show()
