"""Page of the lesson "Warm-up and one cycle"."""

import streamlit as st

from landscape_lab.figures.bars import share_figure
from landscape_lab.figures.rates import schedule_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _, entry_name

page = LessonPage("warmup_and_one_cycle")
names = [entry_name(entry) for entry in page.lesson.scenario.entries]
page.picture()
page.formula(
    r"\begin{aligned}"
    r"\text{warm-up:}\quad & \eta_t = \eta\,\tfrac{t + 1}{w}, \quad t < w \\[0.4em]"
    r"\text{cosine:}\quad & \eta_t = \eta\,\tfrac12 (1 + \cos \pi s) \\[0.4em]"
    r"\text{one cycle:}\quad & \eta_t:\; \tfrac{\eta}{10} \nearrow \eta \searrow \tfrac{\eta}{10} \searrow "
    r"\tfrac{\eta}{1000} \\"
    r"& \gamma_t:\; \gamma \searrow f\gamma \nearrow \gamma \to \gamma \\[0.6em]"
    r"\text{RAdam:}\quad & \rho_t = \rho_\infty - \tfrac{2 t \beta_2^t}{1 - \beta_2^t} \\[0.2em]"
    r"& \rho_\infty = \tfrac{2}{1 - \beta_2} - 1 \\[0.3em]"
    r"\rho_t \le 5:\quad & \theta \leftarrow \theta - \eta\, \hat m \\[0.2em]"
    r"\rho_t > 5:\quad & \theta \leftarrow \theta - \eta\, r_t\, \hat m \,/ \sqrt{\hat v} \\[0.3em]"
    r"& r_t^2 = \tfrac{(\rho_t - 4)(\rho_t - 2)\,\rho_\infty}{(\rho_\infty - 4)(\rho_\infty - 2)\,\rho_t}"
    r"\end{aligned}",
    {
        r"\eta_t,\ \eta": _("the rate of step $t$, and the highest rate; $t$ counts from 0, in RAdam from 1"),
        r"w": _("the length of the warm-up, in steps"),
        r"s": _("which part of the cosine is done, from 0 to 1; here it starts when the warm-up ends"),
        r"\gamma_t,\ \gamma": _("the momentum of step $t$, and its usual value, here 0.9"),
        r"f": _("the share of the momentum that is left where the rate is highest"),
        r"\rho_t": _("about how many gradients the average $v$ stands on; it tends to $\\rho_\\infty$"),
        r"r_t": _("the rectification: from near 0 towards 1 as $\\rho_t$ grows"),
        r"\hat m,\ \hat v": _("Adam's two averages, corrected; $\\beta_2$ is the window of the second"),
    },
)
page.why(
    _(
        "Slow at first: the start is often the steepest place. At the full rate the first steps are thrown past the "
        "minimum, here into a valley that leads away from it. A warm-up takes the steep part in small steps."
    ),
    _(
        "Fast in the middle: on calm ground a large rate is safe, and it covers distance. One cycle spends nearly half "
        "of the run on the way up. Its momentum goes the other way. The two act together as $\\eta_t / (1 - "
        "\\gamma_t)$, and at the top of the cycle that is about half of what it would be with the momentum left alone."
    ),
    _(
        "Slow at the end: annealing lets swings and noise die down. In the last tenth, the tail, the rate sinks to a "
        "hundredth of what the cycle began with."
    ),
    _(
        "Is it the schedule, or the rate? With a constant rate that is tuned just right, about a tenth of this one, "
        "the run ends lower than one cycle ever does here. But it has to be right: the bars below count how many "
        "highest rates work."
    ),
    _(
        "RAdam works its warm-up out. Early on, $v$ stands on so few gradients that dividing by it is a gamble, so for "
        "five steps (at $\\beta_2 = 0.999$) it does not divide at all: plain momentum. Then it adapts, by the factor "
        "$r_t$ at first. Note what that means: its rate has to suit momentum as well as Adam."
    ),
)
plans, factor = st.columns([3, 2], gap="large")
with plans:
    page.figure(
        schedule_figure.as_dict(page.lesson.rates, names, momenta=page.lesson.momenta, **page.look),
        _("The rate and the momentum of every step of the race above. Three of the four keep their momentum."),
        key="schedules",
    )
with factor:
    page.figure(
        schedule_figure.as_dict(page.lesson.rectified, ["Adam", "RAdam"], **page.look),
        _("RAdam's factor r at a rate of 1: a warm-up that nobody had to set. Its first five steps are momentum."),
        key="rectified",
    )
page.figure(
    share_figure.as_dict(
        names, page.lesson.arrivals, page.lesson.totals, title=_("share of the highest rates"), **page.look
    ),
    _("How many of 61 highest rates, from 0.00001 to 0.01, end at a loss of 0.01 or less on this slope."),
    key="room",
)
page.predict()
page.end(
    _("Warm-up guards the start, the high rate covers distance, annealing lets the run settle."),
    _("One cycle is all three, with the momentum moving against the rate."),
    _("A constant rate that is tuned just right can end lower. A warm-up leaves far more room for error."),
    _("RAdam's first five steps are momentum: its rate has to be safe for that too."),
)
