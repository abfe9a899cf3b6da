"""The controls of the page of networks: training, the network, its data, and the optimizers."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from landscape_lab.experiments.networks import NetworkPlan, NetworkScenario
from landscape_lab.experiments.networks.examples import OWN, OwnExamples, own_data_sets
from landscape_lab.experiments.networks.scenario import read_widths
from landscape_lab.experiments.operations import own_settings
from landscape_lab.experiments.scenarios.sentence import ScenarioError, word
from landscape_lab.experiments.scenarios.surfaces import OwnData
from landscape_lab.ui import state
from landscape_lab.ui.controls import refusal
from landscape_lab.ui.i18n.phrases import labelled
from landscape_lab.ui.i18n.translation import _
from landscape_lab.ui.knobs import field, slider
from landscape_lab.ui.networks.work import TrainingWork, is_stopped, stop_training, train_now
from landscape_lab.ui.own_data import own_data
from landscape_lab.ui.playground import own_file, panel
from landscape_lab.ui.widgets import bound, chosen_of
from landscapes.networks import NETWORK_DATASETS
from landscapes.networks.layers import ACTIVATIONS, INITIALISATIONS, LOSSES, NORMALISATIONS

NORMALISATION_NAMES: Mapping[str, str] = {
    "none": word("none"),
    "batch": word("Batch normalisation"),
    "layer": word("Layer normalisation"),
}
CHOICES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "activation": (word("Activation"), {key: each.label for key, each in ACTIVATIONS.items()}),
    "loss": (word("Loss function"), {key: each.label for key, each in LOSSES.items()}),
    "initialisation": (word("Initial weights"), {key: each.label for key, each in INITIALISATIONS.items()}),
    "normalisation": (word("Normalisation"), {key: NORMALISATION_NAMES[key] for key in NORMALISATIONS}),
}
"""The choices of an architecture: the field of a scenario, its label, and the labels of its values."""
POLL = 0.4
"""Seconds between two checks of a training."""
WIDTHS = "network widths refused"


def training_controls(plan: NetworkPlan, work: TrainingWork | None, is_shown: bool, is_former: bool) -> None:
    """Show the button that trains, or the progress of the training and the button that cancels it.

    is_shown, is_former  whether the results on screen are those of the settings on screen, or of former ones
    """
    scenario = plan.scenario
    if work:
        _watch(work)
    else:
        st.button(
            _("Trained") if is_shown else _("Train with the new settings") if is_former else _("Train"),
            type="secondary" if is_shown else "primary",
            disabled=is_shown,
            icon=":material/check:" if is_shown else ":material/model_training:",
            width="stretch",
            key="network-train",
            on_click=train_now,
            args=(scenario,),
        )
    sizes = " – ".join(map(str, scenario.network.widths))
    told = _("{sizes}: {count} parameters, {steps} steps for each optimizer.")
    st.caption(told.format(sizes=sizes, count=f"{scenario.network.parameters:,}", steps=f"{scenario.steps:,}"))
    if is_stopped(scenario) and not work:
        st.caption(_("The training was cancelled."))


@st.fragment(run_every=POLL)
def _watch(work: TrainingWork) -> None:
    """Show the progress in a polling fragment, and rerun the whole page when the training is over."""
    work.renew()
    if not work.busy:
        _draw_anew()
    text = _("Training: {part:.0%}").format(part=work.share)
    if work.place:
        text = _("Waiting for a free processor, at place {place}.").format(place=work.place)
    elif (left := work.seconds_left) is not None:
        text += " · " + _("about {seconds} s left").format(seconds=max(1, round(left)))
    st.progress(min(1.0, work.share), text)
    if st.button(_("Cancel"), icon=":material/stop:", key="network-cancel", on_click=stop_training, width="stretch"):
        _draw_anew()


def _draw_anew() -> None:
    """Rerun the whole page. The link that the browser sent with this fragment's request may be an older one, so it is
    not read again."""
    state.say_again()
    st.rerun(scope="app")


def controls(plan: NetworkPlan) -> None:
    """Show the tabs with the optimizers, the network and the data."""
    scenario = plan.scenario
    parts: dict[str, Callable[[], None]] = {
        _("Optimizers"): lambda: panel.entry_editor(scenario),
        _("Network"): lambda: _network(scenario),
        _("Data"): lambda: _data(scenario),
    }
    for tab, part in zip(st.tabs(list(parts), key="network-panel", on_change="rerun"), parts.values(), strict=True):
        if tab.open:
            with tab:
                part()


def _network(scenario: NetworkScenario) -> None:
    st.text_input(
        _("Widths of the hidden layers"),
        placeholder=_("none: a linear model"),
        help=_("One whole number for each hidden layer, such as 16, 16."),
        max_chars=60,
        **bound("value", "network-widths", ", ".join(map(str, scenario.hidden)), _set_widths),
    )
    refusal(st.session_state.pop(WIDTHS, None))
    for name, (label, labels) in CHOICES.items():
        st.selectbox(
            _(label),
            format_func=lambda key, labels=labels: _(labels[key]),
            **chosen_of(labels, f"network-{name}", getattr(scenario, name), _setter(name)),
        )
    panel.numbers_part("training-numbers", _training_lines)


def _training_lines(scenario: NetworkScenario) -> panel.Lines:
    settings = {each.name: each for each in own_settings("training", scenario)}
    lines = [[slider(settings[name])] for name in ("epochs", "dropout", "l2")]
    batch = field(settings["batch"], _("Batch size (0: all)"))
    return [*lines[:1], [batch, field(settings["seed"], _("Seed"))], *lines[1:]]


def _setter(name: str) -> Callable[[str], object]:
    return lambda value: state.change(lambda old: replace(old, **{name: value}))


def _set_widths(text: str) -> None:
    """Set the widths of the hidden layers. A text that is none keeps the old ones, and the reason is shown."""
    try:
        widths = read_widths(text)
    except ScenarioError as error:
        st.session_state[WIDTHS] = error.sentence
    else:
        state.change(lambda old: replace(old, hidden=widths))


def _data(scenario: NetworkScenario) -> None:
    own = own_data_sets(own_data())
    chosen = scenario.data.digest if isinstance(scenario.data, OwnExamples) else _key_of(scenario)
    names = {key: cls.label for key, cls in NETWORK_DATASETS.items()}
    names |= {digest: labelled(_(data.label), ", ".join(data.names)) for digest, data in own.items()}

    def choose(key: str) -> None:
        data = own[key] if key in own else NETWORK_DATASETS[key]()
        state.change(lambda old: _with_data(old, data))

    st.selectbox(
        _("Data set"),
        format_func=lambda key: _(names[key]),
        **chosen_of(names, "network-data", chosen, choose, of=tuple(names)),
    )
    if scenario.data.source:
        st.caption(labelled(_("Source"), scenario.data.source))
    panel.numbers_part("data-numbers", _data_lines)
    shown = next((key for key in own_data() if key.rpartition("_")[2] == chosen), "")
    split = _("A random part of the rows is held out for validation.")
    own_file.data_controls(shown, _use_own_data, split)


def _data_lines(scenario: NetworkScenario) -> panel.Lines:
    labels = {"n": _("Training examples"), "validation": _("Validation examples"), "seed": _("Seed")}
    lines = []
    for each in own_settings("data", scenario.data):
        row = field(each, labels["seed"]) if each.name == "seed" else slider(each)
        lines.append([row | ({"label": labels[each.name]} if each.name in labels else {})])
    return lines


def _key_of(scenario: NetworkScenario) -> str:
    return next((key for key, cls in NETWORK_DATASETS.items() if type(scenario.data) is cls), OWN)


def _with_data(scenario: NetworkScenario, data: Any) -> NetworkScenario:
    """Return the scenario with other data. Targets that are no classes need the squared error."""
    try:
        return replace(scenario, data=data)
    except ScenarioError:
        return replace(scenario, data=data, loss="squared_error")


def _use_own_data(losses: OwnData) -> None:
    (data,) = own_data_sets(losses).values()
    state.change(lambda old: _with_data(old, data))
