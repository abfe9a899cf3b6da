"""The app itself in a real browser: the main job, from the first picture to a link that is passed on."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from landscape_lab.experiments import RACES, Scenario
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui.state import default_scenario

pytestmark = pytest.mark.browser

APP = Path(__file__).parents[2] / "app.py"
PATIENCE = 60_000
"""Milliseconds: a busy machine."""

Opener = Callable[..., "Playground"]


class Playground:
    """A page with the app in it, and what a test wants to know of it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE)
        self.until("state.ready")

    @property
    def state(self) -> dict[str, Any]:
        return self.page.evaluate("document.querySelector('.lll-stage').stageState()")

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.page.url).query).items()}

    @property
    def linked(self) -> tuple[Scenario, View]:
        """What the address bar describes."""
        scenario = {name: value for name, value in self.query.items() if name not in ("show", "hidden")}
        return Scenario.from_query(scenario), View.from_query(self.query)

    def until(self, condition: str) -> None:
        """Wait until a JavaScript expression about `state` and the `query` of the address holds."""
        self.page.wait_for_function(
            f"""() => {{
                const state = document.querySelector(".lll-stage")?.stageState?.();
                const query = new URLSearchParams(location.search);
                return state && ({condition});
            }}""",
            timeout=PATIENCE,
        )

    def until_settled(self) -> None:
        """Wait until the server's picture and the address tell of the same race."""
        self.until(
            "!state.preview && ['surface', 'start', 'lanes', 'steps', 'seed'].every("
            "(name) => state.raceKey.includes(`${name}=${query.get(name)}`))"
        )

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    def enter(self, label: str, text: str) -> None:
        self.field(label).fill(text)
        self.field(label).press("Enter")

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Where Plotly itself draws a point of the map, in pixels of the window."""
        found = self.page.evaluate(
            """([x, y]) => {
                const graph = document.querySelector("[data-graph=map]");
                const { xaxis, yaxis } = graph._fullLayout;
                const box = graph.getBoundingClientRect();
                return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
            }""",
            [x, y],
        )
        return found[0], found[1]

    def painted(self, panel: str, layer: str) -> str:
        """The pixels of a canvas: the whole paths, or what is moving."""
        return self.page.evaluate(
            "([panel, layer]) => document.querySelector(`[data-panel=${panel}] > .lll-${layer}`).toDataURL()",
            [panel, layer],
        )


@pytest.fixture
def open_playground(new_page: Callable[..., Page], app_server: Callable[[Path], str]) -> Opener:
    def open_it(query: dict[str, str] | None = None, **options: object) -> Playground:
        return Playground(new_page(f"{app_server(APP)}/playground?{urlencode(query or {})}", **options))

    return open_it


def test_layout_does_not_shift_under_the_pointer(open_playground: Opener):
    """Where one has just clicked or typed, the same thing is when the answer is there."""
    playground = open_playground(reduced_motion="reduce")
    page = playground.page

    def stays(where: Locator, act: Callable[[], object], done: str) -> None:
        # Below the list of a select, too, lies what one clicks next.
        before = where.bounding_box()
        act()
        playground.until(done)
        playground.until_settled()
        page.wait_for_timeout(300)
        after = where.bounding_box()
        assert before and after and abs(before["y"] - after["y"]) < 1, (where, before, after)

    rate = playground.field("learning rate, exact value")
    # The rows of the first picture arrive one by one, and what is above the number moves it as long as they do.
    expect(page.get_by_role("combobox", name="Optimizer", exact=True)).to_be_visible()
    expect(page.get_by_role("radio", name="6 · Adam")).to_be_visible()
    page.wait_for_timeout(300)
    stays(
        rate, lambda: playground.enter("learning rate, exact value", "0.0015"), "query.get('lanes').includes('0.0015')"
    )
    expect(page.get_by_text("Your own race: its link is in the address bar.")).to_be_visible()

    def refuse() -> None:
        playground.enter("learning rate, exact value", "off")
        expect(page.get_by_role("alert").first).to_be_visible()

    stays(rate, refuse, "state")
    playground.enter("learning rate, exact value", "0.002")
    optimizer = page.get_by_role("combobox", name="Optimizer", exact=True)

    def choose_longest() -> None:
        optimizer.click()
        page.get_by_role("option", name="Conjugate gradient", exact=True).click()

    stays(optimizer, choose_longest, "query.get('lanes').startsWith('conjugate_gradient')")
    entry = page.get_by_role("radio", name="6 · Adam")
    stays(entry, entry.click, "state")
    add = playground.button("Add")
    stays(add, add.click, "query.get('lanes').split('),').length === 7")
    tab = page.get_by_role("tab", name="Surface and start")
    stays(tab, tab.click, "state")
    race = page.get_by_role("button", name="Race: ")
    surface = page.get_by_role("button", name="Surface: ")

    def choose_race() -> None:
        race.click()
        page.get_by_role("option", name=RACES["plateau"].label, exact=True).click()

    stays(surface, choose_race, "state.round && query.get('surface').startsWith('plateau')")


def test_the_first_picture_plays_without_a_click_and_a_knob_changes_the_path_meanwhile(open_playground: Opener):
    playground = open_playground()
    before = [playground.painted(panel, "moving") for panel in ("surface", "curves")]
    step = playground.state["step"]  # read last: the race goes on while a picture is read
    playground.until(f"state.playing && state.step > {step} + 10")
    for panel, picture in zip(("surface", "curves"), before, strict=True):
        assert playground.painted(panel, "moving") != picture
    assert int(playground.page.get_by_role("slider", name="Step of the race").input_value()) > 0
    expect(playground.page.get_by_role("table", name="Results after")).to_contain_text("Gradient descent")
    playground.until_settled()
    assert playground.linked == (default_scenario(), View())
    playground.field("Repeat").click()
    if not playground.state["playing"]:  # a slow machine has taken longer than the race
        playground.button("Play again").click()
    paths = playground.painted("surface", "whole")
    key = playground.state["raceKey"]
    playground.enter("learning rate, exact value", "0.0005")
    playground.until(f"state.raceKey !== {key!r} && state.raceKey.includes('learning_rate=0.0005')")
    state = playground.state
    assert state["playing"] and state["surfaceDraws"] == 1
    playground.page.wait_for_function(
        "(before) => document.querySelector('[data-panel=surface] > .lll-whole').toDataURL() !== before", arg=paths
    )
    frames = state["frames"]
    playground.until(f"state.playing && state.frames > {frames} + 5 && state.surfaceDraws === 1")
    playground.until_settled()
    assert playground.linked[0].entries[0].core.learning_rate == 0.0005  # type: ignore[attr-defined]


def test_a_click_on_the_map_sets_the_start_of_a_race_at_rest(open_playground: Opener):
    playground = open_playground(reduced_motion="reduce")
    state = playground.state
    assert not state["playing"] and state["step"] == state["steps"] == default_scenario().steps
    playground.page.mouse.click(*playground.pixel(0.5, -0.5))
    playground.until("Math.hypot(state.start[0] - 0.5, state.start[1] + 0.5) < 0.02")
    playground.until_settled()
    start = playground.state["start"]
    assert playground.linked[0].point == pytest.approx(start, abs=1e-12)
    playground.tab("Surface and start")
    for axis, at in zip("xy", start, strict=True):
        expect(playground.field(f"Start {axis}")).to_have_value(f"{at:g}")
    playground.enter("Start x", "off")
    expect(playground.page.get_by_role("alert")).to_contain_text("“off” is not a number")
    expect(playground.field("Start x")).to_have_value("off")
    playground.enter("Start x", "-1.25")
    playground.until("state.start[0] === -1.25")
    expect(playground.page.get_by_role("alert")).to_have_count(0)
    assert playground.state["start"][1] == start[1]


def test_changes_faster_than_responses_are_all_kept(open_playground: Opener):
    """Each begins a run of the page anew, wherever the run before has come to."""
    playground = open_playground(reduced_motion="reduce")
    for _ in range(41):
        playground.page.keyboard.press("g")
    playground.until("state.view.loss_axis === 'linear' && query.get('show') === 'linear'")
    playground.page.mouse.click(*playground.pixel(0.5, -0.5))
    playground.page.mouse.click(*playground.pixel(-0.5, 0.5))  # no double click: it is somewhere else
    playground.until("!state.preview && Math.hypot(state.start[0] + 0.5, state.start[1] - 0.5) < 0.02")
    playground.until_settled()
    assert playground.linked[0].point == pytest.approx(playground.state["start"], abs=1e-12)
    expect(playground.page.get_by_test_id("stException")).to_have_count(0)


def test_button_press_followed_by_changes_is_processed(open_playground: Opener):
    playground = open_playground(reduced_motion="reduce")
    entries = len(default_scenario().entries)
    for added in range(1, 5):
        playground.button("Add").evaluate(
            """async (button) => {
                const soon = () => new Promise((go) => setTimeout(go, 2));
                button.click();
                for (let i = 0; i < 3; i++) {
                    await soon();
                    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "g", bubbles: true }));
                }
            }"""
        )
        playground.until(f"document.querySelectorAll('.lll-lane').length === {entries + added}")
        playground.until(f"query.get('show') === {'linear' if added % 2 else None!r}".replace("None", "null"))
    playground.until_settled()
    assert len(playground.linked[0].entries) == entries + 4


def test_number_and_what_is_opened_in_the_same_message_are_both_shown(open_playground: Opener):
    """Such a message requests only the part of the number. Both changes are made in one task of the browser."""
    app, name = open_playground({}), "learning rate, exact value"
    for rate, opened, shown in (
        (0.002, app.page.locator("summary", has_text="Share and export"), app.page.get_by_label("Link to this race")),
        (0.003, app.page.get_by_role("tab", name="Surface and start"), app.field("steps, exact value")),
    ):
        app.field(name).fill(str(rate))
        other = opened.element_handle()
        app.field(name).evaluate("(field, other) => { field.blur(); other.click(); }", other)
        expect(shown.first).to_be_visible()
        app.until(f"query.get('lanes').startsWith('gradient_descent(learning_rate={rate})')")


def test_shared_link_shows_the_same_picture(open_playground: Opener):
    mine = open_playground(RACES["rates"].scenario.to_query(), reduced_motion="reduce")
    mine.button("linear").click()
    mine.page.locator(".lll-lane", has_text="right").click()
    mine.until("query.get('hidden') === '1' && query.get('show') === 'linear'")
    mine.enter("learning rate, exact value", "0.0123")
    mine.until("state.raceKey.includes('learning_rate=0.0123')")
    mine.page.mouse.click(*mine.pixel(-0.5, 1))
    mine.until("Math.hypot(state.start[0] + 0.5, state.start[1] - 1) < 0.05")
    mine.until_settled()
    yours = open_playground(mine.query, reduced_motion="reduce")
    yours.until_settled()
    assert yours.linked == mine.linked
    same = ("raceKey", "surfaceKey", "start", "steps", "view")
    assert [yours.state[name] for name in same] == [mine.state[name] for name in same]
    mine.page.mouse.move(5, 5)
    yours.page.mouse.move(5, 5)
    yours.page.wait_for_function(
        "(mine) => document.querySelector('[data-panel=surface] > .lll-whole').toDataURL() === mine",
        arg=mine.painted("surface", "whole"),
    )


def test_back_and_forward_in_the_browser(open_playground: Opener):
    playground = open_playground()
    playground.until_settled()
    for rate in ("0.0005", "0.0007"):
        playground.enter("learning rate, exact value", rate)
        playground.until(f"state.raceKey.includes('learning_rate={rate}') && query.get('lanes').includes('={rate}')")
        playground.until_settled()
    for rate, turn in (("0.0005", "go_back"), ("0.001", "go_back"), ("0.0005", "go_forward")):
        getattr(playground.page, turn)()
        playground.until(f"state.raceKey.includes('(learning_rate={rate}')")
        playground.until_settled()
        expect(playground.field("learning rate, exact value")).to_have_value(rate)


def test_invalid_link_shows_an_error_and_the_default_race(open_playground: Opener):
    playground = open_playground({"lanes": "adam(learning_rate=-1)", "show": "relief"})
    warning = playground.page.get_by_role("alert")
    expect(warning).to_have_count(1)
    expect(warning).to_contain_text("“learning rate” goes from")
    expect(warning).to_contain_text("The default race is shown instead.")
    playground.until_settled()
    assert playground.linked == (default_scenario(), View())
    assert playground.page.get_by_text("Traceback").count() == 0


@pytest.mark.parametrize("query", ["lanes=" + "adam," * 200_000, "&".join(f"part{i}=1" for i in range(1001))])
def test_overlong_link_shows_an_error(new_page: Callable[..., Page], app_server: Callable[[Path], str], query: str):
    playground = Playground(new_page(f"{app_server(APP)}/playground?{query}"))
    warning = playground.page.get_by_role("alert")
    expect(warning).to_have_text(re.compile("The link is too long to be read. The default race is shown instead."))
    playground.until_settled()
    assert playground.linked == (default_scenario(), View())


def test_text_of_a_link_is_escaped_and_loads_nothing(open_playground: Opener):
    """At the end `new_page` sees to it that nothing was asked of another host."""
    picture = "![a](http://a.example/b.png)"
    playground = open_playground({"show": picture})
    expect(playground.page.get_by_role("alert")).to_contain_text(f"“{picture}”")
    playground = open_playground({"lanes": f'adam(name="{picture}")'}, reduced_motion="reduce")
    expect(playground.page.get_by_role("table", name="Results after")).to_contain_text(picture)
    expect(playground.page.get_by_role("radio", name=picture)).to_be_visible()
    assert playground.page.locator("img[src*=example]").count() == 0


def test_every_view_setting_is_in_the_link(open_playground: Opener):
    playground = open_playground(reduced_motion="reduce")
    playground.button("3-D").click()
    playground.until("query.get('show') === 'relief' && state.ready && state.surfaceDraws === 2")
    playground.button("linear").click()
    playground.until("query.get('show') === 'relief,linear'")
    playground.button("evaluations").click()
    playground.until("query.get('show') === 'relief,linear,evaluations'")
    playground.page.locator(".lll-lane", has_text="Adam").click()
    playground.until("query.get('hidden') === '5'")
    playground.button("Map").click()
    playground.until("query.get('show') === 'linear,evaluations'")
    expected = View("map", "linear", "evaluations", hidden=(5,))
    assert playground.linked == (default_scenario(), expected)


def test_the_dark_page_is_dark(open_playground: Opener):
    playground = open_playground(color_scheme="dark", reduced_motion="reduce")
    assert playground.state["dark"]
    table = playground.page.get_by_role("table", name="Results after")
    light_text = table.evaluate(
        "(node) => getComputedStyle(node).color.match(/[\\d.]+/g).slice(0, 3).every((part) => part > 160)"
    )
    assert light_text
    playground.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    playground.until("!state.dark")
    playground.until_settled()
    assert playground.linked[0] == default_scenario()


def test_refused_change_keeps_the_page(open_playground: Opener):
    playground = open_playground(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    playground.until_settled()
    playground.page.mouse.move(*playground.pixel(0, 1))
    playground.page.mouse.wheel(0, -300)
    x_axis = "document.querySelector('[data-graph=map]')._fullLayout.xaxis"
    playground.page.wait_for_function(f"() => {x_axis}.range[1] < 1.9")
    before, part = playground.state, playground.page.evaluate(f"{x_axis}.range")
    player = playground.page.locator(".lll-bar")
    expect(player).to_be_in_viewport(ratio=1)
    for rate in ("99999", "0.002"):
        playground.enter("learning rate, exact value", rate)
        expect(playground.page.get_by_role("alert")).to_have_count(int(rate == "99999"))
        expect(player).to_be_in_viewport(ratio=1)
        if rate == "99999":
            same = ("raceKey", "step", "view", "speed", "trail", "loop", "playing")
            assert [playground.state[name] for name in same] == [before[name] for name in same]
            expect(playground.field("learning rate, exact value")).to_have_value("99999")
            expect(playground.page.get_by_role("slider", name="learning rate η")).to_have_attribute(
                "aria-valuetext", "0.001"
            )
    playground.until("state.raceKey.includes('learning_rate=0.002')")
    assert playground.page.evaluate(f"{x_axis}.range") == part


def test_phone_needs_no_horizontal_scrolling(open_playground: Opener):
    playground = open_playground(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    playground.until_settled()
    for name in ("Optimizers", "Surface and start", "Noise"):
        playground.tab(name)
        widths = playground.page.evaluate(
            """() => ["html", "[data-testid=stMain]", ".lll-stage"].map((name) => {
                const { scrollWidth } = document.querySelector(name);
                return scrollWidth;
            })"""
        )
        assert max(widths) <= 390
    playground.page.get_by_role("table", name="Results after").scroll_into_view_if_needed()
    assert playground.page.evaluate("document.scrollingElement.scrollLeft") == 0
