"""The component of numbers alone in a real browser, with a server that the test itself is."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from landscape_lab.experiments.operations import STEPS, Setting
from landscape_lab.ui.assets import KNOBS_JS, code_of
from landscape_lab.ui.knobs import STYLE, component_words, field, slider
from optim_core import OPTIMIZERS, Knob, knobs

pytestmark = pytest.mark.browser

SCRIPT = f"{code_of(KNOBS_JS).decode()}\nwindow.component = showKnobs;\n"
RATE, MOMENTUM = "lane/0/learning_rate", "lane/0/momentum"
FACTS = knobs(OPTIMIZERS["momentum"])
LOUD = """
window.messages = [];
window.events = [];
document.addEventListener("lab-knob", ({ detail }) => events.push(detail));
window.told = (data) => component({
  data, parentElement: document.body, setStateValue: (name, value) => messages.push([name, structuredClone(value)]),
});
"""


class Place:
    """A page with some numbers, and the messages of its server in both directions."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.owner = "all"
        self.values: dict[str, Any] = {RATE: 0.01, MOMENTUM: 0.9, "steps": 500, "start/x": -1.5}
        page.set_content(f"<style>{STYLE}</style><div style='width: 340px'><div class=lll-knobs></div></div>")
        page.add_script_tag(type="module", content=SCRIPT + LOUD)
        page.wait_for_function("window.told !== undefined")
        self.tell()

    def tell(self, heard: int = 0, refused: dict[int, str] | None = None, epoch: str = "a", **more: Any) -> None:
        """A message of the server that confirms this many changes."""
        lines = [
            [slider(Setting(RATE, FACTS["learning_rate"], self.values[RATE]))],
            [slider(Setting(MOMENTUM, FACTS["momentum"], self.values[MOMENTUM]))],
            [slider(Setting("steps", STEPS, self.values["steps"]))],
            [field(Setting("start/x", knobs(OPTIMIZERS["adam"])["beta1"], self.values["start/x"]), "Start x")],
        ]
        lines = [[row | {"of": self.owner} for row in line] for line in lines]
        listed = [{"n": n, "sentence": sentence} for n, sentence in (refused or {}).items()]
        data = {"key": "k", "page": "p", "shown": "s", "stage": "stage", "epoch": epoch, "heard": heard, "lines": lines}
        words = {"refused": listed, "words": component_words("en")}
        self.page.evaluate("(data) => told(data)", data | words | more)

    def range(self, name: str) -> Locator:
        return self.page.get_by_role("slider", name=name)

    def field(self, name: str) -> Locator:
        return self.page.get_by_role("textbox", name=name, exact=True)

    @property
    def changes(self) -> list[tuple[int, str, float]]:
        """What the last message of the browser lists."""
        name, told = self.page.evaluate("messages.at(-1) ?? ['operations', { changes: [] }]")
        assert name == "operations"
        return [(each["n"], each["path"], each["value"]) for each in told["changes"]]

    @property
    def events(self) -> list[tuple[str, float]]:
        return [(each["phase"], each["value"]) for each in self.page.evaluate("events.splice(0)")]

    def at(self, name: str, part: float) -> tuple[float, float]:
        """Where the thumb is when it has gone that part of its way."""
        box = self.range(name).bounding_box()
        assert box
        return box["x"] + 9 + (box["width"] - 18) * part, box["y"] + box["height"] / 2

    def drag(self, name: str, begin: float, *parts: float) -> None:
        self.page.mouse.move(*self.at(name, begin))
        self.page.mouse.down()
        for part in parts:
            self.page.mouse.move(*self.at(name, part), steps=4)


@pytest.fixture
def place(browser: Browser) -> Any:
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield Place(page)
    page.close()
    assert errors == []


def test_every_move_is_sent_to_the_page_and_only_the_last_value_to_the_server(place: Place):
    place.drag("momentum γ", 0.9, 0.5)
    while_moving = place.events
    assert {phase for phase, _value in while_moving} == {"move"} and len(while_moving) >= 4
    assert place.changes == [], "the server hears nothing before the hand lets go"
    shown = place.field("momentum, exact value").input_value()
    assert float(shown) == while_moving[-1][1] == pytest.approx(0.5, abs=0.02)
    place.page.mouse.up()
    assert place.changes == [(1, MOMENTUM, float(shown))]
    assert place.events == [("release", float(shown))]
    place.tell(heard=0)
    expect(place.field("momentum, exact value")).to_have_value(shown)
    place.values[MOMENTUM] = float(shown)
    place.tell(heard=1)
    expect(place.field("momentum, exact value")).to_have_value(shown)
    place.page.evaluate("(document.addEventListener('lab-knob', (e) => (window.last = e.detail)), null)")
    place.range("learning rate η").press("ArrowRight")
    detail = place.page.evaluate("last")
    facts = FACTS["learning_rate"]
    assert detail | {"value": 0, "phase": ""} == {
        "path": RATE, "value": 0, "phase": "", "stage": "stage", "low": facts.low, "high": facts.high, "scale": "log",
    }  # fmt: skip


def test_drag_that_returns_or_is_cancelled_changes_nothing(place: Place):
    place.drag("momentum γ", 0.9, 0.5, 0.9)
    place.page.mouse.up()
    place.page.wait_for_function("events.some(({ phase }) => phase === 'cancel')")
    place.page.evaluate("events.splice(0)")
    place.drag("momentum γ", 0.9, 0.5)
    place.page.keyboard.press("Escape")
    place.page.mouse.move(*place.at("momentum γ", 0.2))
    place.page.mouse.up()
    place.page.wait_for_timeout(80)
    assert place.events[-1] == ("cancel", 0.9)
    assert place.changes == []
    expect(place.field("momentum, exact value")).to_have_value("0.9")
    assert place.range("momentum γ").get_attribute("aria-valuetext") == "0.9"
    place.drag("momentum γ", 0.9, 0.3)
    place.page.mouse.up()
    assert [path for _n, path, _value in place.changes] == [MOMENTUM], "the next drag is followed again"


def test_forty_changes_in_quick_succession_are_all_kept(place: Place):
    """The server receives changes late, and its messages confirm those received when they were written."""
    rate = place.range("learning rate η")
    rate.focus()
    for _ in range(20):
        rate.press("ArrowRight")
    assert [n for n, _path, _value in place.changes] == list(range(1, 21))
    place.tell(heard=7)  # with the values of long ago
    shown = place.field("learning rate, exact value").input_value()
    assert shown != "0.01"
    for _ in range(20):
        rate.press("ArrowLeft")
    assert [n for n, _path, _value in place.changes] == list(range(8, 41))
    place.tell(heard=39)
    expect(place.field("learning rate, exact value")).to_have_value("0.01")
    place.values[RATE] = 0.25
    place.tell(heard=40)
    expect(place.field("learning rate, exact value")).to_have_value("0.25")
    place.field("steps, exact value").fill("7")
    place.field("steps, exact value").press("Enter")
    assert place.changes == [(41, "steps", 7)]


def test_held_key_is_one_change(place: Place):
    place.range("steps T").focus()
    for _ in range(10):
        place.page.keyboard.down("ArrowRight")
    assert place.changes == [] and [phase for phase, _value in place.events] == ["move"] * 10
    place.page.keyboard.up("ArrowRight")
    assert place.changes == [(1, "steps", 3000)]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("learning rate, exact value", "fast", "“fast” is not a number that can be used here."),
        ("learning rate, exact value", "", "An empty field is not a number."),
        ("learning rate, exact value", "11", "“learning rate” goes from 1\u202f×\u202f10⁻⁶ to 10; 11 is outside."),
        ("steps, exact value", "2.5", "“2.5” must be a whole number."),
        ("steps, exact value", "-1", "“steps” goes from 1 to 5000; −1 is outside."),
    ],
)
def test_invalid_entry_shows_an_error_and_is_kept(place: Place, name: str, text: str, sentence: str):
    wrong, alert = place.field(name), place.page.get_by_role("alert")
    wrong.fill(text)
    wrong.press("Enter")
    expect(alert).to_have_text(sentence)
    assert wrong.get_attribute("aria-invalid") == "true"
    described = place.page.locator(f"#{wrong.get_attribute('aria-describedby')}")
    expect(described).to_have_text(sentence)
    place.tell()
    expect(wrong).to_have_value(text)
    assert place.changes == [] and place.events == []
    wrong.press("Escape")
    expect(alert).to_have_count(0)
    assert float(wrong.input_value()) in (0.01, 500)


def test_value_refused_by_the_server_can_be_corrected(place: Place):
    start = place.field("Start x")
    start.fill("99")
    start.press("Enter")
    assert place.changes == [(1, "start/x", 99)]
    place.tell(heard=1, refused={1: "That lies off the map."})
    expect(place.page.get_by_role("alert")).to_have_text("That lies off the map.")
    expect(start).to_have_value("99")
    assert place.events[-1] == ("cancel", -1.5), "what follows the hand goes back"
    place.tell(heard=1, refused={1: "That lies off the map."})
    expect(start).to_have_value("99")
    start.fill("0,5")
    start.press("Enter")
    expect(place.page.get_by_role("alert")).to_have_count(0)
    assert place.changes == [(2, "start/x", 0.5)]
    expect(start).to_have_value("0.5")


def test_messages_of_the_server_keep_an_unfinished_entry(place: Place):
    rate = place.field("learning rate, exact value")
    rate.fill("0.00")
    place.values |= {RATE: 0.3, MOMENTUM: 0.5}
    place.tell()
    expect(rate).to_have_value("0.00")
    expect(place.field("momentum, exact value")).to_have_value("0.5")
    rate.press_sequentially("7")
    rate.press("Enter")
    assert place.changes == [(1, RATE, 0.007)]


def test_session_of_a_restarted_server_receives_unconfirmed_changes(place: Place):
    steps = place.field("steps, exact value")
    steps.fill("7")
    steps.press("Enter")
    change = place.changes
    place.page.evaluate("messages.length = 0")
    place.tell(heard=0, epoch="b")
    assert place.changes == change
    expect(steps).to_have_value("7")
    place.tell(heard=change[0][0], epoch="b")
    expect(steps).to_have_value("500")


def test_change_states_to_what_its_number_belonged(place: Place):
    def owners() -> list[str | None]:
        return [change.get("of") for change in place.page.evaluate("messages.at(-1)[1].changes")]

    for owner, value in (("first", "7"), ("second", "8")):
        place.owner = owner
        place.tell()
        place.field("steps, exact value").fill(value)
        place.field("steps, exact value").press("Enter")
    assert owners() == ["first", "second"]
    place.owner = "third"  # by which another session calls the same
    place.tell(epoch="b")
    assert owners() == ["third", "third"]


def test_unconfirmed_changes_are_sent_again_to_an_unchanged_page(place: Place):
    """A change that was made as the page was left may not have arrived."""
    place.field("steps, exact value").fill("7")
    place.field("steps, exact value").press("Enter")
    change = place.changes
    assert change[0][1:] == ("steps", 7)

    def come_back(**more: Any) -> list[tuple[int, str, float]]:
        place.page.evaluate(
            "messages.length = 0; document.querySelector('.lll-knobs').outerHTML = '<div class=lll-knobs>'"
        )
        place.tell(**more)
        return place.changes

    assert come_back(page="another") == []
    assert come_back() == change
    assert come_back(heard=change[0][0]) == []


def test_unconfirmed_changes_are_not_sent_to_a_changed_page(place: Place):
    place.field("steps, exact value").fill("7")
    place.field("steps, exact value").press("Enter")
    place.page.evaluate("messages.length = 0; document.querySelector('.lll-knobs').outerHTML = '<div class=lll-knobs>'")
    place.tell(shown="something else")
    assert place.changes == []


def test_mark_states_where_the_outcome_changes(place: Place):
    flip = "(detail) => document.dispatchEvent(new CustomEvent('lab-flip', { detail }))"
    told = {"path": RATE, "stage": "stage", "value": 0.1, "outcome": "diverges"}
    mark = place.page.locator(".lll-knob-flip").first
    place.page.evaluate(flip, told | {"stage": "another"})
    expect(mark).to_be_hidden()
    place.page.evaluate(flip, told)
    expect(place.page.get_by_text("diverges from here")).to_be_visible()
    box = mark.bounding_box()
    place.values[RATE] = 0.1
    place.tell()
    index, last = (
        float(place.range("learning rate η").evaluate(f"(range) => range.{each}")) for each in ("value", "max")
    )
    assert box and box["x"] + 1 == pytest.approx(place.at("learning rate η", index / last)[0], abs=1)
    place.page.evaluate(flip, told | {"value": None})
    expect(mark).to_be_hidden()
    expect(place.page.get_by_text("diverges from here")).to_have_count(0)


def test_names_help_and_disabled(place: Place):
    rate = place.range("learning rate η")
    described = place.page.locator(f"#{rate.get_attribute('aria-describedby')}")
    assert described.text_content() and not described.is_visible()
    place.page.get_by_role("button", name="About: learning rate η").focus()
    expect(described).to_be_visible()
    place.page.keyboard.press("Escape")
    expect(described).to_be_hidden()
    place.tell(disabled=True)
    expect(rate).to_be_disabled()
    expect(place.field("learning rate, exact value")).to_be_disabled()


def test_tab_goes_through_all_of_it_and_out(place: Place):
    """A number without a help text has no button for it."""
    plain = Setting("start/x", Knob(0.0, -1.0, 1.0, "x", "linear", ""), -0.5)
    place.tell(lines=[[slider(Setting(RATE, FACTS["learning_rate"], 0.01))], [field(plain, "Start x")]])
    focused = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.type"
    found = []
    for _ in range(6):
        place.page.keyboard.press("Tab")
        found.append(place.page.evaluate(focused))
    assert found[:4] == ["About: learning rate η", "range", "learning rate, exact value", "text"]
    assert not {*found[4:]} & {"text", "range"}, "it ends"


def test_numbers_fit_a_narrow_column_in_large_type(place: Place):
    place.page.set_viewport_size({"width": 320, "height": 700})
    place.page.evaluate("document.documentElement.style.fontSize = '24px'")
    wide = place.page.evaluate(
        "[document.documentElement.scrollWidth, document.querySelector('.lll-knobs').scrollWidth]"
    )
    assert wide[1] <= 340
