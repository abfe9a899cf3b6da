"""A browser that hears late of what the server has done loses no change, and undoes none.

With every change it sends what all its widgets are, as far as it has heard of them: of a widget that the server has set
meanwhile, the value of before.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import RerunData
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequest, ScriptRequests, ScriptRequestType
from streamlit.testing.v1 import AppTest

import landscape_lab.ui.server.process  # noqa: F401 - as in app.py, which AppTest leaves out after the first run
from landscape_lab.experiments import Entry, Scenario
from landscape_lab.experiments.scenarios.entries import CORES
from tests.pages.widgets import widget

APP = Path(__file__).parents[2] / "app.py"
FIRST = Scenario((Entry(CORES["momentum"]()), Entry(CORES["adam"]())), steps=20)


class Browser:
    """One that is on the playground. What it shows is what it has heard of last, not what the server has sent."""

    def __init__(self) -> None:
        self.at = AppTest.from_file(str(APP), default_timeout=60)
        self.at.switch_page("pages/playground.py")
        for name, value in FIRST.to_query().items():
            self.at.query_params[name] = value
        self.at.run()
        self.hear()

    def hear(self) -> None:
        self.shown = self.at._tree
        self.values = {each.id: each for each in self.shown.get_widget_states().widgets}

    def message(self, *used: Any) -> WidgetStates:
        """What all widgets are, and what was just done with some of them."""
        values = self.values | {element.proto.id: element._widget_state for element in used}
        pressed = {element.proto.id for element in used if element.type == "button"}
        self.values = {name: value for name, value in values.items() if name not in pressed}  # a press is sent once
        return WidgetStates(widgets=values.values())

    def send(self, *used: Any) -> None:
        self.at._run(self.message(*used))
        assert not self.at.exception, self.at.exception[0].message

    def choose(self, kind: str, name: str, value: Any) -> Any:
        element = widget(self.shown.get(kind), name)
        element.set_value(value)
        return element

    def press(self, label: str) -> Any:
        (button,) = (each for each in self.shown.get("button") if each.label == label)  # type: ignore[attr-defined]
        button.set_value(True)  # type: ignore[attr-defined]
        return button

    @property
    def state(self) -> tuple[Scenario, int]:
        return self.at.session_state["scenario"], self.at.session_state["entry"]


CHANGES: dict[str, Callable[[Browser], Any]] = {
    "race": lambda browser: browser.choose("selectbox", "race", "classics"),
    "surface": lambda browser: browser.choose("selectbox", "surface", "bowl"),
    "optimizer": lambda browser: browser.choose("selectbox", "lane-0-core", "adagrad"),
    "add": lambda browser: browser.press("Add"),
    "lane": lambda browser: browser.choose("button_group", "lanes", 1),
    "copy": lambda browser: browser.press("Copy"),
}


def after(changes: Iterable[str], hears: Iterable[bool]) -> tuple[Scenario, int]:
    """What is on screen after these changes, by a browser that hears of the server's answer to some of them."""
    browser = Browser()
    for name, heard in zip(changes, hears, strict=True):
        browser.send(CHANGES[name](browser))
        if heard:
            browser.hear()
    settled = browser.state
    browser.send()  # it asks for the page once more, before it has heard of the last change
    assert browser.state == settled
    return settled


@pytest.mark.parametrize(
    "changes",
    [
        ("race", "surface", "optimizer", "add"),
        ("add", "race", "surface", "lane"),
        ("copy", "surface", "lane", "race"),
        ("optimizer", "surface", "add", "lane"),
    ],
    ids=", ".join,
)
def test_changes_in_quick_succession_all_hold(changes: tuple[str, ...]):
    prompt = after(changes, [True] * len(changes))
    assert prompt[0] != FIRST
    for hears in ([False, False, False, False], [False, True, False, False]):
        assert after(changes, hears) == prompt


def interrupted(first: str, second: str, n: int) -> tuple[Scenario, int]:
    """What is on screen after two changes, the second of which is there when Streamlit looks for one the n-th time."""
    browser, looks, look = Browser(), 0, ScriptRequests.on_scriptrunner_yield
    message = browser.message(CHANGES[first](browser))
    next_message = RerunData(
        widget_states=browser.message(CHANGES[second](browser)),
        query_string=urlencode(dict(browser.at.query_params), doseq=True),
        page_script_hash=browser.at._page_hash,
    )

    def found(requests: ScriptRequests) -> ScriptRequest | None:
        nonlocal looks
        looks += 1
        return ScriptRequest(ScriptRequestType.RERUN, next_message) if looks == n else look(requests)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ScriptRequests, "on_scriptrunner_yield", found)
        browser.at._run(message)
    assert looks >= n and not browser.at.exception
    return browser.state


@pytest.mark.parametrize("first", ["add", "optimizer", "lane"])
def test_a_run_may_end_anywhere_for_the_next_change(first: str):
    both = after([first, "surface"], [True, True])
    for n in (1, 2, 5, 21, 89, 233):
        assert interrupted(first, "surface", n) == both, n
