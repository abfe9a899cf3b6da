"""Fair comparison page: equal budgets, tuned rates, many seeds and many starts."""

import streamlit as st

from landscape_lab.ui.fairness import FairPage
from landscape_lab.ui.i18n.translation import _

page = FairPage()
page.races(
    _("As given, each entry until its gradient evaluations are spent: a step may cost one, or several."),
    _("The same entries, start and budget, each with the rate that did best among all that were tried."),
)
st.header(_("Every rate, tuned"), anchor=False)
page.tuning(
    _(
        "The loss at the end of the budget for every rate that was tried. The head of an entry stands on the rate that "
        "was chosen, its ring on the one that was given. A wide valley forgives a wrong rate; "
        "where a curve ends, the entry diverges."
    )
)
st.header(_("Many seeds"), anchor=False)
page.seeds(
    _("One run says little where there is noise. The line is the median of all seeds, half of them are in the band."),
    _("Without noise every seed gives the same run, and there is nothing to count."),
)
st.header(_("Many starts"), anchor=False)
page.starts(
    _(
        "Which share of the starts an entry solves within how many times the least cost of all entries. "
        "Far left is speed: "
        "the share at which it is the fastest. Far right is reliability: the share that it solves at all."
    ),
    _("This surface has no minimum within its map, so that no run converges."),
)
page.end()
