"""Fair comparison page: equal budgets, tuned rates, many seeds and many starts."""

import streamlit as st

from landscape_lab.ui.fairness import FairPage
from landscape_lab.ui.i18n.translation import _

page = FairPage()
page.races(
    _("Each entry runs until its gradient evaluations are used up; a step may use one or several."),
    _("The same entries, start and budget, each entry with the best of the learning rates that were tried."),
)
st.header(_("Every rate, tuned"), anchor=False)
page.tuning(
    _(
        "The loss at the end of the budget for every learning rate that was tried. The marker of "
        "an entry is at the rate that was chosen, its ring at the rate as given. In a wide valley "
        "an inexact rate costs little; where a curve ends, the entry diverges."
    )
)
st.header(_("Many seeds"), anchor=False)
page.seeds(
    _("With noise, a single run says little. The line is the median over all seeds; the band contains half of them."),
    _("Without noise every seed gives the same run, so there is nothing to compare."),
)
st.header(_("Many starts"), anchor=False)
page.starts(
    _(
        "The share of the starts that an entry solves, against its cost as a multiple of the "
        "lowest cost of all entries. The left end shows speed: the share of the starts on which "
        "the entry is the fastest. The right end shows reliability: the share that it solves at "
        "all."
    ),
    _("This surface has no minimum within its map, so that no run converges."),
)
page.end()
