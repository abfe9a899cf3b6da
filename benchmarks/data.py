"""How long learning from data takes: minibatches over a large dataset, for every model.

    python -m benchmarks.data

The goal is 2000 examples, 50 epochs of batches of 20, on 4 lanes, within a second: each lane a run of its own, as in
a race, and all lanes as one run.
"""

import numpy as np

from benchmarks.core import numpy_call, seconds
from benchmarks.machine import machine
from landscapes import DATA_LOSSES, DataLoss
from optim_core import OPTIMIZERS, SAMPLERS, run

EXAMPLES, SIZE, EPOCHS, LANES = 2000, 20, 50, 4
STEPS = EPOCHS * EXAMPLES // SIZE


def one_by_one(loss: DataLoss) -> None:
    """Four runs, each of one lane."""
    for seed in range(LANES):
        run(loss, OPTIMIZERS["momentum"](), loss.start, STEPS, sampler=SAMPLERS["minibatch"](SIZE), seed=seed)


def together(loss: DataLoss) -> None:
    """One run of four lanes that look at the same batches."""
    starts = np.tile(np.array(loss.start)[:, None], LANES)
    run(loss, OPTIMIZERS["momentum"](), starts, STEPS, sampler=SAMPLERS["minibatch"](SIZE))


def main() -> None:
    """Print one line for each model."""
    print(f"{machine()}, NumPy {np.__version__}; one NumPy call {numpy_call():.2f} us")
    print(f"{EXAMPLES} examples, {EPOCHS} epochs, batches of {SIZE}: {STEPS} steps on {LANES} lanes, in seconds\n")
    print(f"{'model':26}{'one by one':>12}{'together':>10}{'made':>8}{'map':>8}")
    for key, small in DATA_LOSSES.items():
        loss = small.with_parameters(n=EXAMPLES)
        runs = [seconds(lambda work=work, loss=loss: work(loss), 3) for work in (one_by_one, together)]
        made = seconds(lambda small=small: small.with_parameters(n=EXAMPLES), 3)
        grid = seconds(lambda loss=loss: loss.sample(121), 3)
        print(f"{key:26}{runs[0]:12.2f}{runs[1]:10.2f}{made:8.3f}{grid:8.3f}")


if __name__ == "__main__":
    main()
