"""The speed of maps: steps of runs per second, and the time of the page's coarsest map.

    python -m benchmarks.sweep

If optax is installed, the same runs through vmap + jit + scan in double precision are measured as well, with and
without compilation; they check no outcome and record no steps. Compare figures within one table only: the first line
gives the speed of the machine.
"""

import importlib.util
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import numpy as np

from benchmarks.core import numpy_call
from benchmarks.machine import load, machine
from landscape_lab.experiments import Scenario
from landscape_lab.experiments.maps import Axis, sweep
from landscape_lab.experiments.maps.plan import MAPS
from optim_core import OPTIMIZERS
from optim_core.final_state import BLOCK_RUNS, run_to_end

HAS_OPTAX = importlib.util.find_spec("optax") is not None
REPEATS = 5

BASINS = Scenario.from_query({"surface": "himmelblau", "lanes": "momentum(learning_rate=0.01)", "steps": "300"})
BASIN_AXES = (Axis("x", -5, 5, count=512), Axis("y", -5, 5, count=512))
ADAM_STEPS = 300
ADAM_RATES = np.geomspace(1e-4, 1e-1, 4 * BLOCK_RUNS)
START = (-1.5, 2.0)


def timed(work: Callable[[], object], repeats: int = REPEATS) -> list[float]:
    """The times of repeated calls after a warm-up call, in seconds."""
    work()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return times


def row(name: str, times: list[float], more: str = "", goal: str = "") -> None:
    """Print one line: the best and the median of the times. On a busy machine the best is more reliable."""
    print(f"{name:46}{1000 * min(times):10.0f}{1000 * median(times):10.0f}  {more:30}{goal}")


def maps() -> None:
    """Whole maps, on all cores and on one."""
    cells = BASIN_AXES[0].count * BASIN_AXES[1].count
    found = sweep(BASINS, BASIN_AXES, "minimum")
    made = int(found.steps.sum())
    name = f"momentum on Himmelblau, 512 x 512 x {BASINS.steps}"
    for workers in sorted({os.cpu_count() or 1, 1}, reverse=True):
        with ThreadPoolExecutor(workers) as threads:
            times = timed(lambda threads=threads: sweep(BASINS, BASIN_AXES, "minimum", executor=threads))
        goal = "goal: 500 ms on two cores" if workers > 1 else ""
        row(f"{name}, {workers} threads", times, f"{made / min(times) / 1e6:.0f} M run-steps/s", goal)
    print(f"{'':46}({made / cells / BASINS.steps:.0%} of all steps were made: the others had ended)")
    for key in MAPS:
        plan = MAPS[key].plan
        alone = plan.alone(plan.mapped[0])
        times = timed(lambda alone=alone, plan=plan: sweep(alone, plan.sized(64), plan.metric))
        row(f"64 x 64 preview: {key}, {alone.steps} steps", times, "", "goal: 100 ms")


def adam() -> None:
    """Adam on Rosenbrock in one thread, and its bare steps, without checks and records."""
    from landscapes import LANDSCAPES

    surface, method = LANDSCAPES["rosenbrock"], OPTIMIZERS["adam"](ADAM_RATES)
    steps = ADAM_STEPS * ADAM_RATES.size
    times = timed(lambda: run_to_end(surface, method, START, ADAM_STEPS, tolerance=1e-6))
    goal = "goal: 120 M run-steps/s"
    row(
        f"Adam on Rosenbrock, {ADAM_RATES.size} runs x {ADAM_STEPS}",
        times,
        f"{steps / min(times) / 1e6:.0f} M run-steps/s",
        goal,
    )

    def bare() -> None:
        for first in range(0, ADAM_RATES.size, BLOCK_RUNS):
            part = OPTIMIZERS["adam"](ADAM_RATES[first : first + BLOCK_RUNS])
            theta = np.tile(np.array(START)[:, None], BLOCK_RUNS)
            state = part.init(theta)
            for _ in range(ADAM_STEPS):
                theta, state = part.step(theta, state, surface)

    with np.errstate(all="ignore"):
        times = timed(bare)
    row("   its bare steps in the same blocks", times, f"{steps / min(times) / 1e6:.0f} M run-steps/s")


def optax_maps() -> None:
    """The same two maps through optax, with and without compilation."""
    jax: Any = importlib.import_module("jax")
    optax: Any = importlib.import_module("optax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy

    def himmelblau(p: Any) -> Any:
        return (p[0] ** 2 + p[1] - 11) ** 2 + (p[0] + p[1] ** 2 - 7) ** 2

    def rosenbrock(p: Any) -> Any:
        return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2

    def end(loss: Any, method: Any, start: Any, steps: int) -> Any:
        def step(carried: Any, _: Any) -> Any:
            point, state = carried
            updates, state = method.update(jax.grad(loss)(point), state, point)
            return (optax.apply_updates(point, updates), state), None

        return jax.lax.scan(step, (start, method.init(start)), None, steps)[0][0]

    def measure(name: str, work: Any, argument: Any, steps: int) -> None:
        begin = time.perf_counter()
        compiled = jax.jit(jax.vmap(work))
        compiled(argument).block_until_ready()
        row(f"optax: {name}, cold", [time.perf_counter() - begin])
        times = timed(lambda: compiled(argument).block_until_ready())
        row(f"optax: {name}, warm", times, f"{steps / min(times) / 1e6:.0f} M run-steps/s")

    xs = BASIN_AXES[0].values
    starts = jnp.stack(jnp.meshgrid(xs, xs), -1).reshape(-1, 2)
    momentum = optax.sgd(0.01, momentum=0.9)
    measure("momentum", lambda p: end(himmelblau, momentum, p, BASINS.steps), starts, starts.shape[0] * BASINS.steps)
    begin = jnp.array(START)
    measure(
        "Adam",
        lambda rate: end(rosenbrock, optax.adam(rate), begin, ADAM_STEPS),
        jnp.array(ADAM_RATES),
        ADAM_RATES.size * ADAM_STEPS,
    )


def main() -> None:
    print(f"{machine()}, {load()}, NumPy {np.__version__}; one NumPy call {numpy_call():.2f} us\n")
    print(f"{'':46}{'best ms':>10}{'median':>10}")
    maps()
    adam()
    if HAS_OPTAX:
        optax_maps()
    else:
        print("optax is not installed: no row for it (pip install -r requirements-reference.txt)")
    print(f"\nafterwards: {load()}")


if __name__ == "__main__":
    main()
