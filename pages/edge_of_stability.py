"""Page of the lesson "The edge of stability"."""

from typing import Any

from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _


def over_rates(page: LessonPage) -> Any:
    rates, median, lowest, highest, limit = page.lesson.over_rates
    return settings_figure.as_dict(
        rates,
        [median, limit],
        [_("sharpness at the end"), "2/η"],
        setting=_("learning rate"),
        outcome=_("sharpness"),
        lows=[lowest, None],
        highs=[highest, None],
        outcome_axis="log",
        **page.look,
    )


LessonPage("edge_of_stability", over_rates).show()
