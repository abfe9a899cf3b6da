"""Page of the lesson "Dropout and normalisation"."""

import streamlit as st

from landscape_lab.figures.bars import share_figure
from landscape_lab.figures.small_map import small_map_figure, strength_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _, say

page = LessonPage("dropout_and_normalisation")
lesson = page.lesson
page.picture()
page.formula(
    r"\begin{aligned} \text{dropout:}\, & \mathbb{E}_m\, \tfrac1n \textstyle\sum_i"
    r"\bigl(v_i - \sum_j \theta_j \tfrac{m_{ij}}{1 - p} u_{ij}\bigr)^2 \\"
    r"&= L(\theta) + \tfrac{p}{1 - p} \textstyle\sum_j \overline{u_j^2}\; \theta_j^2 \\[0.4em]"
    r"\text{L2:}\, & L(\theta) + \tfrac{\lambda}{2} \lVert\theta\rVert^2 \\[0.4em]"
    r"\text{batch norm:}\, & \hat u_j = \frac{u_j - \mu_j}{\sqrt{\sigma_j^2 + \epsilon}} \end{aligned}",
    {
        r"L(\theta)": _("the bare loss: the mean squared error of two weights on ten examples"),
        r"u_{ij},\; v_i": _("feature $j$ of example $i$, and its target"),
        r"m_{ij}": _("the mask: 0 with chance $p$, else 1; drawn anew for every feature at every step"),
        r"\overline{u_j^2}": _("the mean square of a feature: the penalty is in its own units"),
        r"\lambda": _("the strength of L2 (as in $\\lambda_{\\max}$, the letter also stands for curvatures)"),
        r"\mu_j,\; \sigma_j": _("mean and standard deviation of a feature over the batch"),
        r"\epsilon": _("a very small number, so that nothing is divided by 0"),
    },
)
page.why(
    _(
        "Mostly the landscape is given, and the optimizer has to cope. Here the optimizer is plain gradient descent, "
        "and the landscape changes. The race starts where training without any treatment would end."
    ),
    _(
        "**Dropout** hides features at random, so none may be relied on too much. Averaged over all masks that is a "
        "penalty on large weights, by which the minimum moves inwards. **L2** writes such a penalty down. Dropout "
        "measures each weight in the units of its feature, L2 does not: write a feature in other units, and only L2 "
        "leads to another model. Either way loss on the bare examples goes up: that is the price."
    ),
    _(
        "**Batch normalisation** rescales the features inside the model. The bowl gets rounder, and the largest "
        "usable rate grows. With all examples in a batch it is standardising: the best model, and its held-out loss, "
        "stay the same. What it cannot mend is correlation: with correlation $\\rho$ the condition number stays "
        "$(1 + \\rho)/(1 - \\rho)$."
    ),
    _(
        "The gain on held-out data is not a law. It comes where few, noisy, correlated examples leave something to "
        "learn by heart. Where there is plenty to learn from, a penalty only pulls the weights off their place."
    ),
)
st.header(_("One set of data, four landscapes"), anchor=False)
for column, (name, loss, before, numbers) in zip(st.columns(4), lesson.maps, strict=True):
    with column:
        st.markdown(f"**{_(name)}**")
        page.figure(
            small_map_figure.as_dict(loss, lesson.square, before=before, label=_("minimum as it was"), **page.look),
            say(numbers),
            key=name,
        )
st.markdown(
    _(
        "All four maps have one scale. The star is the minimum, the ring that of the bare loss. The largest rate is "
        "$2/\\lambda_{\\max}$, twice the reciprocal of the largest curvature. With batch normalisation the weights "
        "belong to the rescaled features, so the same model has other coordinates."
    )
)
price, count = st.columns(2, gap="large")
with price:
    st.header(_("Price and gain"), anchor=False)
    chances, training, held_out = lesson.strengths
    page.figure(
        strength_figure.as_dict(
            chances,
            [training, held_out],
            [_("bare training loss"), _("held-out loss")],
            title=_("chance p of dropout"),
            chosen=lesson.dropout,
            chosen_label=_("now"),
            **page.look,
        ),
        _("At the minimum that each chance leads to. Training loss only rises; held-out loss falls, then rises too."),
        key="price",
    )
with count:
    st.header(_("How often it helps"), anchor=False)
    counts, totals = lesson.counts
    page.figure(
        share_figure.as_dict(
            [_(source) for source in lesson.sources],
            counts,
            totals,
            title=_("draws whose held-out loss is lower"),
            **page.look,
        ),
        _(
            "A hundred draws of each kind of data, at the strengths of the knobs. Noisy: 10 examples, noise 3, "
            "correlation 0.8. Quiet: 20 examples, noise 0.5, no correlation. The draw on the stage was chosen because "
            "it gains much."
        ),
        key="count",
    )
page.predict()
page.end(
    _("Dropout on features is, on average, a penalty on weights; random masks scatter around its minimum."),
    _("Penalties cost training loss. They pay on held-out data if there is noise to learn by heart."),
    _("Normalising makes the bowl rounder and the largest rate larger. It does not remove correlation."),
    _("Change the landscape, and every optimizer on it has another task."),
)
