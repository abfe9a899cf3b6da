"""Page of the lesson "Fine-tuning"."""

from typing import Any

from landscape_lab.experiments.course.tuned_networks import PRETRAINING
from landscape_lab.figures.contour import paths_figure
from landscape_lab.figures.curves import curves_figure
from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.figures.styles import series_styles
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.course.links import network_link
from landscape_lab.ui.i18n.translation import _, say


def starts() -> list[str]:
    return [_("random point"), _("zero"), _("task A's minimum")]


def styles(page: LessonPage) -> Any:
    """The run from task A's minimum has the style of the race."""
    return page.copies("gradient_descent", 3)[::-1]


def paths(page: LessonPage) -> Any:
    loss, runs = page.lesson.side_by_side
    counts = page.lesson.side_by_side_steps
    names = [f"{start}: {say(steps)}" for start, steps in zip(starts(), counts, strict=True)]
    return paths_figure.as_dict(loss, runs, names, styles=styles(page), **page.look)


def curves(page: LessonPage) -> Any:
    loss, runs = page.lesson.side_by_side
    return curves_figure.as_dict(runs, starts(), minimum=loss.minimum_value, styles=styles(page), **page.look)


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
        styles=styles(page),
        **page.look,
    )


def forgetting(page: LessonPage) -> Any:
    new, old = page.lesson.forgetting
    labels = {"setting": _("steps"), "outcome": _("loss relative to its lowest value")}
    axes: dict[str, Any] = {"setting_axis": "linear", "outcome_axis": "log"}
    names = [_("task B"), _("task A")]
    return settings_figure.as_dict([*range(len(new))], [new, old], names, **labels, **axes, **page.look)


def ways() -> list[str]:
    return [_("initial weights"), _("all layers trained"), _("first layer kept"), _("both hidden layers kept")]


def few(page: LessonPage) -> Any:
    return accuracies(page, page.lesson.networks[0], ways(), _("examples of each digit"))


def turned(page: LessonPage) -> Any:
    axis: dict[str, Any] = {"setting_axis": "linear"}
    return accuracies(page, page.lesson.networks[1], ways(), _("angle of the digits, in degrees"), **axis)


def old(page: LessonPage) -> Any:
    names = [_("initial weights"), _("all layers trained"), _("a tenth of the rate"), _("first layer kept")]
    axes: dict[str, Any] = {"setting_axis": "linear", "outcome": _("accuracy on upright digits")}
    styles = [series_styles(page.dark)[i] for i in (0, 1, 4, 2)]
    return accuracies(page, page.lesson.networks[2], names, _("accuracy on turned digits"), styles=styles, **axes)


def train(page: LessonPage) -> None:
    network_link(_("Train such a network on upright digits"), PRETRAINING)


def accuracies(page: LessonPage, found: Any, names: list[str], setting: str, **look: Any) -> Any:
    bands = {"lows": found.lows, "highs": found.highs}
    look = {"outcome": _("validation accuracy")} | look
    return settings_figure.as_dict(found.values, found.means, names, setting=setting, **bands, **page.look, **look)


LessonPage("fine_tuning", paths, curves, angles, forgetting, few, turned, old, train).show()
