"""Questions, goals and progress of the course, without a browser."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from landscape_lab.experiments import ScenarioError
from landscape_lab.experiments.course.lesson import Goal, Lesson
from landscape_lab.experiments.course.lessons import LESSONS, find_goal
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui.course import progress

APP = Path(__file__).parents[2] / "app.py"
KEY = next(iter(LESSONS))
GREEN, ORANGE = ":green[:material/check_circle:]", ":orange[:material/flag:]"


def some_goal() -> tuple[str, type[Lesson], Goal]:
    return next(
        (f"{key}.{name}", lesson, goal) for key, lesson in LESSONS.items() for name, goal in lesson.goals().items()
    )


def opened(page: str = "", query: Mapping[str, str] | None = None, marks: frozenset[str] = frozenset()) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=60)
    at.session_state["progress"] = marks
    if page:
        at.switch_page(f"pages/{page}.py")
    for name, value in (query or {}).items():
        at.query_params[name] = value
    at.run()
    assert not at.exception, at.exception[0].message
    return at


def button(at: AppTest, label: str):
    return next(each for each in at.button if each.label == label)


def test_an_answer_opens_the_explanation_and_is_remembered():
    at = opened(KEY)
    assert not any(header.value == "Why" for header in at.header)
    at.radio[0].set_value(LESSONS[KEY].prediction.options[0])
    at.run()
    button(at, "Submit and play").click().run()
    assert any(header.value == "Why" for header in at.header)
    assert at.session_state["progress"] == {f"{KEY}.answered"}
    button(at, "Ask me again").click().run()
    assert any(header.value == "Why" for header in at.header), "what was explained is not hidden again"


def test_explanation_shown_without_an_answer_is_no_answer():
    at = opened(KEY)
    button(at, "Show me").click().run()
    assert at.session_state["progress"] == {f"{KEY}.shown"}
    assert not [each for each in at.button if each.label == "Show me"]


def test_cards_show_the_progress_until_it_is_forgotten():
    met = [f"{KEY}.{name}" for name in LESSONS[KEY].goals()]
    at = opened(marks=frozenset({f"{KEY}.answered", *met}))
    captions = [caption.value for caption in at.caption]
    assert sum("Question answered" in text for text in captions) == 1
    assert any(f"{len(met)} of {len(met)} goals" in text for text in captions)
    at.session_state[f"{KEY}-revealed"] = LESSONS[KEY].prediction.options[0]
    button(at, "Clear my progress").click().run()
    assert f"{KEY}-revealed" not in at.session_state, "the question is asked again"
    assert not any("Question answered" in caption.value for caption in at.caption)
    assert not [each for each in at.button if each.label == "Clear my progress"]


@pytest.mark.parametrize(
    "sent", [None, "momentum.shown", 7, [7, None, ["x"]], ["nonsense", "momentum.", "a.b.c", "momentum.nonsense"] * 99]
)
def test_unknown_marks_of_a_browser_are_ignored(sent: object, monkeypatch: pytest.MonkeyPatch):
    session: dict[str, object] = {}
    monkeypatch.setattr(progress.st, "session_state", session)
    progress.from_browser(sent)
    assert not progress.any_mark()
    progress.from_browser([f"{KEY}.shown", "nonsense"])
    assert progress.to_browser()["marks"] == [f"{KEY}.shown"]


def test_link_of_a_goal_is_read_and_written():
    name, lesson, goal = some_goal()
    view = View.from_query({"goal": name})
    assert view.goal == name and view.to_query() == {"goal": name}
    assert View().seen_as(View()).goal == "" and replace(View(), goal=name).seen_as(View()).goal == name
    assert find_goal(name) == (lesson, goal)
    for wrong in ("", "momentum", "momentum.nonsense", "nonsense.nonsense", "momentum.__class__"):
        with pytest.raises(ScenarioError, match="task"):
            find_goal(wrong)


def test_goal_in_the_playground_is_orange_then_green():
    name, _lesson, goal = some_goal()
    at = opened("playground", goal.scenario.to_query() | {"goal": name})
    assert any(ORANGE in text.value for text in at.markdown)
    assert f"{name}" not in at.session_state["progress"]
    at = opened("playground", goal.solved.to_query() | {"goal": name})
    assert any(GREEN in text.value for text in at.markdown)
    assert name in at.session_state["progress"]
    keeper = next(each for each in at.get("bidi_component") if each.proto.component_name.endswith("_progress"))
    assert name in json.loads(keeper.proto.json)["marks"], "the browser keeps it at once"
    assert dict(at.query_params)["goal"] == name
    button(at, "End the task").click().run()
    assert not any(GREEN in text.value for text in at.markdown)
    assert "goal" not in dict(at.query_params)


def test_link_of_a_goal_alone_shows_the_race_at_which_it_starts():
    name, _lesson, goal = some_goal()
    at = opened("playground", {"goal": name})
    assert not at.warning
    assert dict(at.query_params) == goal.scenario.to_query() | {"goal": name}


def test_unknown_goal_in_a_link_shows_a_sentence():
    at = opened("playground", {"goal": "momentum.nonsense"})
    assert len(at.warning) == 1 and "task" in at.warning[0].value


def test_goals_of_a_lesson_lead_to_the_playground():
    name, _lesson, goal = some_goal()
    key = name.partition(".")[0]
    at = opened(key, marks=frozenset({f"{key}.shown"}))
    links = [dict(parse_qsl(link.proto.query_string)) for link in at.get("page_link")]
    assert goal.scenario.to_query() | {"goal": name} in links
