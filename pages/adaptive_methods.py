"""Page of the lesson "Adaptive methods"."""

from typing import Any

from landscape_lab.experiments.course.lessons.adaptive_methods import drifts, regained
from landscape_lab.figures.damping import damping_figure
from landscape_lab.figures.rates import rates_figure
from landscape_lab.figures.styles import styles_of_keys
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import entry_name
from optim_core import OPTIMIZERS


def rates(page: LessonPage) -> Any:
    labels = [entry_name(entry) for entry in page.lesson.scenario.entries]
    return rates_figure.as_dict(page.lesson.effective_rates, labels, styles=page.styles, **page.look)


def drift(page: LessonPage) -> Any:
    names = ("adam", "amsgrad", "adamax")
    paths, labels = [drifts()[name].positions + 1 for name in names], [OPTIMIZERS[name].label for name in names]
    adam, amsgrad = regained()
    figure = damping_figure.as_dict(paths, labels, styles=styles_of_keys(names, page.dark), **page.look)
    return figure, {"adam": adam, "amsgrad": amsgrad}


LessonPage("adaptive_methods", rates, drift).show()
