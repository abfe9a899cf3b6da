"""The `/race` link sent to a page's stage is that of the race on screen, where the server has the route."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from landscape_lab.ui.server.race_query import ask
from landscape_lab.ui.server.race_route import SERVED

APP = Path(__file__).parents[2] / "app.py"
PLAYGROUND = {
    "lanes": 'adam(learning_rate=0.2,name="a & b=c"),momentum',
    "steps": "30",
    "hide": "steps",
    "show": "relief",
}
FORMULA = {"surface": 'formula(text="x^2+b*y^2",b=3)', "lanes": "adam", "steps": "9", "lang": "zh"}
PAGES = {
    "playground": [PLAYGROUND, FORMULA, {}],
    "momentum": [{"momentum": "0.5", "start": "0.1,0.2"}, {"ground": "plateau", "show": "arrows"}],
    "learning_rate": [{}],
    "start": [{}],
    "maps": [{}],
}


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The messages of the stages that are drawn."""
    trees: list[dict[str, Any]] = []
    monkeypatch.setattr("landscape_lab.ui.stage.show.stage", lambda tree, **_how: trees.append(tree))
    return trees


def open_page(page: str, query: dict[str, str]) -> None:
    at = AppTest.from_file(str(APP), default_timeout=60)
    if page != "start":  # where one is anyway
        at.switch_page(f"pages/{page}.py")
    for name, value in query.items():
        at.query_params[name] = value
    at.session_state["language"] = query.get("lang", "en")
    at.run()
    assert not at.exception, at.exception[0].message


@pytest.mark.parametrize(("page", "query"), [(page, query) for page, queries in PAGES.items() for query in queries])
def test_link_leads_to_the_race_on_screen(
    page: str, query: dict[str, str], stages: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(SERVED, "is_set", lambda: True)
    open_page(page, query)
    tree, *others = stages
    assert not any(other["route"] for other in others), "a prediction has its own race and needs no route"
    if page in ("start", "maps"):
        assert tree["route"] is None
        return
    route = tree["route"]
    assert route["address"] == "/race" and route["token"] not in route["link"]
    asked = ask(route["link"])
    assert asked.scenario.text == tree["race"]["key"]
    assert asked.view.to_browser() == tree["view"] and asked.language == query.get("lang", "en")


def test_route_is_absent_without_a_server_for_it(stages: list[dict[str, Any]]):
    open_page("playground", {})
    assert [tree["route"] for tree in stages] == [None]
