"""The latency of dragging: six optimizers, 500 steps each, in a real browser on a real server.

    python -m benchmarks.drag

The mouse drags the ring and the slider of a learning rate while the race is at its end. The time of a move is from the
time stamp of its first event until the stage has painted a different race; the screen shows it at its next refresh. All
is repeated without the browser's engine, as for a race that it cannot run, so that the server computes the races. The
time of the release after the last move is until the server's own race is painted. Compare figures within one table
only.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.machine import load, machine
from benchmarks.stage import row, spread, until_painted
from scripts.programs import CHROMIUM
from tests.browser.conftest import CHROMIUM_ARGUMENTS, ROOT, serve
from tests.serving import path_of

MOVES, WARM_UP = 40, 4
STRIDE = 3
"""The length of a move in pixels."""
PAUSE = 80
"""Milliseconds from one painted move to the next."""
UNFOLLOWED = 1500
"""Milliseconds after which a move counts as not followed."""
SLIDER = ".lll-knob[data-path='lane/0/learning_rate'] input[type=range]"

WATCH = """() => {
    const stage = document.querySelector(".lll-stage").lllStage;
    const watch = (window.lllDrag = { points: null, key: null, began: null, moved: null, settled: null });
    const begin = ({ timeStamp }) => (watch.began ??= timeStamp);
    for (const type of ["pointermove", "pointerup", "input", "change"]) addEventListener(type, begin, true);
    const { paint } = stage.painter;
    stage.painter.paint = function () {
        paint.call(this);
        if (watch.began === null) return;
        const { points } = this.model.lanes[0];
        const same = points.every((value, i) => Object.is(value, watch.points[i]));
        if (!same) watch.moved ??= performance.now() - watch.began;
        const isPages = this.model.fromServer.race.key !== watch.key;
        const settled = stage.preview.settled && (isPages || this.model.previewing);
        if (settled) watch.settled ??= performance.now() - watch.began;
    };
}"""

ARM = """() => {
    const stage = document.querySelector(".lll-stage").lllStage;
    const points = stage.model.lanes[0].points.slice();
    const { key } = stage.model.fromServer.race;
    Object.assign(window.lllDrag, { points, key, began: null, moved: null, settled: null });
}"""

WITHOUT_ENGINE = """() => {
    const stage = document.querySelector(".lll-stage").lllStage;
    stage.source.receive = () => {};
    stage.source.module = null;
}"""


def drag(page: Page, handle: tuple[float, float]) -> tuple[list[float], int, float]:
    """The times of the moves that were followed, the number of the others, and the time of the release, in ms."""
    x, y = handle
    mouse = page.mouse
    mouse.move(x, y)
    mouse.down()
    times, missed = [], 0
    for i in range(WARM_UP + MOVES):
        page.evaluate(ARM)
        x += STRIDE
        mouse.move(x, y)
        deadline = time.monotonic() + UNFOLLOWED / 1000
        while (took := page.evaluate("window.lllDrag.moved")) is None and time.monotonic() < deadline:
            page.wait_for_timeout(5)
        if i >= WARM_UP:
            times += [] if took is None else [took]
            missed += took is None
        if missed > 3 and not times:
            break
        page.wait_for_timeout(PAUSE)
    page.evaluate(ARM)
    mouse.up()
    page.wait_for_function("() => window.lllDrag.settled !== null", timeout=20_000)
    page.wait_for_timeout(1000)
    return times, missed, page.evaluate("window.lllDrag.settled")


def centre(page: Page, selector: str, share: float = 0.5) -> tuple[float, float]:
    """A point of an element, at this fraction of its width."""
    box = page.locator(selector).first.bounding_box()
    assert box
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def thumb(page: Page) -> tuple[float, float]:
    """The position of the slider's thumb, which does not reach the ends of the slider."""
    found = page.locator(SLIDER)
    found.scroll_into_view_if_needed()
    box = found.bounding_box()
    assert box
    part = found.evaluate("(range) => (range.value - range.min) / (range.max - range.min)")
    return box["x"] + 8 + part * (box["width"] - 16), box["y"] + box["height"] / 2


def report(what: str, page: Page, handle: tuple[float, float]) -> list[float]:
    times, missed, settled = drag(page, handle)
    row(what, spread(times) if times else "", f"not followed: {missed} of {MOVES}")
    row("  released -> the server's race is painted", f"{settled:.0f} ms")
    return times


def measure_drags(browser: Browser, address: str) -> None:
    for engine in (True, False):
        page = browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce", bypass_csp=True)
        page.goto(f"{address}/playground")
        until_painted(page)
        page.wait_for_function("() => document.querySelector('.lll-stage').lllStage.engine", timeout=20_000)
        page.wait_for_timeout(2000)
        page.evaluate(WATCH)
        if not engine:
            page.evaluate(WITHOUT_ENGINE)
        which = "in the browser" if engine else "by the server"
        goal = " (goal: p50 8, p95 16 ms)" if engine else ""
        report(f"ring, followed {which}{goal}", page, centre(page, ".lll-start"))
        if page.locator(SLIDER).count():
            report(f"learning rate, followed {which}{goal}", page, thumb(page))
        page.close()


def main() -> None:
    print(f"{machine()}\n{load()}\n")
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path_of(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        with serve(ROOT / "app.py", Path(folder) / "server.log") as address:
            measure_drags(browser, address)
        browser.close()
    print(f"\nafterwards: {load()}")


if __name__ == "__main__":
    main()
