"""The choice of a named race, and of the surface."""

from collections.abc import Collection
from dataclasses import replace

import streamlit as st

from landscape_lab.experiments import RACES, Scenario
from landscape_lab.experiments.scenarios.exercise import label_of
from landscape_lab.experiments.scenarios.scenario import on_surface
from landscape_lab.experiments.scenarios.surfaces import FORMULA
from landscape_lab.ui import own_data, state
from landscape_lab.ui.i18n.phrases import in_turn, labelled
from landscape_lab.ui.i18n.translation import _
from landscape_lab.ui.playground.formula_field import FIRST, formula_editor, undefined_note
from landscape_lab.ui.story import story
from landscape_lab.ui.widgets import chosen_of
from landscapes import SURFACES, Landscape


def race_picker(scenario: Scenario) -> None:
    """Show the choices of a named race and of the surface."""
    named = next((key for key, race in RACES.items() if race.scenario == scenario), None)
    hidden = state.hidden()
    hidden_note(hidden)

    def load(key: str | None) -> None:
        if key:
            state.change(lambda _old: RACES[key].scenario)
            state.change_view(lambda view: replace(view, hidden=(), inspected=0))
            state.begin_race()
            st.session_state.entry = 0

    if "race" not in hidden:
        st.selectbox(
            _("Race"),
            format_func=lambda key: _(RACES[key].label),
            placeholder=_("Your own"),
            help="\n".join("- " + labelled(f"**{_(race.label)}**", _(race.story)) for race in RACES.values()),
            **chosen_of(RACES, "race", named, load),
        )
        own = _("Your own race: its link is in the address bar.")
        story(_(RACES[named].story) if named else own, [own, *(_(each.story) for each in RACES.values())])
    if "surface" in hidden:
        return
    surfaces: dict[str, Landscape] = {**SURFACES, **own_data.newest(), scenario.surface: scenario.landscape}

    def label(key: str) -> str:
        if key == FORMULA:
            return _("Your own formula …")
        return _(surfaces[key].label) if key in SURFACES else _own_label(surfaces[key])

    def pick(key: str) -> None:
        formula = {"text": FIRST} if key == FORMULA else {}
        state.change(lambda old: on_surface(old, key, own_data.own_data(), **formula))

    st.selectbox(
        _("Surface"),
        format_func=label,
        help=_(scenario.landscape.story),
        **chosen_of(dict.fromkeys([FORMULA, *surfaces]), "surface", scenario.surface, pick),
    )
    if scenario.surface == FORMULA:
        formula_editor(scenario)
        undefined_note(scenario.landscape)


def hidden_note(hidden: Collection[str]) -> None:
    """Show what an exercise hides."""
    if hidden:
        names = in_turn(_(label_of(name)) for name in sorted(hidden, key=label_of))
        st.caption(_("An exercise. Hidden here: {names}.").format(names=names))


def _own_label(loss: Landscape) -> str:
    return _("{model} on your data").format(model=_(loss.label))
