"""The race of a link, as it is copied from a browser."""

from typing import Any
from urllib.parse import urlencode

import pytest

from landscape_lab import Scenario, ScenarioError
from landscape_lab.experiments import RACES, Entry
from landscape_lab.experiments.course.lessons import LESSONS
from optim_core import Adam

HOST = "https://lab.example/app/"


@pytest.mark.parametrize("key", RACES)
def test_a_race_is_read_from_its_address_and_from_its_query(key: str) -> None:
    scenario = RACES[key].scenario
    query = urlencode(scenario.to_query() | {"show": "arrows", "lang": "zh"})
    for link in (f"{HOST}playground?{query}", f" https://lab.example/?{query}#top\n", f"?{query}", scenario.text):
        assert Scenario.from_link(link) == scenario


def test_a_map_and_a_lesson_have_a_race_too() -> None:
    query = {"lanes": "momentum", "across": "learning_rate=0.001:0.01:log", "up": "momentum=0:0.9", "finest": "128"}
    assert (
        Scenario.from_link(f"{HOST}maps?{urlencode(query)}").entries
        == Scenario.from_query({"lanes": "momentum"}).entries
    )
    for key, lesson in list(LESSONS.items())[:3]:
        shown = lesson()
        assert Scenario.from_link(f"{HOST}{key}?{urlencode(shown.to_query())}") == shown.scenario


@pytest.mark.parametrize(
    "link", [f"{HOST}glossary?steps=20", "hello", f"{HOST}?surface=nowhere", "?steps=many", 3, None]
)
def test_anything_else_is_one_sentence(link: Any) -> None:
    with pytest.raises(ScenarioError, match=r"\.$"):
        Scenario.from_link(link)


@pytest.mark.parametrize(
    "query", ["http://lab.example/?steps=20", {"steps": 500}, {"start": (0, 1)}, ("steps", 5), None]
)
def test_what_is_no_query_is_one_sentence(query: Any) -> None:
    with pytest.raises(ScenarioError, match="such as"):
        Scenario.from_query(query)


def test_an_entry_follows_what_a_link_can_name() -> None:
    with pytest.raises(ScenarioError, match="follows one of the schedules"):
        Scenario((Entry(Adam(), (("learning_rate", lambda t, steps: 1.0),)),))  # pyright: ignore
