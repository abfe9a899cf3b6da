"""During a drag the browser computes the race: the stage follows each move, the server receives the last value."""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from landscape_lab.experiments import RACES
from landscape_lab.experiments.race import race
from optim_core import Outcome
from tests.browser.conftest import ROOT
from tests.browser.stage import STAGE, Opener, Stage, sent_to_server

pytestmark = pytest.mark.browser

RATE = {"path": "lane/0/learning_rate", "low": 1e-5, "high": 1.0, "scale": "log"}
SURFACE = {"path": "surface/b", "low": 1.0, "high": 200.0, "scale": "log"}

# Whether Plotly was asked for anything, and every position in which the curves' axes have been.
WATCH = """() => {
    const stage = document.querySelector(".lll-stage").lllStage;
    window.plotlyCalls = 0;
    for (const name of ["relayout", "react", "restyle"]) {
        const plain = stage.graphs.plotly[name];
        stage.graphs.plotly[name] = function (...given) {
            window.plotlyCalls++;
            return plain.apply(this, given);
        };
    }
    document.addEventListener("lab-flip", ({ detail }) => (window.flips ??= []).push(detail));
}"""

# An event of a knob, and what the stage shows two frames later.
MOVE = """async (detail) => {
    const stage = document.querySelector(".lll-stage").lllStage;
    document.dispatchEvent(new CustomEvent("lab-knob", { detail: { phase: "move", stage: "stage", ...detail } }));
    const frame = () => new Promise(requestAnimationFrame);
    await frame();
    await frame();
    return { preview: stage.state().preview, lanes: stage.model.lanes.map(({ points }) => [...points.slice(20, 24)]) };
}"""

FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def ready(stage: Stage) -> Stage:
    """The stage once it has its engine."""
    stage.page.wait_for_function(f"{STAGE}.lllStage.engine")
    return stage


def first_points(stage: Stage) -> list[list[float]]:
    return stage.page.evaluate(f"{STAGE}.lllStage.model.lanes.map(({{ points }}) => [...points.slice(0, 2)])")


def test_every_move_of_the_ring_is_followed_without_the_server(still: Stage):
    ready(still)
    still.page.evaluate(WATCH)
    before, axes = still.state, still.ranges("curves")
    mouse = still.page.mouse
    mouse.move(*still.pixel(-1.5, 2))
    mouse.down()
    with sent_to_server(still.page) as sent:
        for i in range(1, 9):
            x, y = -1.5 + 0.05 * i, 2 - 0.1 * i
            mouse.move(*still.pixel(x, y))
            still.until(f"Math.hypot(state.start[0] - {x}, state.start[1] - {y}) < 0.01 && state.preview")
            assert first_points(still) == [pytest.approx(still.state["start"], abs=1e-6)] * 6
        assert still.page.evaluate("window.plotlyCalls") == 0 and still.ranges("curves") == axes
        held = still.state
        assert sent == [] and held["raceKey"] == before["raceKey"]
        assert (held["step"], held["playing"]) == (500, False), "a race at its end stays there"
        still.page.wait_for_timeout(300)
        (old_low, old_high), (low, high) = axes[1], still.ranges("curves")[1]
        assert low <= old_low and high >= old_high, "the axes may grow when the hand rests"
        assert sent == []
        mouse.up()
        still.until(f"!state.preview && state.raceKey !== {before['raceKey']!r}")
        assert len(sent) > 0
    assert still.state["start"] == held["start"]
    expect(still.page.get_by_text("starts: 1,")).to_be_visible()
    expect(still.page.locator("[data-show=remark]")).to_be_hidden()


def test_released_value_shows_the_run_of_the_server_before_the_page_is_drawn(
    new_page: Callable[..., Page], app_server: Callable[..., str]
):
    page = new_page(f"{app_server(ROOT / 'app.py')}/playground", reduced_motion="reduce")
    stage = ready(Stage(page))
    page.evaluate(f"() => {{ {STAGE}.lllStage.update = () => undefined; }}")  # the page's own answer does not come
    page.evaluate(MOVE, RATE | {"value": 5e-4})
    with page.expect_response(lambda response: "/race?" in response.url and "released" in response.url):
        page.evaluate(MOVE, RATE | {"value": 6e-4, "phase": "release"})
    page.wait_for_function(f"{STAGE}.lllStage.preview.settled")
    assert stage.state["preview"]
    scenario = RACES["classics"].scenario
    entry = scenario.entries[0]
    entry = replace(entry, optimizer=replace(entry.optimizer, learning_rate=6e-4))
    expected = race(replace(scenario, entries=(entry, *scenario.entries[1:]))).trajectories
    shown = page.evaluate(f"{STAGE}.lllStage.model.lanes.map(({{ points }}) => [...points])")
    for path, points in zip(expected, shown, strict=True):
        assert (np.array(points).reshape(-1, 2) == path.points.astype(np.float32)).all()


def test_a_knob_is_followed_in_the_next_frame_with_its_neighbours_and_its_limit(still: Stage):
    ready(still)
    still.press("Home", *["Shift+ArrowRight"] * 3)
    still.press("i")
    worked = still.page.locator(".lll-inspector")
    expect(worked).to_be_visible()
    still.until("state.step === 30")
    expect(worked).to_have_class("lll-inspector")  # the server's answer is here
    still.page.wait_for_timeout(200)
    still.page.evaluate(WATCH)
    shown = still.canvas("surface", "whole"), still.canvas("surface", "moving"), still.canvas("curves", "whole")
    entries = still.page.evaluate(MOVE, RATE | {"value": 1e-3})["lanes"]
    with sent_to_server(still.page) as sent:
        for value in (5e-4, 1.1e-3):
            moved = still.page.evaluate(MOVE, RATE | {"value": value})
            assert moved["preview"] and moved["lanes"][0] != entries[0] and moved["lanes"][1:] == entries[1:]
        assert still.canvas("surface", "whole") != shown[0] and still.canvas("curves", "whole") != shown[2]
        still.until("state.ghosts >= 8")
        expect(worked).to_have_class("lll-inspector lll-waiting")
        still.page.wait_for_function("window.flips?.length")
        for value in (1.2e-3, 1.3e-3):
            still.page.evaluate(MOVE, RATE | {"value": value})
        assert still.page.evaluate("window.plotlyCalls") == 0
        still.page.evaluate(MOVE, RATE | {"value": 1.3e-3, "phase": "cancel"})
        assert sent == []
    (flip,) = still.page.evaluate("window.flips")
    assert (flip["path"], flip["stage"], flip["outcome"]) == (RATE["path"], "stage", "diverges")
    assert [diverges(flip["value"] * part) for part in (0.99, 1.0)] == [False, True]
    state = still.state
    assert not state["preview"] and state["ghosts"] == 0 and state["step"] == 30
    expect(worked).to_have_class("lll-inspector")
    still.until("!state.preview")
    assert (
        still.canvas("surface", "whole"),
        still.canvas("surface", "moving"),
        still.canvas("curves", "whole"),
    ) == shown


def diverges(rate: float) -> bool:
    """Whether the first entry of the race does at a learning rate."""
    scenario = RACES["classics"].scenario
    entry = scenario.entries[0]
    alone = replace(scenario, entries=(replace(entry, optimizer=replace(entry.optimizer, learning_rate=rate)),))
    return race(alone).trajectories[0].outcome == Outcome.DIVERGED


def test_more_and_fewer_steps_are_followed(still: Stage):
    ready(still)
    before = still.state
    steps = {"path": "steps", "low": 1, "high": 5000, "scale": "log"}
    with sent_to_server(still.page) as sent:
        for value in (900, 40):
            assert still.page.evaluate(MOVE, steps | {"value": value})["preview"]
            assert (still.state["steps"], still.state["step"]) == (value, value), "a race at its end stays there"
            still.page.wait_for_timeout(300)
            assert still.ranges("curves")[0][1] >= max(value, 500), "when the hand rests, the axes have grown"
        still.page.evaluate(MOVE, steps | {"value": 40, "phase": "cancel"})
        assert sent == []
    still.until("!state.preview")
    assert {name: still.state[name] for name in ("steps", "step")} == {name: before[name] for name in ("steps", "step")}


def test_a_surface_follows_its_own_number_on_the_map_and_in_3d(still: Stage):
    ready(still)
    bands = f"{STAGE}.querySelector('.lll-bands')?.toDataURL()"
    found = []
    for value in (60.0, 10.0):
        moved = still.page.evaluate(MOVE, SURFACE | {"value": value})
        found.append((still.page.evaluate(bands), moved["lanes"]))
    assert found[0][0] and found[0][0] != found[1][0] and found[0][1] != found[1][1]
    label = still.page.locator("[data-graph=map] .hovertext")
    still.page.mouse.move(*still.pixel(0, 2.5), steps=3)
    expect(label).to_have_text(re.compile("loss"))
    expect(label).to_be_hidden()  # Plotly's label has the loss of the server's surface
    still.page.evaluate(MOVE, SURFACE | {"value": 10.0, "phase": "cancel"})
    still.until("!state.preview")
    painted = f"""(() => {{
        const canvas = {STAGE}.querySelector(".lll-bands");
        return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value);
    }})()"""
    assert not still.page.evaluate(painted)
    still.press("v")
    still.until("state.ready && state.view.projection === 'relief' && state.surfaceDraws === 2")
    height = f"{STAGE}.lllStage.panels.surface.projection.ground.at(0, 3)"
    before = still.page.evaluate(height)
    still.page.evaluate(MOVE, SURFACE | {"value": 10.0})
    assert still.page.evaluate(height) < before - 0.9, "a tenth of the loss is a decade lower"
    lowest = "Math.max(...document.querySelector('[data-graph=relief]').data[0].z.flatMap((row) => [...row]))"
    still.page.wait_for_function(f"{lowest} < 3")
    still.page.evaluate(MOVE, SURFACE | {"value": 10.0, "phase": "cancel"})
    still.until("!state.preview && state.surfaceDraws === 3")
    assert still.page.evaluate(height) == before and still.page.evaluate(lowest) > 3
    still.page.locator(".lll-start").focus()
    still.press("ArrowRight", "ArrowRight")
    still.until("Math.abs(state.start[0] + 1.42) < 1e-9 && state.preview")
    still.until("Math.abs(state.start[0] + 1.42) < 1e-9 && !state.preview")


def test_keys_send_one_change_when_they_pause_and_announce_the_position(still: Stage):
    ready(still)
    said = still.page.locator("[data-show=said]")
    still.page.locator(".lll-start").focus()
    still.page.evaluate(
        f"""() => {{
            window.words = [];
            new MutationObserver(() => window.words.push({STAGE}.querySelector("[data-show=said]").textContent))
                .observe({STAGE}.querySelector("[data-show=said]"), {{ childList: true }});
            const handle = {STAGE}.querySelector(".lll-start");
            const key = {{ key: "ArrowRight", bubbles: true }};
            for (let i = 0; i < 5; i++) handle.dispatchEvent(new KeyboardEvent("keydown", key));
        }}"""
    )
    still.until("state.preview && Math.abs(state.start[0] + 1.3) < 1e-9")
    still.until("!state.preview && Math.abs(state.start[0] + 1.3) < 1e-9")
    expect(said).to_have_text("Start at x = −1.3, y = 2")
    assert still.page.evaluate("window.words.length") == 1
    expect(still.page.get_by_text("starts: 1,")).to_be_visible()


def test_touch_drags_the_ring_through_the_fog_during_the_race(open_stage: Opener):
    stage = ready(open_stage("classics&fog", has_touch=True))
    stage.until("state.playing && state.step > 5")
    wire = stage.page.context.new_cdp_session(stage.page)
    x, y = stage.pixel(-1.5, 2)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": u, "y": v} for u, v in points]})

    touch("touchStart", (x, y))
    for i in range(1, 7):
        touch("touchMove", (x + 10 * i, y + 8 * i))
    stage.until("state.preview && state.previews >= 2")
    stage.page.evaluate(FRAMES)  # which show the last move
    held = stage.state
    assert held["playing"] and first_points(stage)[0] == pytest.approx(held["start"], abs=1e-6)
    cover = f"""(() => {{
        const {{ fogLayer: fog, model: {{ tree }} }} = {STAGE}.lllStage;
        return [fog.hides(...tree.race.start), fog.hides(-1.5, 2)];
    }})()"""
    assert stage.page.evaluate(cover) == [False, True], "what the race before it has seen is gone"
    touch("touchEnd")
    stage.until(f"!state.preview && state.start[0] === {held['start'][0]}")
    assert stage.state["playing"] and stage.state["step"] >= held["step"], "it plays on"


def test_family_follows_a_drag(open_stage: Opener):
    stage = ready(open_stage("classics&family", reduced_motion="reduce"))
    before = stage.state
    first, *others = stage.page.evaluate(MOVE, SURFACE | {"value": 60.0})["lanes"]
    stage.page.get_by_role("slider", name="learning rate η").press("ArrowRight")
    stage.until(f"state.preview && state.value > {before['value']}")
    moved = stage.page.evaluate(MOVE, SURFACE | {"value": 60.0})["lanes"]
    assert moved[0] != first and moved[1:] == others, "the member that was picked runs on the surface in hand"
    stage.until(f"state.preview && state.raceKey !== {before['raceKey']!r}")  # the server has received the member
    assert stage.page.evaluate(MOVE, SURFACE | {"value": 60.0})["lanes"] == moved
    picked = stage.state["value"]
    stage.page.evaluate(MOVE, SURFACE | {"value": 60.0, "phase": "cancel"})
    stage.until("!state.preview")
    assert stage.state["value"] == picked


def test_race_computed_only_in_python_is_previewed_by_its_route(
    new_page: Callable[..., Page], app_server: Callable[..., str]
):
    stage = ready(Stage(new_page(f"{app_server(ROOT / 'app.py')}/momentum", reduced_motion="reduce")))
    surface = stage.state["surfaceKey"]
    assert not stage.page.evaluate(f"{STAGE}.lllStage.engine.has('lesson/condition')")
    with sent_to_server(stage.page) as sent:
        for value in (90.0, 60.0, 30.0):
            stage.page.evaluate(MOVE, {"path": "lesson/condition", "value": value})
        stage.until(f"state.preview && state.ready && state.surfaceKey !== {surface!r}")
        stage.until("state.surfaceKey.includes('condition=30')")
        assert sent == []
        stage.page.evaluate(MOVE, {"path": "lesson/condition", "value": 30.0, "phase": "cancel"})
        stage.until(f"!state.preview && state.ready && state.surfaceKey === {surface!r}")
        assert sent == []


def test_number_without_effect_is_not_held_longer_than_others(
    new_page: Callable[..., Page], app_server: Callable[..., str]
):
    stage = ready(Stage(new_page(f"{app_server(ROOT / 'app.py')}/data_order", reduced_motion="reduce")))
    race_key = stage.state["raceKey"]
    stage.page.locator("[data-path='lesson/stage_steps'] input[type=range]").press("ArrowRight")
    stage.page.wait_for_function(f"{STAGE}.lllStage.model.fromServer.route.link.includes('stage_steps=121')")
    stage.until("!state.preview")
    assert stage.state["raceKey"] == race_key
    assert stage.page.evaluate(f"{STAGE}.lllStage.preview.held.empty"), "else the next drag asks the server for both"


def test_unanswered_number_expires_while_another_one_is_moved(still: Stage):
    page = ready(still).page
    page.evaluate(
        """() => {
            window.patience = new Map();
            const [set, clear] = [setTimeout, clearTimeout];
            window.setTimeout = (run, time, ...more) =>
                time === 10_000 ? (patience.set(-patience.size - 1, run), -patience.size) : set(run, time, ...more);
            window.clearTimeout = (timer) => (timer < 0 ? patience.delete(timer) : clear(timer));
        }"""
    )
    assert page.evaluate(MOVE, RATE | {"value": 0.0123})["preview"]
    page.evaluate(MOVE, RATE | {"value": 0.0123, "phase": "release"})
    page.evaluate(MOVE, SURFACE | {"value": 30})
    assert page.evaluate(MOVE, SURFACE | {"value": 100, "phase": "cancel"})["preview"], "the first one still waits"
    page.evaluate("for (const giveUp of patience.values()) giveUp()")
    still.until("!state.preview")


def test_escape_restores_the_ring_and_a_late_response_sends_no_start(still: Stage):
    ready(still)
    before, mouse = still.state, still.page.mouse
    mouse.move(*still.pixel(-1.5, 2))
    mouse.down()
    with sent_to_server(still.page) as sent:
        mouse.move(*still.pixel(-1, 1))
        still.until("state.preview && state.start[1] < 1.1")
        still.press("Escape")
        still.until("!state.preview")
        mouse.move(*still.pixel(0, 0))
        mouse.up()
        still.page.wait_for_timeout(300)
        assert sent == []
    assert (still.state["start"], still.state["raceKey"]) == (before["start"], before["raceKey"])
    mouse.move(*still.pixel(-1.5, 2))
    mouse.down()
    mouse.move(*still.pixel(-1, 1))
    still.until("state.preview && state.start[1] < 1.1")
    asked = still.page.evaluate(
        f"""(() => {{
            const stage = {STAGE}.lllStage;
            const plain = stage.listeners.onStart;
            window.asked = [];
            stage.listeners.onStart = (start) => (window.asked.push(start), plain(start));
            stage.start.answered();
            return window.asked.length;
        }})()"""
    )
    assert asked == 0
    mouse.up()
    still.until("!state.preview && state.start[1] < 1.1")
    # On a slow machine the same start is asked for again.
    assert still.page.evaluate("new Set(asked.map(({ x, y }) => `${x} ${y}`)).size") == 1


def test_stage_follows_only_its_own_knobs_and_a_veiled_one_none(open_stage: Opener):
    two = open_stage("classics&two", reduced_motion="reduce")
    other = "document.querySelectorAll('.lll-stage')[1]"
    two.page.wait_for_function(f"{other}?.lllStage?.engine && {STAGE}.lllStage.engine")
    two.page.evaluate(MOVE, RATE | {"value": 3e-3, "stage": "other"})
    assert two.page.evaluate(f"[{STAGE}, {other}].map((root) => root.stageState().preview)") == [False, True]
    veiled = open_stage("rates&veiled")
    veiled.page.wait_for_timeout(300)
    assert veiled.page.evaluate(f"{STAGE}.lllStage.engine") is None
    assert not veiled.page.evaluate(MOVE, RATE | {"value": 3e-3})["preview"]


def test_race_that_ends_elsewhere_than_its_preview_is_noted(still: Stage):
    """As if rounding had decided: the preview is of a race a little different from the one that is asked for."""
    ready(still)
    still.page.evaluate(
        f"""() => {{
            const stage = {STAGE}.lllStage;
            const {{ engine }} = stage;
            const plain = engine.race.bind(engine);
            engine.race = (changes) => plain({{ ...changes, "lane/0/learning_rate": 3e-4 }});
        }}"""
    )
    still.page.mouse.click(*still.pixel(0.5, -0.5))
    still.until("state.preview")
    still.until("!state.preview && Math.hypot(state.start[0] - 0.5, state.start[1] + 0.5) < 0.02")
    expect(still.page.locator("[data-show=remark]")).to_contain_text("The exact run differs")
