"""The response time of a lesson's page: figures sent without validation, beside figures validated by Plotly.

    python -m benchmarks.lessons

The script of the page runs in this process, without server and browser; times are processor times of its thread. Both
variants take turns on the same values of the lesson's first slider.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from statistics import median

import plotly.graph_objects as go
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.testing.v1 import AppTest

import landscape_lab.ui.server.process  # noqa: F401 - the garbage collector as in the server
from benchmarks.machine import load, machine
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.figures.figure_dict import FigureDict, UncheckedFigure
from landscape_lab.ui.course.lesson import page_of
from tests.pages import numbers

APP = Path(__file__).parents[1] / "app.py"
ROUNDS, WARM_UP = 7, 2
PARTS = (0.3, 0.7)
"""The values of the slider, as fractions of its range."""


def checked(figure: UncheckedFigure) -> FigureDict:
    return go.Figure(figure._figure).to_dict()


def main() -> None:
    print(f"{machine()}, {load()}\n")
    manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
    totals = [0.0, 0.0]
    for key, lesson in LESSONS.items():
        at = AppTest.from_file(str(APP), default_timeout=60)
        at.switch_page(page_of(lesson))
        at.run()
        row = next((row for row in numbers.rows(at).values() if row["low"] is not None), None)
        if row is None:
            continue
        spent: tuple[list[float], list[float]] = ([], [])
        for turn in range(ROUNDS):
            for kind, write in enumerate((UncheckedFigure.to_dict, checked)):
                place = row["low"] + (row["high"] - row["low"]) * PARTS[turn % 2]
                with timed(write) as clock:
                    numbers.turn(at, row["path"], int(place) if row["whole"] else place)
                spent[kind].append(clock[0])
        sent, compared = (median(each[WARM_UP:]) for each in spent)
        totals = [totals[0] + sent, totals[1] + compared]
        print(f"{key:30} {len(at.get('plotly_chart'))} figures {sent:6.1f} ms as they are, {compared:6.1f} ms checked")
    print(f"\nall: {totals[0]:.0f} ms and {totals[1]:.0f} ms, ratio {totals[1] / totals[0]:.2f}")


@contextmanager
def timed(write: object) -> Iterator[list[float]]:
    """Serialise figures by `write` within the block; yields the processor time of the script in milliseconds."""
    usual, run, clock = UncheckedFigure.to_dict, ScriptRunner._run_script, [0.0]

    def running(self: ScriptRunner, *args: object) -> None:
        began = time.thread_time()
        run(self, *args)  # type: ignore[arg-type]
        clock[0] = 1000 * (time.thread_time() - began)

    UncheckedFigure.to_dict, ScriptRunner._run_script = write, running  # type: ignore[method-assign,assignment]
    try:
        yield clock
    finally:
        UncheckedFigure.to_dict, ScriptRunner._run_script = usual, run  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
