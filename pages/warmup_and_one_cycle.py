"""Page of the lesson "Warm-up and one cycle"."""

from typing import Any

from landscape_lab.figures.bars import share_figure
from landscape_lab.figures.rates import schedule_figure
from landscape_lab.figures.styles import styles_of_keys
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _, entry_name


def schedules(page: LessonPage) -> Any:
    names = [entry_name(entry) for entry in page.lesson.scenario.entries]
    look = {"styles": page.styles, **page.look}
    return schedule_figure.as_dict(page.lesson.rates, names, momenta=page.lesson.momenta, **look)


def rectified(page: LessonPage) -> Any:
    styles = styles_of_keys(["adam", "radam"], page.dark)
    return schedule_figure.as_dict(page.lesson.rectified, ["Adam", "RAdam"], styles=styles, **page.look)


def room(page: LessonPage) -> Any:
    names = [_("constant"), _("cosine"), _("warm-up, cosine"), _("one cycle")]
    lesson = page.lesson
    look = {"title": _("share of the runs"), "styles": page.styles, **page.look}
    figure = share_figure.as_dict(names, lesson.arrivals, lesson.totals, **look)
    return figure, lesson.counted


LessonPage("warmup_and_one_cycle", schedules, rectified, room).show()
