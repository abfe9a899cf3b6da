"""Page of the lesson "Adam or SGDM"."""

import streamlit as st

from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _

page = LessonPage("adam_or_sgdm")
lesson = page.lesson
page.picture()
page.formula(
    r"\begin{aligned} \text{SGDM:}\quad m &\leftarrow \gamma\, m + \eta\, g \\"
    r"\theta &\leftarrow \theta - m \\[0.5em]"
    r"\text{Adam:}\quad m &\leftarrow \beta_1 m + (1 - \beta_1)\, g \\"
    r"v &\leftarrow \beta_2 v + (1 - \beta_2)\, g^2 \\"
    r"\theta &\leftarrow \theta - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon} \end{aligned}",
    {
        r"g": _("the gradient of the training loss, on all examples or on a batch"),
        r"m": _("the momentum: what is left of all gradients so far"),
        r"\gamma,\ \beta_1": _("how much of it is kept; 0.9 for both"),
        r"v": _("the same for the squares of each coordinate's gradients; $\\beta_2$ is 0.999"),
        r"\hat m,\ \hat v": _("both, corrected for having started at 0"),
        r"\eta": _("the learning rate: for each method the one with which it settles soonest"),
        r"\epsilon": _("a tiny number against dividing by 0"),
    },
)
page.why(
    _(
        "People use both. SGDM is the stochastic gradient descent with momentum of many vision models, Adam the "
        "default for language models. Both remember past gradients. Adam also divides each coordinate by the size of "
        "its gradients, so its rate is about the length of a step, whatever the loss is measured in."
    ),
    _(
        "Here one feature is ten times larger than the other. The loss is then a hundred times more curved along one "
        "weight, and the rate of SGDM must suit that one. Adam gives each weight a rate of its own. The start lies far "
        "out along the gentle direction, where this shows most. With features of one size the advantage is gone."
    ),
    _(
        r"It is often said that Adam ends in sharp minima and SGDM in flat ones, and that flat ones generalise better. "
        r"The second is easy to see: where test and training loss are shifted, a steep hollow makes the larger gap. "
        r"The first depends on the rate. SGDM can rest only where the curvature is below $2(1 + \gamma)/\eta$: a large "
        r"rate throws it out of the sharp minimum. Adam, which divides by the gradient's size, stays much longer. At "
        r"small rates the start decides, not the method."
    ),
    _(
        "This is a toy: two minima, all the data in every step. What it shows is a reason, not a rule. In a single "
        "bowl, as on the map, there is no choice of minimum, so both generalise alike."
    ),
)
tuning = lesson.tuning
names = ["SGDM", "Adam"]
speed, landing = st.columns(2, gap="large")
with speed:
    st.header(_("Every rate"), anchor=False)
    page.figure(
        settings_figure.as_dict(
            lesson.rates,
            tuning.medians,
            names,
            setting=_("learning rate"),
            outcome=_("steps until settled"),
            lows=tuning.lows,
            highs=tuning.highs,
            outcome_axis="log",
            **page.look,
        ),
        _(
            "The median of sixty starts, and the band of the middle half. A curve ends where most starts do not settle "
            "within 200 steps. The race on the map takes the lowest point of each curve."
        ),
        key="speed",
    )
with landing:
    st.header(_("Who ends in the sharp minimum"), anchor=False)
    page.figure(
        settings_figure.as_dict(
            lesson.hollow_rates,
            lesson.in_the_sharp,
            names,
            setting=_("learning rate"),
            outcome=_("share of the starts"),
            zero=True,
            **page.look,
        ),
        _(
            "The same 196 starts, spread over the whole map, at every rate. Small rates: nearly as many for both. "
            "Large rates: SGDM leaves, Adam stays, and at still larger ones leaves as well."
        ),
        key="landing",
    )
where, train, test = lesson.cut
twins, words = st.columns([3, 2], gap="large", vertical_alignment="center")
with twins:
    page.figure(
        settings_figure.as_dict(
            where,
            [train, test],
            [_("training loss"), _("test loss: shifted")],
            setting="x",
            outcome=_("loss"),
            setting_axis="linear",
            **page.look,
        ),
        _("A cut through both minima of the second landscape, and its twin. Compare the two curves at each minimum."),
        key="twins",
    )
with words:
    st.header(_("The generalisation gap"), anchor=False)
    st.markdown(
        _(
            "Test data are never quite the training data, so neither is their loss. Say it is shifted a little. Who "
            "sits at the floor of a narrow hollow then stands on its wall; in a wide one hardly anything changes."
        )
    )
    st.markdown(
        _(
            "For a small shift $\\delta$ the rise is about $\\tfrac{1}{2} \\lambda \\delta^2$, with $\\lambda$ the "
            "curvature. The sharp minimum is about twelve times as curved as the flat one."
        )
    )
page.predict()
page.end(
    _("Adam needs no well-scaled features. Where they are well scaled, SGDM is as fast."),
    _("Compare methods at rates tuned by one rule, over many starts."),
    _("Sharp minima have the larger gap when the landscape shifts."),
    _("Large rates throw SGDM out of sharp minima, and Adam much later. At small rates the start decides."),
)
