"""Page of the lesson "Lookahead"."""

import streamlit as st

from landscape_lab.figures.arrows import Arrow, step_figure
from landscape_lab.figures.band import band_figure
from landscape_lab.figures.curves import curves_figure
from landscape_lab.figures.theme import ENTRY_STYLES
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _, entry_name

page = LessonPage("lookahead")
tails, moves, slow = page.lesson.round
glance = page.lesson.glance
lows, medians, highs = page.lesson.bands
page.picture()
page.formula(
    r"\begin{aligned}"
    r"\text{fast, } k \text{ times:}\quad & \theta \leftarrow A(\theta) \\[0.3em]"
    r"\text{slow:}\quad & \phi \leftarrow \phi + \alpha\, (\theta - \phi) \\"
    r"& \theta \leftarrow \phi \\[0.8em]"
    r"\text{Nadam:}\quad & \theta \leftarrow \theta - \tfrac{\eta}{\sqrt{\hat v} + \epsilon}\, \tilde m \\[0.2em]"
    r"& \tilde m = \tfrac{(1 - \mu_t)\, g}{1 - \mu_1 \cdots \mu_t} + "
    r"\tfrac{\mu_{t+1}\, m}{1 - \mu_1 \cdots \mu_{t+1}}"
    r"\end{aligned}",
    {
        r"\theta": _("the fast weights, which the inner optimizer moves"),
        r"A": _("one step of the inner optimizer; it keeps its momentum and its averages"),
        r"\phi": _("the slow weights; they start where $\\theta$ starts"),
        r"k": _("how many fast steps make one slow step"),
        r"\alpha": _("how much of the way the slow weights go"),
        r"m,\ \hat v,\ \eta,\ \epsilon,\ g": _("Adam's averages, its rate, its small number, and the gradient"),
        r"\mu_t": _("the momentum of step $t$: near half of $\\beta_1$ at first, $\\beta_1$ in the long run"),
    },
)
page.why(
    _(
        "The fast weights run ahead and see what is there. The slow weights go a part of the way to where they got, "
        "and the next round starts from there. So the end of a round counts for $\\alpha$, what was before for $1 - "
        "\\alpha$: an average over rounds, and averages are calmer than what they are made of."
    ),
    _(
        "Where the fast steps swing, as momentum does here, the way back damps the swing, and Lookahead arrives "
        "sooner. Where they head straight for the minimum, as gradient descent does, going back only costs way: choose "
        "it as the inner optimizer and see. Calming swings is no rule either: at some rates momentum with Lookahead "
        "arrives later than without, and only trying tells."
    ),
    _(
        "With noise the average pays here with all three inner optimizers. For gradient descent on a noisy parabola of "
        "curvature $\\lambda$ it can be computed. Let $q = (1 - \\eta \\lambda)^k$ be what a round leaves of the "
        "distance. The variance of the slow weights is "
        r"$\dfrac{\alpha\, (1 + q)}{2 - \alpha\, (1 - q)}$ "
        "times that of gradient descent alone: with $\\alpha = 0.5$ between a third, for long rounds, and a half."
    ),
    _(
        "Nadam looks ahead inside the step, as Nesterov does: it uses the momentum that is coming, $\\mu_{t+1}\\, m$, "
        "and so the newest gradient counts once more. It brakes earlier than Adam."
    ),
)
first, noise, ahead = st.columns(3, gap="medium")
with first:
    page.figure(
        step_figure.as_dict(
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
        ),
        _("The first round of the race with k = 5: five fast steps, and the slow step that is left of them."),
        key="round",
    )
with noise:
    page.figure(
        band_figure.as_dict(
            lows,
            medians,
            highs,
            [_("fast alone"), _("slow weights")],
            title=_("distance from the minimum"),
            **page.look,
        ),
        _("The race above with steady noise, fifty times: the median, and the band that holds half of the runs."),
        key="noise",
    )
with ahead:
    page.figure(
        curves_figure.as_dict(
            glance.trajectories, [entry_name(entry) for entry in glance.scenario.entries], minimum=0.0, **page.look
        ),
        _("Adam and Nadam in a round bowl, both at rate 0.2, without noise: Adam's loss comes back again and again."),
        key="nadam",
    )
page.predict()
page.end(
    _("Lookahead goes k fast steps and keeps a part of the way. The slow weights are steadier than the fast ones."),
    _("With α = 1 it is its inner optimizer; with k = 1 around gradient descent it is a smaller rate."),
    _("It slows down what goes straight. What swings it can calm, at the right rate."),
    _("Nadam is Adam with Nesterov's look ahead. In this bowl it overshoots less."),
)
