"""The choice of a named race, and of the surface, with a formula and its own numbers."""

from collections.abc import Callable, Collection
from dataclasses import replace

import streamlit as st

from landscape_lab.experiments import RACES, Scenario
from landscape_lab.experiments.scenarios.exercise import label_of
from landscape_lab.experiments.scenarios.scenario import on_surface
from landscape_lab.experiments.scenarios.surfaces import FORMULA
from landscape_lab.ui import own_data, state
from landscape_lab.ui.i18n.phrases import in_turn
from landscape_lab.ui.i18n.translation import _
from landscape_lab.ui.picker import Option, picker
from landscape_lab.ui.picker.thumbnails import RACE, SURFACE
from landscape_lab.ui.playground.formula_field import FIRST, formula_editor, undefined_note
from landscape_lab.ui.playground.panel import numbers_part, parameter_lines
from landscape_lab.ui.story import story
from landscapes import DATA_LOSSES, SURFACES, Landscape


def race_picker(scenario: Scenario) -> None:
    """Show the choices of a named race and of the surface."""
    hidden = state.hidden()
    hidden_note(hidden)

    def load(key: str) -> None:
        state.change(lambda _old: RACES[key].scenario)
        state.change_view(lambda view: replace(view, hidden=(), inspected=0))
        state.begin_race()
        st.session_state.entry = 0

    if "race" not in hidden:
        named = named_race(scenario, load)
        own = _("Your own race: its link is in the address bar.")
        story(_(RACES[named].story) if named else own, [own, *(_(each.story) for each in RACES.values())])
    surface_picker(scenario)


def named_race(scenario: Scenario, load: Callable[[str], object]) -> str | None:
    """Show the choice of a named race, and return the key of the one that is shown, if any."""
    named = next((key for key, race in RACES.items() if race.scenario == scenario), None)
    races = [Option(key, _(race.label), _(race.story), RACE + key) for key, race in RACES.items()]
    picker(_("Race"), "race-picker", {_("Named races"): races}, named, load, placeholder=_("Your own"))
    return named


def surface_picker(scenario: Scenario) -> None:
    """Show the choice of the surface, and below it a formula and the numbers of its letters."""
    if "surface" not in state.hidden():
        own = {**own_data.newest(), scenario.surface: scenario.landscape}
        picker(
            _("Surface"),
            "surface-picker",
            {
                _("Your own"): [
                    Option(FORMULA, _("Your own formula …"), _("Type a formula in x and y."), icon="f(x, y)"),
                    *(_own_option(key, loss) for key, loss in own.items() if key not in SURFACES and key != FORMULA),
                ],
                _("Surfaces"): [_option(key, each) for key, each in SURFACES.items() if key not in DATA_LOSSES],
                _("Losses over data"): [_option(key, each) for key, each in DATA_LOSSES.items()],
            },
            scenario.surface,
            _choose_surface,
        )
        if scenario.surface == FORMULA:
            formula_editor(scenario)
            undefined_note(scenario.landscape)
    if scenario.surface == FORMULA:
        numbers_part("formula-numbers", parameter_lines)


def _choose_surface(key: str) -> None:
    formula = {"text": FIRST} if key == FORMULA else {}
    state.change(lambda old: on_surface(old, key, own_data.own_data(), **formula))


def _option(key: str, surface: Landscape) -> Option:
    return Option(key, _(surface.label), _(surface.story), SURFACE + key)


def _own_option(key: str, loss: Landscape) -> Option:
    return Option(key, _("{model} on your data").format(model=_(loss.label)), _(loss.story), icon="⋰")


def hidden_note(hidden: Collection[str]) -> None:
    """Show what an exercise hides."""
    if hidden:
        names = in_turn(_(label_of(name)) for name in sorted(hidden, key=label_of))
        st.caption(_("An exercise. Hidden here: {names}.").format(names=names))
