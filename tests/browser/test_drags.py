"""Wherever a number is dragged, and however the stage is looked at, it shows Python's run for the value in hand."""

from collections.abc import Callable
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import CDPSession, Locator, Page, expect

from landscape_lab.experiments import Scenario
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.experiments.fairness import Comparison
from landscape_lab.experiments.maps.plan import MAPS
from landscape_lab.experiments.operations import apply
from landscape_lab.experiments.race import race
from tests.browser.conftest import PATIENCE, ROOT
from tests.browser.faults import grave_faults
from tests.browser.stage import STAGE, Stage, sent_to_server

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
RATE = "lane/0/learning_rate"
BOWL = Scenario.from_query(
    {"surface": "elliptic_bowl(condition=20)", "lanes": "gradient_descent(learning_rate=0.01),momentum", "steps": "60"}
)

# The runs that are shown now.
SHOWN = f"""() => {STAGE}.lllStage.model.lanes.map(({{ points, last_step, diverged }}) =>
    ({{ points: [...points].map((value) => (Number.isFinite(value) ? value : null)), last_step, diverged }}))"""


class Hand:
    """A page, the scenario, lesson, map or comparison on it, and a hand that drags its numbers."""

    def __init__(self, page: Page, held: Any) -> None:
        self.page = page
        self.held = held
        expect(page.locator(".lll-stage, .lll-knob").first).to_be_visible()
        if not isinstance(held, Comparison):
            self.stage = Stage(page)

    def row(self, path: str) -> Locator:
        return self.page.locator(f"[data-path='{path}']")

    def slider(self, path: str) -> Locator:
        return self.row(path).locator("input[type=range]")

    def at(self, path: str, part: float) -> tuple[float, float]:
        """Where the thumb of a slider is when it has gone a part of its way."""
        box = self.slider(path).bounding_box()
        assert box
        return box["x"] + 9 + (box["width"] - 18) * part, box["y"] + box["height"] / 2

    def part(self, path: str) -> float:
        return float(self.slider(path).evaluate("(range) => range.value / range.max"))

    def value(self, path: str) -> float:
        """The number beside the slider."""
        return float(self.row(path).locator(".lll-knob-field").input_value())

    def take(self, path: str, *parts: float) -> None:
        """Press the mouse on the thumb of a slider, and move it to each of the parts of its way."""
        self.slider(path).scroll_into_view_if_needed()
        self.page.mouse.move(*self.at(path, self.part(path)))
        self.page.mouse.down()
        for part in parts:
            self.page.mouse.move(*self.at(path, part), steps=2)

    def touch(self, kind: str, *points: tuple[float, float]) -> None:
        told = {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
        self._wire.send("Input.dispatchTouchEvent", told)

    @cached_property
    def _wire(self) -> CDPSession:
        return self.page.context.new_cdp_session(self.page)

    def changed(self, *paths: str) -> Any:
        """What the page holds, with the values that are in hand."""
        new = self.held
        for path in paths:
            new = apply(new, path, self.value(path))
        return new

    def shows(self, held: Any, preview: bool = True) -> None:
        """Wait for the stage to show the race of something, as Python runs it."""
        scenario = held if isinstance(held, Scenario) else held.scenario
        wanted = race(scenario).trajectories
        self.stage.until(f"state.preview === {str(preview).lower()} && state.steps === {scenario.steps}")
        deadline = PATIENCE
        while not (same := self._same(wanted)) and deadline > 0:
            self.page.wait_for_timeout(50)
            deadline -= 50
        assert same, [(path.last_step, path.at_end(path.points)) for path in wanted]

    def _same(self, wanted: Any) -> bool:
        shown = self.page.evaluate(SHOWN)
        for run, path in zip(shown, wanted, strict=True):
            points = np.array(run["points"], float).reshape(-1, 2)[: path.last_step + 1]
            if run["last_step"] != path.last_step:
                return False
            if not np.allclose(points, path.points[: path.last_step + 1], rtol=1e-4, atol=1e-5):
                return False
        return True

    def moved(self, x: float, y: float) -> None:
        """Wait for the start to be near a point, and hold the scenario that has it there."""
        near = [0.01 * size for size in sizes(self.held)]
        self.stage.until(f"[{x}, {y}].every((at, i) => Math.abs(state.start[i] - at) < {near}[i])")
        x, y = self.stage.state["start"]
        self.held = apply(apply(self.held, "start/x", x), "start/y", y)

    def let_go(self, *paths: str, up: Callable[[], object] | None = None) -> None:
        """Let go of the mouse: the server's race, and the link, have the values that were in hand."""
        self.held = self.changed(*paths)
        (up or self.page.mouse.up)()
        self.shows(self.held, preview=False)
        self.linked()

    def linked(self) -> None:
        """Wait until the address tells of what is held."""
        query = self.held.to_query()
        self.page.wait_for_function(
            "(wanted) => { const query = new URLSearchParams(location.search);"
            " return Object.entries(wanted).every(([name, value]) => query.get(name) === value); }",
            arg=query,
        )


@pytest.fixture
def open_page(new_page: Callable[..., Page], app_server: Callable[..., str]) -> Callable[..., Hand]:
    def open_it(path: str, held: Any, looks: str = "", **options: Any) -> Hand:
        link = f"{urlencode(held.to_query())}&{looks}"
        page = new_page(f"{app_server(ROOT / 'app.py')}/{path}?{link}", **{"reduced_motion": "reduce", **options})
        return Hand(page, held)

    return open_it


def test_stage_follows_a_number_of_the_panel_while_the_opened_step_waits(open_page: Callable[..., Hand]):
    hand = open_page("playground", BOWL, "show=inspector")
    page, opened = hand.page, hand.page.locator(".lll-inspector")
    expect(opened).to_have_class("lll-inspector")
    with sent_to_server(page) as sent:
        hand.take(RATE, 0.4)
        hand.shows(hand.changed(RATE))
        expect(opened).to_have_class("lll-inspector lll-waiting")
        page.mouse.move(*hand.at(RATE, 0.9))
        hand.shows(hand.changed(RATE))
        expect(page.locator(".lll-lane").first).to_contain_text("diverged")
        expect(hand.row(RATE).get_by_text("diverges from here")).to_be_visible()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            hand.stage.until(f"state.dark === {str(scheme == 'dark').lower()} && state.preview")
            assert grave_faults(page) == []
        page.mouse.move(*hand.at(RATE, 0.7))
        assert sent == []
    hand.let_go(RATE)
    expect(opened).to_have_class("lll-inspector")
    path = race(hand.held).trajectories[0]
    assert hand.stage.state["step"] == 60 and not hand.stage.state["playing"]
    cells = opened.locator(".lll-line[data-letter=theta] > span:last-child mn")
    expect(cells.first).to_have_text(f"{path.points[60][0]:.5g}".replace("-", "−"))


def test_arrow_keys_move_a_number_of_an_exercise_and_the_ring_of_an_embedded_stage(open_page: Callable[..., Hand]):
    hand = open_page("playground", BOWL, "hide=start,momentum")
    hand.slider(RATE).focus()
    with sent_to_server(hand.page) as sent:
        for _ in range(4):
            hand.page.keyboard.down("ArrowRight")  # held down
        assert hand.value(RATE) > 0.01
        hand.shows(hand.changed(RATE))
        assert sent == []
    hand.let_go(RATE, up=lambda: hand.page.keyboard.up("ArrowRight"))
    expect(hand.page.locator(".lll-start")).to_be_disabled()
    hand = open_page("playground", BOWL, "view=embed", viewport={"width": 960, "height": 600})
    expect(hand.page.locator(".lll-knob")).to_have_count(0)
    ring = hand.page.locator(".lll-start")
    ring.focus()
    hand.stage.press("ArrowRight", "ArrowUp")
    hand.moved(*[at + 0.01 * size for at, size in zip(BOWL.point, sizes(BOWL), strict=True)])
    hand.shows(hand.held, preview=False)
    ring.hover()
    hand.page.mouse.down()
    hand.page.mouse.move(*hand.stage.pixel(0.5, -0.5), steps=2)
    hand.moved(0.5, -0.5)
    hand.shows(hand.held)
    hand.page.mouse.up()
    hand.shows(hand.held, preview=False)
    hand.linked()
    assert hand.stage.state["surfaceDraws"] == 1


def sizes(scenario: Scenario) -> list[float]:
    return [high - low for low, high in scenario.landscape.domain]


def test_touch_drag_of_a_slider_updates_the_small_picture_during_the_race(open_page: Callable[..., Hand]):
    options = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "reduced_motion": "no-preference"}
    hand = open_page("playground", BOWL, **options)
    hand.page.get_by_label("Repeat").tap()
    hand.slider(RATE).scroll_into_view_if_needed()
    small = hand.page.get_by_role("group", name="Small picture of the race")
    expect(small).to_be_visible()
    picture = "(all) => all.map((it) => it.toDataURL())"
    paths = small.locator("canvas.lll-whole")
    before, scrolled = paths.evaluate_all(picture), hand.page.evaluate("document.querySelector('.stMain').scrollTop")
    with sent_to_server(hand.page) as sent:
        hand.touch("touchStart", hand.at(RATE, hand.part(RATE)))
        for part in (0.6, 0.65):
            hand.touch("touchMove", hand.at(RATE, part))
        assert hand.value(RATE) > 0.01
        hand.shows(hand.changed(RATE))
        assert hand.stage.state["playing"] and paths.evaluate_all(picture) != before
        assert sent == []
    hand.let_go(RATE, up=lambda: hand.touch("touchEnd"))
    assert hand.stage.state["playing"]
    assert hand.page.evaluate("document.querySelector('.stMain').scrollTop") == scrolled


def test_parameters_of_a_formula_are_followed_on_the_map_and_in_3d(open_page: Callable[..., Hand]):
    letters = 'formula(text="a*x^2 + b*(y - x)^2 + cos(x*y)",a=1,b=3)'
    hand = open_page("playground", Scenario.from_query(BOWL.to_query() | {"surface": letters, "start": "1,-1"}))
    expect(hand.slider("surface/a")).to_be_visible()
    painted = f"{STAGE}.querySelector('.lll-bands')?.toDataURL()"
    first = hand.page.evaluate(f"{STAGE}.lllStage.model.fromServer.surface.key")
    hand.take("surface/a", 0.7)
    hand.shows(hand.changed("surface/a"))
    bands = hand.page.evaluate(painted)
    hand.page.mouse.move(*hand.at("surface/a", 0.8))
    hand.shows(hand.changed("surface/a"))
    assert bands and hand.page.evaluate(painted) != bands
    hand.let_go("surface/a")
    hand.page.get_by_role("button", name="3-D").click()
    hand.stage.until("state.ready && state.view.projection === 'relief'")
    hand.take("surface/b", 0.6)
    new = hand.changed("surface/b")
    hand.shows(new)
    # Its heights are those of the new surface, by the scale of the old one.
    scale = hand.page.evaluate(f"{STAGE}.lllStage.model.tree.surface.height")
    points = np.random.default_rng(0).uniform(-1, 1, (2, 20))
    found = hand.page.evaluate(
        f"(points) => points.map(([x, y]) => {STAGE}.lllStage.panels.surface.projection.ground.at(x, y))",
        points.T.tolist(),
    )
    losses = new.landscape.value(points)
    heights = np.log10(np.maximum(losses - scale["floor"], 10 ** scale["low"])) if scale["log"] else losses
    assert found == pytest.approx(heights.tolist(), rel=0.01, abs=0.01 * (scale["high"] - scale["low"]))
    hand.let_go("surface/b")
    for letter, value in (("a", "1"), ("b", "3")):  # the first surface, which is not sent again
        field = hand.page.get_by_role("textbox", name=f"{letter}, exact value", exact=True)
        field.fill(value)
        field.press("Enter")
    hand.page.wait_for_function(f"(key) => {STAGE}.lllStage.model.fromServer.surface.key === key", arg=first)
    hand.stage.until("!state.preview")


# A lesson whose number the browser knows, which has a family; one in the fog; and one that only Python computes.
@pytest.mark.parametrize(
    ("key", "path", "parts"),
    [
        ("learning_rate", "lesson/learning_rate", (0.3, 0.35)),
        ("limits", "lesson/offset", (0.4, 0.7)),
        ("momentum", "lesson/condition", (0.5, 0.6)),
    ],
)
def test_stage_follows_a_number_of_a_lesson(open_page: Callable[..., Hand], key: str, path: str, parts: Any):
    hand = open_page(key, LESSONS[key]())
    with sent_to_server(hand.page) as sent:
        hand.take(path, *parts)
        hand.shows(hand.changed(path))
        assert sent == []
    hand.let_go(path)


def test_run_beside_a_map_follows_its_start_and_the_numbers(open_page: Callable[..., Hand]):
    plan = MAPS["edge"].plan
    hand = open_page("maps", plan)
    hand.held = plan.run
    x, y = (0.9 * at for at in hand.held.point)
    ring = hand.page.locator(".lll-start")
    ring.scroll_into_view_if_needed()
    ring.hover()
    hand.page.mouse.down()
    hand.page.mouse.move(*hand.stage.pixel(x, y), steps=2)
    hand.moved(x, y)
    hand.shows(hand.held)
    hand.page.mouse.up()
    hand.shows(hand.held, preview=False)
    hand.page.get_by_role("tab", name="Optimizers").click()
    expect(hand.slider(RATE)).to_be_visible()
    hand.take(RATE, 0.3)
    hand.shows(hand.changed(RATE))
    hand.held = hand.changed(RATE)
    hand.page.mouse.up()
    hand.shows(hand.held, preview=False)


def test_fair_comparison_receives_the_dragged_number(open_page: Callable[..., Hand]):
    hand = open_page("fairness", Comparison(BOWL, starts=10))
    with sent_to_server(hand.page) as sent:
        hand.take("comparison/budget", 0.3, 0.2)
        assert 20 < hand.value("comparison/budget") < 200
        assert sent == []
    hand.held = hand.changed("comparison/budget")
    hand.page.mouse.up()
    hand.linked()
    expect(hand.page.get_by_text(f"after {hand.held.budget} gradient evaluations").first).to_be_visible()
