"""Fingers on the map of a stage, in a browser with a touch screen."""

import time
from collections.abc import Sequence

import pytest

from tests.browser.stage import Opener, Stage

pytestmark = pytest.mark.browser

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
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    stage = open_stage(reduced_motion="reduce", **phone)
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
