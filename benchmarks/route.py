"""The response time of `/race` for knobs that need Python, in a real browser on a real server.

    python -m benchmarks.route              # every lesson, 5 seconds each
    python -m benchmarks.route --seconds 2 momentum taylor

On each lesson's page, the value of every knob sweeps its range, with a new value per frame. The page's client requests
only the latest value, one request at a time. On the same page, a change of the start, as after a release, is requested
by the route and by a run of the page's script, in turn.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.machine import load, machine
from benchmarks.stage import row
from landscape_lab.experiments.course.lessons import RACE_LESSONS
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.operations import settings_of
from landscape_lab.ui.assets import STAGE_JS, url_of
from scripts.programs import CHROMIUM
from tests.browser.conftest import CHROMIUM_ARGUMENTS, serve
from tests.serving import path_of

APP = Path(__file__).parents[1] / "app.py"
GOAL = 15
"""Pictures per second for one user."""
STOPS = 400
RERUNS = 12

PATIENCE = 120_000
READY = """() => {
    const state = document.querySelector(".lll-stage")?.stageState?.();
    return state?.ready && state.frames > 0;
}"""

DRAG = """async ([address, path, values, seconds]) => {
    const { RaceRequest } = await import(new URL(address, location.origin));
    const tree = document.querySelector(".lll-stage").lllStage.model.tree;
    const requests = new RaceRequest(tree.route, tree);
    const waits = [], refused = { count: 0 };
    const began = performance.now();
    let last = Promise.resolve();
    for (let frame = 0; performance.now() - began < 1000 * seconds; frame++) {
        await new Promise(requestAnimationFrame);
        const place = frame % (2 * values.length - 2);
        const asked = performance.now();
        last = requests.ask({ [path]: values[Math.min(place, 2 * values.length - 2 - place)] });
        last.then((tree) => tree && waits.push(performance.now() - asked));
    }
    await last;
    return [waits, performance.now() - began];
}"""

SETTLE = """async ([address, x, y]) => {
    const { RaceRequest } = await import(new URL(address, location.origin));
    const { tree } = document.querySelector(".lll-stage").lllStage.model;
    const began = performance.now();
    const race = await new RaceRequest(tree.route, tree).ask({ "start/x": x, "start/y": y });
    return race ? performance.now() - began : NaN;
}"""

RERUN = """([x, y]) => new Promise((resolve) => {
    const stage = document.querySelector(".lll-stage").lllStage;
    const key = stage.model.tree.race.key, began = performance.now();
    stage.listeners.onStart({ x, y });
    const look = () =>
        stage.model.tree.race.key === key ? setTimeout(look, 1) : resolve(performance.now() - began);
    look();
})"""


def drag(page: Page, lesson: RaceLesson, seconds: float) -> tuple[float, list[float]]:
    """Drag all knobs of a lesson in turn; returns responses per second, and the response times in milliseconds."""
    settings = [each for each in settings_of(lesson) if each.path.startswith("lesson/")]
    waits, took = [], 0.0
    for setting in settings:
        low, high = float(setting.knob.low), float(setting.knob.high)
        log = setting.knob.scale == "log" and low > 0
        values: Any = np.geomspace(low, high, STOPS) if log else np.linspace(low, high, STOPS)
        if isinstance(setting.value, int):
            values = np.unique(np.round(values).astype(int))
        got, milliseconds = page.evaluate(
            DRAG, [url_of(STAGE_JS), setting.path, values.tolist(), seconds / len(settings)]
        )
        waits += got
        took += milliseconds / 1000
    return len(waits) / took, waits


def release(page: Page, lesson: RaceLesson) -> tuple[list[float], list[float]]:
    """The times in milliseconds until the stage has the race from a new start: by the route, and by a rerun."""
    draw = np.random.default_rng(0)
    settled, rerun = [], []
    for _ in range(RERUNS):
        starts = [[draw.uniform(low, high) for low, high in lesson.scenario.landscape.domain] for _ in range(2)]
        settled.append(page.evaluate(SETTLE, [url_of(STAGE_JS), *starts[0]]))
        rerun.append(page.evaluate(RERUN, starts[1]))
        page.wait_for_timeout(400)
    return settled[2:], rerun[2:]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("lessons", nargs="*", help="by the names of their pages; all unless given")
    parser.add_argument("--seconds", type=float, default=5.0)
    chosen = parser.parse_args()
    print(f"{machine()}, {load()}")
    rates, everything, settled, reruns = {}, [], [], []
    with sync_playwright() as playwright, serve(APP, Path("/dev/null")) as address:
        browser = playwright.chromium.launch(executable_path=path_of(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        for key in chosen.lessons or RACE_LESSONS:
            page = browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce", bypass_csp=True)
            page.goto(f"{address}/{key}")
            page.wait_for_function(READY, timeout=PATIENCE)
            page.wait_for_timeout(1000)
            lesson = RACE_LESSONS[key]()
            drag(page, lesson, 0.5)
            rates[key], waits = drag(page, lesson, chosen.seconds)
            asked, again = release(page, lesson)
            everything += waits
            settled += asked
            reruns += again
            p50, p95 = np.percentile(waits, [50, 95]) if waits else (np.nan, np.nan)
            row(
                key,
                f"{rates[key]:.0f} a second, p50 {p50:.0f}  p95 {p95:.0f} ms",
                f"released: p50 {np.median(asked):.0f} ms, by a rerun {np.median(again):.0f} ms",
            )
            page.close()
        browser.close()
    low = min(rates, key=lambda key: rates[key])
    row("all lessons: while dragged", f"p50 {np.median(everything):.0f}  p95 {np.percentile(everything, 95):.0f} ms")
    row("all lessons: released", f"p50 {np.median(settled):.0f}  p95 {np.percentile(settled, 95):.0f} ms")
    row("all lessons: released, by a rerun", f"p50 {np.median(reruns):.0f}  p95 {np.percentile(reruns, 95):.0f} ms")
    row(f"slowest lesson ({low})", f"{rates[low]:.0f} pictures a second", f"goal: {GOAL}")


if __name__ == "__main__":
    main()
