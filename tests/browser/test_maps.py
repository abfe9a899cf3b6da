"""The maps in a real browser: they appear, finer and finer; a click loads a run, a box zooms, stop stops."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from landscape_lab.experiments.maps.plan import MAPS, MapPlan

pytestmark = pytest.mark.browser

APP = Path(__file__).parents[2] / "app.py"
PATIENCE = 90_000
"""Milliseconds: a busy machine, and real work."""


class Maps:
    """The page of the maps, and what a test wants to know of it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE)
        self.until("map.columns >= 64")

    @property
    def state(self) -> dict[str, Any]:
        return self.page.evaluate("document.querySelector('.lll-map').mapState()")

    @property
    def plan(self) -> MapPlan:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.page.url).query).items()}
        return MapPlan.from_query(query)

    def until(self, condition: str) -> None:
        """Wait until a JavaScript expression about `map`, `stage` and the `query` of the address holds."""
        self.page.wait_for_function(
            f"""() => {{
                const map = document.querySelector(".lll-map")?.mapState?.();
                const stage = document.querySelector(".lll-stage")?.stageState?.();
                const query = new URLSearchParams(location.search);
                return map && ({condition});
            }}""",
            timeout=PATIENCE,
        )

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Where a place, in parts of the axes, is in the window."""
        self.page.locator(".lll-map canvas").first.scroll_into_view_if_needed()
        box = self.page.locator(".lll-map canvas").first.bounding_box()
        frame = self.state["frame"]
        assert box
        return (
            box["x"] + frame["left"] + x * frame["width"],
            box["y"] + frame["top"] + (1 - y) * frame["height"],
        )

    def drag(self, begin: tuple[float, float], end: tuple[float, float]) -> None:
        mouse = self.page.mouse
        mouse.move(*self.pixel(*begin))
        mouse.down()
        mouse.move(*self.pixel(*[(a + b) / 2 for a, b in zip(begin, end, strict=True)]))
        mouse.move(*self.pixel(*end))
        mouse.up()


Opener = Callable[..., Maps]


@pytest.fixture
def open_maps(new_page: Callable[..., Page], app_server: Callable[[Path], str]) -> Opener:
    def open_it(plan: MapPlan, **options: object) -> Maps:
        return Maps(new_page(f"{app_server(APP)}/maps?{urlencode(plan.to_query())}", **options))

    return open_it


def quick(name: str = "edge", steps: int = 30) -> MapPlan:
    plan = MAPS[name].plan
    return replace(plan, scenario=replace(plan.scenario, steps=steps))


def test_map_appears_and_becomes_finer(open_maps: Opener):
    maps = open_maps(quick())
    maps.until("map.columns >= 256")
    maps.until("map.columns === 1024 && !map.busy")
    expect(maps.page.get_by_text("1024 × 1024 cells")).to_be_visible()
    colors = maps.page.evaluate(
        """() => {
            const canvas = document.querySelector(".lll-map canvas");
            const { left, top, width, height } = canvas.parentElement.mapState().frame;
            const part = [left, top, width, height].map((length) => length * devicePixelRatio);
            const image = canvas.getContext("2d").getImageData(...part);
            const found = new Set();
            for (let i = 0; i < image.data.length; i += 400) found.add(image.data.slice(i, i + 3).join());
            return found.size;
        }"""
    )
    assert colors > 50


def test_key_curve_and_run_are_above_the_fold(open_maps: Opener):
    plan = replace(quick(), picked=(0.00222, 0.95), finest=64)  # this run diverges
    maps = open_maps(plan, viewport={"width": 1440, "height": 900})
    maps.until("stage && stage.ready")
    for width, height in ((1440, 900), (1366, 768)):
        maps.page.set_viewport_size({"width": width, "height": height})
        for part in (".map-legend", ".lll-surface", ".lll-curves", ".lll-lane", ".lll-bar", ".st-key-map-run"):
            expect(maps.page.locator(part).first).to_be_in_viewport(ratio=1)
        axis, stage = (maps.page.locator(part).first.bounding_box() for part in (".st-key-map-axes", ".lll-stage"))
        assert axis and stage and axis["y"] + axis["height"] <= stage["y"]
        assert axis["height"] < 100, "a row for each axis"
        cut = ".lll-panel h2, .st-key-map-toolbar button"
        assert maps.page.locator(cut).evaluate_all("(all) => all.every((it) => it.scrollWidth <= it.clientWidth + 1)")
    expect(maps.page.get_by_role("link", name="Open this run in the playground")).to_be_in_viewport(ratio=1)
    # The text about the end of a run has room.
    maps.page.locator(".lll-stage .lll-scrub").first.press("End")
    expect(maps.page.locator(".lll-loss").first).to_contain_text("diverged at step")
    assert maps.page.locator(".lll-lane").evaluate_all(
        "(lanes) => lanes.every((lane) => [...lane.children].every((it) => it.scrollWidth <= it.clientWidth + 1))"
    )


def test_map_and_key_fill_a_phone_and_the_run_follows(open_maps: Opener):
    for size in ({"width": 360, "height": 780}, {"width": 430, "height": 932}):
        maps = open_maps(replace(quick(), finest=64), viewport=size, has_touch=True, is_mobile=True)
        maps.until("stage && stage.ready")
        for part in (".lll-map", ".map-legend"):
            expect(maps.page.locator(part)).to_be_in_viewport(ratio=1)
        legend, run, axes = (
            maps.page.locator(part).bounding_box() for part in (".map-legend", ".st-key-map-run", ".st-key-map-axes")
        )
        assert legend and run and axes
        assert legend["y"] + legend["height"] <= run["y"] < legend["y"] + legend["height"] + 100
        assert run["height"] < size["height"] and run["y"] + run["height"] <= axes["y"]
        assert maps.page.evaluate("document.querySelector('.stMain').scrollWidth") == size["width"]


def test_hover_describes_the_cell(open_maps: Opener):
    maps = open_maps(quick())
    maps.page.mouse.move(*maps.pixel(0.97, 0.5))
    maps.until("map.told.includes('diverged at step')")
    assert "learning rate η 0.0022" in maps.state["told"]


def test_click_loads_the_run_of_that_cell_and_the_playground_shows_it(open_maps: Opener):
    maps = open_maps(quick())
    maps.page.mouse.click(*maps.pixel(0.3, 0.7))
    maps.until("map.picked && query.get('at')")
    plan = maps.plan
    assert plan.picked and plan.axes[0].place(plan.picked[0]) == pytest.approx(0.3, abs=0.02)
    maps.until("stage && stage.raceKey.includes(query.get('at').split(',')[0])")
    maps.page.get_by_role("link", name="Open this run in the playground").click()
    maps.page.wait_for_url("**/playground**")
    maps.page.wait_for_function(
        "(text) => document.querySelector('.lll-stage')?.stageState?.().raceKey.includes(text)",
        arg=plan.run.entries[0].text,
        timeout=PATIENCE,
    )


def test_axes_of_the_run_are_in_the_link_and_restored(open_maps: Opener):
    maps = open_maps(quick())
    maps.until("stage && stage.ready")
    maps.page.locator(".lll-stage [data-act=progress_axis][data-value=evaluations]").click()
    maps.until("query.get('show') === 'evaluations' && stage.view.progress_axis === 'evaluations'")
    maps.page.locator(".lll-stage [data-act=loss_axis][data-value=linear]").click()
    maps.until("query.get('show') === 'linear,evaluations'")
    maps.page.reload()
    maps.until("stage && stage.ready && stage.view.progress_axis === 'evaluations'")
    maps.until("stage.view.loss_axis === 'linear' && query.get('show') === 'linear,evaluations'")


def test_box_zooms_and_the_map_is_computed_again(open_maps: Opener):
    maps = open_maps(quick())
    old = maps.plan
    maps.drag((0.25, 0.25), (0.5, 0.75))
    maps.until(
        f"Math.abs(map.x[1] - map.x[0] - {(old.axes[0].high - old.axes[0].low) / 4}) < 1e-5 && map.columns >= 64"
    )
    maps.until("query.get('across') !== 'learning_rate=0.002025:0.002225'")
    x, y = maps.plan.axes
    assert x.low == pytest.approx(old.axes[0].part(0.25, 0.5).low, rel=1e-3)
    assert y.high - y.low == pytest.approx(0.04, rel=0.02)
    maps.until("[...map.view.x, ...map.view.y].join() === '0,1,0,1'")
    # No button is drawn again, or moves, while it is pressed.
    maps.until("!map.busy && document.querySelector('.stApp').dataset.testScriptState === 'notRunning'")
    maps.page.get_by_role("button", name="Back", exact=True).click()
    maps.until("query.get('across') === 'learning_rate=0.002025:0.002225' && map.x[0] === 0.002025")
    # One box is one change, whatever axes the browser sent before it received the new ones.
    expect(maps.page.get_by_role("button", name="Back", exact=True)).to_be_disabled()


def test_wheel_zooms_by_one_request_and_otherwise_scrolls_the_page(open_maps: Opener):
    maps = open_maps(quick(), viewport={"width": 1440, "height": 900})
    before = maps.state
    maps.page.mouse.move(*maps.pixel(0.25, 0.5))
    for _turn in range(3):
        maps.page.mouse.wheel(0, -100)
    low, high = before["x"]
    maps.until(f"map.x && map.x[1] - map.x[0] < 0.7 * {high - low} && map.columns >= 64")
    left, right = maps.state["x"]
    assert (low + 0.25 * (high - low) - left) / (right - left) == pytest.approx(0.25, abs=0.02)
    maps.until("Number(query.get('across').split(/[=:]/)[1]) === map.x[0]")
    maps.until("[...map.view.x, ...map.view.y].join() === '0,1,0,1'")
    # The whole map is shown, so that the page scrolls down.
    maps.page.mouse.wheel(0, 200)
    maps.page.wait_for_function("document.querySelector('.stMain').scrollTop > 0")
    assert maps.state["x"] == [left, right]
    # Two fingers on a touch pad, which a browser reports as a wheel with Ctrl, show more than the whole map.
    maps.page.keyboard.down("Control")
    maps.page.mouse.move(*maps.pixel(0.5, 0.5))
    maps.page.mouse.wheel(0, 50)
    maps.page.keyboard.up("Control")
    maps.until(f"map.x && map.x[0] < {left} && map.x[1] > {right} && map.columns >= 64")
    for ends in ((left, right), (low, high)):
        maps.page.get_by_role("button", name="Back", exact=True).click()
        maps.until(f"map.x && map.x[0] === {ends[0]}")
    expect(maps.page.get_by_role("button", name="Back", exact=True)).to_be_disabled()


def test_two_fingers_scale_the_map_and_one_moves_it(open_maps: Opener):
    plan = replace(quick(), finest=64)
    maps = open_maps(plan, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    maps.until("!map.busy")
    touch = maps.page.context.new_cdp_session(maps.page)

    def fingers(*steps: list[tuple[float, float]]) -> None:
        for kind, places in zip(("touchStart", *["touchMove"] * (len(steps) - 1)), steps, strict=True):
            points = [{"x": x, "y": y} for x, y in (maps.pixel(*place) for place in places)]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    x, y = plan.axes
    fingers([(0.4, 0.4), (0.6, 0.6)], [(0.3, 0.3), (0.7, 0.7)], [(0.2, 0.3), (0.8, 0.9)])
    maps.until(f"map.x && map.x[0] > {x.low} && map.columns >= 64 && map.view.x[1] === 1")
    scaled = x.part(1 / 3, 2 / 3), y.part(0.5 - 0.6 / 3, 0.5 + 0.4 / 3)
    for axis, found in zip(scaled, (maps.state["x"], maps.state["y"]), strict=True):
        assert found == pytest.approx([axis.low, axis.high], rel=1e-3)
    fingers([(0.3, 0.5)], [(0.5, 0.5)], [(0.6, 0.5)])
    maps.until(f"map.x && map.x[0] < {scaled[0].low - 1e-9} && map.columns >= 64 && map.view.x[1] === 1")
    moved = scaled[0].part(-0.3, 0.7)
    assert maps.state["x"] == pytest.approx([moved.low, moved.high], rel=1e-3)
    # A tap selects a cell, and the text about it stays.
    fingers([(0.5, 0.5)])
    maps.until("map.picked && query.get('at') && map.told.includes('momentum')")


def test_stop_and_changes_cancel_the_computation(open_maps: Opener):
    slow = MapPlan.from_query(
        {"surface": "ackley", "lanes": "lion", "steps": "5000", "across": "learning_rate=0.01:1", "up": "beta1=0:0.9"}
    )
    maps = open_maps(slow)
    maps.until("map.busy")
    # In the page: while a script runs, Streamlit has a button of that name above it.
    maps.page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop", exact=True).click()
    maps.until("!map.busy")
    expect(maps.page.get_by_text("Stopped before a finer map was computed.")).to_be_visible()
    columns = maps.state["columns"]
    assert columns < 1024
    maps.page.get_by_role("button", name="Continue").click()
    maps.until("map.busy")
    # The page is usable meanwhile, and another map is there long before the old one could be done.
    maps.page.get_by_text("The textbook's border", exact=True).click()
    maps.until("query.get('surface')?.startsWith('elliptic_bowl') && map.x[0] === 0.001 && map.columns >= 64")


def test_keyboard_reaches_every_cell(open_maps: Opener):
    maps = open_maps(quick("basins", 100))
    canvas = maps.page.locator(".lll-map canvas").first
    canvas.focus()
    canvas.press("ArrowRight")
    maps.until("map.told.includes('start x')")
    canvas.press("Enter")
    maps.until("map.picked && query.get('at')")
    canvas.press("+")
    maps.until("map.x[1] - map.x[0] < 3 && query.get('across') !== 'x=-5:5' && map.view.x[1] === 1")
    canvas.press("-")
    maps.until("map.x[1] - map.x[0] > 3")


def test_four_maps_side_by_side(open_maps: Opener):
    maps = open_maps(quick("side_by_side"))
    maps.page.wait_for_function(
        "() => { const all = [...document.querySelectorAll('.lll-map')];"
        " return all.length === 4 && all.every((each) => each.mapState?.().columns >= 64); }",
        timeout=PATIENCE,
    )


def test_downloads_are_the_map(open_maps: Opener, tmp_path: Path):
    maps = open_maps(quick())
    stop = maps.page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop", exact=True)
    if stop.is_visible():
        stop.click()
    maps.until("!map.busy")
    n = maps.state["columns"]
    maps.page.get_by_role("tab", name="Download").click()
    for label, ending in (("PNG", "png"), (".npz", "npz"), ("CSV", "csv")):
        with maps.page.expect_download(timeout=PATIENCE) as waiting:
            maps.page.get_by_role("button", name=label).click()
        waiting.value.save_as(tmp_path / f"map.{ending}")
        assert waiting.value.suggested_filename == f"map-learning_rate-momentum-{n}.{ending}"
    with Image.open(tmp_path / "map.png") as image:
        assert image.size == (n, n)
    with np.load(tmp_path / "map.npz") as numbers:
        assert numbers["outcomes"].shape == (n, n)
    assert (tmp_path / "map.csv").read_text().startswith("learning_rate,momentum,outcome,step,loss")
