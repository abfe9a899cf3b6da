"""The response time of the app: a race of eight optimizers, 500 steps each, on a real server in a real browser.

    python -m benchmarks.stage

The time of a change is measured in the browser, from the key or mouse event until the stage has painted the new race of
the server; the screen shows it at its next refresh, up to 16 ms later. No change is cached. Meanwhile the race plays in
a loop.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.testing.v1 import AppTest

import landscape_lab.experiments.runs
import landscape_lab.ui.playground.panel
import landscape_lab.ui.playground.race_picker
import landscape_lab.ui.playground.results
import landscape_lab.ui.server.process  # the garbage collector as in the server
import landscape_lab.ui.stage
import landscape_lab.ui.stage.message
from benchmarks.machine import load, machine
from landscape_lab.experiments import Scenario
from scripts.programs import CHROMIUM
from tests.browser.conftest import CHROMIUM_ARGUMENTS, serve
from tests.pages import numbers
from tests.serving import path_of

APP = Path(__file__).parents[1] / "app.py"
RACE = Scenario.from_query(
    {
        "lanes": "adam(learning_rate=0.05),gradient_descent(learning_rate=0.001),momentum(learning_rate=0.0005),"
        "nesterov(learning_rate=0.0005),adagrad(learning_rate=0.5),rmsprop(learning_rate=0.01),"
        "adamw(learning_rate=0.04),lion(learning_rate=0.01)"
    }
)
LONG = Scenario.from_query(
    {
        "lanes": "adam,gradient_descent,momentum,nesterov,adagrad,rmsprop,adamw,lion,nadam,radam,adamax,amsgrad",
        "steps": "5000",
        "noise": "gradient_noise(eta=100)",
    }
)
"""The longest possible race, with the most irregular paths."""
KNOB = "learning rate, exact value"
CHANGES, WARM_UP = 40, 4
STARTS = 5
WATCHED = 5.0
"""The duration of playback in seconds."""
PAUSE = 450
"""Milliseconds from one painted change to the next: longer than a double click, and the script has long ended."""
PATIENCE = 20_000

WATCH = """() => {
    const stage = document.querySelector(".lll-stage").lllStage;
    const watch = (window.lllWatch = { began: 0, took: null, key: stage.model.tree.race.key });
    const { paint } = stage.painter;
    stage.painter.paint = function () {
        paint.call(this);
        const isPages = stage.model.fromServer.race.key !== watch.key;
        const settled = stage.preview.settled && (isPages || stage.model.previewing);
        if (settled) watch.took ??= performance.now() - watch.began;
    };
    const key = () => stage.model.fromServer.race.key;
    const begin = () => Object.assign(watch, { began: performance.now(), took: null, key: key() });
    addEventListener("keydown", (event) => event.key === "Enter" && begin(), true);
    addEventListener("pointerup", begin, true);
}"""

PLAY_ON = """() => {
    const stage = document.querySelector(".lll-stage").lllStage;
    stage.clock.loop = true;
    stage.setPlaying(true);
}"""

PLAY_FROM = """(part) => {
    const stage = document.querySelector(".lll-stage").lllStage;
    stage.seek(part * stage.clock.steps);
    stage.setPlaying(true);
}"""

PLAYBACK = """(milliseconds) => new Promise((resolve) => {
    const stage = document.querySelector(".lll-stage").lllStage;
    const painted = stage.painter.frames;
    const first = performance.now();
    let last = first, gap = 0;
    requestAnimationFrame(function frame(now) {
        gap = Math.max(gap, now - last);
        last = now;
        if (now - first < milliseconds && stage.state().playing) requestAnimationFrame(frame);
        else resolve([1000 * (stage.painter.frames - painted) / (now - first), gap]);
    });
})"""

PIXEL = """([x, y]) => {
    const graph = document.querySelector("[data-graph=map]");
    const { xaxis, yaxis } = graph._fullLayout;
    const box = graph.getBoundingClientRect();
    return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
}"""


def row(what: str, figure: str, goal: str = "") -> None:
    print(f"{what:46}{figure:>30}   {goal}")


def spread(values: list[float], unit: str = "ms") -> str:
    p50, p95 = np.percentile(values, [50, 95])
    return f"p50 {p50:.0f}  p95 {p95:.0f}  max {max(values):.0f} {unit}"


class Wire:
    """Counts the bytes that the server sends over the web socket of a page."""

    def __init__(self, page: Page) -> None:
        self.received = 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._count))

    def _count(self, frame: str | bytes) -> None:
        self.received += len(frame)


def open_race(browser: Browser, address: str, race: Scenario = RACE) -> tuple[Page, Wire]:
    """Open a page with a race and wait until it is painted."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    wire = Wire(page)
    page.goto(f"{address}/playground?{urlencode(race.to_query())}")
    until_painted(page)
    return page, wire


def until_painted(page: Page, what: str = "ready") -> None:
    """Wait for Plotly's picture, or for the first one (`pictured`)."""
    page.wait_for_function(
        f"() => {{ const s = document.querySelector('.lll-stage')?.stageState?.(); return s?.{what} && s.frames; }}",
        polling="raf",
        timeout=PATIENCE,
    )


def answers(page: Page, wire: Wire, changes: Iterator[Callable[[], object]]) -> tuple[list[float], list[float]]:
    """The time until each change was painted in milliseconds, and its kilobytes, after a few warm-up changes."""
    times, sizes = [], []
    for change in changes:
        before = wire.received
        change()
        page.wait_for_function("() => window.lllWatch.took !== null", timeout=PATIENCE)
        times.append(page.evaluate("window.lllWatch.took"))
        page.wait_for_timeout(PAUSE)
        sizes.append((wire.received - before) / 1000)
    return times[WARM_UP:], sizes[WARM_UP:]


def learning_rates() -> list[str]:
    return [f"{0.03 + 0.00071 * i:.5f}" for i in range(WARM_UP + CHANGES)]


def knob_changes(page: Page) -> Iterator[Callable[[], object]]:
    """Type new learning rates; the change is made by the Enter key."""
    field = page.get_by_label(KNOB)
    for rate in learning_rates():
        field.fill(rate)
        yield lambda: field.press("Enter")


def clicks(page: Page) -> Iterator[Callable[[], object]]:
    """Click random points of the map, none near the last one, where the handle of the start is."""
    rng = np.random.default_rng(0)
    (x0, x1), (y0, y1) = RACE.landscape.domain
    for i in range(WARM_UP + CHANGES):
        # Left and right halves in turn.
        part = rng.uniform(0.08, 0.42) + 0.5 * (i % 2)
        point = x0 + part * (x1 - x0), y0 + rng.uniform(0.1, 0.9) * (y1 - y0)
        at = page.evaluate(PIXEL, list(point))
        yield lambda at=at: page.mouse.click(*at)


def measure_changes(browser: Browser, address: str) -> None:
    page, wire = open_race(browser, address)
    page.wait_for_timeout(2000)
    page.evaluate(WATCH)
    page.evaluate(PLAY_ON)
    times, sizes = answers(page, wire, knob_changes(page))
    row(f"knob -> painted ({len(times)} learning rates)", spread(times), "goal: p50 60, p95 100 ms")
    row("  bytes a change", f"{median(sizes):.0f}, at most {max(sizes):.0f} kB", "goal: 150 kB")
    times, sizes = answers(page, wire, clicks(page))
    row(f"click -> painted ({len(times)} starts)", spread(times), "goal: p95 120 ms")
    row("  bytes a change", f"{median(sizes):.0f}, at most {max(sizes):.0f} kB", "goal: 150 kB")
    page.close()


def measure_playback(browser: Browser, address: str) -> None:
    watched = (
        ("map", RACE, 0.0, "goal: 58 frames/s"),
        ("3-D", RACE, 0.0, "goal: 20 frames/s"),
        ("map, 12 entries of 5000 steps", LONG, 0.5, ""),
    )
    for name, race, part, goal in watched:
        page, _wire = open_race(browser, address, race)
        page.wait_for_timeout(2500)  # Plotly has drawn, Streamlit has finished
        if name == "3-D":
            page.keyboard.press("v")
            page.wait_for_timeout(2500)
        page.evaluate(PLAY_FROM, part)
        frames, gap = page.evaluate(PLAYBACK, 1000 * WATCHED)
        row(f"playback, {name}", f"{frames:.1f} frames/s, gap {gap:.0f} ms", goal)
        page.close()


def measure_start(browser: Browser, folder: Path) -> None:
    """The time from the start of `make run` to the first picture, in an open browser with an empty cache."""
    times = []
    for i in range(STARTS):
        context = browser.new_context(viewport={"width": 1440, "height": 900}, bypass_csp=True)
        page = context.new_page()
        began = time.perf_counter()
        with serve(APP, folder / f"start-{i}.log") as address:
            page.goto(address, wait_until="commit")
            until_painted(page, "pictured")
            times.append(time.perf_counter() - began)
        context.close()
    row(
        f"make run -> first picture ({STARTS} starts)",
        f"{median(times):.2f}, at most {max(times):.2f} s",
        "goal: 3.5 s",
    )


class Stopwatch:
    """Measures the time spent in functions, in milliseconds."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    @contextmanager
    def over(self, **functions: tuple[Any, str]) -> Iterator[None]:
        """Time functions, each given as the object that holds it and its name."""
        kept = [(home, name, getattr(home, name)) for home, name in functions.values()]
        for label, (home, name, function) in zip(functions, kept, strict=True):
            setattr(home, name, self._timed(label, function))
        try:
            yield
        finally:
            for home, name, function in kept:
                setattr(home, name, function)

    def _timed(self, label: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.spent[label] = self.spent.get(label, 0) + 1000 * (time.perf_counter() - began)

        return timed


def measure_script() -> None:
    """The server's time for a change of a knob, by part: the script in this process, without server and browser."""
    app = AppTest.from_file(str(APP))
    app.switch_page("pages/playground.py")
    for name, value in RACE.to_query().items():
        app.query_params[name] = value
    app.run()
    parts = {
        "race": (landscape_lab.experiments.runs, "run_entry"),
        "message": (landscape_lab.ui.stage.message, "race_tree"),
        "packing": (landscape_lab.ui.stage, "pack"),
        "results": (landscape_lab.ui.playground.results, "results_table"),
        "race and surface": (landscape_lab.ui.playground.race_picker, "race_picker"),
        "entry editor": (landscape_lab.ui.playground.panel, "entry_editor"),
        "surface and start": (landscape_lab.ui.playground.panel, "surface_controls"),
    }
    runs = []
    for rate in learning_rates():
        watch = Stopwatch()
        with watch.over(**parts, script=(ScriptRunner, "_run_script")):
            numbers.turn(app, "lane/0/learning_rate", float(rate))
        runs.append(watch.spent)
    row("server: the whole script", spread([run["script"] for run in runs[WARM_UP:]]))
    for part in parts:
        row(f"  {part}", spread([run.get(part, 0.0) for run in runs[WARM_UP:]]))


def main() -> None:
    print(f"{machine()}, {load()}\n")
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path_of(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        with serve(APP, Path(folder) / "app.log") as address:
            measure_changes(browser, address)
            measure_playback(browser, address)
        measure_start(browser, Path(folder))
        browser.close()
    measure_script()
    print(f"\nafterwards: {load()}")


if __name__ == "__main__":
    main()
