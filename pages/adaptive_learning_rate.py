"""Page of the lesson "Adaptive learning rate"."""

from typing import Any

from landscape_lab.figures.adagrad_figures import best_rates_figure, ruler_figure
from landscape_lab.figures.histories import histories_figure
from landscape_lab.figures.rates import rates_figure, schedule_figure
from landscape_lab.figures.theme import ENTRY_STYLES
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _

ADAGRAD = ENTRY_STYLES[3]
"""The style of Adagrad in the race."""


def decays(page: LessonPage) -> Any:
    schedules = page.lesson.decays
    styles = [ENTRY_STYLES[i] for i in (0, 1, 2, 4, 5)]
    return schedule_figure.as_dict(
        list(schedules.values()), [_(name) for name in schedules], styles=styles, **page.look
    )


def rates(page: LessonPage) -> Any:
    measured = page.lesson.rates(page.race)
    labels = [_(name) for name in measured]
    return rates_figure.as_dict(list(measured.values()), labels, styles=[ENTRY_STYLES[1], ADAGRAD], **page.look)


def histories(page: LessonPage) -> Any:
    seen, steps = zip(*page.lesson.histories.values(), strict=True)
    labels = [_("0.1 after small gradients"), _("0.1 after large gradients")]
    return histories_figure.as_dict(seen, steps, labels, **page.look)


def parabolas(page: LessonPage) -> Any:
    (points, drawn), ratios = page.lesson.ruler, page.lesson.ratios
    losses, slopes = zip(*drawn.values(), strict=True)
    figure = ruler_figure.as_dict(points, losses, slopes, [f"λ = {curvature:g}" for curvature in drawn], **page.look)
    return figure, {"ratio": max(ratios.values())}


def rare_feature(page: LessonPage) -> Any:
    tried, task = page.lesson.rare_rates, page.lesson.rare_task
    figure = best_rates_figure.as_dict(
        list(tried.values()),
        [task.errors(key, rates) for key, rates in tried.items()],
        [_("one rate"), "Adagrad"],
        (_("frequent feature"), _("rare feature")),
        title=_("final error of the weight"),
        styles=[ENTRY_STYLES[0], ADAGRAD],
        **page.look,
    )
    return figure, {"examples": task.examples}


LessonPage("adaptive_learning_rate", decays, rates, histories, parabolas, rare_feature).show()
