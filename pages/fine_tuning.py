"""Page of the lesson "Fine-tuning"."""

import streamlit as st

from landscape_lab.figures.contour import paths_figure
from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.figures.theme import ENTRY_STYLES
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _

page = LessonPage("fine_tuning")
lesson = page.lesson
page.picture()
ground, runs = lesson.side_by_side
found = lesson.by_angle
paths, angles = st.columns(2, gap="large")
with paths:
    st.header(_("Two kinds of start"), anchor=False)
    page.figure(
        paths_figure.as_dict(
            ground,
            runs,
            [*(_("random place {number}").format(number=i) for i in (1, 2, 3)), _("from task A's minimum")],
            styles=[ENTRY_STYLES[i] for i in (1, 2, 3, 0)],
            **page.look,
        ),
        _("The landscape of task B, with the run from task A's minimum and three from random places."),
        key="paths",
    )
with angles:
    st.header(_("How related is related?"), anchor=False)
    page.figure(
        settings_figure.as_dict(
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
        ),
        _(
            "Medians over ten draws of task B's data. Bands: the extremes of the ten draws, and the middle half of 200 "
            "random starts on each."
        ),
        key="angles",
    )
page.formula(
    r"\begin{aligned} \theta_0 &= \arg\min_\theta L_A(\theta) \\"
    r"\theta_{t+1} &= \theta_t - \eta\, \nabla L_B(\theta_t) \end{aligned}",
    {
        r"L_A": _("the loss of task A, on which the model was trained before"),
        r"L_B": _("the loss of task B, on data of its own"),
        r"\theta_0": _("the start: the weights that task A has left. Without it, a random place"),
        r"\eta": _("the learning rate, 0.0278: half of $1 / \\lambda$, with $\\lambda$ the largest curvature"),
        r"\alpha": _("the angle by which the true weights of B are turned from those of A"),
    },
)
page.why(
    _(
        "Training from a random place spends most of its steps on getting near. A model trained on a related task is "
        "near already. Only what differs has to be learnt: that is fine-tuning."
    ),
    _(
        "The number of steps grows with the logarithm of the distance. So being twice as near saves always the same "
        "few steps, and being very near saves many. What counts is the distance along the gentle direction, which is "
        "the slow one."
    ),
    _(
        "The more the tasks differ, the less is saved. Here the advantage is gone between 60 and 90 degrees, and "
        "beyond that the old weights are in the way. This is a bowl with one minimum, where only time is at stake. A "
        "large network has many minima, and a good start can also decide which one is found; that is not shown here."
    ),
)
page.predict()
page.end(
    _("Fine-tuning starts where another training ended."),
    _("On a related task it takes fewer steps than most random starts."),
    _("The advantage shrinks as the tasks part, and can turn into a handicap."),
    _("One random start proves nothing. Compare with many."),
)
