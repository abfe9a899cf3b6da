"""Page of the lesson "Momentum"."""

import streamlit as st

from landscape_lab.figures.arrows import Arrow, step_figure
from landscape_lab.figures.damping import damping_figure, damping_map_figure
from landscape_lab.figures.theme import ENTRY_STYLES
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _, say

page = LessonPage("momentum")
lesson = page.lesson
page.picture()
page.formula(
    r"\begin{aligned} \text{momentum:}\quad m &\leftarrow \gamma\, m + \eta\, \nabla L(\theta) \\"
    r"\text{Nesterov:}\quad m &\leftarrow \gamma\, m + \eta\, \nabla L(\theta - \gamma\, m) \\"
    r"\text{both:}\quad \theta &\leftarrow \theta - m \end{aligned}",
    {
        r"\theta": _("the two parameters, x and y"),
        r"m": _("the velocity: what is left of all steps so far; it starts at 0"),
        r"\gamma": _("momentum, the part of the velocity that survives a step; with 0 both are gradient descent"),
        r"\eta": _("the learning rate"),
        r"\nabla L(\theta)": _("the gradient where the ball is"),
        r"\theta - \gamma\, m": _("the look-ahead point, where the velocity alone would carry the ball"),
    },
)
page.why(
    _(
        "Gradient descent forgets. In a narrow valley most of the gradient points across, so it steps from wall to "
        "wall, and little of each step goes along the floor. Another rate would not help: larger, and the bounces "
        r"last longer; smaller, and it creeps. This one, $2 / (\lambda_1 + \lambda_2)$ with the curvatures "
        r"$\lambda_1 < \lambda_2$ of the valley, is the best one in the long run."
    ),
    _(
        "A ball with mass keeps a part $\\gamma$ of its last step. Steady gradients add up, in the long run to "
        "$1 + \\gamma + \\gamma^2 + \\dots = 1 / (1 - \\gamma)$ times one step: ten times for $\\gamma = 0.9$. "
        "That carries it along the floor, and over a plateau. Alternating gradients cancel, to $1 / (1 + \\gamma)$. "
        r"Both balls use the cautious rate $1 / \lambda_2$."
    ),
    _(
        "Mass has a price: the ball runs past the minimum and swings. Nesterov's method takes the gradient where the "
        "velocity is about to lead, so it brakes earlier. Across this valley, at this rate, it does not swing at all."
    ),
)
two_steps, damped = st.columns(2, gap="large")
with two_steps:
    st.header(_("Two steps from the same place"), anchor=False)
    point, parts = lesson.parting(page.race)
    arrows = [Arrow(_(name), vector, tail) for name, vector, tail in parts]
    page.figure(
        step_figure.as_dict(
            page.race.landscape, point, arrows, styles=[ENTRY_STYLES[i] for i in (3, 1, 2)], **page.look
        ),
        _(
            "The place on momentum's path where looking ahead matters most. Both balls are carried to the tip of the "
            "first arrow. Momentum adds the gradient from where it was, Nesterov the gradient at the tip."
        ),
        key="parting",
    )
with damped:
    st.header(_("Creep, settle or swing"), anchor=False)
    labels, positions, envelopes = zip(*lesson.regimes(), strict=True)
    page.figure(
        damping_figure.as_dict(positions, [say(label) for label in labels], envelopes=envelopes, **page.look),
        _("Along the valley floor: too little momentum, the critical one, and the one of the knob."),
        key="regimes",
    )
settings, spring = st.columns(2, gap="large")
with settings:
    rates = lesson.rate_map
    page.figure(
        damping_map_figure.as_dict(
            rates.products,
            rates.momenta,
            rates.kept,
            critical=rates.critical,
            border=rates.border,
            marks=lesson.places,
            labels=[_("along the valley"), _("across the valley")],
            **page.look,
        ),
        _("What one step leaves of the distance, for every setting: dark is fast. Both directions share one momentum."),
        key="rates",
    )
with spring:
    st.header(_("A spring with friction"), anchor=False)
    st.markdown(
        _(
            "On a bowl each eigenvector of the Hessian is a story of its own. With its curvature $\\lambda$ and "
            r"$a = \eta \lambda$, the factor that a step leaves of the distance is, in the long run, the larger "
            r"$|\sigma|$ of $\sigma^2 - (1 + \gamma - a)\,\sigma + \gamma = 0$."
        )
    )
    st.markdown(
        _(
            "- Below $\\gamma = (1 - \\sqrt a)^2$ it creeps for $a < 1$, and flips sides at each step for $a > 1$: "
            "**overdamped**.\n"
            "- Above, it swings and loses the factor $\\sqrt\\gamma$ a step: **underdamped**.\n"
            "- Exactly there it is home soonest: **critically damped**."
        )
    )
    st.markdown(
        _(
            r"Best for both directions at once are $\eta = 4 / (\sqrt{\lambda_1} + \sqrt{\lambda_2})^2$ and "
            r"$\gamma = \bigl((\sqrt\kappa - 1) / (\sqrt\kappa + 1)\bigr)^2$. A step then leaves "
            r"$(\sqrt\kappa - 1)/(\sqrt\kappa + 1)$ of the distance; with its own best rate, one of gradient descent "
            r"leaves $(\kappa - 1)/(\kappa + 1)$. So the number of steps grows like $\sqrt\kappa$ for one and like "
            r"$\kappa$ for the other."
        )
    )
    st.markdown(say(lesson.best))
page.predict()
page.end(
    _("Momentum adds up what is steady and cancels what alternates."),
    _("It pays where curvatures differ much, and on plateaus. In a round bowl it only swings."),
    _("Too little momentum creeps, too much swings: the best one depends on the condition number."),
    _("Nesterov's look-ahead brakes earlier and overshoots less. It also needs a smaller rate to be stable."),
)
