"""The page of maps without a browser: plans, zoom, history, links and cancellation."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from landscape_lab.experiments import Sentence
from landscape_lab.experiments.maps import Axis
from landscape_lab.experiments.maps.plan import LEVELS, MAPS, MapPlan, usual_axes
from landscape_lab.experiments.scenarios.surfaces import NO_DATA, OwnData, by_key, losses_over
from landscape_lab.experiments.scenarios.view import SHOW, View
from landscape_lab.ui.maps import page as maps
from landscape_lab.ui.maps.work import MapWork
from tests.pages import numbers
from tests.pages.widgets import widget
from tests.ui.stage.test_packing import unpack

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture(autouse=True)
def first_maps_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits as long as a busy machine needs."""
    monkeypatch.setattr("landscape_lab.ui.maps.work.AT_ONCE", 60.0)


def opened(own: OwnData = NO_DATA, /, **query: str) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=120)
    at.run()
    at.session_state["own data"] = [own]
    for name, value in query.items():
        at.query_params[name] = value
    at.switch_page("pages/maps.py").run()
    assert not at.exception, at.exception[0].message
    return at


def plan_of(at: AppTest) -> MapPlan:
    return at.session_state["map"]


def coarse(name: str, **changes: Any) -> dict[str, str]:
    plan = MAPS[name].plan
    return replace(plan, scenario=replace(plan.scenario, steps=30, **changes)).to_query()


def text_of(at: AppTest) -> str:
    return " ".join([text.value for text in at.caption] + [html.proto.body for html in at.get("html")])


def test_first_map_is_the_edge_and_is_in_the_link():
    at = opened()
    assert plan_of(at) == MAPS["edge"].plan
    assert at.query_params["across"] == "learning_rate=0.002025:0.002225"
    assert at.query_params["up"] == "momentum=0.91:0.99"
    assert at.session_state["map work"].level >= LEVELS[0]
    assert "stationary" in text_of(at) and "diverged" in text_of(at)
    assert "Sohl-Dickstein" in " ".join(text.value for text in at.markdown)


@pytest.mark.parametrize("name", MAPS)
def test_every_named_map_opens_by_its_link(name: str):
    at = opened(**coarse(name))
    assert plan_of(at).axes == MAPS[name].plan.axes
    assert len(at.session_state["map work"].maps) == len(plan_of(at).mapped)


def test_command_for_user_data_asks_for_the_file():
    def downloads(own: OwnData = NO_DATA, /, **query: str) -> AppTest:
        at = opened(own, **query)
        at.session_state["map-panel"] = "Download"
        return at.run()

    file = "\n".join(["hours,points", *(f"{i},{2 * i + i % 3}" for i in range(12))]).encode()
    loss = losses_over(file)["linear_regression"]
    own = downloads(by_key([loss]), surface=loss.key, lanes="gradient_descent", steps="20")
    assert f"surface={loss.key}" in own.code[-1].value and "--data data.csv --columns 1,2" in own.code[-1].value
    assert "file with your data" in text_of(own)
    built_in = downloads(**coarse("edge"))
    assert "landscape_lab map" in built_in.code[-1].value and "--data" not in built_in.code[-1].value


def test_invalid_link_shows_an_error_and_the_default_map():
    at = opened(across="beauty=0:1")
    assert "No entry has both" in at.warning[0].value
    assert plan_of(at) == MAPS["edge"].plan


def test_progress_request_of_the_browser_changes_nothing():
    """The browser polls the progress and sends the values of all fields, also of those replaced in the meantime."""
    at = opened(**coarse("edge"))
    late = at._tree.get_widget_states()
    next(button for button in at.button if button.label.startswith("Basins")).click().run()
    basins = plan_of(at)
    assert basins.basins
    at._run(late)
    assert plan_of(at) == basins
    at = opened(**coarse("edge"))
    closer = plan_of(at)
    numbers.turn(at, "axis/0/from", 0.00203)
    assert plan_of(at).axes[0].low == 0.00203 != closer.axes[0].low


FOUR = {
    "lanes": "gradient_descent,adam,momentum(learning_rate=0.002),nesterov(learning_rate=0.002)",
    "steps": "30",
    "across": "learning_rate=0.001:0.003",
    "up": "momentum=0.5:0.9",
}
"""Four entries, of which the last two have a map."""


@pytest.mark.parametrize(
    "looks",
    [
        *({"show": word} for word, (name, _value) in SHOW.items() if name != "inspector"),
        {"show": "relief,linear,arrows,evaluations"},
        {"hidden": "3"},
        {"show": "epochs", "hidden": "0,2"},
    ],
)
def test_view_of_the_run_is_in_the_link(looks: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    shown = []
    monkeypatch.setattr(maps, "show_race", lambda _race, view, **_modes: shown.append(view))
    at = opened(**FOUR, **looks)
    assert not at.warning
    assert {name: at.query_params.get(name) for name in looks} == looks
    on_stage = {2: 0, 3: 1}
    hidden = [on_stage[int(i)] for i in looks.get("hidden", "").split(",") if i and int(i) in on_stage]
    assert shown[-1] == replace(View.from_query(looks), hidden=tuple(hidden))


def test_choices_on_the_stage_are_in_the_link_and_restored(monkeypatch: pytest.MonkeyPatch):
    stage: dict[str, Any] = {}
    monkeypatch.setattr(maps, "show_race", lambda _race, view, **modes: stage.update(modes, view=view))
    at = opened(**FOUR, hidden="0,2")
    callback = stage["on_view"]
    monkeypatch.setattr(maps, "_toolbar", lambda _plan: callback(chosen) if chosen else None)
    chosen = View(projection="relief", progress_axis="evaluations", hidden=(1,), inspector=True, inspected=1)
    at.run()
    chosen = None
    at.run()
    link = {name: at.query_params[name] for name in ("show", "hidden")}
    assert link == {"show": "relief,evaluations", "hidden": "0,3"}
    assert stage["view"] == View(projection="relief", progress_axis="evaluations", hidden=(1,))
    again = opened(**FOUR, **link)
    assert not again.warning and stage["view"] == View(projection="relief", progress_axis="evaluations", hidden=(1,))


@pytest.mark.parametrize(
    ("looks", "sentence"),
    [
        ({"show": "inspector"}, "asks to show “inspector”"),
        ({"show": "relief,inspector"}, "asks to show “inspector”"),
        ({"inspect": "1"}, "inspect"),
        ({"view": "embed"}, "view"),
        ({"hide": "race"}, "hide"),
        ({"hidden": "4"}, "there are 4"),
        ({"show": "beauty"}, "asks to show “beauty”"),
    ],
)
def test_unsupported_view_shows_an_error(looks: dict[str, str], sentence: str):
    at = opened(**FOUR, **looks)
    assert sentence in at.warning[0].value
    assert plan_of(at) == MAPS["edge"].plan


def test_no_entry_of_another_map_stays_hidden():
    at = opened(**FOUR, hidden="1,3", show="evaluations")
    widget(at.button_group, "named map").select("quadratic").run()
    assert "hidden" not in at.query_params and at.query_params["show"] == "evaluations"
    at.button(key="map-back").click().run()
    assert len(plan_of(at).scenario.entries) == 4
    assert "hidden" not in at.query_params and not opened(**at.query_params).warning


def test_zoom_back_and_forward():
    at = opened(**coarse("edge"))
    whole = plan_of(at)
    at.button(key="map-in").click().run()
    closer = plan_of(at)
    assert closer.axes[0].high - closer.axes[0].low == pytest.approx((whole.axes[0].high - whole.axes[0].low) / 4)
    at.button(key="map-back").click().run()
    assert plan_of(at) == whole
    at.button(key="map-forward").click().run()
    assert plan_of(at) == closer
    at.button(key="map-all").click().run()
    assert plan_of(at).axes[1] == Axis("momentum", 0.0, 0.9999)
    assert at.button(key="map-forward").disabled


def test_redraw_for_finer_maps_does_not_open_the_previous_link():
    """The browser requests the progress with its present link, which is that of the map before going back."""
    at = opened(**coarse("edge"))
    before = dict(at.query_params)
    at.button(key="map-in").click().run()
    closer, link = plan_of(at), dict(at.query_params)
    for name, value in before.items():
        at.query_params[name] = value
    at.run()
    assert plan_of(at) == closer and dict(at.query_params) == link


def test_redraw_for_finer_maps_keeps_the_error(monkeypatch):
    at = opened(**coarse("edge"))
    monkeypatch.setattr(MapWork, "advance", lambda _work, _wait=0.0: True)
    monkeypatch.setattr(MapWork, "busy", True)
    monkeypatch.setattr(st, "rerun", lambda scope: None)
    at.session_state["notice"] = Sentence("This was refused.")
    at.run()
    said = [warning.value for warning in at.warning]
    assert "This was refused." in said[0]
    monkeypatch.undo()
    at.run()
    assert [warning.value for warning in at.warning] == said
    at.run()
    assert not at.warning


def test_change_cancels_the_previous_computation():
    at = opened(**coarse("edge"))
    old: MapWork = at.session_state["map work"]
    at.button(key="map-in").click().run()
    assert old.stopped and not old.busy
    assert at.session_state["map work"] is not old


def test_picking_a_cell_cancels_nothing():
    at = opened(**coarse("edge"))
    work = at.session_state["map work"]

    def round_shown() -> str:
        (stage,) = (element.proto for element in at.get("bidi_component") if element.key == "map-stage")
        return unpack(stage.bytes)["race"]["round"]

    before = round_shown()
    at.session_state["map"] = replace(plan_of(at), picked=(0.0021, 0.95))
    at.run()
    assert at.session_state["map work"] is work
    assert round_shown() != before, "the run of another cell is played from its first step"
    assert at.query_params["at"] == "0.0021,0.95"


def test_axes_can_be_chosen_and_an_invalid_bound_changes_nothing():
    at = opened(**coarse("edge"))
    widget(at.selectbox, "axis-1").select("x").run()
    assert plan_of(at).axes[1] == Axis("x", -2.0, 2.0)
    numbers.turn(at, "axis/1/from", -1)
    assert plan_of(at).axes[1].low == -1
    numbers.turn(at, "axis/1/from", 5)
    assert "needs a lower and a higher end" in numbers.refused(at)[0] and not at.warning
    assert plan_of(at).axes[1].low == -1
    at.button(key="map-back").click().run()
    assert plan_of(at).axes[1] == Axis("x", -2.0, 2.0), "what was set can be taken back, what was refused was not set"
    widget(at.selectbox, "axis-1").select("learning_rate").run()
    assert [axis.setting for axis in plan_of(at).axes] == ["x", "learning_rate"]


def test_panel_changes_the_scenario_of_the_map():
    at = opened(**coarse("edge"))
    at.session_state["map-panel"] = "Optimizers"
    at.run()
    widget(at.selectbox, "lane-0-core").select("adam").run()
    assert [axis.setting for axis in plan_of(at).axes] == ["learning_rate", "beta1"]
    assert plan_of(at).scenario.entries[0].label == "Adam"


def test_previous_map_is_shown_until_the_next_one_has_been_computed():
    at = opened(**coarse("edge"), finest="64")
    work: MapWork = at.session_state["map work"]
    basins = replace(work.plan, axes=usual_axes(work.plan.scenario, basins=True))
    query = {"surface": "ackley", "lanes": "lion", "steps": "50", "across": "learning_rate=0.01:1", "up": "beta1=0:0.9"}
    other = MapPlan.from_query(query | {"finest": "64"})
    for plan, kept in ((work.plan.zoomed((0.1, 0.5), (-0.2, 0.5)), True), (basins, False), (other, False)):
        following = MapWork(plan, work.shown)
        assert following.shown.maps == (work.maps if kept else [])
        assert following.shown.plan == (work.plan if kept else plan)
        assert following.advance(wait=60.0)
        assert following.shown.plan == plan and following.shown.maps == following.maps != work.maps


def test_basins_button():
    at = opened(**coarse("edge"))
    button = next(button for button in at.button if button.label.startswith("Basins"))
    button.click().run()
    assert plan_of(at).basins
    assert "minimum (1, 1)" in text_of(at)


def test_playground_leads_to_a_map_of_its_race():
    at = AppTest.from_file(str(APP), default_timeout=120)
    at.run()
    at.switch_page("pages/playground.py").run()
    link = next(link.proto for link in at.get("page_link") if link.proto.page == "maps")
    query = {name: values[0] for name, values in parse_qs(link.query_string).items()}
    assert MapPlan.from_query(query).scenario == at.session_state["scenario"]


def test_finest_resolution_is_in_the_link_and_kept_on_another_map():
    at = opened(**coarse("edge"), finest="64")
    assert not at.warning and plan_of(at).finest == 64 == at.session_state["map work"].finest
    widget(at.selectbox, "finest").select(256).run()
    assert at.query_params["finest"] == "256" and plan_of(at).finest == 256 == at.session_state["map work"].finest
    widget(at.button_group, "named map").select("quadratic").run()
    assert at.query_params["finest"] == "256"
    at.button(key="map-back").click().run()
    assert plan_of(at).finest == 256 and not opened(**at.query_params).warning
    widget(at.selectbox, "finest").select(LEVELS[-1]).run()
    assert "finest" not in at.query_params


@pytest.mark.parametrize("text", ["", "0", "63", "1024.0", "1e3", "4096", "99999", "٦٤"])
def test_unknown_resolution_shows_an_error(text: str):
    at = opened(finest=text)
    assert "finest" in at.warning[0].value
    assert plan_of(at) == MAPS["edge"].plan


def test_missing_resolution_from_the_browser_is_accepted():
    page = opened(**coarse("edge"))
    finest, field = plan_of(page).finest, widget(page.selectbox, "finest").proto.id
    late = page._tree.get_widget_states()
    for each in late.widgets:
        if each.id == field:
            each.ClearField("value")
    page._run(late)
    assert not page.exception and plan_of(page).finest == finest
    assert widget(page.selectbox, "finest").value == finest
