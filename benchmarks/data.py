"""The time of training on data: minibatches over a large dataset, for every model.

    python -m benchmarks.data

The goal is 2000 examples, 50 epochs of minibatches of 20, for 4 entries, within a second: as separate runs, as in a
race, and as one batch. Then small minibatches, as in the lessons: traced steps beside steps that call the loss, in
milliseconds of processor time.
"""

import time
from itertools import product

import numpy as np

from benchmarks.core import numpy_call, seconds
from benchmarks.machine import machine
from landscapes import DATA_LOSSES, DataLoss
from optim_core import OPTIMIZERS, SAMPLERS, run
from optim_core.objective import Objective, Transparent

EXAMPLES, SIZE, EPOCHS, RUNS = 2000, 20, 50, 4
STEPS = EPOCHS * EXAMPLES // SIZE
SMALL, SMALL_STEPS = (1, 2, 5, 20), 500


def one_by_one(loss: DataLoss) -> None:
    """Four single runs."""
    for seed in range(RUNS):
        run(loss, OPTIMIZERS["momentum"](), loss.start, STEPS, sampler=SAMPLERS["minibatch"](SIZE), seed=seed)


def together(loss: DataLoss) -> None:
    """A batch of four runs with the same minibatches."""
    starts = np.tile(np.array(loss.start)[:, None], RUNS)
    run(loss, OPTIMIZERS["momentum"](), starts, STEPS, sampler=SAMPLERS["minibatch"](SIZE))


def small_batches(loss: DataLoss, size: int, runs: int) -> tuple[float, float]:
    """Processor time in seconds of runs with small minibatches: traced, and calling the loss at every step."""
    start, seed = np.tile(np.array(loss.start)[:, None], runs), np.arange(runs)
    if runs == 1:
        start, seed = start[:, 0], 0

    def spent(objective: Objective) -> float:
        times = []
        for _ in range(4):  # the first call generates the code
            began = time.process_time()
            run(objective, OPTIMIZERS["momentum"](), start, SMALL_STEPS, sampler=SAMPLERS["minibatch"](size), seed=seed)
            times.append(time.process_time() - began)
        return min(times)

    return spent(loss), spent(Transparent(loss))


def main() -> None:
    """Print one line for each model."""
    print(f"{machine()}, NumPy {np.__version__}; one NumPy call {numpy_call():.2f} us")
    print(f"{EXAMPLES} examples, {EPOCHS} epochs, batches of {SIZE}: {STEPS} steps of {RUNS} runs, in seconds\n")
    print(f"{'model':26}{'one by one':>12}{'together':>10}{'made':>8}{'map':>8}")
    for key, small in DATA_LOSSES.items():
        loss = small.with_parameters(n=EXAMPLES)
        runs = [seconds(lambda work=work, loss=loss: work(loss), 3) for work in (one_by_one, together)]
        made = seconds(lambda small=small: small.with_parameters(n=EXAMPLES), 3)
        grid = seconds(lambda loss=loss: loss.sample(121), 3)
        print(f"{key:26}{runs[0]:12.2f}{runs[1]:10.2f}{made:8.3f}{grid:8.3f}")
    print(f"\n{SMALL_STEPS} steps\n{'model':26}{'batch':>6}{'runs':>6}{'traced':>10}{'called':>8}{'ratio':>8}")
    for key, loss in DATA_LOSSES.items():
        for size, count in product(SMALL, (1, 50)):
            traced, called = small_batches(loss.with_parameters(n=100), size, count)
            figures = f"{1000 * traced:10.1f}{1000 * called:8.1f}{traced / called:8.2f}"
            print(f"{key:26}{size:6}{count:6}{figures}")


if __name__ == "__main__":
    main()
