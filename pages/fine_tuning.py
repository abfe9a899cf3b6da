"""Page of the lesson "Fine-tuning"."""

from typing import Any

from landscape_lab.figures.contour import paths_figure
from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.figures.theme import ENTRY_STYLES
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _


def paths(page: LessonPage) -> Any:
    lesson = page.lesson
    ground, runs = lesson.side_by_side
    return paths_figure.as_dict(
        ground,
        runs,
        [*(_("random place {number}").format(number=i) for i in (1, 2, 3)), _("from task A's minimum")],
        styles=[ENTRY_STYLES[i] for i in (1, 2, 3, 0)],
        **page.look,
    )


def angles(page: LessonPage) -> Any:
    lesson = page.lesson
    found = lesson.by_angle
    return settings_figure.as_dict(
        lesson.angles,
        [found.pretrained, found.random],
        [_("from task A's minimum"), _("from a random place")],
        setting=_("angle between the tasks, in degrees"),
        outcome=_("steps until within 1%"),
        lows=[found.pretrained_low, found.random_low],
        highs=[found.pretrained_high, found.random_high],
        setting_axis="linear",
        zero=True,
        here=lesson.task_angle,
        **page.look,
    )


LessonPage("fine_tuning", paths, angles).show()
