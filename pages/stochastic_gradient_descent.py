"""Page of the lesson "Stochastic gradient descent"."""

import streamlit as st

from landscape_lab.figures.contour import paths_figure
from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.figures.theme import ENTRY_STYLES
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _

page = LessonPage("stochastic_gradient_descent")
lesson = page.lesson
page.picture()
page.formula(
    r"\begin{aligned} L(\theta) &= \frac{1}{n} \sum_{i=1}^{n} \ell_i(\theta) \\"
    r"g_t &= \frac{1}{B} \sum_{i \in \mathcal B_t} \nabla \ell_i(\theta_t) \\"
    r"\theta_{t+1} &= \theta_t - \eta_t\, g_t, \quad \eta_t = \eta\ \text{or}\ \frac{\eta}{\sqrt{t + 1}} \end{aligned}",
    {
        r"\theta": _("the parameters: slope and intercept of a line"),
        r"\ell_i": _("the squared error of the line on example $i$; $L$ is their mean over all $n$ = 20"),
        r"\mathcal B_t, B": _("the batch that step $t$ looks at, and how many examples are in it"),
        r"g_t": _("the gradient of the batch. $B = n$ is gradient descent, $B = 1$ stochastic gradient descent (SGD)"),
        r"\eta_t": _("the learning rate of step $t$, constant or decaying from $\\eta$; steps count from 0"),
    },
)
page.why(
    _(
        "A step of gradient descent looks at all examples before it moves once. One example already says roughly "
        "where to go. So SGD moves after each one: while gradient descent looks at twenty and makes one step, SGD has "
        "made twenty."
    ),
    _(
        "The gradient of a batch is **unbiased**: on average over the batches it is the gradient of all. Far from the "
        "minimum the examples agree and almost any of them will do. Near it they pull in different directions, every "
        "step follows another one, and the point keeps jumping around."
    ),
    _(
        "How far it jumps is a matter of the rate. A constant rate ends in a cloud, a smaller rate in a smaller cloud. "
        "A rate that decays draws the cloud together, but arrives later: fast first, then fine."
    ),
    _(
        "Larger batches are calmer: the disagreements average out. They also cost more per step. On real machines the "
        "examples of a batch are worked on side by side, which is why batches of a few dozen are common."
    ),
)
sizes = [_("1 example"), _("5 examples"), _("all 20: gradient descent")]
first, second = st.columns(2, gap="large")
with first:
    st.header(_("One pass over the data"), anchor=False)
    page.figure(
        paths_figure.as_dict(
            lesson.loss,
            lesson.one_pass,
            [_("batches"), _("gradient descent")],
            styles=[ENTRY_STYLES[i] for i in (0, 2)],
            **page.look,
        ),
        _("Both have looked at each of the twenty examples once. Gradient descent has made a single step."),
        key="pass",
    )
with second:
    st.header(_("Paid in examples"), anchor=False)
    counts, lows, medians, highs = lesson.curves("examples")
    page.figure(
        settings_figure.as_dict(
            counts,
            medians,
            sizes,
            setting=_("examples seen"),
            outcome=_("loss above the minimum"),
            lows=lows,
            highs=highs,
            setting_axis="linear",
            outcome_axis="log",
            **page.look,
        ),
        _(
            "Three passes: median of 50 orders, and the band that holds half of them. A level piece is a batch being "
            "read."
        ),
        key="examples",
    )
third, fourth = st.columns(2, gap="large")
with third:
    st.header(_("Paid in updates"), anchor=False)
    counts, lows, medians, highs = lesson.curves("updates")
    page.figure(
        settings_figure.as_dict(
            counts,
            medians,
            sizes,
            setting=_("updates"),
            outcome=_("loss above the minimum"),
            lows=lows,
            highs=highs,
            setting_axis="linear",
            outcome_axis="log",
            **page.look,
        ),
        _("The same runs against updates. They start alike; in the end the larger batch is better, at its price."),
        key="updates",
    )
with fourth:
    st.header(_("The size of the cloud"), anchor=False)
    rates, clouds = lesson.clouds
    page.figure(
        settings_figure.as_dict(
            rates,
            clouds,
            [_("batches of 1"), _("batches of 2"), _("batches of 5")],
            setting=_("constant learning rate"),
            outcome=_("distance to the minimum"),
            outcome_axis="log",
            here=lesson.learning_rate,
            **page.look,
        ),
        _(
            "Root mean square, median of 50 orders. With dealt-out examples the cloud is proportional to the rate; all "
            "20 at once have none."
        ),
        key="cloud",
    )
page.predict()
page.end(
    _("One example is enough for a rough direction: many rough steps beat one exact step at the same price."),
    _("The minibatch gradient is unbiased; its noise is the price of looking at few."),
    _("A constant rate ends in a cloud; a smaller or decaying rate makes it small."),
    _("Say what you count: examples, updates or passes. Against updates gradient descent is no slower."),
)
