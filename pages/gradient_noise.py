"""Page of the lesson "Gradient noise"."""

import streamlit as st

from landscape_lab.figures.band import band_figure
from landscape_lab.figures.bars import share_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _

page = LessonPage("gradient_noise")
page.picture()
page.formula(
    r"\begin{aligned} \sigma_t^2 &= \frac{\sigma_0^2}{(1 + t)^\gamma} \\"
    r"g_t &= \nabla L(\theta_t) + \mathcal N\!\left(0,\, \sigma_t^2\right) \\"
    r"\theta_{t+1} &= \theta_t - \eta\, g_t \end{aligned}",
    {
        r"\nabla L(\theta_t)": _("the true gradient at step $t$; steps count from 0"),
        r"\mathcal N(0, \sigma_t^2)": _("normal noise with mean 0 and variance $\\sigma_t^2$, new for each coordinate"),
        r"\sigma_0^2": _("the variance at the first step (the paper calls it $\\eta$)"),
        r"\gamma": _("how fast the noise is annealed: 0 never; the paper takes 0.55 for long runs, here it is 1"),
        r"\eta": _("the learning rate. A kick moves the point by $\\eta\\, \\sigma_t$"),
    },
)
page.why(
    _(
        "Plain descent ends in the hollow it starts in. A random kick now and then carries the point over the rim. "
        "Rims of shallow hollows are low, so kicks leave those more easily than deep ones: that is why shaking sorts, "
        "and does not only mix."
    ),
    _(
        "What counts is the length of a kick, $\\eta\\, \\sigma_t$. Both runs on the map meet the very same noise. At "
        "a tenth of the rate the kicks are a tenth as long, and the rim is never reached."
    ),
    _(
        "Noise that goes on keeps the point out of every minimum, the best included. So it is annealed, like metal "
        "that is cooled slowly: first large kicks that choose a hollow, then small ones that let the point sink to its "
        "floor. Cool too fast, and it freezes where it began."
    ),
    _(
        "At a saddle very little is enough. The gradient there is 0, and exactly on the ridge it points along the "
        "ridge, so plain descent walks to the saddle and stays. Any push sideways grows by the factor $1 + "
        "\\eta\\,\\lvert\\lambda\\rvert$ a step, with $\\lambda < 0$ the curvature across the ridge. In practice "
        "minibatches shake for free."
    ),
)
names = [_("without noise"), _("annealed noise"), _("noise without annealing")]
lows, medians, highs = page.lesson.bands
curves, shares = st.columns([3, 2], gap="large")
with curves:
    page.figure(
        band_figure.as_dict(lows, medians, highs, names, title=_("loss above the lowest minimum"), **page.look),
        _(
            "Sixty-four runs of “shaken” that differ in their noise alone: the median, and the band that holds half of "
            "them. Without annealing the loss stays high."
        ),
        key="band",
    )
with shares:
    page.figure(
        share_figure.as_dict(
            names, page.lesson.at_rest_in_the_best, page.lesson.totals, title=_("share of the seeds"), **page.look
        ),
        _("How many of them are at rest in a best minimum at the end. The run on the map was picked from these."),
        key="share",
    )
page.predict()
page.end(
    _("Noise carries a run out of shallow minima; it does not promise the best one. Count over many seeds."),
    _("What escapes is the kick: learning rate times noise."),
    _("Annealing lets the run settle. Too fast, and it freezes; never, and it stays restless."),
    _("Off a saddle the smallest noise is enough, since the slope does the rest."),
)
