"""Page of the lesson "Adaptive learning rate"."""

from typing import Any

from landscape_lab.figures.adagrad_figures import best_rates_figure, ruler_figure
from landscape_lab.figures.histories import histories_figure
from landscape_lab.figures.rates import rates_figure, schedule_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _


def decays(page: LessonPage) -> Any:
    schedules = page.lesson.decays
    styles = page.copies("gradient_descent", len(schedules))  # the first three are in the race
    return schedule_figure.as_dict(
        list(schedules.values()), [_(name) for name in schedules], styles=styles, **page.look
    )


def rates(page: LessonPage) -> Any:
    measured = page.lesson.rates(page.race)
    labels = [_(name) for name in measured]
    return rates_figure.as_dict(list(measured.values()), labels, styles=[page.styles[1], page.styles[3]], **page.look)


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
        styles=[page.styles[0], page.styles[3]],
        **page.look,
    )
    return figure, {"examples": task.examples}


LessonPage("adaptive_learning_rate", decays, rates, histories, parabolas, rare_feature).show()
