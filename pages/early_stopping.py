"""Page of the lesson "Early stopping"."""

from typing import Any

from landscape_lab.figures.bars import share_figure
from landscape_lab.figures.contour import paths_figure
from landscape_lab.figures.stopping_figure import stopping_figure
from landscape_lab.figures.theme import ENTRY_STYLES
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _


def wait(page: LessonPage) -> Any:
    lesson = page.lesson
    training, watched = lesson.losses
    kept, stop = lesson.stop
    return stopping_figure.as_dict(
        training, watched, kept, stop, [_("training loss"), _("validation loss"), _("kept"), _("stopped")], **page.look
    )


def held_out(page: LessonPage) -> Any:
    lesson = page.lesson
    return paths_figure.as_dict(
        lesson.held_out,
        lesson.paths,
        [_("runs on"), _("until the stop"), _("kept")],
        styles=[ENTRY_STYLES[i] for i in (1, 3, 2)],
        **page.look,
    )


def count(page: LessonPage) -> Any:
    lesson = page.lesson
    counts, totals = lesson.counts
    return share_figure.as_dict(
        [_(source) for source in lesson.sources],
        counts,
        totals,
        title=_("draws that end clearly above their lowest"),
        **page.look,
    )


LessonPage("early_stopping", wait, held_out, count).show(validation=True)
