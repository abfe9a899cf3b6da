"""The relief in a real browser: its panel, the start on it, its camera in the link, and its flight."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.stage import STAGE, Opener

pytestmark = pytest.mark.browser

APP = Path(__file__).parents[2] / "app.py"
SHOWN = f"{STAGE}?.lllStage?.graphs.relief.shown"


@pytest.mark.parametrize("size", [(1100, 800), (390, 844)])
def test_the_relief_fills_its_panel_and_a_click_on_it_sets_the_start(open_stage: Opener, size: tuple[int, int]):
    still = open_stage(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    still.press("v")
    still.until("state.ready && state.view.projection === 'relief'")
    left, right, top, bottom, width, height = still.page.evaluate(
        f"""() => {{
            const {{ projection, host }} = {STAGE}.lllStage.panels.surface;
            const {{ ground }} = projection;
            const parts = Array.from({{ length: 21 }}, (_, i) => i / 20);
            const places = parts.flatMap((u) => parts.flatMap((v) => {{
                const [x, y] = [ground.x0 + u * ground.width, ground.y0 + v * ground.depth];
                return [ground.at(x, y), ground.low].map((z) => projection.at(x, y, z));
            }}));
            const ends = (values) => [Math.min(...values), Math.max(...values)];
            const edges = [...ends(places.map(({{ x }}) => x)), ...ends(places.map(({{ y }}) => y))];
            return [...edges, host.clientWidth, host.clientHeight];
        }}"""
    )
    assert min(left, top, width - right, height - bottom) > 0
    assert (right - left) * (bottom - top) > 0.7 * width * height
    x, y = still.page.evaluate(
        f"""() => {{
            const {{ projection, host }} = {STAGE}.lllStage.panels.surface;
            const box = host.getBoundingClientRect();
            const pixel = projection.at(0.5, -0.5, projection.ground.at(0.5, -0.5));
            return [box.left + pixel.x, box.top + pixel.y];
        }}"""
    )
    still.page.mouse.click(x, y)
    still.until("Math.hypot(state.start[0] - 0.5, state.start[1] + 0.5) < 0.02")


def test_the_camera_is_in_the_link(new_page: Callable[..., Page], app_server: Callable[[Path], str]):
    page = new_page(f"{app_server(APP)}/playground?show=relief&camera=100,60,0.8", reduced_motion="reduce")

    def until(condition: str) -> None:
        query = "const query = new URLSearchParams(location.search);"
        page.wait_for_function(f"() => {{ {query} return {condition}; }}", timeout=60_000)

    until(f"{SHOWN} === '100,60,0.8'")
    box = page.locator("[data-graph=relief]").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] - 12  # on the floor, beside the surface
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    page.mouse.up()
    until("!['100', undefined].includes(query.get('camera')?.split(',')[0])")
    until(f"query.get('camera') === {SHOWN}")
    linked = page.evaluate(f"() => {SHOWN}")
    page.get_by_role("button", name="Reset view").click()
    until(f"!query.has('camera') && {SHOWN} === ''")
    page.go_back()
    until(f"query.get('camera') === '{linked}' && {SHOWN} === '{linked}'")


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)])
def test_the_start_page_shows_its_race_and_one_button_and_the_flight_ends(
    new_page: Callable[..., Page], app_server: Callable[[Path], str], size: tuple[int, int]
):
    width, height = size
    page = new_page(app_server(APP), viewport={"width": width, "height": height})
    page.wait_for_function(f"() => {STAGE}?.stageState?.().ready", timeout=60_000)
    button = page.get_by_role("link", name="Open the playground")
    for part in (page.get_by_text("Watch optimizers race"), button, page.locator("[data-panel=surface]")):
        box = part.bounding_box()
        assert box and box["y"] >= 0 and box["y"] + box["height"] <= height
    picture = page.locator("[data-panel=surface]").bounding_box()
    assert picture and picture["width"] > 0.65 * width
    page.wait_for_function(f"() => {STAGE}.lllStage.graphs.surfaceDraws === 1", timeout=60_000)
    page.locator("[data-panel=surface]").dispatch_event("pointerdown")
    page.wait_for_function(f"() => !{STAGE}.stageState().touring && {SHOWN} === ''", timeout=60_000)


def test_without_motion_the_start_page_shows_the_end_of_the_race(
    new_page: Callable[..., Page], app_server: Callable[[Path], str]
):
    page = new_page(app_server(APP), reduced_motion="reduce")
    page.wait_for_function(f"() => {STAGE}?.stageState?.().ready", timeout=60_000)
    state = page.evaluate(f"() => {STAGE}.stageState()")
    assert not state["touring"] and state["step"] == state["steps"] and state["view"]["projection"] == "relief"
