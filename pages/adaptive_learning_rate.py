"""Page of the lesson "Adaptive learning rate"."""

import streamlit as st

from landscape_lab.figures.histories import histories_figure
from landscape_lab.figures.rates import rates_figure, schedule_figure
from landscape_lab.figures.theme import ENTRY_STYLES
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _, say

page = LessonPage("adaptive_learning_rate")
lesson = page.lesson
page.picture()
page.formula(
    r"""\begin{gathered}
    \theta \leftarrow \theta - \frac{\eta}{\sqrt{t + 1}}\, g \\[2ex]
    G \leftarrow G + g^2, \qquad \theta \leftarrow \theta - \frac{\eta}{\sqrt{G + \epsilon}}\, g
    \end{gathered}""",
    {
        r"\theta, g": _("a parameter, and the loss's slope in it. Every parameter is treated on its own"),
        r"\eta": _("the learning rate"),
        r"t": _("the number of the step, from 0: the first line is a decay, the same for all parameters"),
        r"G": _("the sum of the squares of all gradients that this parameter has seen: the second line is Adagrad"),
        r"\epsilon": _("a very small number that keeps the division from blowing up"),
        r"\eta / \sqrt{G + \epsilon}": _("the effective rate: what is left of $\\eta$ for this parameter"),
    },
)
page.why(
    _(
        "At the start the minimum is far and long steps help. Close to it the same steps jump across. A decay begins "
        "long and ends short: sooner or later every step is below the limit of the last lesson, and the swing dies "
        "down. It has a price. Turn $\\eta$ to 0.1: the constant rate already suits, and the decays only slow it down."
    ),
    _(
        "One rate for all parameters is a compromise: the steep direction allows little, the gentle one needs much. "
        "Adagrad divides each parameter's rate by the root of the sum of its squared gradients. Steep directions get a "
        "small rate, gentle ones keep a large one. It looks at each axis by itself: turn $\\varphi$ to 45, so that "
        "neither axis is the steep one, and its advantage is gone."
    ),
    _(
        "Adagrad contains the decay. The mean square of the gradients is $G / (t + 1)$, and dividing "
        "$\\eta / \\sqrt{t + 1}$ by its root leaves $\\eta / \\sqrt{G}$: the $t + 1$ cancels. On an even slope the two "
        "make the same steps, but for the slope itself, which Adagrad divides away."
    ),
)
left, right = st.columns(2, gap="large")
with left:
    decays = lesson.decays
    page.figure(
        schedule_figure.as_dict(
            list(decays.values()),
            [_(name) for name in decays],
            styles=[ENTRY_STYLES[i] for i in (0, 1, 2, 4, 5)],
            **page.look,
        ),
        _("Four ways to decay. The exponential one ends lowest: a run that has not arrived by then stops on the way."),
        key="decays",
    )
with right:
    rates = lesson.rates(page.race)
    page.figure(
        rates_figure.as_dict(
            list(rates.values()), [_(name) for name in rates], styles=[ENTRY_STYLES[i] for i in (1, 3)], **page.look
        ),
        _("The race above: how far one unit of gradient moves x and y. Adagrad tells the two apart."),
        key="rates",
    )
st.header(_("A contradiction?"), anchor=False)
picture, words = st.columns([3, 2], gap="large", vertical_alignment="center")
with picture:
    names = {"small": _("0.1 after small gradients"), "large": _("0.1 after large gradients")}
    histories = lesson.histories
    page.figure(
        histories_figure.as_dict(
            [seen for seen, _step in histories.values()],
            [step for _seen, step in histories.values()],
            [names[name] for name in histories],
            **page.look,
        ),
        _("Two histories that end with the same gradient, and the step that Adagrad makes of it, in units of $\\eta$."),
        key="histories",
    )
with words:
    st.markdown(
        _(
            "A larger gradient makes the step longer (it is the numerator), and shorter (it is in $G$ as well). What "
            "counts is the contrast: how large is this gradient for one of its kind? A surprise gets nearly all of "
            "$\\eta$; what is small compared with the past gets next to nothing."
        )
    )
    st.markdown(
        _(
            "For one parameter a larger gradient does mean farther from the minimum. On a parabola $ax^2 + bx + c$ "
            "with $a > 0$ the best step is $|2ax + b|\\, /\\, 2a$: the first derivative over the second. Across "
            "parameters the rule fails, because the second derivatives differ."
        )
    )
    st.markdown(say(lesson.slopes))
    st.markdown(
        _(
            "Dividing by the second derivative would set that right. Adagrad never computes it; over like distances, "
            "sharper bends show larger gradients, and the root of $G$ stands in for it. Only roughly: nothing is ever "
            "taken off the sum. After a steep stretch the rate stays small for good, and the run can stall."
        )
    )
page.predict()
page.end(
    _("Long steps first, short ones later: a decay makes a run arrive that a constant rate keeps swinging."),
    _("Decay too fast and the run stops on the way; decay a rate that already suits and it only gets slower."),
    _("Adagrad gives every parameter its own rate, from the gradients that it has seen."),
    _("Its rates only fall. Adagrad forgets nothing, and that is why it stalls."),
)
