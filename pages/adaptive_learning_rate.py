"""Page of the lesson "Adaptive learning rate"."""

from typing import Any

from landscape_lab.figures.histories import histories_figure
from landscape_lab.figures.rates import rates_figure, schedule_figure
from landscape_lab.figures.theme import ENTRY_STYLES
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _, say


def decays(page: LessonPage) -> Any:
    lesson = page.lesson
    decays = lesson.decays
    return schedule_figure.as_dict(
        list(decays.values()),
        [_(name) for name in decays],
        styles=[ENTRY_STYLES[i] for i in (0, 1, 2, 4, 5)],
        **page.look,
    )


def rates(page: LessonPage) -> Any:
    lesson = page.lesson
    rates = lesson.rates(page.race)
    return rates_figure.as_dict(
        list(rates.values()), [_(name) for name in rates], styles=[ENTRY_STYLES[i] for i in (1, 3)], **page.look
    )


def histories(page: LessonPage) -> Any:
    lesson = page.lesson
    names = {"small": _("0.1 after small gradients"), "large": _("0.1 after large gradients")}
    histories = lesson.histories
    return histories_figure.as_dict(
        [seen for seen, _step in histories.values()],
        [step for _seen, step in histories.values()],
        [names[name] for name in histories],
        **page.look,
    )


def words_text(page: LessonPage) -> Any:
    lesson = page.lesson
    return say(lesson.slopes)


LessonPage("adaptive_learning_rate", decays, rates, histories, words_text).show()
