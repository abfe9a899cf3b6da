"""Page of the lesson "Lookahead"."""

from typing import Any

from landscape_lab.figures.arrows import Arrow, step_figure
from landscape_lab.figures.band import band_figure
from landscape_lab.figures.curves import curves_figure
from landscape_lab.figures.theme import ENTRY_STYLES
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _, entry_name


def round(page: LessonPage) -> Any:
    tails, moves, slow = page.lesson.round
    return step_figure.as_dict(
        page.lesson.scenario.landscape,
        page.lesson.scenario.point,
        [
            *(
                Arrow(_("fast step {number}").format(number=number), move, tail)
                for number, (move, tail) in enumerate(zip(moves, tails, strict=True), 1)
            ),
            Arrow(_("slow step"), slow),
        ],
        styles=[*(ENTRY_STYLES[0] for _move in moves), ENTRY_STYLES[1]],
        **page.look,
    )


def noise(page: LessonPage) -> Any:
    lows, medians, highs = page.lesson.bands
    return band_figure.as_dict(
        lows, medians, highs, [_("fast alone"), _("slow weights")], title=_("distance from the minimum"), **page.look
    )


def nadam(page: LessonPage) -> Any:
    glance = page.lesson.glance
    return curves_figure.as_dict(
        glance.trajectories, [entry_name(entry) for entry in glance.scenario.entries], minimum=0.0, **page.look
    )


LessonPage("lookahead", round, noise, nadam).show()
