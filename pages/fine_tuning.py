"""Page of the lesson "Fine-tuning"."""

from typing import Any

from landscape_lab.figures.contour import paths_figure
from landscape_lab.figures.curves import curves_figure
from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.figures.theme import ENTRY_STYLES
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _, say

STYLES = [ENTRY_STYLES[i] for i in (2, 1, 0)]
"""The run from task A's minimum has the style of the race."""


def starts() -> list[str]:
    return [_("random point"), _("zero"), _("task A's minimum")]


def paths(page: LessonPage) -> Any:
    loss, runs = page.lesson.side_by_side
    counts = page.lesson.side_by_side_steps
    names = [f"{start}: {say(steps)}" for start, steps in zip(starts(), counts, strict=True)]
    return paths_figure.as_dict(loss, runs, names, styles=STYLES, **page.look)


def curves(page: LessonPage) -> Any:
    loss, runs = page.lesson.side_by_side
    return curves_figure.as_dict(runs, starts(), minimum=loss.minimum_value, styles=STYLES, **page.look)


def angles(page: LessonPage) -> Any:
    lesson = page.lesson
    found = lesson.by_angle
    return settings_figure.as_dict(
        lesson.angles,
        [found.random, found.zero, found.pretrained],
        starts(),
        setting=_("angle between the tasks, in degrees"),
        outcome=_("steps until within 1%"),
        lows=[found.random_low, None, found.pretrained_low],
        highs=[found.random_high, None, found.pretrained_high],
        setting_axis="linear",
        zero=True,
        here=lesson.task_angle,
        styles=STYLES,
        **page.look,
    )


def forgetting(page: LessonPage) -> Any:
    new, old = page.lesson.forgetting
    labels = {"setting": _("steps"), "outcome": _("loss relative to its lowest value")}
    axes: dict[str, Any] = {"setting_axis": "linear", "outcome_axis": "log"}
    names = [_("task B"), _("task A")]
    return settings_figure.as_dict([*range(len(new))], [new, old], names, **labels, **axes, **page.look)


LessonPage("fine_tuning", paths, curves, angles, forgetting).show()
