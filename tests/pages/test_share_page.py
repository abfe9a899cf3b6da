"""Exercises, the embedded stage, links and imports, without a browser."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from landscape_lab.experiments import RACES, Scenario, race
from landscape_lab.experiments.export.record import to_csv, to_json
from landscape_lab.experiments.scenarios.exercise import PARTS, check_names
from landscape_lab.experiments.scenarios.view import EXERCISE_NAMES, VIEW_NAMES, View
from landscape_lab.ui import state
from landscape_lab.ui.i18n.translation import speaking
from landscape_lab.ui.sharing import formats, live_file, share
from landscape_lab.ui.sharing.formats import query_text
from landscape_lab.ui.sharing.share import EXERCISE, LIVE
from landscape_lab.ui.state import default_scenario
from tests.pages import numbers
from tests.pages.widgets import widget

APP = Path(__file__).parents[2] / "app.py"
RACE = RACES["noise"].scenario


def opened(query: dict[str, str], page: str = "playground") -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=60)
    at.switch_page(f"pages/{page}.py")
    for name, value in query.items():
        at.query_params[name] = value
    return ran(at)


def ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception[0].message
    assert not at.error
    return at


def open_row(at: AppTest) -> AppTest:
    at.session_state[share.KEY] = True
    return ran(at)


def tab(at: AppTest, name: str) -> AppTest:
    at.session_state["panel"] = name
    return ran(at)


def widgets(at: AppTest) -> set[str]:
    """The keys of everything that can be set, and the paths of the numbers."""
    kinds = ("selectbox", "text_input", "button", "toggle", "multiselect", "button_group")
    found = {str(widget.key or widget.label) for kind in kinds for widget in at.get(kind)}  # type: ignore[attr-defined]
    found |= {str(element.key) for element in at.get("bidi_component") if str(element.key).endswith("-picker")}
    return found | numbers.rows(at).keys()


def said(at: AppTest) -> str:
    return " ".join(text.value for text in (*at.caption, *at.markdown, *at.warning, *at.success))


# ---- exercises ----


def test_hidden_knob_is_absent_and_the_page_states_it():
    at = opened({"hide": "learning_rate"})
    assert "An exercise. Hidden here: learning rate, the choice of optimizers, the named races." in said(at)
    assert not {key for key in widgets(at) if "learning_rate" in key}
    assert not {"race-picker", "lane-0-core", "Add"} & widgets(at)
    assert {"surface-picker"} <= widgets(at)
    at.session_state.entry = 5  # Adam: its other knobs are there
    assert any("beta1" in key for key in widgets(ran(at)))


@pytest.mark.parametrize("name", [name for name, part in PARTS.items() if part.sets or name in ("race", "results")])
def test_every_part_can_be_hidden(name: str):
    """Each part is on the page without `hide=` and absent with it."""
    found = {
        "race": "race-picker", "surface": "surface-picker", "parameters": "surface/angle", "start": "start/x",
        "steps": "steps", "optimizers": "lane-0-core", "noise": "sampler", "seed": "seed",
        "schedules": "lane-0-scheduled", "results": "Results after",
    }[name]  # fmt: skip
    query = RACES["rates"].scenario.to_query()
    home = {"sampler": "Noise", "seed": "Noise", "lane-0-core": "Optimizers", "lane-0-scheduled": "Optimizers"}

    def seen(more: dict[str, str]) -> bool:
        at = tab(opened(query | more), home.get(found, "Surface and start"))
        if name == "schedules":
            at.session_state["lane-0-more"] = True
            ran(at)
        html = " ".join(element.proto.body for element in at.get("html"))
        return found in widgets(at) or f"<caption>{found}" in html

    assert seen({})
    assert not seen({"hide": name})


def test_hidden_part_cannot_be_set_by_other_means():
    at = opened(RACE.to_query() | {"hide": "start,learning_rate"})
    before = at.session_state["scenario"]
    for other in (RACES["rates"].scenario, Scenario.from_query({"steps": "3"})):
        at.session_state["scenario"] = before
        with pytest.raises(state.ScenarioError, match="That would change what this exercise hides"):
            state.check_kept(before, other, at.session_state["scenario view"].hide)
    assert at.session_state["scenario"] == before


def test_unknown_name_in_hide_shows_an_error():
    at = opened({"hide": "leaning_rate"})
    assert "“leaning\\_rate”, and there is no such control" in at.warning[0].value
    assert at.session_state["scenario view"] == View()
    at = opened({"hide": "x," * 200})
    assert "The link is too long" in at.warning[0].value


def test_lesson_is_not_an_exercise():
    at = opened({"hide": "start"}, "momentum")
    assert "“hide”" in at.warning[0].value and "means nothing here" in at.warning[0].value


def test_hiding_everything_leaves_a_page_that_runs():
    at = opened({"hide": ",".join(PARTS)})
    for name in ("Optimizers", "Surface and start", "Noise"):
        tab(at, name)
    assert "race" not in widgets(at)


# ---- the stage alone ----


def test_embedded_page_is_the_stage_and_nothing_else():
    at = opened(RACE.to_query() | {"view": "embed"})
    components = {element.key for element in at.get("bidi_component")}
    assert components >= {"stage-page-surface", "stage"} and not components & {"race-picker", "surface-picker"}
    assert not at.tabs and not at.selectbox and not at.expander
    assert at.session_state["scenario"] == RACE
    assert at.query_params["view"] == "embed"


def test_invalid_link_in_a_frame_shows_an_error_in_the_frame():
    at = opened({"view": "embed", "steps": "0"})
    assert "“steps” goes from" in at.warning[0].value
    assert not at.selectbox
    assert at.session_state["scenario view"] == View(embed=True)


def test_unknown_view_is_refused():
    at = opened({"view": "sideways"})
    assert "there is only “embed”" in at.warning[0].value


# ---- the row ----


def test_closed_row_is_empty():
    at = opened({})
    assert not {key for key in widgets(at) if key.startswith(("share", "export"))}
    assert not at.get("download_button")


def test_open_row_offers_every_kind_of_file_and_makes_none(monkeypatch: pytest.MonkeyPatch):
    made = []
    for module, name in (
        (formats, "race_picture"),
        (formats, "to_csv"),
        (formats, "to_json"),
        (share, "moving_picture"),
    ):
        monkeypatch.setattr(module, name, lambda *_args, name=name, **_more: made.append(name))
    monkeypatch.setattr(live_file, "standalone_page", lambda *_args: made.append("standalone_page"))
    at = open_row(opened({}))
    labels = [button.label for button in at.get("download_button")]  # type: ignore[attr-defined]
    assert labels == ["HTML", "PNG", "SVG", "PDF", "CSV", "JSON"]
    assert {"export-gif", "export-webp"} <= widgets(at)
    assert made == []


@pytest.mark.parametrize("losses", [True, False])
def test_picture_has_the_loss_curves_if_they_are_chosen(losses: bool):
    with speaking("en"):
        make = formats.FORMATS["svg"].make(race(RACE), formats.FileSettings(View(), False, losses))
    assert (">steps</text>" in str(make())) == losses


def test_code_and_exercise_are_made_on_request():
    at = open_row(opened({}))
    assert not at.get("image")
    widget(at.toggle, "share-qr").set_value(True)
    widget(at.toggle, "share-exercise").set_value(True)
    ran(at)
    widget(at.pills, "share-hide").set_value(["start", "beta1"])
    ran(at)
    assert len(at.get("image")) == 1
    assert (
        "Hidden with it: the choice of optimizers, the choice of the surface, the named races, your own data."
        in said(at)
    )


def test_link_too_long_for_a_code_shows_a_note():
    entry = "lookahead(inner=clipping(inner=l2_penalty(inner=adam(learning_rate=0.0123456789))),name=%r)" % ("n" * 40)
    at = open_row(opened({"lanes": ",".join([entry.replace("'", '"')] * 12), "steps": "5"}))
    assert not at.warning
    widget(at.toggle, "share-qr").set_value(True)
    ran(at)
    assert "too long for a QR code" in at.info[0].value
    assert not at.get("image")


# ---- import ----


def imported(at: AppTest, data: bytes) -> AppTest:
    """Import a file as if it had been dropped on the page."""
    at = open_row(at)
    at.file_uploader(key="import-file").upload("run.csv", data)
    return ran(at)


Writer = Callable[..., str]


@pytest.mark.parametrize("write", [to_csv, to_json])
def test_file_reads_back_to_the_same_race_and_view(write: Writer):
    view = View("relief", "linear", hidden=(1,))
    at = imported(opened({}), write(race(RACE), view.to_query()).encode())
    assert at.session_state["scenario"] == RACE
    assert at.session_state["scenario view"] == view
    assert "the run on screen is the one in the file" in at.success[0].value
    link = dict(at.query_params.items())
    assert {name: link[name] for name in RACE.to_query()} == RACE.to_query()


def test_file_with_other_numbers_is_read_with_a_notice():
    tree = json.loads(to_json(race(RACE)))
    tree["lanes"][2]["x"][5] += 1
    at = imported(opened({}), json.dumps(tree).encode())
    assert at.session_state["scenario"] == RACE
    assert "From step 5 on, entry 3 (momentum) runs differently here than in the file" in at.warning[0].value


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\x00\x01", "not a run that was exported here"),
        (to_csv(race(RACES["rates"].scenario)).encode()[:2000], "not whole"),
        (to_json(race(RACES["rates"].scenario)).replace('"version": 1', '"version": 2').encode(), "another version"),
        (to_json(race(RACES["rates"].scenario), {"hidden": "9"}).encode(), "hides an entry that is not there"),
        (to_json(race(RACES["rates"].scenario), {"show": "<b>"}).encode(), "means nothing here"),
    ],
)
def test_invalid_file_shows_an_error_and_changes_nothing(data: bytes, sentence: str):
    at = imported(opened({}), data)
    assert sentence in at.warning[0].value and "Nothing was changed." in at.warning[0].value
    assert at.session_state["scenario"] == default_scenario()
    assert at.session_state["scenario view"] == View()


def test_file_cannot_bypass_an_exercise():
    at = imported(opened({"hide": "learning_rate"}), to_csv(race(RACE)).encode())
    assert "That would change what this exercise hides" in at.warning[0].value
    assert at.session_state["scenario"] == default_scenario()


def test_imported_file_keeps_the_hidden_parts_of_an_exercise():
    scenario = default_scenario()
    data = to_csv(race(scenario), {"show": "arrows", "hide": "", "view": "embed"}).encode()
    at = imported(opened({"hide": "steps"}), data)
    assert at.session_state["scenario view"] == View(arrows=True, hide=("steps",))


# ---- the page about it ----


def test_page_names_every_part_and_its_example_links_work():
    at = opened({}, "sharing")
    html = " ".join(element.proto.body for element in at.get("html"))
    assert all(f">{name}</th>" in html for name in PARTS)
    for query in (LIVE | {"view": "embed"}, EXERCISE):
        looks = View.from_query(query)
        found = Scenario.from_query({n: v for n, v in query.items() if n not in (*VIEW_NAMES, *EXERCISE_NAMES)})
        check_names(found, looks.hide)
        assert any(query_text(query) in code.value for code in at.code)
    [frame] = at.get("iframe")
    assert frame.proto.src.startswith("/playground?") and frame.proto.src.endswith("view=embed")
