"""Page of the lesson "Gradient descent"."""

import streamlit as st

from landscape_lab.figures.arrows import Arrow, step_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _, say

page = LessonPage("gradient_descent")
lesson = page.lesson
page.picture()
page.formula(
    r"\theta \leftarrow \theta - \eta\, \nabla L(\theta), \qquad "
    r"\nabla L = \begin{pmatrix} \partial L / \partial x \\ \partial L / \partial y \end{pmatrix}",
    {
        r"\theta": _("the parameters, here the two coordinates $(x, y)$ of the point on the map"),
        r"L": _("the loss: the height of the surface, to be made as small as possible"),
        r"\nabla L": _("the gradient: one slope for each parameter. It points uphill, the way the loss grows fastest"),
        r"\eta": _("the learning rate: how far to move for a given gradient"),
        r"\leftarrow": _("the new value takes the place of the old one; this is one step"),
    },
)
page.why(
    _(
        "The gradient knows the ground at one point, nothing else. It does not know where the minimum is: in a bowl "
        "that is longer than wide, down leads past it. Each step asks again, and so the path bends. Turn $\\kappa$ to "
        "1: in a round bowl down does lead to the minimum, and the path is straight."
    ),
    _(
        "The step has length $\\eta\\,\\lVert\\nabla L\\rVert$. Where the ground gets flatter, steps get shorter by "
        "themselves; where the gradient is 0 there is no step at all. That is so at a minimum, but also on a saddle: "
        "gradient descent cannot tell them apart."
    ),
    _(
        "The slope holds for the point itself, and only roughly for what is near. A step that is too long lands where "
        "the ground has turned: raise $\\eta$ until the loss rises. How long is too long is the next lesson."
    ),
)
picture, words = st.columns(2, gap="large")
names = {
    "down": _("down, the first step"),
    "level": _("along the contour line"),
    "minimum": _("towards the minimum"),
}
with picture:
    arrows = [Arrow(names[name], vector) for name, vector in lesson.arrows.items()]
    page.figure(
        step_figure.as_dict(lesson.scenario.landscape, lesson.point, arrows, **page.look),
        _("The ground at the start, enlarged. Three ways to go, all equally far. Drag the start on the stage."),
    )
with words:
    st.header(_("Why at a right angle"), anchor=False)
    st.markdown(
        _(
            "Walk along a contour line and the height stays the same. Turn away from it and the height changes, most "
            "of all at a right angle to it. So the steepest way down is at a right angle to the contour line, and the "
            "minus sign of the formula takes it."
        )
    )
    st.markdown(
        _(
            "In symbols: a small move $d$ changes the loss by about $\\nabla L \\cdot d$. Of all moves of one length "
            "this is 0 along the contour line and lowest for $d$ opposite to $\\nabla L$."
        )
    )
    st.markdown(say(lesson.gains))
    st.caption(
        _("Here both axes have one scale. On the stage they may not, and then a right angle does not look like one.")
    )
page.predict()
page.end(
    _("The gradient points uphill, at a right angle to the contour line. Gradient descent steps the other way."),
    _("It is local: down here is not the way to the minimum."),
    _("The step is as long as the slope is steep, times the learning rate. No slope, no step."),
    _("If the steps are short enough, each one lowers the loss."),
)
