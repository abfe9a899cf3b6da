"""The page of networks without a browser: training, cancellation, planes, links and a user's own data."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from landscape_lab.experiments.networks import PLANES, NetworkPlan, NetworkScenario, Training, default_plan
from landscape_lab.experiments.networks.scenario import MOST_COST
from landscape_lab.experiments.networks.training import kept_trainings
from landscape_lab.experiments.scenarios.surfaces import NO_DATA, OwnData
from landscape_lab.ui.networks.work import SHOWN, WORK, TrainingWork
from landscapes.networks import NETWORK_DATASETS
from tests.experiments.networks.test_network_scenario import CLASSES, own
from tests.pages import numbers
from tests.pages.widgets import widget

APP = Path(__file__).parents[2] / "app.py"
SMALL = {"widths": "3", "data": "moons(n=20,validation=10)", "epochs": "3", "batch": "10"}
LONG = {"data": "digits(n=1000)", "widths": "64,64", "epochs": "500", "batch": "100"}


@pytest.fixture(autouse=True)
def trainings_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Waits as long as a busy machine needs."""
    monkeypatch.setattr("landscape_lab.ui.networks.work.AT_ONCE", 60.0)
    yield


def opened(losses: OwnData = NO_DATA, /, **query: str) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=120)
    at.run()
    at.session_state["own data"] = [losses]
    for name, value in query.items():
        at.query_params[name] = value
    return ran(at.switch_page("pages/networks.py"))


def ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception[0].message
    return at


def plan_of(at: AppTest) -> NetworkPlan:
    return at.session_state["network"]


def shown(at: AppTest) -> Training:
    return at.session_state[SHOWN]


def kept_in(scenario: NetworkScenario) -> Training:
    found = kept_trainings(scenario).get(scenario.unnamed)
    assert found is not None
    return found


def tables(at: AppTest) -> str:
    return " ".join(each.proto.body for each in at.get("html") if "<table>" in each.proto.body)


def link(at: AppTest) -> dict[str, Any]:
    return {name: value for name, value in at.query_params.items() if name not in ("lang", "type")}


def test_default_is_trained_when_the_page_opens():
    at = opened()
    assert not at.warning and not at.info
    assert shown(at).scenario == default_plan().scenario
    assert link(at) == default_plan().to_query()
    assert kept_in(shown(at).scenario).points is shown(at).points
    assert len(at.get("plotly_chart")) == 1
    assert "How wrong the picture is" in tables(at) and "Sharpness" in tables(at)
    assert "337 dimensions" in at.markdown[0].value


def test_changed_settings_keep_the_former_result_until_it_is_trained():
    at = opened(**SMALL)
    before = shown(at)
    assert not at.info and at.button(key="network-train").disabled
    numbers.turn(at, "lane/0/learning_rate", 0.25)
    assert shown(at) is before
    assert tables(at).count("former settings") == 2
    assert at.button(key="network-train").label == "Train with the new settings"
    at.button(key="network-train").click()
    ran(at)
    assert "former settings" not in tables(at)
    assert shown(at).scenario == plan_of(at).scenario != before.scenario
    assert "learning_rate=0.25" in link(at)["lanes"]
    numbers.turn(at, "lane/0/learning_rate", 0.5)
    assert "former settings" not in tables(at)
    assert shown(at).points is before.points, "a training that is kept is shown at once"


def test_entries_of_one_optimizer_are_numbered():
    at = opened(**SMALL, lanes="gradient_descent(learning_rate=0.1),gradient_descent(learning_rate=0.2)")
    between = [text.value for text in at.markdown if text.value.startswith("Between")]
    assert len(between) == 1 and "1 · Gradient descent and 2 · Gradient descent" in between[0]


def test_renamed_entry_needs_no_training():
    at = opened(**SMALL, lanes="adam,momentum")
    training = shown(at)
    at.session_state["lane-0-more"] = True
    ran(at)
    widget(at.text_input, "lane-0-name").set_value("mine")
    ran(at)
    assert plan_of(at).scenario.entries[0].name == "mine"
    assert shown(at) is training and at.button(key="network-train").disabled
    assert "mine" in tables(at)


def test_names_of_another_visitor_are_not_shown():
    opened(**SMALL, lanes='adam(name="theirs"),momentum')
    at = opened(**SMALL, lanes="adam,momentum")
    numbers.turn(at, "lane/0/learning_rate", 0.02)
    assert shown(at).scenario.entries[0].name == ""
    assert "former settings" in tables(at) and "theirs" not in tables(at)


def test_settings_of_the_network_are_chosen_on_the_page():
    at = opened(**SMALL)
    at.session_state["network-panel"] = "Network"
    ran(at)
    widget(at.selectbox, "network-activation").set_value("relu")
    ran(at)
    widget(at.text_input, "network-widths").set_value("4, 2")
    ran(at)
    numbers.turn(at, "training/dropout", 0.25)
    scenario = plan_of(at).scenario
    assert (scenario.activation, scenario.hidden, scenario.dropout) == ("relu", (4, 2), 0.25)
    for wrong in ("a", "1e9", "0", "2" * 40):
        widget(at.text_input, "network-widths").set_value(wrong)
        ran(at)
        assert at.warning and plan_of(at).scenario == scenario


@pytest.mark.parametrize("key", NETWORK_DATASETS)
def test_every_data_set_is_chosen_on_the_page(key: str):
    at = opened(**SMALL)
    at.session_state["network-panel"] = "Data"
    ran(at)
    if key != "moons":
        widget(at.selectbox, "network-data").set_value(key)
        ran(at)
    assert type(plan_of(at).scenario.data) is NETWORK_DATASETS[key]
    assert not at.warning


@pytest.mark.parametrize("plane", PLANES)
def test_every_plane_is_chosen_on_the_page(plane: str):
    at = opened(**SMALL)
    if plane != "components":
        widget(at.button_group, "network-plane").set_value(plane)
        ran(at)
    assert not at.warning, at.warning[0].value
    assert plan_of(at).plane == plane
    assert "How wrong the picture is" in tables(at)
    assert link(at).get("plane", "components") == plane


def test_points_without_a_plane_get_a_sentence():
    at = opened(**SMALL, plane="three", through="1,1,0")
    assert "Three different points" in at.warning[0].value
    widget(at.selectbox, "network-plane-1").set_value(3)
    ran(at)
    assert not at.warning and link(at)["through"] == "1,3,0"


@pytest.mark.parametrize(
    "query",
    [
        {"epochs": "0"},
        {"nonsense": "1"},
        {"lanes": "x"},
        {"v": "0"},
        {"data": 'own(digest="1")'},
        LONG | {"epochs": "5000", "batch": "0"},
    ],
)
def test_invalid_link_shows_an_error_and_the_default(query: dict[str, str]):
    at = opened(**query)
    assert "default network" in at.warning[0].value
    assert plan_of(at) == default_plan()


def test_training_is_cancelled(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("landscape_lab.ui.networks.work.AT_ONCE", 0.0)
    at = opened(**LONG)
    work: TrainingWork = at.session_state[WORK]
    assert work.busy and "being trained" in at.info[0].value
    at.button(key="network-cancel").click()
    ran(at)
    work.wait(10.0)
    assert not work.busy and work.training is None
    assert WORK not in at.session_state
    assert "cancelled" in " ".join(each.value for each in at.caption)
    assert not at.button(key="network-train").disabled


def test_training_of_former_settings_is_cancelled(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("landscape_lab.ui.networks.work.AT_ONCE", 0.0)
    at = opened(**LONG)
    work: TrainingWork = at.session_state[WORK]
    numbers.turn(at, "lane/0/learning_rate", 0.25)
    assert not work.busy and WORK not in at.session_state


def test_own_data_are_trained_on_and_stay_private():
    at = opened(CLASSES, data=f'own(digest="{own(CLASSES).digest}")', widths="3", epochs="3", batch="0")
    scenario = plan_of(at).scenario
    assert not at.warning and shown(at).scenario == scenario
    assert kept_in(scenario).points is shown(at).points
    assert kept_trainings(default_plan().scenario).get(scenario.unnamed) is None
    assert not any(word in str(link(at)) for word in ("height", "weight"))


def test_largest_training_of_a_link_is_within_the_limit():
    assert NetworkScenario.from_query(LONG).cost < MOST_COST
