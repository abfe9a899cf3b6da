"""Page of the lesson "Adaptive methods"."""

from typing import Any

from landscape_lab.figures.rates import rates_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import entry_name


def figure(page: LessonPage) -> Any:
    return rates_figure.as_dict(
        page.lesson.effective_rates, [entry_name(entry) for entry in page.lesson.scenario.entries], **page.look
    )


LessonPage("adaptive_methods", figure).show()
