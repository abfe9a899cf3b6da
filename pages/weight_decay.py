"""Page of the lesson "Weight decay"."""

from dataclasses import replace
from typing import Any

from landscape_lab.figures.rates import rates_figure
from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _


def adams() -> list[str]:
    return [_("Adam + L2"), _("AdamW (decoupled)")]


def scale(page: LessonPage) -> Any:
    lesson = page.lesson
    return settings_figure.as_dict(
        lesson.scales,
        lesson.left_by_scale,
        adams(),
        setting=_("the loss is multiplied by"),
        outcome=_("part of the weights that is left"),
        zero=True,
        here=lesson.loss_scale,
        styles=page.styles[1:],
        **page.look,
    )


def momentum(page: LessonPage) -> Any:
    lesson = page.lesson
    return settings_figure.as_dict(
        lesson.momenta,
        lesson.left_by_momentum,
        [_("SGDM + L2"), _("SGDM, decoupled"), _("decoupled, momentum as a mean")],
        setting=_("momentum"),
        outcome=_("part of the weights that is left"),
        zero=True,
        setting_axis="linear",
        styles=page.copies("momentum", 3),
        **page.look,
    )


def share(page: LessonPage) -> Any:
    words = replace(page.words, effective_rate=_("share of a weight that decay takes"))
    look = {"styles": page.styles[1:], "axes": page.lesson.scenario.landscape.axes, "dark": page.dark}
    return rates_figure.as_dict(page.lesson.shares, adams(), words=words, **look)


LessonPage("weight_decay", scale, momentum, share).show()
