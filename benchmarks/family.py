"""The frame rate of a parameter sweep and of the fog: six optimizers, 500 steps each, in a real browser.

    python -m benchmarks.family

The sweep is one entry at 61 learning rates. A script in the page moves its slider back and forth by one stop per frame,
faster than a hand; the figure is the number of pictures that the stage paints.
"""

import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.machine import load, machine
from benchmarks.stage import PLAYBACK, WATCHED, row, spread, until_painted
from landscape_lab.experiments import RACES
from landscape_lab.experiments.families import Family
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui.stage.message import race_tree
from landscape_lab.ui.stage.packing import pack
from scripts.programs import CHROMIUM
from tests.browser.conftest import CHROMIUM_ARGUMENTS, ROOT, serve
from tests.serving import path_of

APP = ROOT / "tests" / "browser" / "stage_app.py"
RACE = RACES["classics"].scenario
RATES = np.geomspace(1e-4, 1e-2, 61)
NEW_FAMILIES = 20

DRAG = """(milliseconds) => new Promise((resolve) => {
    const stage = document.querySelector(".lll-stage").lllStage;
    const { frames } = stage.painter;
    const { slider } = stage.family;
    const last = Number(slider.max);
    const first = performance.now();
    let before = first, gap = 0, moves = 0;
    requestAnimationFrame(function frame(now) {
        gap = Math.max(gap, now - before);
        before = now;
        const turn = moves++ % (2 * last);
        slider.value = turn <= last ? turn : 2 * last - turn;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        if (now - first < milliseconds) requestAnimationFrame(frame);
        else resolve([1000 * (stage.painter.frames - frames) / (now - first), gap]);
    });
})"""
PLAY_FROM = """(step) => {
    const { lllStage } = document.querySelector(".lll-stage");
    lllStage.seek(step);
    if (step < lllStage.clock.steps) lllStage.setPlaying(true);
}"""


def open_mode(browser: Browser, address: str, mode: str) -> Page:
    """Open a page with the race in one of the stage's modes, and wait until everything is drawn."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{address}/?race=classics&{mode}")
    until_painted(page)
    page.wait_for_timeout(2500)
    return page


def measure_browser(browser: Browser, address: str) -> None:
    page = open_mode(browser, address, "family&still")
    for name, step in (("at rest at the end", RACE.steps), ("while it plays", 0)):
        page.evaluate(PLAY_FROM, step)
        frames, gap = page.evaluate(DRAG, 1000 * WATCHED)
        row(f"family dragged, {name}", f"{frames:.1f} frames/s, gap {gap:.0f} ms", "goal: 55 frames/s")
    page.close()
    page = open_mode(browser, address, "fog&still")
    page.evaluate(PLAY_FROM, 0)
    frames, gap = page.evaluate(PLAYBACK, 1000 * WATCHED)
    row("playback in the fog", f"{frames:.1f} frames/s, gap {gap:.0f} ms", "goal: 58 frames/s")
    page.close()


def measure_message() -> None:
    """The cost of a sweep on the server and in the message, for sweeps that are not cached."""
    times, tree = [], {}
    for i in range(NEW_FAMILIES):
        family = Family(0, "learning_rate", (RATES * (1 + i / 1000)).tolist())
        began = time.perf_counter()
        tree = race_tree(RACE, View(), family=family)
        times.append(1000 * (time.perf_counter() - began))
    row(f"server: a new family of {len(RATES)}", spread(times[1:]))
    with_it, without = (len(pack(each)) / 1000 for each in (tree, race_tree(RACE, View())))
    row("message without and with the family", f"{without:.0f}, {with_it:.0f} kB")


def main() -> None:
    print(f"{machine()}, {load()}\n")
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        script = shutil.copy(APP, folder)  # plotly.js is published beside it
        browser = playwright.chromium.launch(executable_path=path_of(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        with serve(Path(script), Path(folder) / "app.log") as address:
            measure_browser(browser, address)
        browser.close()
    measure_message()
    print(f"\nafterwards: {load()}")


if __name__ == "__main__":
    main()
