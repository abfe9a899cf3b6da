"""Page of the lesson "Limits of gradient descent"."""

import streamlit as st

from landscape_lab.experiments.course.lessons.limits import Limits
from landscape_lab.figures.contour import paths_figure
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _, entry_name, say

page = LessonPage("limits")
page.picture()
page.formula(
    r"\begin{aligned} \nabla L(\theta) = 0:\quad & \text{level} \\"
    r"\lambda_1, \lambda_2 > 0:\quad & \text{minimum} \\ \lambda_1, \lambda_2 < 0:\quad & \text{maximum} \\"
    r"\lambda_1 < 0 < \lambda_2:\quad & \text{saddle} \\ \text{one is } 0:\quad & \text{no verdict} \end{aligned}",
    {
        r"\theta": _("the two parameters, x and y"),
        r"\nabla L(\theta)": _(
            "the gradient; where it is zero the surface is level, and gradient descent stands still"
        ),
        r"H = \nabla^2 L(\theta)": _("the Hessian, the matrix of second derivatives"),
        r"\lambda_1, \lambda_2": _(
            "its eigenvalues: the curvatures along its two eigenvectors, upwards if positive, downwards if negative"
        ),
    },
)
page.why(
    _(
        "On the map it is plain to see which hole is deepest. The optimizer has no map. All it ever gets is the loss "
        "and the gradient where it stands, a lantern in the fog. In a million dimensions there is no map to look at, "
        "and nobody sees more than that."
    ),
    _(
        "So it stops wherever the gradient is zero. That is the bottom of a valley, but also a saddle, a top, or a "
        "plateau so flat that a step is next to nothing. Choose plateau and minimum in turn: in the fog each is a loss "
        "that no longer falls. The curvatures tell the places apart, except on the plateau, where they are next to "
        "nothing too."
    ),
    _(
        "The four are not equally bad. Off a saddle or a top any sideways push grows step by step, like a pencil that "
        "stands on its tip: turn up the offset or the noise and it leaves. Out of a local minimum a small push rolls "
        "back. And on the plateau nothing pushes at all: what gets across divides by the size of the "
        "gradient, like Adam, or gathers speed."
    ),
)
st.header(_("Without the fog"), anchor=False)
races, stops = page.lesson.races(), page.lesson.stops()
labels = [entry_name(entry) for entry in page.race.scenario.entries]
columns = st.columns(2, gap="large")
for place, (key, label) in enumerate(Limits.choices()["place"].options.items()):
    with columns[place % 2]:
        page.figure(
            paths_figure.as_dict(races[key].landscape, races[key].trajectories, labels, **page.look),
            f"{_(label)}: {say(stops[key].told)}",
            key=key,
        )
page.predict()
page.end(
    _("A zero gradient is not yet a minimum, and a minimum is not yet the lowest one."),
    _("The signs of the Hessian's eigenvalues tell minimum, saddle and maximum apart."),
    _("Saddles and tops hold only a start that is exactly level: a millionth or a little noise is enough to leave."),
    _("Local minima and plateaus hold: they are what momentum and adaptive rates are for."),
)
