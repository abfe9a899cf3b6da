"""The course in a real browser: its answers, and its ways to the playground and back.

That each page comes up, plays and fits a phone is in test_everyone.py.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from landscape_lab.experiments import Scenario
from landscape_lab.experiments.course.lessons import LESSONS

pytestmark = pytest.mark.browser

APP = Path(__file__).parents[2] / "app.py"
PATIENCE = 60_000
"""Milliseconds: a busy machine."""

Opener = Callable[..., Page]


@pytest.fixture
def open_page(new_page: Callable[..., Page], app_server: Callable[[Path], str]) -> Opener:
    def open_it(path: str, **options: object) -> Page:
        page = new_page(f"{app_server(APP)}/{path}", **options)
        page.set_default_timeout(PATIENCE)
        return page

    return open_it


def until(page: Page, condition: str, stage: int = 0) -> dict[str, Any]:
    """Wait until a JavaScript expression about the `state` of a stage holds; gives the state."""
    page.wait_for_function(
        f"""() => {{
            const state = document.querySelectorAll(".lll-stage")[{stage}]?.stageState?.();
            return state && ({condition});
        }}""",
        timeout=PATIENCE,
    )
    return page.evaluate(f"document.querySelectorAll('.lll-stage')[{stage}].stageState()")


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def test_lesson_opened_first_has_the_navigation_of_the_app(
    new_page: Callable[..., Page], app_server: Callable[..., str]
):
    """Streamlit would find pages/ by itself until the app has run once."""
    page = new_page(f"{app_server(APP, 'not run yet')}/{next(iter(LESSONS))}")
    page.set_default_timeout(PATIENCE)
    expect(page.get_by_role("link", name="Playground").first).to_be_visible()
    until(page, "state.ready")


def test_answer_is_revealed_by_its_race(open_page: Opener):
    key, lesson = next(iter(LESSONS.items()))
    page = open_page(key)
    until(page, "state.ready", stage=1)
    first = lesson.content().block("Question", lesson.prediction.options[0])
    page.get_by_role("radio", name=first.text).check(force=True)
    page.get_by_role("button", name="Submit and play").click()
    until(page, "!state.veiled && state.playing", stage=1)
    expect(page.get_by_role("button", name="Ask me again")).to_be_visible()


def test_the_browser_remembers_what_was_answered_until_the_visitor_forgets_it(open_page: Opener):
    key, lesson = next(iter(LESSONS.items()))
    page = open_page(key)
    until(page, "state.ready", stage=1)
    first = lesson.content().block("Question", lesson.prediction.options[0])
    page.get_by_role("radio", name=first.text).check(force=True)
    page.get_by_role("button", name="Submit and play").click()
    expect(page.get_by_role("heading", name="Take away")).to_be_attached()
    page.reload()
    expect(page.get_by_role("heading", name="Take away")).to_be_attached()  # another session
    expect(page.get_by_role("button", name="Show me")).to_have_count(0)
    page.get_by_role("link", name="Start", exact=True).click()
    expect(page.get_by_text("Question answered")).to_be_visible()
    page.get_by_role("button", name="Clear my progress").click()
    expect(page.get_by_text("Question answered")).to_have_count(0)
    page.reload()
    until(page, "state.ready")
    expect(page.get_by_text("Question answered")).to_have_count(0)


@pytest.mark.parametrize("rubbish", ["hello {", "null", "12", '{"a": 1}', '[1, null, ["a"], "<b>", "momentum.shown"]'])
def test_browser_remembers_whatever_was_kept_before(open_page: Opener, rubbish: str):
    key = next(iter(LESSONS))
    page = open_page(key)
    page.evaluate("(text) => localStorage.setItem('loss landscape lab: progress', text)", rubbish)
    page.reload()
    page.get_by_role("button", name="Show me").click()
    expect(page.get_by_role("heading", name="Take away")).to_be_attached()
    page.wait_for_function(
        "(mark) => localStorage.getItem('loss landscape lab: progress').includes(mark)", arg=f"{key}.shown"
    )
    page.reload()
    expect(page.get_by_role("heading", name="Take away")).to_be_attached()


def test_a_goal_that_is_met_is_kept_at_once(open_page: Opener):
    key, lesson, goal = next((key, each, goal) for key, each in LESSONS.items() for goal in each.goals().values())
    page = open_page(f"playground?{urlencode(goal.solved.to_query() | {'goal': f'{key}.{goal.name}'})}")
    page.wait_for_function(
        "(mark) => localStorage.getItem('loss landscape lab: progress')?.includes(mark)", arg=f"{key}.{goal.name}"
    )
    page.goto(page.url.partition("playground")[0])  # another session
    expect(page.get_by_text(f"1 of {len(lesson.goals())} goals")).to_be_visible()


def test_lesson_leads_to_the_playground_and_the_playground_back(open_page: Opener):
    key, lesson = next(iter(LESSONS.items()))
    page = open_page(key)
    until(page, "state.ready")
    page.get_by_role("button", name="Show me").click()
    page.get_by_role("link", name="This race in the playground, with all controls").click()
    page.wait_for_url("**/playground?**")
    until(page, f"state.raceKey === {lesson().scenario.text!r}")
    assert Scenario.from_query(query(page)) == lesson().scenario
    page.get_by_label("learning rate, exact value").fill("0.0007")
    page.keyboard.press("Enter")
    until(page, f"state.raceKey !== {lesson().scenario.text!r}")
    page.get_by_role("link", name="Which lesson is this?").click()
    expect(page.get_by_role("heading", name=lesson.content().question)).to_be_visible()
    until(page, "state.ready && state.playing")
    # A link from another page is followed, however lately the playground has left the race that it leads to.
    page.get_by_role("link", name="This race in the playground, with all controls").click()
    page.wait_for_url("**/playground?**")
    until(page, f"state.raceKey === {lesson().scenario.text!r}")


def test_start_page_plays_a_race_and_a_click_on_its_map_sets_the_start(open_page: Opener):
    page = open_page("")
    before = until(page, "state.ready && state.playing")
    expect(page.get_by_role("heading", name="Loss Landscape Lab")).to_be_visible()
    for lesson in LESSONS.values():
        expect(page.get_by_text(lesson.content().question, exact=True).first).to_be_attached()
    page.get_by_role("button", name="Map", exact=True).click()
    until(page, "state.view.projection === 'map'")
    page.locator("[data-panel=surface] .nsewdrag").first.click(position={"x": 200, "y": 200})
    page.wait_for_url("**/playground?**")
    after = until(page, f"state.ready && state.start[0] !== {before['start'][0]}")
    assert Scenario.from_query(query(page)).point == tuple(after["start"])


def test_old_link_to_a_race_leads_to_the_playground(open_page: Opener):
    scenario = next(iter(LESSONS.values()))().scenario
    page = open_page("?" + "&".join(f"{name}={value}" for name, value in scenario.to_query().items()))
    page.wait_for_url("**/playground?**")
    until(page, f"state.raceKey === {scenario.text!r}")


def test_first_hyperparameter_is_near_the_top_for_a_keyboard(open_page: Opener):
    page, stops = open_page(next(iter(LESSONS))), 0
    until(page, "state.ready")
    while page.evaluate("document.activeElement.textContent") != "Skip to the controls":
        page.keyboard.press("Tab")
        stops += 1
        assert stops < 6
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('.lll-knobs input[type=range]')")
    assert page.locator(".stMain").get_attribute("tabindex") == "-1"


LETTERS = ".lll-name, .lll-loss, .lll-step, .lll-knob-name, .lll-choice button"
CUT = f"""() => [...document.querySelectorAll(".lll-stage h2, {LETTERS}")]
    .filter((each) => each.offsetWidth && each.scrollWidth > each.clientWidth + 1).map((each) => each.textContent)"""
SMALL = f"""() => [...document.querySelectorAll("{LETTERS}, .stMain p")]
    .filter((each) => each.offsetWidth && parseFloat(getComputedStyle(each).fontSize) < 24)
    .map((each) => each.textContent)"""


def test_a_hall_sees_large_letters_and_a_full_screen(open_page: Opener):
    page = open_page("adaptive_methods?type=large", viewport={"width": 1280, "height": 720})
    until(page, "state.ready")
    page.wait_for_selector(".lll-knob-name")
    assert page.evaluate(CUT) == []
    assert page.evaluate(SMALL) == []
    page.keyboard.press("p")
    page.wait_for_function("document.fullscreenElement && document.documentElement.matches('.lll-full')")
    page.wait_for_function(
        "document.querySelector('.lll-bar').getBoundingClientRect().bottom <= innerHeight + 1 "
        "&& !document.querySelector('.stAppHeader').offsetHeight"
    )
    page.keyboard.press("p")
    page.wait_for_function("!document.fullscreenElement && !document.documentElement.matches('.lll-full')")
