"""What a network for digits forgets while it is trained on turned digits, for lesson 17."""

import numpy as np

from landscape_lab.experiments.networks.stored import Arrays, Experiment, Tolerance
from landscape_lab.experiments.networks.studies.fine_tuning import SEEDS, new_loss, old_loss, start_of
from optim_core import Adam, run

ANGLE, EACH = 30, 20
STEPS = np.array(
    [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 17, 20, 25, 30, 35, 40, 50, 60, 70, 80, 100, 120, 140, 170, 200, 250, 300, 400]
)  # fmt: skip
"""The steps after which both tasks are measured."""
SHORT = 8


def measured(start: str, kept: int, rate: float, seed: int, count: int = len(STEPS)) -> Arrays:
    """The validation accuracies on the new and on the old task after the first `count` of `STEPS`: (count,) each."""
    steps = STEPS[:count]
    new, old = new_loss("turned", ANGLE, EACH, seed, kept), old_loss("turned", seed).validation
    path = run(new, Adam(rate), start_of("turned", start, seed), int(steps[-1]))
    theta = path.points[steps].T
    return {"steps": steps, "new": new.validation.accuracy(theta), "old": old.accuracy(theta)}


def short(start: str, kept: int, rate: float, seed: int) -> Arrays:
    """The first checkpoints."""
    return measured(start, kept, rate, seed, SHORT)


WAYS = (("initial", 0, 0.01), ("pretrained", 0, 0.01), ("pretrained", 0, 0.001), ("pretrained", 1, 0.01))

EXPERIMENT = Experiment(
    [dict(start=start, kept=kept, rate=rate, seed=seed) for seed in SEEDS for start, kept, rate in WAYS],
    measured,
    {"steps": Tolerance(0), **{name: Tolerance(0, 0.02, rows=SHORT, mean=0.02) for name in ("new", "old")}},
    short,
)
