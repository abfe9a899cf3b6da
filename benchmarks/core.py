"""The time of a step: every optimizer with a single run, beside torch if installed, and Adam with batches.

    python -m benchmarks.core

Compare figures within one table only: the first line gives the cost of one NumPy call during the measurement.
"""

import importlib.util
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np

from benchmarks.machine import machine
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, Optimizer, Outcome, Wrapper, run

torch: Any = importlib.import_module("torch") if importlib.util.find_spec("torch") else None

STEPS = 500
START = (-1.5, 2.0)
REPEATS = 9
SURFACE = LANDSCAPES["rosenbrock"]
RUNS = (1, 10, 100, 500, 1000, 8000, 16000)

# torch's equivalents, made for its parameters `p` from our optimizer `o`.
TORCH: dict[str, Callable[[Any, Any], Any]] = {
    "gradient_descent": lambda p, o: torch.optim.SGD(p, o.learning_rate),
    "momentum": lambda p, o: torch.optim.SGD(p, o.learning_rate, o.momentum),
    "nesterov": lambda p, o: torch.optim.SGD(p, o.learning_rate, o.momentum, nesterov=True),
    "rprop": lambda p, o: torch.optim.Rprop(p, o.learning_rate),
    "adagrad": lambda p, o: torch.optim.Adagrad(p, o.learning_rate),
    "adadelta": lambda p, o: torch.optim.Adadelta(p, 1.0, o.rho),
    "rmsprop": lambda p, o: torch.optim.RMSprop(p, o.learning_rate, o.rho),
    "adam": lambda p, o: torch.optim.Adam(p, o.learning_rate),
    "adamax": lambda p, o: torch.optim.Adamax(p, o.learning_rate),
    "nadam": lambda p, o: torch.optim.NAdam(p, o.learning_rate),
    "amsgrad": lambda p, o: torch.optim.Adam(p, o.learning_rate, amsgrad=True),
    "adamw": lambda p, o: torch.optim.AdamW(p, o.learning_rate),
    "radam": lambda p, o: torch.optim.RAdam(p, o.learning_rate),
    "l2_penalty": lambda p, o: torch.optim.Adam(p, o.inner.learning_rate, weight_decay=o.strength),
    "decoupled_decay": lambda p, o: torch.optim.AdamW(p, o.inner.learning_rate, weight_decay=o.weight_decay),
}


def seconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """The median time of repeated calls after a warm-up call, in seconds."""
    work()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return median(times)


def numpy_call() -> float:
    """The time of one small NumPy operation in microseconds, which measures the present speed of the machine."""
    numbers = np.ones((2, 1))

    def loop() -> None:
        for _ in range(2000):
            _ = numbers * numbers

    return seconds(loop) / 2000 * 1e6


def that_finishes(optimizer: Optimizer) -> Any:
    """The optimizer with a learning rate at which it does not diverge: the default, or a tenth of it, and so on."""
    while run(SURFACE, optimizer, START, STEPS).outcome is Outcome.DIVERGED:
        optimizer = replace(optimizer, learning_rate=optimizer.learning_rate / 10)  # pyright: ignore
    return optimizer


def torch_run(make: Callable[[Any, Any], Any], optimizer: Optimizer) -> None:
    """The same number of steps in eager torch: the loss, its gradient by autograd, and a step."""
    theta = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    method = make([theta], optimizer)
    for _ in range(STEPS):
        method.zero_grad()
        x, y = theta
        ((1 - x) ** 2 + 100 * (y - x**2) ** 2).backward()
        method.step()


def torch_steps(make: Callable[[Any, Any], Any], optimizer: Optimizer) -> None:
    """torch's steps alone, with a given gradient."""
    theta = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    theta.grad = torch.tensor([1e-3, 1e-3], dtype=torch.float64)
    method = make([theta], optimizer)
    for _ in range(STEPS):
        method.step()


def main() -> None:
    print(machine() + f", NumPy {np.__version__}" + (f", torch {torch.__version__}" if torch else ""))
    if torch:
        torch.set_num_threads(1)
    else:
        print("torch is not installed: no column for it (pip install -r requirements-reference.txt)")
    theta = np.array(START)[:, None]
    gradient = seconds(lambda: [SURFACE.gradient(theta) for _ in range(STEPS)]) / STEPS * 1e6
    call = numpy_call()
    print(f"one NumPy call {call:.2f} us, one gradient of Rosenbrock {gradient:.1f} us\n")

    print(f"{'one run, ' + str(STEPS) + ' steps':22}{'us/step':>8}{'calls':>7}{'evals':>7}", end="")
    print(f"{'torch us/step':>15}{'step() alone':>14}{'ratio':>7}" if torch else "")
    for key, cls in OPTIMIZERS.items():
        optimizer = that_finishes(cls(OPTIMIZERS["adam"]()) if issubclass(cls, Wrapper) else cls())
        path = run(SURFACE, optimizer, START, STEPS)
        ours = seconds(lambda optimizer=optimizer: run(SURFACE, optimizer, START, STEPS)) / STEPS * 1e6
        print(f"{key:22}{ours:8.1f}{ours / call:7.0f}{path.evaluations / STEPS:7.1f}", end="")
        if torch and key in TORCH:
            full, alone = (
                seconds(lambda work=work, key=key, o=optimizer: work(TORCH[key], o), 3) / STEPS * 1e6
                for work in (torch_run, torch_steps)
            )
            print(f"{full:15.1f}{alone:14.1f}{full / ours:6.1f}x", end="")
        print()

    print(f"\n{'Adam, runs':>22}{'us/step':>10}{'ns/step of a run':>18}")
    rng, steps = np.random.default_rng(0), 100
    for runs in RUNS:
        starts = rng.uniform(-1, 1, (2, runs))
        took = seconds(lambda starts=starts: run(SURFACE, OPTIMIZERS["adam"](), starts, steps), 3) / steps
        print(f"{runs:22}{took * 1e6:10.1f}{took / runs * 1e9:18.1f}")


if __name__ == "__main__":
    main()
