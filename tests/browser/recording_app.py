"""A small app around a stage with a recording: two optimizers that train a small network.

`?data=digits` trains on handwritten digits, and `?plane=` names another plane.
"""

from functools import cache
from pathlib import Path

import streamlit as st

from landscape_lab.experiments import Entry
from landscape_lab.experiments.networks import NetworkScenario, record, train
from landscape_lab.experiments.networks.pictures import Pictures, pictures_of
from landscape_lab.experiments.recordings import Recording
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui.stage import STYLE, publish
from landscape_lab.ui.stage.show import show_recording
from landscapes.networks import Digits, Moons

DATA = {"moons": Moons(n=100, validation=60), "digits": Digits(n=100, validation=60)}


@cache
def recorded(data: str, plane: str) -> tuple[Recording, Pictures | None]:
    entries = ("gradient_descent(learning_rate=0.5)", "adam(learning_rate=0.02)")
    scenario = NetworkScenario(tuple(map(Entry.from_text, entries)), data=DATA[data], hidden=(8,), batch=20, epochs=40)
    training = train(scenario)
    return record(training, plane, n=31), pictures_of(training)


st.set_page_config(layout="wide")
publish(Path(__file__).parent / "static")
st.html(f"<style>{STYLE}</style>")
asked = st.query_params
st.session_state.setdefault("view", View())


def viewed(view: View) -> None:
    st.session_state.view = view


recording, pictures = recorded(asked.get("data", "moons"), asked.get("plane", "components"))
show_recording(
    recording,
    st.session_state.view,
    on_view=viewed,
    pictures=pictures,
    play="still" not in asked,
)
