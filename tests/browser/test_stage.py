"""The stage in a real browser: what moves, what stays, what comes back."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.stage import STAGE, Opener, Stage

pytestmark = pytest.mark.browser

WHOLE = "document.querySelector('[data-panel=surface] > .lll-whole')"


def changed(stage: Stage, paths: str) -> None:
    """Wait until the canvas with the whole paths has other pixels."""
    stage.page.wait_for_function(f"(paths) => {WHOLE}.toDataURL() !== paths", arg=paths)


def test_the_race_plays_without_a_click(open_stage: Opener):
    stage = open_stage()
    assert stage.state["playing"]
    before = stage.state["step"], stage.canvas("surface", "moving"), stage.canvas("curves", "moving")
    stage.until(f"state.step > {before[0]} + 20")
    assert stage.canvas("surface", "moving") != before[1]
    assert stage.canvas("curves", "moving") != before[2]
    slider = stage.page.get_by_role("slider", name="Step of the race")
    assert re.fullmatch(r"step \d+ of 500", slider.get_attribute("aria-valuetext") or "")
    assert int(slider.input_value()) > 0
    assert stage.state["surfaceDraws"] == 1


def test_reduced_motion_shows_the_whole_race_at_rest(still: Stage):
    assert not still.state["playing"]
    assert still.state["step"] == still.state["steps"] == 500
    frames = still.state["frames"]
    still.page.wait_for_timeout(400)
    assert still.state["frames"] == frames, "nothing moves, nothing is painted"


def test_heads_are_where_plotly_says_their_points_are(still: Stage):
    still.press("Home", "ArrowRight", "ArrowRight", "ArrowRight")
    still.until("state.step === 3")
    for entry in range(6):
        assert still.ink_near(*still.pixel(*still.entry_point(entry, 3))) > 60
    assert still.ink_near(*still.pixel(0, 2.8)) == 0


def test_the_end_of_a_race_stops_it_and_play_starts_it_again(still: Stage):
    still.press("End", "ArrowLeft")
    still.page.get_by_label("Speed").select_option("10")
    still.button("Play").click()
    still.until("!state.playing && state.step === 500")
    still.button("Play again").click()
    still.until("state.playing && state.step < 400")


def test_a_repeated_race_starts_again(still: Stage):
    still.press("l", "End", "ArrowLeft", "+", "+", "+")
    assert still.state["speed"] == 10
    still.press(" ")
    still.until("state.playing && state.step === 500")
    still.until("state.playing && state.step < 400")


def test_every_keyboard_shortcut_works(still: Stage):
    def after(*keys: str) -> dict[str, Any]:
        still.press(*keys)
        return still.state

    assert after("Home")["step"] == 0
    assert after("ArrowRight")["step"] == 1
    assert after("Shift+ArrowRight")["step"] == 11
    assert after("ArrowLeft")["step"] == 10
    assert after("End")["step"] == 500
    assert after("]")["speed"] == 2
    assert after("-", "-")["speed"] == 0.5
    assert after("t")["trail"] == 200
    assert after("t", "t", "t")["trail"] == 5
    assert after("t")["trail"] == 0
    assert after("Shift+T")["trail"] == 5
    assert after("l")["loop"] is True
    assert after("a")["view"]["arrows"] is True
    assert after("g")["view"]["loss_axis"] == "linear"
    assert after("2")["view"]["hidden"] == [1]
    assert after("2")["view"]["hidden"] == []
    assert after(" ")["playing"] is True
    assert after(" ")["playing"] is False
    still.press("?")
    keys = still.page.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    still.press("Escape")
    expect(keys).to_be_hidden()
    assert after("v")["view"]["projection"] == "relief"


def test_typing_in_a_field_triggers_no_shortcut_and_the_slider_seeks(still: Stage):
    before = still.state
    still.page.get_by_label("note").fill("x")
    still.page.get_by_label("note").press_sequentially("lag v2 ")
    assert {k: v for k, v in still.state.items() if k != "frames"} == {k: v for k, v in before.items() if k != "frames"}
    slider = still.page.get_by_role("slider", name="Step of the race")
    slider.fill("120")
    assert still.state["step"] == 120
    expect(slider).to_have_attribute("aria-valuetext", "step 120 of 500")
    slider.press("ArrowRight")
    assert still.state["step"] == 121


def test_changed_knob_repaints_only_the_race(open_stage: Opener):
    stage = open_stage()
    stage.zoom_in(0, 1)
    zoomed = stage.ranges()
    stage.press("+", "l")
    stage.until("state.step > 20")
    before = stage.state
    paths = stage.canvas("surface", "whole")
    stage.button("knob").click()
    stage.until(f"state.raceKey !== {before['raceKey']!r}")
    after = stage.state
    assert after["playing"] and after["step"] > before["step"]
    assert after["speed"] == 2 and after["loop"]
    assert after["surfaceDraws"] == before["surfaceDraws"], "a knob does not draw the surface again"
    stage.until(f"state.step > {after['step']}")
    assert stage.canvas("surface", "whole") != paths
    assert stage.ranges() == zoomed


def test_response_to_a_change_has_priority(open_stage: Opener):
    stage = open_stage()
    outside, inside = "document.body", f"{STAGE}.querySelector('.lll-legend')"
    # Whether a race that plays is painted just after an event, and when it has been waited for long enough.
    painted = """([target, type, key]) => {
        const stage = document.querySelector(".lll-stage").lllStage;
        stage.setPlaying(true);
        stage.painter.paint(); // what a busy machine has not painted yet
        stage.painter.waitsUntil = 0;
        eval(target).dispatchEvent(new (key ? KeyboardEvent : Event)(type, { key, bubbles: true }));
        const paints = (now) => {
            const { frames } = stage.painter;
            stage.painter.tick(now);
            return stage.painter.frames > frames;
        };
        const now = performance.now();
        return [paints(now), paints(now + 1000)];
    }"""
    for target, event, at_once in [
        (outside, ["pointerup", ""], False),
        (outside, ["keydown", "Enter"], False),
        (outside, ["keydown", "q"], True),
        (inside, ["pointerup", ""], True),
    ]:
        assert stage.page.evaluate(painted, [target, *event]) == [at_once, True], (target, event)
    paints_what_has_changed = """() => {
        const { painter } = document.querySelector(".lll-stage").lllStage;
        const now = performance.now();
        painter.giveWay();
        painter.pathsMoved();
        return [0, 1].map(() => {
            const { frames } = painter;
            painter.tick(now);
            return painter.frames > frames;
        });
    }"""
    assert stage.page.evaluate(paints_what_has_changed) == [True, False]
    waits_after_a_release = """(phase) => {
        const { painter } = document.querySelector(".lll-stage").lllStage;
        const detail = { path: "lane/0/learning_rate", value: 0.0123, phase };
        document.dispatchEvent(new CustomEvent("lab-knob", { detail }));
        return painter.waitsUntil > performance.now();
    }"""
    assert not stage.page.evaluate(waits_after_a_release, "move")
    assert stage.page.evaluate(waits_after_a_release, "release")
    paints_the_answer = """() => {
        const stage = document.querySelector(".lll-stage").lllStage;
        stage.painter.giveWay();
        const { frames } = stage.painter;
        stage.update(stage.model.tree);
        return stage.painter.frames > frames && stage.painter.waitsUntil < performance.now();
    }"""
    assert stage.page.evaluate(paints_the_answer)


def test_trails_of_a_long_race_are_painted_in_pieces_that_stay(still: Stage):
    # Every stroke of a whole trail, by the canvas it is painted on.
    count = """(step) => {
        const stage = document.querySelector(".lll-stage").lllStage;
        const { surface } = stage.panels;
        const strokes = {};
        const kept = CanvasRenderingContext2D.prototype.stroke;
        CanvasRenderingContext2D.prototype.stroke = function () {
            const name = this.canvas.className;
            strokes[name] = (strokes[name] ?? 0) + 1;
            kept.call(this);
        };
        stage.seek(step);
        stage.painter.paint();
        CanvasRenderingContext2D.prototype.stroke = kept;
        const past = surface.lower.past?.canvas;
        const painted = past && past.getContext("2d").getImageData(0, 0, past.width, past.height).data.some((v) => v);
        return [strokes["lll-past"] ?? 0, stage.paths.past.get(surface), Boolean(painted)];
    }"""
    first, past, painted = still.page.evaluate(count, 0)
    assert (first, past, painted) == (0, 0, False), "a race at its start has no past"
    whole, past, painted = still.page.evaluate(count, 450)
    assert whole > 0 and past == 400 and painted
    assert still.page.evaluate(count, 480)[:2] == [0, 400], "what is older stays as it is"
    again, past, painted = still.page.evaluate(count, 250)
    assert 0 < again < whole and past == 200 and painted, "back in time it is painted again"
    ahead, past, _painted = still.page.evaluate(count, 450)
    assert 0 < ahead < whole and past == 400, "further on only what is new"
    still.page.get_by_label("Trail").select_option("50")
    assert still.page.evaluate(count, 460)[1:] == [0, False], "a short trail has none"


def test_fewer_steps_keep_the_position_on_the_race(still: Stage):
    still.press("Home", *["Shift+ArrowRight"] * 8)
    assert still.state["step"] == 80
    still.button("fewer steps").click()
    still.until("state.steps === 40")
    assert still.state["step"] == 40
    expect(still.page.get_by_role("slider", name="Step of the race")).to_have_attribute("max", "40")
    assert still.ranges("curves")[0] == [0, 40]


def test_another_surface_is_drawn_once(still: Stage):
    still.button("himmelblau").click()
    still.until("state.surfaceKey.startsWith('himmelblau ') && state.surfaceDraws === 2")
    expect(still.page.get_by_role("heading", name="Himmelblau")).to_be_visible()
    assert still.ranges()[0] != [-2, 2]


def test_a_click_on_the_map_sets_the_start(still: Stage):
    still.page.mouse.click(*still.pixel(0.5, -0.5))
    still.until("Math.hypot(state.start[0] - 0.5, state.start[1] + 0.5) < 0.02")
    expect(still.page.get_by_text(re.compile(r"starts: [1-9]"))).to_be_visible()  # a slow answer is asked for again
    handle = still.page.locator(".lll-start").bounding_box()
    assert handle
    x, y = still.pixel(*still.state["start"])
    assert abs(handle["x"] + handle["width"] / 2 - x) < 1.5
    assert abs(handle["y"] + handle["height"] / 2 - y) < 1.5


def test_without_an_engine_the_server_follows_a_drag_of_the_start_to_its_very_end(still: Stage):
    still.page.evaluate(
        f"""() => {{
            const stage = {STAGE}.lllStage;
            stage.source.receive = () => {{}}; // as where its module does not load
            stage.source.module = null;
            stage.log = [];
            let given = stage.listeners;
            const onStart = (start) => {{ stage.log.push(performance.now()); given.onStart(start); }};
            Object.defineProperty(stage, "listeners", {{
                get: () => ({{ ...given, onStart }}),
                set: (value) => (given = value),
            }});
            const update = stage.update.bind(stage);
            stage.update = (tree) => {{
                if (tree.race.key !== stage.model.tree.race.key) stage.log.push("answer");
                update(tree);
            }};
        }}"""
    )
    key = still.state["raceKey"]
    still.button("knob").click()  # a rerun hands the callbacks over again
    still.until(f"state.raceKey !== {key!r}")
    key = still.state["raceKey"]
    mouse = still.page.mouse
    mouse.move(*still.pixel(-1.5, 2))
    mouse.down()
    targets = [(-1.5 + 0.08 * i, 2 - 0.08 * i) for i in range(1, 26)]
    for target in targets:
        mouse.move(*still.pixel(*target))
        still.page.wait_for_timeout(25)
    still.until(f"state.raceKey !== {key!r}")  # the paths follow before the pointer lets go
    mouse.move(*still.pixel(0.75, -0.25))
    mouse.up()
    still.until("Math.hypot(state.start[0] - 0.75, state.start[1] + 0.25) < 0.01")
    assert still.state["previews"] == 0
    log = still.page.evaluate(f"{STAGE}.lllStage.log")
    sent = [i for i, entry in enumerate(log) if entry != "answer"]
    assert len(sent) >= 2
    for one, other in pairwise(sent):
        assert "answer" in log[one:other] or log[other] - log[one] > 390, "two starts were under way at once"


def test_a_drag_of_the_map_pans_and_sets_no_start(still: Stage):
    before = still.ranges()
    paths = still.canvas("surface", "whole")
    x, y = still.pixel(0, 0)
    still.page.mouse.move(x, y)
    still.page.mouse.down()
    still.page.mouse.move(x + 60, y - 40, steps=4)
    changed(still, paths)  # the paths move while the map is dragged
    assert still.pixel(0, 0) == pytest.approx((x + 60, y - 40), abs=1.5)
    still.page.mouse.up()
    still.page.wait_for_timeout(300)  # a start would be asked for
    assert still.ranges() != before
    expect(still.page.get_by_text("starts: 0,")).to_be_visible()
    assert still.ink_near(*still.pixel(*still.entry_point(2, 500))) > 60


def test_a_double_click_resets_the_zoom_and_not_the_start(still: Stage):
    still.zoom_in(0.5, 0.5)
    still.page.mouse.dblclick(*still.pixel(0.5, 0.5))
    still.page.wait_for_function("document.querySelector('[data-graph=map]')._fullLayout.xaxis.range.join() === '-2,2'")
    still.page.wait_for_timeout(600)
    still.until("state.start[0] === -1.5 && state.start[1] === 2")


def test_the_start_moves_by_the_keyboard(still: Stage):
    still.page.locator(".lll-start").focus()
    still.press("ArrowRight")
    still.until("Math.abs(state.start[0] + 1.46) < 1e-9 && state.start[1] === 2")
    still.press("ArrowDown")
    still.until("Math.abs(state.start[1] - 1.96) < 1e-9")
    assert still.state["step"] == 500, "the arrow keys move the start and not the race"


def test_hover_shows_the_values_of_paths_curves_and_the_surface(still: Stage):
    x, y = still.pixel(*still.entry_point(2, 5))
    still.page.mouse.move(x - 40, y - 200)
    still.page.mouse.move(x, y, steps=3)
    tip = still.page.locator("[data-panel=surface] .lll-tip")
    expect(tip).to_be_visible()
    text = tip.inner_text()
    assert re.search(r"step 5\b", text) and "Nesterov" in text and re.search(r"loss \d", text)
    still.page.mouse.move(*still.pixel(0, 2.5), steps=3)
    expect(tip).to_be_hidden()
    expect(still.page.locator("[data-graph=map] .hovertext")).to_contain_text("loss")
    loss = still.page.evaluate(f"{STAGE}.lllStage.model.loss({STAGE}.lllStage.model.lanes[1], 250)")
    still.page.mouse.move(*still.pixel(250, loss, "curves"))
    tip = still.page.locator("[data-panel=curves] .lll-tip")
    expect(tip).to_contain_text("Momentum")
    expect(tip).to_contain_text("step 250")


def test_the_loss_axes_switch_and_the_linear_one_has_a_handful_of_ticks_whenever_it_comes_back(still: Stage):
    for kind in ("linear", "log", "linear", "log", "linear"):
        still.button(kind).click()
        still.page.wait_for_function(
            "(kind) => document.querySelector('[data-graph=curves]')._fullLayout.yaxis.type === kind", arg=kind
        )
        assert 2 <= still.page.locator("[data-graph=curves] .ytick").count() <= 40

    still.button("evaluations").click()
    still.page.wait_for_function(
        "document.querySelector('[data-graph=curves]')._fullLayout.xaxis.title.text.includes('evaluations')"
    )
    expect(still.button("linear")).to_have_attribute("aria-pressed", "true")
    expect(still.page.get_by_text("loss_axis='linear', progress_axis='evaluations'")).to_be_visible()
    assert still.state["view"]["progress_axis"] == "evaluations"


def test_the_legend_hides_shows_and_isolates(still: Stage):
    adam = still.page.locator(".lll-lane", has_text="Adam")
    everything = still.canvas("surface", "whole")
    adam.click()
    expect(adam).to_have_attribute("aria-pressed", "false")
    still.page.mouse.move(5, 5)
    still.until("state.view.hidden.join() === '5'")
    assert still.canvas("surface", "whole") != everything
    adam.dblclick()
    assert still.state["view"]["hidden"] == [0, 1, 2, 3, 4]
    adam.dblclick()
    assert still.state["view"]["hidden"] == []
    still.page.mouse.move(5, 5)
    still.page.wait_for_function(f"(paths) => {WHOLE}.toDataURL() === paths", arg=everything)
    expect(still.page.get_by_text("hidden=()")).to_be_visible()


def test_empty_stage_explains_how_to_add_entries(still: Stage):
    note = still.page.locator("[data-show=note]")
    expect(note).to_be_hidden()
    still.press(*"123456")
    expect(note).to_have_text("All optimizers are hidden. A click on a name in the legend shows it again.")
    still.press("2")
    expect(note).to_be_hidden()


def test_diverged_entry_is_labelled_and_ends_in_a_cross(open_stage: Opener):
    stage = open_stage("rates", reduced_motion="reduce")
    expect(stage.page.locator(".lll-lane", has_text="exploding").locator(".lll-loss")).to_contain_text("diverged")
    exit_point = stage.page.evaluate(
        f"""() => {{
            const {{ panels }} = {STAGE}.lllStage;
            const box = panels.surface.host.getBoundingClientRect();
            const {{ x, y }} = panels.surface.lines.get(3).exit;
            return [box.left + x, box.top + y];
        }}"""
    )
    assert stage.ink_near(*exit_point) > 40
    edges = [stage.pixel(-2, -2), stage.pixel(2, 2)]
    on_edge = min(abs(exit_point[axis] - edge[axis]) for edge in edges for axis in (0, 1))
    assert on_edge < 1, "the cross is where the path leaves the map"


def test_the_relief_shows_the_same_race(still: Stage):
    still.press("Home", *["Shift+ArrowRight"] * 3, "v")
    still.until("state.ready && state.view.projection === 'relief' && state.surfaceDraws === 2")
    expect(still.page.locator("[data-graph=map]")).to_be_hidden()
    before = still.canvas("surface", "moving")
    still.press("Shift+ArrowRight")
    still.until("state.step === 40")
    assert still.canvas("surface", "moving") != before
    x, y, width, height = still.page.evaluate(
        f"(() => {{ const r = {STAGE}.querySelector('canvas').getBoundingClientRect();"
        "return [r.x, r.y, r.width, r.height]; })()"
    )
    whole = still.canvas("surface", "whole")
    still.page.mouse.move(x + width / 2, y + height / 2)
    still.page.mouse.down()
    still.page.mouse.move(x + width / 2 + 80, y + height / 2 + 20, steps=4)
    still.page.mouse.up()
    changed(still, whole)  # the paths turn with the camera
    still.page.wait_for_timeout(200)  # it comes to rest
    camera = "document.querySelector('[data-graph=relief]')._fullLayout.scene._scene.getCamera().eye"
    eye = still.page.evaluate(camera)
    key = still.state["raceKey"]
    still.button("knob").click()
    still.until(f"state.raceKey !== {key!r}")
    assert still.page.evaluate(camera) == eye
    assert still.state["surfaceDraws"] == 2
    still.press("v", "v")
    still.until("state.ready && state.view.projection === 'relief'")
    assert still.page.locator("[data-graph=relief] canvas").count() == 1
    assert still.page.evaluate(camera) == eye


def test_the_relief_is_painted_where_plotly_draws_the_surface(still: Stage):
    """Plotly's own picking is asked which point of the surface is drawn where a path would be painted."""
    still.button("himmelblau").click()
    still.until("state.surfaceKey.startsWith('himmelblau ') && state.surfaceDraws === 2")
    still.page.get_by_role("heading", name="Himmelblau").click()  # the keys are the stage's again
    still.press("1", "2", "3", "4", "5", "6", "v")
    still.until("state.ready && state.surfaceDraws === 3")
    still.page.evaluate(
        "document.querySelector('[data-graph=relief]').on('plotly_hover', (e) => (window.picked = e.points[0]))"
    )
    checked = 0
    for x, y in [(0.5, 1), (-1, -1), (-3, -3), (1.5, 4), (4, 3)]:
        place = still.page.evaluate(
            f"""([x, y]) => {{
                const {{ projection, host }} = {STAGE}.lllStage.panels.surface;
                const found = projection.place(x, y);
                const box = host.getBoundingClientRect();
                const hidden = projection.ground.hides(x, y, found.z, projection.eye);
                return {{ x: box.left + found.x, y: box.top + found.y, hidden }};
            }}""",
            [x, y],
        )
        if place["hidden"]:
            continue
        picked = None
        for _ in range(20):  # the answer comes when a busy machine has drawn the scene again
            still.page.mouse.move(place["x"] + 6, place["y"])
            still.page.mouse.move(place["x"], place["y"], steps=2)
            still.page.wait_for_timeout(400)
            picked = still.page.evaluate("window.picked && [window.picked.x, window.picked.y]")
            if picked == pytest.approx([x, y], abs=0.3):
                break
        assert picked == pytest.approx([x, y], abs=0.3)
        checked += 1
    assert checked >= 3


def test_dark_and_light_change_colours_and_nothing_else(open_stage: Opener):
    stage = open_stage(color_scheme="light", reduced_motion="reduce")
    stage.press("Home", *["Shift+ArrowRight"] * 4)
    stage.zoom_in(0, 1)
    zoomed = stage.ranges()
    colour = "getComputedStyle(document.querySelector('[data-graph=map] .xtick text')).fill"
    light = stage.page.evaluate(colour)
    stage.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    stage.until("state.dark && state.ready && state.surfaceDraws === 2")
    assert stage.page.evaluate(colour) != light
    assert stage.ranges() == zoomed
    assert stage.state["step"] == 40
    stage.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    stage.until("!state.dark && state.ready && state.surfaceDraws === 3")
    assert stage.page.evaluate(colour) == light


@pytest.mark.parametrize("size", [(1440, 900), (1280, 800)])
def test_the_whole_stage_fits_a_desktop(open_stage: Opener, size: tuple[int, int]):
    stage = open_stage(viewport={"width": size[0], "height": size[1]})
    box = stage.page.locator(".lll-bar").bounding_box()
    assert box and box["y"] + box["height"] <= size[1]
    buttons = stage.page.locator(".lll-bar :is(button, select, input):visible")
    centres = [b["y"] + b["height"] / 2 for i in range(buttons.count()) if (b := buttons.nth(i).bounding_box())]
    assert max(centres) - min(centres) < 3, "the toolbar is one row"


def test_stage_fits_on_a_phone(open_stage: Opener):
    stage = open_stage(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    assert stage.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    surface, bar, curves = (
        stage.page.locator(name).bounding_box() for name in (".lll-surface", ".lll-bar", ".lll-curves")
    )
    assert surface and bar and curves
    assert surface["y"] < bar["y"] < curves["y"]
    assert bar["y"] + bar["height"] < 844, "the map and its controls are on the first screen"
    targets = stage.page.locator(".lll-stage :is(button, select, input):visible")
    assert targets.count() > 15
    for i in range(targets.count()):
        box = targets.nth(i).bounding_box()
        assert box and box["height"] >= 36, targets.nth(i).get_attribute("class")
    stage.page.touchscreen.tap(*stage.pixel(1, 2))
    stage.until("Math.hypot(state.start[0] - 1, state.start[1] - 2) < 0.05")


@pytest.mark.parametrize("race", ["classics", "rates"])
def test_the_race_begins_before_plotly_is_there_and_plotly_takes_over_in_place(
    new_page: Callable[..., Any], stage_address: str, race: str
):
    page = new_page("about:blank")
    held: list[Any] = []
    page.route("**/plotly.min.js*", lambda route: held.append(route))
    page.goto(f"{stage_address}/?race={race}")
    page.wait_for_function(f"() => {{ const s = {STAGE}?.stageState?.(); return s?.playing && s.step > 3; }}")
    assert not page.evaluate(f"{STAGE}.stageState().ready")
    expect(page.locator("[data-show=note]")).to_be_hidden()
    # Heights: several colours; and the projections of the first picture.
    colours = f"""(() => {{
        const {{ canvas }} = {STAGE}.lllStage.panels.surface.lower.early;
        const {{ data }} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size;
    }})()"""
    assert page.evaluate(colours) > 12
    places = f"""() => ["surface", "curves"].map((name) => {{
        const {{ x0, x1, y0, y1, rect }} = {STAGE}.lllStage.panels[name].projection;
        return [x0, x1, y0, y1, rect.left, rect.top, rect.right, rect.bottom];
    }})"""
    early = page.evaluate(places)
    for route in held:
        route.continue_()
    stage = Stage(page)
    assert stage.state["step"] > 3, "the race goes on"
    for before, after in zip(early, page.evaluate(places), strict=True):
        assert before[:4] == pytest.approx(after[:4])
        assert before[4:] == pytest.approx(after[4:], abs=10)
    assert page.evaluate(f"!{STAGE}.querySelector('.lll-early')"), "the first picture is gone"


def test_first_picture_reveals_nothing_in_the_fog(new_page: Callable[..., Any], stage_address: str):
    page = new_page("about:blank")
    page.route("**/plotly.min.js*", lambda route: None)
    page.goto(f"{stage_address}/?race=classics&fog&still")
    page.wait_for_function(f"() => {STAGE}?.stageState?.().pictured")
    # Right of the map nothing is written; on it the fog hides what no entry has seen.
    written = f"""() => {{
        const {{ surface }} = {STAGE}.lllStage.panels;
        const {{ canvas }} = surface.lower.early;
        const edge = Math.ceil((surface.projection.rect.right + 1) * surface.ratio);
        const beside = canvas.getContext("2d").getImageData(edge, 0, canvas.width - edge, canvas.height / 2).data;
        const fog = surface.lower.fog.canvas.getContext("2d").getImageData(edge - 40, canvas.height / 2, 20, 20).data;
        return [beside.some((value) => value), fog.every((value, i) => i % 4 < 3 || value === 255)];
    }}"""
    assert page.evaluate(written) == [False, True]


def test_stage_without_plotly_shows_an_error(browser: Any, stage_address: str):
    page = browser.new_page()
    page.route("**/plotly.min.js*", lambda route: route.abort())
    page.goto(stage_address)
    expect(page.get_by_text("plotly.js could not be loaded from /app/static/plotly.min.js")).to_be_visible(
        timeout=20_000
    )
    page.close()


def test_stage_has_a_text_description(still: Stage):
    group = still.page.get_by_role("group", name="Animated race of optimizers")
    expect(group).to_be_visible()
    expect(group.get_by_role("status").first).to_contain_text("Adam")
    for control in still.page.locator(".lll-stage :is(button, select, input):visible").all():
        assert control.get_attribute("aria-label") or control.inner_text().strip()


# The modes that lessons use


def test_family_is_dragged_in_the_browser_and_sent_on_release(open_stage: Opener):
    stage = open_stage("classics&family", reduced_motion="reduce")
    slider = stage.page.get_by_role("slider", name="learning rate η")
    expect(slider).to_have_attribute("aria-valuetext", "learning rate η = 0.001 · has not converged, at loss 4.5")
    stage.page.wait_for_function(
        f"{STAGE}.lllStage.fan.isPainted({STAGE}.lllStage.panels.surface)"
    )  # the fan behind it is there
    wire = stage.page.context.new_cdp_session(stage.page)
    wire.send("Network.enable")
    sent: list[Any] = []
    wire.on("Network.webSocketFrameSent", lambda frame: sent.append(frame))
    before = stage.state, stage.canvas("surface", "moving"), stage.canvas("curves", "moving")
    box = slider.bounding_box()
    assert box
    x, y = box["x"] + 9, box["y"] + box["height"] / 2
    mouse = stage.page.mouse
    mouse.move(x + (box["width"] - 18) * before[0]["member"] / (before[0]["members"] - 1), y)
    mouse.down()
    mouse.move(x + (box["width"] - 18) * 0.25, y, steps=4)
    slow = stage.state["value"], stage.canvas("surface", "moving")
    assert slow[0] < 1e-3 and slow[1] != before[1]
    mouse.move(x + (box["width"] - 18) * 0.95, y, steps=4)
    stage.page.wait_for_timeout(400)
    picked = stage.state
    assert 5e-3 < picked["value"] < 1e-2
    assert stage.canvas("surface", "moving") not in (before[1], slow[1])
    assert stage.canvas("curves", "moving") != before[2]
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"diverged at step \d"))
    expect(stage.page.locator(".lll-lane", has_text="Gradient descent")).to_contain_text("diverged")
    assert sent == [] and stage.state["raceKey"] == before[0]["raceKey"], "a drag needs no server"
    shown = stage.canvas("surface", "moving"), stage.canvas("curves", "moving")
    mouse.up()
    stage.until(f"state.raceKey !== {picked['raceKey']!r}")
    assert len(sent) > 0
    expect(stage.page.get_by_text(f"members: [{str(picked['value'])[:7]}")).to_be_visible()
    stage.page.wait_for_timeout(300)
    assert stage.state["value"] == picked["value"]
    assert (stage.canvas("surface", "moving"), stage.canvas("curves", "moving")) == shown, (
        "it stays where it was let go"
    )
    received: list[int] = []
    wire.on("Network.webSocketFrameReceived", lambda frame: received.append(len(frame["response"]["payloadData"])))
    told = stage.state["raceKey"]
    slider.press("ArrowLeft")
    assert stage.state["value"] < picked["value"] and stage.state["step"] == 500, "its arrow keys are its own"
    stage.until(f"state.raceKey !== {told!r}")
    family = 4 * 2 * stage.state["members"] * 501
    assert 0 < max(received) < family, "another choice does not send the points of all runs again"


def test_the_fog_hides_what_no_entry_has_seen(open_stage: Opener):
    stage = open_stage("classics&fog", reduced_motion="reduce")

    def cover(x: float, y: float) -> int:
        return stage.page.evaluate(
            """([x, y]) => {
                const canvas = document.querySelector(".lll-fog");
                const box = canvas.getBoundingClientRect();
                const ratio = canvas.width / box.width;
                const at = [(x - box.left) * ratio, (y - box.top) * ratio];
                return canvas.getContext("2d").getImageData(...at, 1, 1).data[3];
            }""",
            stage.pixel(x, y),
        )

    stage.press("Home")
    stage.until("state.step === 0 && state.seen < 0.02")
    minimum = (1, 1)
    assert (cover(-1.5, 2), cover(*minimum)) == (0, 255)
    relief = stage.button("3-D")
    expect(relief).to_be_disabled()
    label = stage.page.locator("[data-graph=map] .hovertext")
    stage.page.mouse.move(*stage.pixel(-1.68, 2.05))
    stage.page.mouse.move(*stage.pixel(-1.7, 2), steps=3)
    expect(label).to_contain_text("loss")
    expect(label).to_be_visible()
    stage.page.mouse.move(*stage.pixel(1.01, 1), steps=3)
    expect(label).to_be_hidden()
    stage.zoom_in(0.5, 0.5)
    assert cover(*minimum) == 255, "it stays where it is when the map is zoomed"
    stage.press("End")
    stage.until("state.step === 500 && state.seen > 0.1")
    assert cover(0.9, 0.8) == 0
    stage.press("Home", "f")
    stage.until("!state.foggy")
    expect(relief).to_be_enabled()
    assert cover(*minimum) == 0
    stage.page.mouse.move(*stage.pixel(0.8, 1), steps=3)
    expect(label).to_be_visible()
    stage.button("Fog").click()
    stage.until("state.foggy && state.seen < 0.02")
    assert cover(*minimum) == 255
    stage.page.mouse.click(*stage.pixel(0.9, 0.2))
    stage.until("Math.hypot(state.start[0] - 0.9, state.start[1] - 0.2) < 0.02")
    assert cover(0.9, 0.2) == 0 and cover(-1.4, 2) > 0, "the start can be set, and what the last race saw is gone"


def test_another_round_plays_from_the_start(open_stage: Opener):
    stage = open_stage("classics&still")
    assert (stage.state["step"], stage.state["playing"]) == (0, False)
    stage.press("End")
    stage.button("again").click()
    stage.until("state.playing && state.step > 0 && state.step < 400")
    stage.page.emulate_media(reduced_motion="reduce")
    stage.page.get_by_role("heading", name="Rosenbrock").click()
    stage.press("Home")
    stage.button("again").click()
    stage.until("!state.playing && state.step === 500")


def test_another_race_plays_from_its_start_and_another_number_does_not(open_stage: Opener):
    stage = open_stage("classics&still")
    stage.press("End")
    before = stage.state
    stage.button("knob").click()
    stage.until(f"state.raceKey !== {before['raceKey']!r}")
    assert (stage.state["step"], stage.state["playing"]) == (500, False)
    # From here on every step that the clock has shown, and whether there was a picture to show it on.
    stage.page.evaluate(
        f"""() => {{
            const stage = {STAGE}.lllStage;
            const {{ clock, graphs }} = stage;
            const advance = clock.advance;
            stage.log = [];
            clock.advance = function (seconds) {{
                stage.log.push([this.position, graphs.surfaceDraws]);
                advance.call(this, seconds);
            }};
        }}"""
    )
    stage.button("himmelblau").click()
    stage.until("state.surfaceKey.startsWith('himmelblau ') && state.playing && state.step > 0")
    log = stage.page.evaluate(f"{STAGE}.lllStage.log")
    assert log[0] == [0, before["surfaceDraws"] + 1], "the clock waits for the surface"
    stage.page.emulate_media(reduced_motion="reduce")
    stage.button("rastrigin").click()
    stage.until("state.surfaceKey.startsWith('rastrigin ') && !state.playing && state.step === 500")


def test_veiled_race_shows_nothing_until_it_is_revealed(open_stage: Opener):
    stage = open_stage("rates&veiled&family")
    told = stage.page.evaluate(
        f"""(() => {{
            const {{ race, words, curves }} = {STAGE}.lllStage.model.tree;
            const lanes = race.lanes.map((l) => [l.points.length, l.gaps.length, l.outcome, l.last_step]);
            return [lanes, race.family, words.summary, curves.ranges.steps];
        }})()"""
    )
    assert told == [[[2, 1, "", 0]] * 4, None, "", [0, 100]]
    stage.page.locator(".lll-surface h2").click()
    stage.press("End", "ArrowRight", " ")
    assert (stage.state["step"], stage.state["playing"]) == (0, False)
    for control in (stage.button("Play"), stage.page.get_by_role("slider", name="Step of the race")):
        expect(control).to_be_disabled()
    expect(stage.page.get_by_role("slider", name="learning rate η")).to_be_hidden()
    stage.button("reveal").click()
    stage.until("!state.veiled && state.playing && state.step > 0")
    expect(stage.page.get_by_role("slider", name="learning rate η")).to_be_visible()


def test_two_stages_on_a_page_and_one_of_them_beside_words(open_stage: Opener):
    stage = open_stage("classics&two", reduced_motion="reduce")
    stages = stage.page.locator(".lll-stage")
    expect(stages).to_have_count(2)
    second = "document.querySelectorAll('.lll-stage')[1]"
    stage.page.wait_for_function(f"{second}.stageState?.().ready")
    narrow, wide = (stages.nth(i).bounding_box() for i in (0, 1))
    assert narrow and wide
    assert narrow["width"] < 720 < wide["width"] and wide["height"] < 0.7 * 900
    curves, legend = (stages.nth(0).locator(name).bounding_box() for name in (".lll-curves", ".lll-legend"))
    assert curves and legend
    assert abs(curves["y"] - legend["y"]) < 2 and legend["x"] + legend["width"] <= narrow["x"] + narrow["width"] + 1
    assert narrow["y"] + narrow["height"] <= wide["y"], "no stage lies on the other"
    stage.press("Home")
    assert stage.state["step"] == 0
    stages.nth(1).get_by_role("heading", name="Elliptic bowl").click()
    stage.press("ArrowLeft", "ArrowLeft")
    assert (stage.state["step"], stage.page.evaluate(f"{second}.stageState().step")) == (0, 98)


def test_the_cross_on_a_loss_curve_is_at_the_step_that_diverged(open_stage: Opener):
    stage = open_stage("rates", reduced_motion="reduce")
    last = stage.page.evaluate(f"{STAGE}.lllStage.model.lanes[3].last_step")
    x, _ = stage.pixel(last, 1, "curves")
    top = stage.page.evaluate(
        f"(() => {{ const {{ panels }} = {STAGE}.lllStage;"
        "return panels.curves.host.getBoundingClientRect().top + panels.curves.projection.rect.top; })()"
    )
    assert stage.ink_near(x, top, "curves") > 40
    stage.page.locator(".lll-surface h2").click()
    stage.press("Home", *["ArrowRight"] * (last - 1))
    stage.until(f"state.step === {last - 1}")
    assert stage.ink_near(x + 12, top, "curves") == 0
