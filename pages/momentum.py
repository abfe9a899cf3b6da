"""Page of the lesson "Momentum"."""

from typing import Any

from landscape_lab.figures.arrows import Arrow, step_figure
from landscape_lab.figures.damping import damping_figure, damping_map_figure
from landscape_lab.figures.styles import series_styles
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _, say


def parting(page: LessonPage) -> Any:
    lesson = page.lesson
    point, parts = lesson.parting(page.race)
    arrows = [Arrow(_(name), vector, tail) for name, vector, tail in parts]
    styles = [series_styles(page.dark)[0], *page.styles[1:]]
    return step_figure.as_dict(page.race.landscape, point, arrows, styles=styles, **page.look)


def regimes(page: LessonPage) -> Any:
    lesson = page.lesson
    labels, positions, envelopes = zip(*lesson.regimes(), strict=True)
    look = {"styles": page.copies("momentum", len(labels)), **page.look}
    return damping_figure.as_dict(positions, [say(label) for label in labels], envelopes=envelopes, **look)


def rates(page: LessonPage) -> Any:
    lesson = page.lesson
    rates = lesson.rate_map
    return damping_map_figure.as_dict(
        rates.products,
        rates.momenta,
        rates.kept,
        critical=rates.critical,
        border=rates.border,
        marks=lesson.places,
        labels=[_("along the valley"), _("across the valley")],
        **page.look,
    )


def best(page: LessonPage) -> Any:
    lesson = page.lesson
    return say(lesson.best)


LessonPage("momentum", parting, regimes, rates, best).show()
