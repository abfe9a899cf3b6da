"""The speed of each backend: the steps of the same runs by all of them in turn, as a multiple of the NumPy backend.

    python -m benchmarks.backends

`NumPy` calls the optimizer's own `step`; `Python`, `LLVM` and `JavaScript` are generated from its trace. All record
every point, except `LLVM, the end only`. A ratio is the median over rounds, in each of which every backend is timed
once. Times are processor times, except for Node.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.machine import load, machine
from landscapes import LANDSCAPES
from landscapes.surface_javascript import surface_text
from optim_core import Adam, GradientDescent, Lookahead, Optimizer
from optim_core.backends import javascript, scalar, vector
from optim_core.backends.scalar import ScalarBackend
from optim_core.backends.step_by_step import StepByStep
from optim_core.backends.vector import VectorBackend
from optim_core.form import filled_of
from optim_core.objective import Array
from optim_core.optimizer import numbers_of
from optim_core.samplers.exact import Exact
from tests.node import in_node

SURFACE, START = LANDSCAPES["rosenbrock"], (-1.2, 1.0)
OPTIMIZERS: tuple[Optimizer, ...] = (GradientDescent(1e-3), Adam(), Lookahead(Adam()))
STEPS, RUNS = 500, (1, 16, 256, 4096)
ROUNDS = 9

NODE = """
const { step, loss } = (await modules(given.text));
const state = new Float64Array(step.slots), times = [];
for (let round = 0; round < 20 * given.rounds; round++) {
    step.start(given.x, given.y, given.knobs, state);
    const begin = performance.now();
    for (let t = 0; t < given.steps; t++) step.step(state, given.knobs, loss);
    times.push((performance.now() - begin) / 1000);
}
return times.slice(-given.rounds);
"""


def seconds(work: Callable[[], object]) -> float:
    """The processor time of a call in this thread, in seconds."""
    begin = time.thread_time()
    work()
    return time.thread_time() - begin


def backends(optimizer: Optimizer, theta: Array) -> Iterator[tuple[str, Callable[[], object]]]:
    """The backends by name, each as a function that computes all steps from theta (2, runs)."""
    batch = StepByStep(SURFACE, optimizer, theta, {}, Exact(), 0, False, STEPS)
    yield "NumPy", lambda: batch.advance(0, STEPS)
    if theta.shape[1] == 1:
        single = ScalarBackend(SURFACE, optimizer, {}, Exact(), 0, filled=filled_of(SURFACE))
        first = single.begin(theta, optimizer.init(theta))
        yield "Python", lambda: single.advance(first, 0, STEPS)
    many = VectorBackend.begin(SURFACE, optimizer, {}, theta)
    yield "LLVM", lambda: many.advance(0, STEPS)
    yield "LLVM, the end only", lambda: many.ahead(0, STEPS)


def in_javascript(optimizer: Optimizer) -> Array:
    """The times that Node takes for the steps of one run, in seconds."""
    written = javascript.step_of(optimizer)
    text = f"{javascript.HEAD}\nexport const step = {written.text};\nconst surface = {surface_text(SURFACE)};\n"
    p = [float(value) for value in SURFACE._arguments]
    text += f"const p = {p};\nexport const loss = Object.fromEntries(['value', 'gradient', 'hessian'].map((name) => "
    text += "[name, (x, y, out) => surface[name](x, y, p, out)]));\n"
    every = numbers_of(optimizer, javascript.KINDS)
    given: dict[str, Any] = {"text": text, "x": START[0], "y": START[1], "steps": STEPS, "rounds": ROUNDS}
    return np.array(in_node(NODE, given | {"knobs": [float(every[path]) for path in written.knobs]}))


def first_use(optimizer: Optimizer) -> dict[str, float]:
    """The times to generate the code of each backend, in milliseconds."""
    for cache in (scalar._written, vector._written, javascript._step_of):
        cache.cache_clear()
    theta = np.array(START)[:, None]
    work = {
        "Python": lambda: ScalarBackend(SURFACE, optimizer, {}, Exact(), 0, filled=filled_of(SURFACE)),
        "LLVM": lambda: VectorBackend.begin(SURFACE, optimizer, {}, theta),
        "JavaScript": lambda: javascript.step_of(optimizer),
    }
    return {name: 1000 * seconds(make) for name, make in work.items()}


def main() -> None:
    """Print a table for single runs and for batches, and the cost of the first use."""
    print(f"{machine()}, {load()}: {STEPS} steps on Rosenbrock\n")
    VectorBackend.begin(SURFACE, Adam(), {}, np.zeros((2, 1)))  # initialises LLVM
    for optimizer in OPTIMIZERS:
        name = type(optimizer).__name__
        for runs in RUNS:
            theta = np.tile(np.array(START)[:, None], runs)
            with np.errstate(all="ignore"):
                works = dict(backends(optimizer, theta))
                times = np.array([[seconds(work) for work in works.values()] for _ in range(ROUNDS + 1)])[1:]
            ratios = dict(zip(works, np.median(times[:, :1] / times, axis=0), strict=True))
            plain = float(np.median(times[:, 0]))
            if runs == 1:
                ratios["JavaScript"] = plain / float(np.median(in_javascript(optimizer)))
            listed = ", ".join(f"{each} {ratio:.1f}" for each, ratio in ratios.items() if each != "NumPy")
            print(f"{name:16} {runs:5} runs: NumPy {1e6 * plain / STEPS:7.1f} us a step; times as fast: {listed}")
        costs = ", ".join(f"{each} {cost:.1f} ms" for each, cost in first_use(optimizer).items())
        print(f"{'':16} the first use: {costs}\n")


if __name__ == "__main__":
    main()
