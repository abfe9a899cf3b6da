"""A browser that receives the server's messages late loses no change and undoes none.

With every change it sends the values of all its widgets as it last received them: for a widget that the server has set
in the meantime, the former value.
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
from tests.pages import pickers
from tests.pages.widgets import widget

APP = Path(__file__).parents[2] / "app.py"
FIRST = Scenario((Entry(CORES["momentum"]()), Entry(CORES["adam"]())), steps=20)


class Browser:
    """A browser on the playground. It shows the last message that it received, not the last one sent."""

    def __init__(self) -> None:
        self.at = AppTest.from_file(str(APP), default_timeout=60)
        self.at.switch_page("pages/playground.py")
        for name, value in FIRST.to_query().items():
            self.at.query_params[name] = value
        self.at.run()
        self.receive()

    def receive(self) -> None:
        self.shown = self.at._tree
        self.values = {each.id: each for each in self.shown.get_widget_states().widgets}

    def message(self, *used: Any) -> WidgetStates:
        """A message with the values of all widgets, including the latest changes of some of them."""
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
    "race": lambda browser: pickers.choice(browser.shown, "race-picker", "classics"),
    "surface": lambda browser: pickers.choice(browser.shown, "surface-picker", "bowl"),
    "optimizer": lambda browser: browser.choose("selectbox", "lane-0-core", "adagrad"),
    "add": lambda browser: browser.press("Add"),
    "lane": lambda browser: browser.choose("button_group", "lanes", 1),
    "copy": lambda browser: browser.press("Copy"),
}


def after(changes: Iterable[str], receives: Iterable[bool]) -> tuple[Scenario, int]:
    """The final page after these changes by a browser that receives the server's response to some of them."""
    browser = Browser()
    for name, received in zip(changes, receives, strict=True):
        browser.send(CHANGES[name](browser))
        if received:
            browser.receive()
    settled = browser.state
    browser.send()  # requests the page again before it has received the last response
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
def test_changes_in_quick_succession_are_all_kept(changes: tuple[str, ...]):
    prompt = after(changes, [True] * len(changes))
    assert prompt[0] != FIRST
    for receives in ([False, False, False, False], [False, True, False, False]):
        assert after(changes, receives) == prompt


def interrupted(first: str, second: str, n: int) -> tuple[Scenario, int]:
    """The final page after two changes, the second of which arrives when Streamlit checks for the n-th time."""
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
def test_next_change_may_interrupt_a_run_anywhere(first: str):
    both = after([first, "surface"], [True, True])
    for n in (1, 2, 5, 21, 89, 233):
        assert interrupted(first, "surface", n) == both, n
