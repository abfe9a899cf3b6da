"""Page of the lesson "Feature scaling"."""

import streamlit as st

from landscape_lab.figures.contour import paths_figure
from landscape_lab.figures.histogram import histogram_figure
from landscape_lab.figures.theme import ENTRY_STYLES
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _

page = LessonPage("feature_scaling")
lesson = page.lesson
page.picture()
page.formula(
    r"\begin{aligned} L(x, y) &= \frac1n \sum_{i=1}^n \left(x\, u_{i1} + y\, u_{i2} - v_i\right)^2 \\"
    r"\frac{\partial^2 L}{\partial y^2} &= \frac2n \sum_{i=1}^n u_{i2}^2 \\"
    r"z_{ij} &= \frac{u_{ij} - m_j}{s_j} \end{aligned}",
    {
        r"u_{ij}, v_i": _("feature $j$ of example $i$ as it was measured, and the example's target"),
        r"m_j, s_j": _("mean and standard deviation of feature $j$ over the $n$ examples"),
        r"z_{ij}": _("the standardised feature: mean 0, standard deviation 1; it takes the place of $u_{ij}$"),
        r"x, y": _("the two weights, which are what is learned"),
        r"\partial^2 L / \partial y^2": _("the curvature along $y$: it has nothing in it but the size of feature 2"),
    },
)
page.why(
    _(
        "A weight acts through its feature. If the numbers of feature 2 are ten times as large, a small change of $y$ "
        "changes the prediction ten times as much, and the bowl is a hundred times as curved in that direction. "
        "Nothing about the problem has changed but a unit: metres have become decimetres."
    ),
    _(
        "Gradient descent has one rate for all weights. The steepest direction sets its limit, "
        r"$2 / \lambda_{\max}$, and the gentle direction has to wait. Both rates on the map follow one rule: 0.9 over "
        "the curvature of their direction, so that one step goes nine tenths of the way in it."
    ),
    _(
        "Standardised features all have the same size, so the curvatures are alike, the bowl is round, and the "
        "gradient points at the minimum. A mean far from 0 stretches the bowl as well, where there is an intercept; "
        "subtracting it mends that too."
    ),
    _(
        "It mends scales and means, not directions: correlated features leave a valley, "
        "$(1 + \\rho) / (1 - \\rho)$ times as curved across as along. Use the mean and the deviation of the training "
        "data for all later data as well."
    ),
)
MAP = ((-4.0, 4.0), (-4.0, 4.0))
for column, features, name in zip(
    st.columns(2, gap="large"), ("raw", "standardised"), (_("Raw"), _("Standardised")), strict=True
):
    with column:
        st.header(name, anchor=False)
        page.figure(
            paths_figure.as_dict(
                lesson.loss(features),
                [lesson.path(features)],
                [_("gradient descent")],
                styles=[ENTRY_STYLES[0]],
                domain=MAP,
                equal=True,
                **page.look,
            ),
            _("The same regression from the same model, each at 0.9 over its largest curvature, until it arrives.")
            if features == "raw"
            else _("Standardised: the same losses, other coordinates. Without correlation the contours are circles."),
            key=f"map-{features}",
        )
names = [_("feature 1"), _("feature 2")]
raw, standardised = lesson.histograms
left, right = st.columns(2, gap="large")
with left:
    page.figure(
        histogram_figure.as_dict(raw, names, title=_("value"), density=_("share of examples per unit"), **page.look),
        _("The two features as measured: other widths, other shapes."),
        key="before",
    )
with right:
    page.figure(
        histogram_figure.as_dict(
            standardised,
            names,
            title=_("standardised value"),
            density=_("share of examples per unit"),
            normal=_("normal distribution"),
            **page.look,
        ),
        _("Standardised: the same width for both, and each has kept its shape. Feature 2 still leans to one side."),
        key="after",
    )
page.predict()
page.end(
    _("Features of different size stretch the bowl: the curvature grows with the square of the feature."),
    _("Standardise, and one learning rate suits every weight."),
    _("It does not make data normal, and it does not remove correlation."),
    _("Keep the training data's mean and deviation, and use them for everything that comes later."),
)
