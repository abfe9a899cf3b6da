"""The choice of a plane, and of the points that determine it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import streamlit as st

from landscape_lab.experiments.networks import NetworkPlan
from landscape_lab.experiments.networks.recorded import PLANES
from landscape_lab.experiments.operations import own_settings
from landscape_lab.experiments.scenarios.sentence import word
from landscape_lab.ui import state
from landscape_lab.ui.i18n.translation import _
from landscape_lab.ui.knobs import field, knobs
from landscape_lab.ui.widgets import bound, chosen_of

PLANE_NAMES: Mapping[str, str] = {
    "components": word("Principal components"),
    "random": word("Random directions"),
    "three": word("Through three points"),
}
STORIES: Mapping[str, str] = {
    "components": word(
        "The plane of the two directions in which the checkpoints of all runs differ most. Of all planes it "
        "holds the most of them."
    ),
    "random": word(
        "The plane of two random directions about one point, as long in each unit as its weights (Li et al. 2018). It "
        "shows how flat the surroundings are; the paths hardly move within it."
    ),
    "three": word(
        "The plane through three points, at which the picture is exact: ends of runs, or their start (Garipov et al. "
        "2018)."
    ),
}
"""What each plane is."""


def plane_choice(plan: NetworkPlan, names: Sequence[str]) -> None:
    """Show the choice of the plane, its points and its seed. `names` are those of the entries."""
    st.segmented_control(
        _("Plane"),
        list(PLANES),
        format_func=lambda key: _(PLANE_NAMES[key]),
        required=True,
        wrap=True,
        **bound("default", "network-plane", plan.plane, _choose_plane),
    )
    st.caption(_(STORIES[plan.plane]))
    if plan.plane == "random":
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            point_choice(plan, names, (_("About"),), "centre")
            seeds = [each for each in own_settings("plan", plan) if each.name == "plane_seed"]
            with st.container(width=140):
                knobs("network-plane-seed", [[field(each, _("Seed")) for each in seeds]], stage=None)
    elif plan.plane == "three":
        point_choice(plan, names, (_("First point"), _("Second point"), _("Third point")), "plane")


def point_choice(plan: NetworkPlan, names: Sequence[str], labels: Sequence[str], kind: str) -> None:
    """Show a choice for each of the first points of a plan; `kind` is part of the keys of the widgets."""
    options = [*range(1, len(names) + 1), 0]
    shown = {0: _("the start"), **{i: _("end of {name}").format(name=name) for i, name in enumerate(names, 1)}}
    with st.container(horizontal=True, gap="small"):
        for i, label in enumerate(labels):
            st.selectbox(
                label,
                format_func=shown.__getitem__,
                width=220,
                **chosen_of(options, f"network-{kind}-{i}", plan.places[i], _chooser(i), of=tuple(names)),
            )


def _choose_plane(plane: str | None) -> None:
    # A browser that is still rendering the page may send None for a row of choices.
    if plane:
        state.change_plan(lambda old: replace(old, plane=plane))


def _chooser(i: int) -> Callable[[int], object]:
    def choose(place: int) -> None:
        def chosen(plan: NetworkPlan) -> NetworkPlan:
            first, second, third = (place if i == k else at for k, at in enumerate(plan.places))
            return replace(plan, points=(first, second, third))

        state.change_plan(chosen)

    return choose
