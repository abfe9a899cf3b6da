"""The parts of the playground that depend on the race: the stage and the results below it."""

import streamlit as st

from landscape_lab.ui import state
from landscape_lab.ui.controls import notice
from landscape_lab.ui.course.goals import goal_on_screen
from landscape_lab.ui.course.links import lesson_link
from landscape_lab.ui.fairness import comparison_link
from landscape_lab.ui.i18n.translation import as_text
from landscape_lab.ui.maps.page import map_link
from landscape_lab.ui.parts import FILES, RACE, RESULTS, page_follows, part
from landscape_lab.ui.playground import panel
from landscape_lab.ui.playground.code_expander import CODE, code_expander
from landscape_lab.ui.playground.results import results_table, winner
from landscape_lab.ui.sharing import share
from landscape_lab.ui.stage.show import send_surface_of, show_race


def race() -> None:
    """Show the stage, with a message above it if a change was rejected."""
    send_surface_of(state.shown(), state.view())
    _race()


@part(RACE)
def _race() -> None:
    scenario = state.shown()
    notice(*state.take_notice())
    goal_on_screen(scenario)
    show_race(scenario, state.view(), follows=page_follows(panel.outline(scenario)))
    state.write_link()


@part(RESULTS)
def results() -> None:
    """Show the results table and the links to other pages."""
    scenario, hidden = state.shown(), state.hidden()
    if "results" not in hidden:
        st.markdown(as_text(winner(scenario)))
        results_table(scenario)
    if "lesson" not in hidden:
        lesson_link(scenario)
    if "compare" not in hidden:
        comparison_link(scenario)
    if not hidden:
        map_link(scenario)


@part(FILES, lambda: any(st.session_state.get(key) for key in (CODE, share.KEY)))
def files() -> None:
    """Show the code and the export."""
    scenario, hidden = state.shown(), state.hidden()
    if "code" not in hidden:
        code_expander(scenario)
    if "share" not in hidden:
        share.share_and_export(scenario)
