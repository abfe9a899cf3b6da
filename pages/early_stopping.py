"""Page of the lesson "Early stopping"."""

import streamlit as st

from landscape_lab.figures.bars import share_figure
from landscape_lab.figures.contour import paths_figure
from landscape_lab.figures.stopping_figure import stopping_figure
from landscape_lab.figures.theme import ENTRY_STYLES
from landscape_lab.ui.course.lesson import LessonPage
from landscape_lab.ui.i18n.translation import _

page = LessonPage("early_stopping")
lesson = page.lesson
page.picture()
page.formula(
    r"\begin{gathered} b_t = \arg\min_{s \le t}\; L_{\text{held-out}}(\theta_s) \\[0.4em]"
    r"\text{stop at the first } t \text{ with } t - b_t \ge p \\[0.4em]"
    r"\text{keep } \theta_{b_t} \end{gathered}",
    {
        r"\theta_s": _("the two weights after step $s$ of training"),
        r"L_{\text{held-out}}": _("the loss on 200 examples that training never sees"),
        r"b_t": _("the step with the best held-out loss so far"),
        r"p": _("patience: how many steps in a row may bring no better one"),
        r"\theta_{b_t}": _("the weights that are kept; the last $p$ steps are thrown away"),
    },
)
page.why(
    _(
        "Training follows the ten examples, noise and all. At first both agree: what lowers the loss on ten examples "
        "lowers it on all others. Later only the noise is left to fit. The training loss still falls, but the "
        "held-out loss turns and rises: **overfitting**."
    ),
    _(
        "The two features here say nearly the same. So the bowl is steep where both weights grow together, and flat "
        "where one grows at the other's cost. Descent learns the steep direction in a few steps, and there the "
        "examples can be trusted. The flat one, where noise weighs most, takes hundreds of steps. Whoever stops "
        "in time has learned the first and not yet the second. A penalty on large weights does something similar."
    ),
    _(
        "A real curve jitters, since each step sees a few examples. So the rule waits. Little patience stops at the "
        "first bump; much patience costs steps, and nothing else, for the best weights were kept."
    ),
    _(
        "Held-out data that chose the step is no longer quite neutral: its best loss is a little too good. Whoever "
        "wants an honest final number needs a third set. Here the source is known, so the expected loss can be "
        "computed: that is the last line of what you see."
    ),
)
curves, held_out_map = st.columns(2, gap="large")
with curves:
    st.header(_("The wait"), anchor=False)
    training, watched = lesson.losses
    kept, stop = lesson.stop
    page.figure(
        stopping_figure.as_dict(
            training,
            watched,
            kept,
            stop,
            [_("training loss"), _("held-out loss"), _("kept"), _("stopped")],
            **page.look,
        ),
        _("The whole run. Shaded: the steps for which the rule waits. Turn the patience and see where it ends."),
        key="wait",
    )
with held_out_map:
    st.header(_("The same path on the held-out map"), anchor=False)
    page.figure(
        paths_figure.as_dict(
            lesson.held_out,
            lesson.paths,
            [_("runs on"), _("until the stop"), _("kept")],
            styles=[ENTRY_STYLES[i] for i in (1, 3, 2)],
            **page.look,
        ),
        _("The two weights on the map of the held-out loss. The path comes near its minimum, the star, and leaves."),
        key="held-out",
    )
count, words = st.columns([3, 2], gap="large", vertical_alignment="center")
with count:
    counts, totals = lesson.counts
    page.figure(
        share_figure.as_dict(
            [_(source) for source in lesson.sources],
            counts,
            totals,
            title=_("draws that end clearly above their best"),
            **page.look,
        ),
        _(
            "Draws of the data whose held-out loss ends more than 5% above its best, counted with full gradients, so "
            "that jitter lends no hand."
        ),
        key="count",
    )
with words:
    st.markdown(
        _(
            "**How usual is it?** The draw on the stage was chosen because it shows the turn well. With few, noisy, "
            "correlated examples about every second draw does it clearly. With many examples, hardly any: two "
            "weights cannot learn two hundred targets by heart. Large networks can (Zhang et al. 2017)."
        )
    )
page.predict(validation=True)
page.end(
    _("Watch the loss on data that training does not see."),
    _("Stop when it has not improved for a while, and go back to the best weights."),
    _("Patience is there for jitter: too little stops at a bump, more costs only steps."),
    _("It helps where there is noise to learn by heart. With plenty of data it changes little."),
)
