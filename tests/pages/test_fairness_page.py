"""The page of fair comparison without a browser: its default, every race, and invalid links."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from landscape_lab.experiments import RACES
from landscape_lab.experiments.fairness import Comparison, default_comparison
from optim_core import knobs
from tests.pages import pickers
from tests.pages.widgets import widget

APP = Path(__file__).parents[2] / "app.py"
LIGHT = {"budget": "30", "starts": "10", "seeds": "8"}


def opened(page: str = "fairness", **query: str) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=120)
    at.switch_page(f"pages/{page}.py")
    for name, value in query.items():
        at.query_params[name] = value
    return healthy(at.run())


def healthy(at: AppTest) -> AppTest:
    assert not at.exception, at.exception[0].message
    return at


def charts(at: AppTest) -> list[Any]:
    return list(at.get("plotly_chart"))


def link(at: AppTest) -> dict[str, str]:
    return {name: value for name, value in at.query_params.items() if name not in ("lang", "type")}


def test_default_shows_the_verdict():
    at = opened()
    assert not at.warning
    assert "rates, not methods" in at.markdown[0].value
    assert len(charts(at)) == 4
    assert link(at) == default_comparison().to_query()


@pytest.mark.parametrize("key", RACES)
def test_every_race_is_compared(key: str):
    at = opened(**RACES[key].scenario.to_query(), **LIGHT)
    assert at.session_state["fairness"].scenario == RACES[key].scenario
    assert len(charts(at)) == 4 + (RACES[key].noise is not None)


@pytest.mark.parametrize("name", knobs(Comparison))
def test_every_setting_is_in_the_link(name: str):
    facts = knobs(Comparison)[name]
    other = str(not facts.default).lower() if facts.kind is bool else str(facts.low)
    at = opened(**{"lanes": "momentum", "noise": "gradient_noise"} | LIGHT | {name: other})
    assert not at.warning
    assert getattr(at.session_state["fairness"], name) == (other == "true" if facts.kind is bool else facts.low)
    assert link(at) == at.session_state["fairness"].to_query()


def test_race_can_be_chosen_on_the_page():
    at = opened(**LIGHT)
    healthy(pickers.choose(at, "race-picker", "rates"))
    assert at.session_state["fairness"].scenario == RACES["rates"].scenario
    assert "equally low" in at.markdown[0].value
    widget(at.toggle, "comparison/second_setting").set_value(True)
    healthy(at.run())
    assert at.query_params["second_setting"] == "true"


@pytest.mark.parametrize("query", [{"budget": "1"}, {"nonsense": "1"}, {"lanes": "x"}, {"v": "0"}, {"seeds": "1,2"}])
def test_invalid_link_shows_an_error_and_the_default(query: dict[str, str]):
    at = opened(**query)
    assert len(at.warning) == 1
    assert at.session_state["fairness"] == default_comparison()


def test_surface_without_a_minimum_has_a_note_instead_of_a_profile():
    at = opened(surface="saddle", lanes="adam", **LIGHT)
    assert len(charts(at)) == 3
    assert any("no minimum" in text.value for text in at.markdown)


def test_playground_leads_to_its_own_comparison():
    scenario = RACES["plateau"].scenario
    at = opened("playground", **scenario.to_query())
    (there,) = (each.proto for each in at.get("page_link") if each.proto.page == "fairness")
    assert "surface=plateau" in there.query_string


@pytest.mark.parametrize("looks", [{"show": "relief"}, {"hidden": "0"}, {"inspect": "1"}, {"view": "embed"}])
def test_view_of_a_race_is_refused(looks: dict[str, str]):
    at = opened(**LIGHT, **looks)
    assert next(iter(looks)) in at.warning[0].value
