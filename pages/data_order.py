"""Page of the lesson "The order of the data"."""

import streamlit as st

from landscape_lab.figures.band import band_figure
from landscape_lab.figures.contour import paths_figure
from landscape_lab.figures.theme import ENTRY_STYLES
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _

page = LessonPage("data_order")
lesson = page.lesson
page.picture()
page.formula(
    r"\theta_{t+1} = \theta_t - \eta\, \nabla \ell_{i_t}(\theta_t)"
    r"\\[0.8em] \begin{aligned} \text{sorted:}\ & v_{i_0} \le v_{i_1} \le \dots \le v_{i_{n-1}} \\"
    r"\text{shuffled:}\ & \text{a new order each pass} \\"
    r"\text{curriculum:}\ & \text{shuffled, among the easiest} \\"
    r"& \min(1 + \lfloor t / T \rfloor,\, S)\, / \,S \ \text{of all} \end{aligned}",
    {
        r"\theta_t, \eta": _("slope and intercept of a line after $t$ steps, and the learning rate"),
        r"\ell_{i_t}": _("the squared error on the one example that step $t$ looks at"),
        r"v_i, n": _("the target of example $i$, and the number of examples, 60; every pass has the same sorted order"),
        r"S, T": _("the stages of the curriculum, here 3, and the steps before the next one begins"),
        r"\text{easy}": _(
            "close to where it belongs: the less an example was moved by noise or error, the easier. That is known "
            "here because the data was made; in practice it has to be guessed"
        ),
    },
)
page.why(
    _(
        "A step knows one example only. If many in a row pull the same way, the line follows them, and what the "
        "others said before is forgotten. Sorted by target, a pass begins with all the low points and ends with all "
        "the high ones: the last have the last word, in every pass."
    ),
    _(
        "The loss over all examples does not depend on their order. The path does, and so does the point at which one "
        "stops. Shuffling breaks the runs of equal pull and costs nothing. It does not need luck either: the worst of "
        "fifty shuffles is still closer than the sorted order."
    ),
    _(
        "Pupils do not begin with the final exam. A **curriculum** is an order with a purpose: first the clear "
        "examples, then the difficult ones. Here a fifth of the targets is plainly wrong, 8 too high, and all of "
        "these are in the last third. Before they come, the run has found the true line."
    ),
    _(
        "Be careful with what this shows. Once the wrong examples are in, the run ends where shuffling ends: the loss "
        "has one minimum, and the order of arrival is forgotten. The gain lies on the way. Stop in time, or leave "
        "the wrong ones out."
    ),
)
loop, ways = st.columns(2, gap="large")
with loop:
    st.header(_("The last pass"), anchor=False)
    page.figure(
        paths_figure.as_dict(
            lesson.scenario.landscape,
            lesson.last_passes,
            [_("sorted"), _("shuffled")],
            styles=[ENTRY_STYLES[i] for i in (0, 3)],
            domain=lesson.around,
            **page.look,
        ),
        _("Sixty steps each at the full rate. Sorted, every pass walks the same loop and ends far from the star."),
        key="loop",
    )
with ways:
    st.header(_("Distance to the true line"), anchor=False)
    lows, medians, highs = lesson.ways
    page.figure(
        band_figure.as_dict(
            lows,
            medians,
            highs,
            [_("sorted"), _("shuffled"), _("curriculum")],
            loss_axis="linear",
            title=_("distance to the true parameters"),
            styles=[ENTRY_STYLES[i] for i in (0, 3, 1)],
            **page.look,
        ),
        _(
            "Medians of 50 shuffles with the band that holds half of them; the sorted order is always the same. The "
            "curriculum stays at the true line until the wrong examples come."
        ),
        key="ways",
    )
page.predict()
page.end(
    _("Shuffle anew for every pass. It is free, and a sorted order biases every pass in the same way."),
    _("What hurts is a run of examples that pull the same way, not sorting as such."),
    _("A curriculum reaches the clean answer sooner; it needs to know what is easy."),
    _("In the end all examples count. On a loss with one minimum, order changes the way and not the aim."),
)
