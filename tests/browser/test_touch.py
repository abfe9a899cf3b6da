"""Phones: fingers on the map of a stage, and the parts of a lesson that are collapsed."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import Opener, Stage

pytestmark = pytest.mark.browser

APP = Path(__file__).parents[2] / "app.py"
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
Point = tuple[float, float]
MAP = "document.querySelector('[data-graph=map]')._fullLayout.xaxis.range.join() === '-2,2'"


class Fingers:
    """The fingers on a stage."""

    def __init__(self, stage: Stage) -> None:
        self._wire = stage.page.context.new_cdp_session(stage.page)

    def _send(self, kind: str, points: Sequence[Point], at: float | None = None) -> None:
        touches = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        stamp = {} if at is None else {"timestamp": at}
        self._wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches, **stamp})

    def move(self, *ways: tuple[Point, Point]) -> None:
        """Put each finger on the first point of its way, one after the other, and move all to their second points."""
        for count in range(1, len(ways) + 1):
            self._send("touchStart", [begin for begin, _end in ways[:count]])
        for part in (0.25, 0.5, 0.75, 1.0):
            self._send("touchMove", [(x + part * (to_x - x), y + part * (to_y - y)) for (x, y), (to_x, to_y) in ways])
        self._send("touchEnd", [])

    def double_tap(self, point: Point) -> None:
        begin = time.time()
        for after in (0.0, 0.15):
            self._send("touchStart", [point], begin + after)
            self._send("touchEnd", [], begin + after + 0.03)


def test_two_fingers_zoom_and_move_the_map(open_stage: Opener):
    stage = open_stage(reduced_motion="reduce", **PHONE)
    fingers = Fingers(stage)

    def drawn(condition: str) -> None:
        stage.page.wait_for_function(f"!document.querySelector('.lll-pinched') && {condition}")

    x, y = stage.pixel(0.5, 1)
    before = stage.ranges()
    fingers.move(((x - 20, y), (x - 60, y)), ((x + 20, y), (x + 60, y)))
    drawn(f"!({MAP})")
    zoomed = stage.ranges()
    for (low, high), (old_low, old_high) in zip(zoomed, before, strict=True):
        assert high - low == pytest.approx((old_high - old_low) / 3)
    assert stage.pixel(0.5, 1) == pytest.approx((x, y), abs=4), (
        "the point between the fingers stays there, up to wider numbers of the axes"
    )
    # Two fingers that keep their distance move the map.
    fingers.move(((x - 20, y), (x + 10, y - 40)), ((x + 20, y), (x + 50, y - 40)))
    drawn(f"document.querySelector('[data-graph=map]')._fullLayout.yaxis.range[0] < {zoomed[1][0]} - 0.05")
    assert stage.pixel(0.5, 1) == pytest.approx((x + 30, y - 40), abs=8)
    # The map does not become smaller than its place.
    fingers.move(((x - 60, y), (x - 5, y)), ((x + 60, y), (x + 5, y)))
    drawn(MAP)
    assert stage.ranges() == before
    fingers.move(((x - 20, y), (x - 60, y)), ((x + 20, y), (x + 60, y)))
    drawn(f"!({MAP})")
    fingers.double_tap((x + 10, y + 40))
    drawn(MAP)
    stage.until("state.start[0] === -1.5 && state.start[1] === 2")
    # One finger still scrolls the page.
    assert stage.page.evaluate("visualViewport.scale") == 1
    fingers.move(((x, y), (x, y - 120)))
    stage.page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop > 50")
    assert stage.ranges() == before and stage.state["start"] == [-1.5, 2]


def test_lesson_on_a_phone_collapses_its_parts_and_fits_its_question(
    new_page: Callable[..., Page], app_server: Callable[[Path], str]
):
    page = new_page(f"{app_server(APP)}/momentum", reduced_motion="reduce", **PHONE)
    question = page.locator(".st-key-question")
    expect(question.get_by_role("button", name="Submit and play")).to_be_visible(timeout=60_000)
    ready = "[...document.querySelectorAll('.lll-stage')].filter((it) => it.stageState?.().ready).length === 2"
    page.wait_for_function(ready, timeout=60_000)
    box = question.bounding_box()
    assert box and box["height"] < 800, "the picture of the question and its answers are on one screen"
    question.get_by_text("Gradient descent: it has no velocity").tap()
    question.get_by_role("button", name="Submit and play").tap()
    expect(question.get_by_text("Correct.")).to_be_visible(timeout=60_000)
    # The losses of the question's race appear with it, in their place.
    curves = question.locator("[data-panel=curves]")
    expect(curves).to_be_visible()
    page.wait_for_function(ready)
    assert curves.locator(".main-svg").first.bounding_box() == pytest.approx(curves.bounding_box(), abs=1)
    titles, figures = page.locator(".lll-fold summary"), page.locator("[class*=st-key-folded] .stPlotlyChart")
    expect(titles.last).to_be_visible(timeout=60_000)
    expect(figures).to_have_count(3, timeout=60_000)
    assert not any(figure.is_visible() for figure in figures.all())
    titles.filter(has_text="Two steps from the same place").tap()
    expect(figures.nth(1)).to_be_visible()
    assert not figures.nth(2).is_visible()
    page.wait_for_function("document.querySelector('[class*=st-key-folded] .main-svg').clientWidth > 300")
    # One task at a time: the next one begins at the edge.
    tasks = page.locator(".st-key-goals .stColumn")
    edges = [task.bounding_box() for task in tasks.all()]
    assert all(edges) and edges[0]["width"] < 330 and edges[0]["y"] == edges[2]["y"]  # type: ignore[index]
    assert page.locator(".stMain").evaluate("(main) => main.scrollWidth <= main.clientWidth")
