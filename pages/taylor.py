"""Page of the lesson "Taylor and Newton"."""

import streamlit as st

from landscape_lab.figures.taylor_figures import model_error_figure, taylor_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _

page = LessonPage("taylor")
lesson = page.lesson
surface, start = page.race.landscape, page.race.scenario.point
page.picture()
page.formula(
    r"\begin{aligned} \text{first order:}\, & L(p + d) \approx L(p) + g^\top d \\"
    r"\text{second order:}\, & L(p + d) \approx L(p) + g^\top d \\"
    r"& \qquad\qquad + \tfrac12\, d^\top H\, d \\"
    r"\text{best step:}\, & d = -r\, \frac{g}{\lVert g \rVert}, \ \lVert d \rVert \le r \\"
    r"\text{Newton:}\, & d = -H^{-1} g \end{aligned}",
    {
        r"p": _("the point where the model touches the surface"),
        r"d": _("the step away from it"),
        r"g = \nabla L(p)": _("the gradient: all first derivatives"),
        r"H = \nabla^2 L(p)": _("the Hessian: all second derivatives, the curvature in every direction"),
        r"r": _("the radius of the circle within which the linear model is trusted"),
    },
)
page.why(
    _(
        "Nobody can search a surface with a million dimensions. But near one point every smooth surface looks like a "
        "plane, and on a plane the best step is known: $g^\\top d = \\lVert g \\rVert \\lVert d \\rVert \\cos\\alpha$ "
        "is lowest where the cosine is $-1$. So the step goes against the gradient. With the learning rate "
        "$\\eta = r / \\lVert g \\rVert$ that is gradient descent."
    ),
    _(
        "The plane is a promise that holds only near the point. Its error grows with the square of the radius, and in "
        "a large circle the best point of the model can be higher than the start. Every learning rate is a bet on how "
        "far the model can be trusted. Strictly, only an infinitely small one is safe."
    ),
    _(
        "Why not take the curvature as well? The parabola errs only with the third power of the radius, and its "
        "minimum can be jumped to: Newton's step. The price is a matrix of second derivatives and a system of "
        "equations at every step. And where the curvature is negative, the level point of the model is no minimum."
    ),
)
st.header(_("Both models in the same circle"), anchor=False)
first, second = st.columns(2, gap="large")
with first:
    page.figure(
        taylor_figure.as_dict(surface, start, lesson.radius, 1, **page.look),
        _("First order: inside the circle the model's contours are straight. Its best point is straight downhill."),
        key="first",
    )
with second:
    page.figure(
        taylor_figure.as_dict(surface, start, lesson.radius, 2, **page.look),
        _("Second order: the model's contours turn and spread with those of the surface. Turn the radius and compare."),
        key="second",
    )
errors, costs = st.columns(2, gap="large")
with errors:
    st.header(_("How wrong the models are"), anchor=False)
    page.figure(
        model_error_figure.as_dict(surface, start, lesson.radii, radius=lesson.radius, **page.look),
        _("The largest error on the circle against its radius. The guides have the slopes 2 and 3."),
        key="errors",
    )
with costs:
    st.header(_("What the second order costs"), anchor=False)
    rows = [" | ".join(row) for row in lesson.costs()]
    head = " | ".join(["$n$", _("gradient"), _("Hessian"), _("to solve")])
    st.markdown("\n".join([f"| {head} |", "|--:|--:|--:|--:|", *(f"| {row} |" for row in rows)]))
    st.markdown(
        _(
            "With $n$ parameters the gradient has $n$ numbers and the Hessian $n^2$; one step of Newton's method "
            "solves a system in about $n^3 / 3$ operations. With two parameters that is nothing. For a network it is "
            "hopeless, so the methods of this course make do with gradients, and guess at the curvature."
        )
    )
page.predict()
page.end(
    _("Near a point a surface is a plane, and on a plane the way against the gradient is best."),
    _("The plane is trusted within a circle only: half the radius, a quarter of the error."),
    _(
        "Newton's step uses the curvature: one step on a quadratic, few steps near a minimum, too costly for many "
        "parameters."
    ),
    _("A zero gradient is all that Newton's method looks for. It finds tops and saddles just as well."),
)
