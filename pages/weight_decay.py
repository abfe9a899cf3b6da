"""Page of the lesson "Weight decay"."""

from dataclasses import replace

import streamlit as st

from landscape_lab.figures.rates import rates_figure
from landscape_lab.figures.settings_figure import settings_figure
from landscape_lab.figures.theme import ENTRY_STYLES
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _

page = LessonPage("weight_decay")
lesson = page.lesson
page.picture()
page.formula(
    r"\begin{aligned} \text{L2:}\quad g &= \nabla L(\theta) + \lambda\,\theta \\"
    r"\theta &\leftarrow \theta - \eta\, \frac{\hat m(g)}{\sqrt{\hat v(g)}} \\[0.5em]"
    r"\text{decoupled:}\quad g &= \nabla L(\theta) \\"
    r"\theta &\leftarrow \theta - \eta\, \frac{\hat m(g)}{\sqrt{\hat v(g)}} - \eta\lambda\,\theta \end{aligned}",
    {
        r"\theta": _("the weights, x and y"),
        r"\nabla L(\theta)": _("the gradient of the loss on two of the fifty examples"),
        r"\lambda": _("the strength of the decay; $\\lambda\\,\\theta$ is the gradient of the penalty"),
        r"g": _("what goes into Adam's averages"),
        r"\hat m(g)": _("the running mean of $g$. Gradient descent has $g$ itself in its place"),
        r"\sqrt{\hat v(g)}": _("the typical size of $g$ in each coordinate. Gradient descent has 1 in its place"),
        r"\eta": _("the learning rate: {adam} for both Adams, {plain} for gradient descent").format(
            adam="0.02", plain="0.005"
        ),
    },
)
page.why(
    _(
        "Small weights make a cautious model, so it is common to pull them towards 0. One can add "
        r"$\frac{\lambda}{2}\lVert\theta\rVert^2$ to the loss (L2), or take the share $\eta\lambda$ off the weights "
        "in each step (weight decay). For gradient descent these are the same line of algebra, and the two paths lie "
        "on one another. The loss beside the map is that of the data, without the penalty."
    ),
    _(
        "Adam divides what it is given by its typical size. With L2 the penalty is part of what it is given, so it is "
        "divided too: where gradients are large, decay is weak, and where they are small, it is strong. AdamW leaves "
        r"decay outside. Every step takes the same share $\eta\lambda$, whatever the gradients are."
    ),
    _(
        "At rest the two answer different questions. Adam + L2 stops where the slopes of loss and penalty cancel, "
        "wherever gradient descent would stop. AdamW stops where the mean gradient *divided by its typical size* "
        r"equals $-\lambda\theta$. That size holds the noise of the batches too. So a $\lambda$ that suits one of "
        "them need not suit the other."
    ),
    _(
        "Which is better is not decided by this race. What decoupling gives is that $\\lambda$ means the same whatever "
        "the loss is measured in. Adam's $\\beta_2$ is 0.99 here, so that its memory is short beside the race."
    ),
)
scale, share = st.columns(2, gap="large")
names = [_("Adam + L2"), _("AdamW (decoupled)")]
with scale:
    st.header(_("Another unit for the loss"), anchor=False)
    page.figure(
        settings_figure.as_dict(
            lesson.scales,
            lesson.left_by_scale,
            names,
            setting=_("the loss is multiplied by"),
            outcome=_("part of the weights that is left"),
            zero=True,
            here=lesson.loss_scale,
            styles=ENTRY_STYLES[2:],
            **page.look,
        ),
        _(
            "The loss itself multiplied, all else the same. L2 fades away beside a large loss and takes everything "
            "beside a small one. AdamW does not notice."
        ),
        key="scale",
    )
with share:
    st.header(_("What a step takes"), anchor=False)
    page.figure(
        rates_figure.as_dict(
            lesson.shares,
            names,
            styles=ENTRY_STYLES[2:],
            dark=page.dark,
            words=replace(page.words, effective_rate=_("share of a weight that decay takes")),
        ),
        _(
            "Per step, for both weights. AdamW takes a constant share. Inside Adam the penalty is divided by the size "
            "of the gradients: weak at the steep start, stronger later, and another share for each weight."
        ),
        key="share",
    )
page.predict()
page.end(
    _("L2 and weight decay are one thing for gradient descent, and two for Adam."),
    _("Inside Adam a penalty is divided by the size of the gradients."),
    _("AdamW takes the same share of every weight in every step."),
    _("So λ has to be chosen anew when you change from one to the other."),
)
