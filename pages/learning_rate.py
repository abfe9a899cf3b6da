"""Page of the lesson "Learning rate"."""

import streamlit as st

from landscape_lab.figures.damping import damping_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _

page = LessonPage("learning_rate")
page.picture()
page.formula(
    r"\theta \leftarrow \theta - \eta\, \nabla L(\theta), \qquad 0 < \eta < \frac{2}{\lambda}",
    {
        r"\theta": _("the parameters, here the two coordinates of the point on the map"),
        r"\nabla L": _("the gradient of the loss: the slope in each parameter"),
        r"\eta": _("the learning rate: how far to move for a given gradient"),
        r"\lambda": _(
            "the largest eigenvalue of the Hessian, the matrix of second derivatives, at the minimum: how much the "
            "surface curves in the direction in which it curves most"
        ),
        r"2/\lambda": _("the limit: above it, a minimum with that curvature pushes gradient descent away"),
    },
)
page.why(
    _(
        "A bowl has a direction in which it curves most, and that one sets the limit. All other directions are "
        "flatter, would like a larger rate, and have to wait. A real surface curves differently from place to place: "
        "a rate that suits one valley is too large for another. Where the walls get steeper outwards, too large a "
        "rate need not leave: it bounces, and the loss stalls."
    ),
    _(
        "The map exists for two parameters only. The curves beside it, loss against steps, can be drawn for a million: "
        "they are how rates are judged in practice. Hardly falling: too small. Falling fast, then level: too large. "
        "Going up: far too large."
    ),
    _(
        "Drag the slider below the map through 61 rates. The path is quickest not far below the limit, and beyond it "
        "none arrives. So rates are compared by factors, on a logarithmic scale. All entries share one start and one "
        "method; the four named rates are round numbers chosen to show four fates."
    ),
)
picture, words = st.columns([3, 2], gap="large", vertical_alignment="center")
with picture:
    swings = page.lesson.parabola
    page.figure(
        damping_figure.as_dict(list(swings.values()), list(swings), **page.look),
        _("One direction of a bowl, five rates, measured. At 1 one step is enough; at 2 the swing never ends."),
    )
with words:
    st.markdown(
        _(
            "Cut through a bowl along one of its axes: the loss is $\\lambda x^2 / 2$, its slope is $\\lambda x$, and "
            "a step takes $x$ to"
        )
    )
    st.latex(r"x - \eta\lambda x = (1 - \eta\lambda)\, x")
    st.markdown(
        _(
            "Every step multiplies the distance to the minimum by the same factor. For $\\eta\\lambda$ below 1 it "
            "creeps closer; at 1 it lands on the minimum; between 1 and 2 it jumps across and lands closer on the "
            "other side; above 2 it lands farther away each time."
        )
    )
page.predict()
page.end(
    _("Too small a rate is slow. Too large a rate bounces or diverges."),
    _("The steepest curvature sets the limit, $2/\\lambda$. On a quadratic it is sharp."),
    _("Fast rates lie close to failing ones."),
    _("In many dimensions there is no map. Look at the loss over the steps."),
)
