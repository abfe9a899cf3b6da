"""The cost of the inspector: tracing the steps compared with the run itself, and the bytes sent.

    python -m benchmarks.inspector

The goal is that a closed inspector costs nothing and that an open one follows a knob without a delay.
"""

import time
from collections.abc import Callable

from benchmarks.machine import load, machine
from landscape_lab.experiments import Scenario, race
from landscape_lab.experiments.race import run_entry
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.figures.step_mathml import steps_as_mathml
from landscape_lab.ui.stage.message import race_tree
from landscape_lab.ui.stage.packing import pack
from optim_core.step_trace import trace_steps

ENTRIES = ("gradient_descent", "adam", "radam", "lookahead(inner=adam)", "line_search")
STEPS = (500, 5000)


def milliseconds(work: Callable[[], object]) -> float:
    """The best of five times in milliseconds."""
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return 1000 * min(times)


def main() -> None:
    """Print one line for each optimizer and number of steps."""
    print(machine(), load())
    heads = f"{'entry':26}{'steps':>6}{'run, ms':>10}{'trace, ms':>13}{'ratio':>8}"
    print(f"{heads}{'MathML, ms':>12}{'kB closed':>11}{'open':>7}")
    for steps in STEPS:
        for text in ENTRIES:
            scenario = Scenario.from_query({"lanes": text, "surface": "himmelblau", "steps": str(steps)})
            (entry,) = scenario.entries
            (path,) = race(scenario).trajectories

            def traces(scenario=scenario, entry=entry, path=path):
                return trace_steps(scenario.landscape, entry.optimizer, path)

            steps_traced = traces()
            plain = milliseconds(lambda scenario=scenario, entry=entry: run_entry(scenario, entry))
            traced = milliseconds(traces)
            written = milliseconds(lambda entry=entry, each=steps_traced: steps_as_mathml(each, entry.optimizer))
            closed, opened = (
                len(pack({**race_tree(scenario, View(inspector=inspector)), "surface": {}})) / 1000
                for inspector in (False, True)
            )
            print(
                f"{text:26}{steps:6}{plain:10.2f}{traced:13.2f}{traced / plain:8.1f}{written:12.2f}"
                f"{closed:11.1f}{opened:7.1f}"
            )


if __name__ == "__main__":
    main()
