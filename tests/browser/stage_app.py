"""A small app around the stage alone: a race, a knob, two other surfaces. `?race=` names the race to begin with."""

from dataclasses import replace
from pathlib import Path

import streamlit as st

from experiments import RACES
from experiments.race import race
from optim_core.optimizer import get_field
from ui.race_view import race_tree
from ui.stage import STYLE, publish, stage
from ui.state import View

st.set_page_config(layout="wide")
publish(Path(__file__).parent / "static")
st.html(f"<style>{STYLE}</style>")
memory = st.session_state
memory.setdefault("scenario", RACES[st.query_params.get("race", "classics")].scenario)
memory.setdefault("view", View())
memory.setdefault("starts", 0)


def moved(x: float, y: float) -> None:
    memory.starts += 1
    memory.scenario = replace(memory.scenario, start=(x, y))


def looked(told: dict) -> None:
    memory.view = View.from_browser(told)


def faster() -> None:
    first, *others = memory.scenario.lanes
    rate = 1.25 * get_field(first.optimizer, "learning_rate")
    first = replace(first, optimizer=replace(first.optimizer, learning_rate=rate))
    memory.scenario = replace(memory.scenario, lanes=(first, *others))


def surface(name: str) -> None:
    memory.scenario = replace(memory.scenario, surface=name, parameters=(), start=None)


def fewer_steps() -> None:
    memory.scenario = replace(memory.scenario, steps=40)


stage(race_tree(race(memory.scenario), memory.view), on_start=moved, on_view=looked)
with st.container(horizontal=True):
    st.button("knob", on_click=faster)
    st.button("fewer steps", on_click=fewer_steps)
    for name in ("himmelblau", "rastrigin"):
        st.button(name, on_click=surface, args=(name,))
    st.text_input("note")
st.text(f"starts: {memory.starts}, view: {memory.view}")
