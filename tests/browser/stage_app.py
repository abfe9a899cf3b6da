"""A small app around the stage alone: a race, a knob, two other surfaces.

`?race=` names the race to begin with, or `?surface=` and what else a link says of a scenario; `&family`, `&fog`,
`&veiled`, `&still`, `&two`, `&compact` and `&validation` turn the stage's modes on.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import streamlit as st

from landscape_lab.experiments import RACES, Scenario
from landscape_lab.experiments.families import Family
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui.stage import STYLE, publish, stage
from landscape_lab.ui.stage.message import race_tree
from optim_core.optimizer import get_field

FAMILY = Family(0, "learning_rate", np.geomspace(1e-4, 1e-2, 61).tolist())

st.set_page_config(layout="wide")
publish(Path(__file__).parent / "static")
st.html(f"<style>{STYLE}</style>")
asked = st.query_params
memory = st.session_state
link = {name: asked[name] for name in ("surface", "lanes", "noise", "steps", "start") if name in asked}
memory.setdefault("scenario", Scenario.from_query(link) if link else RACES[asked.get("race", "classics")].scenario)
memory.setdefault("view", View())
memory.setdefault("starts", 0)
memory.setdefault("members", [])
memory.setdefault("round", 0)
memory.setdefault("veiled", "veiled" in asked)


def moved(x: float, y: float) -> None:
    memory.starts += 1
    memory.scenario = replace(memory.scenario, start=(x, y))


def looked(told: dict) -> None:
    memory.view = View.from_browser(told)


def picked(member: int) -> None:
    family = FAMILY.with_own(memory.scenario)
    memory.members.append(family.values[member])
    memory.scenario = family.member(memory.scenario, member)


def faster() -> None:
    first, *others = memory.scenario.entries
    rate = 1.25 * get_field(first.optimizer, "learning_rate")
    first = replace(first, optimizer=replace(first.optimizer, learning_rate=rate))
    memory.scenario = replace(memory.scenario, entries=(first, *others))


def surface(name: str) -> None:
    memory.scenario = replace(memory.scenario, surface=name, parameters=(), start=None)


def fewer_steps() -> None:
    memory.scenario = replace(memory.scenario, steps=40)


def again() -> None:
    memory.round += 1


def reveal() -> None:
    memory.veiled = False


tree = race_tree(
    memory.scenario,
    memory.view,
    family=FAMILY if "family" in asked else None,
    fog=0.06 if "fog" in asked else None,
    round=str(memory.round),
    play="still" not in asked,
    veiled=memory.veiled,
    compact="compact" in asked,
    validation="validation" in asked,
)
if "two" in asked:
    with st.columns(2)[0]:
        stage(tree, on_start=moved, on_view=looked)
    stage(race_tree(RACES["rates"].scenario, View(), compact=True), key="other")
else:
    stage(tree, on_start=moved, on_view=looked, on_member=picked)
with st.container(horizontal=True):
    st.button("knob", on_click=faster)
    st.button("fewer steps", on_click=fewer_steps)
    for name in ("himmelblau", "rastrigin"):
        st.button(name, on_click=surface, args=(name,))
    st.button("again", on_click=again)
    st.button("reveal", on_click=reveal)
    st.text_input("note")
st.text(f"starts: {memory.starts}, view: {memory.view}, members: {memory.members}")
