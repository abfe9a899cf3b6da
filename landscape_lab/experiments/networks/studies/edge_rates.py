"""The sharpness at which gradient descent ends, over learning rates and initial weights, for lesson 19."""

import numpy as np

from landscape_lab.experiments.networks.scenario import NetworkScenario
from landscape_lab.experiments.networks.stored import Arrays, Experiment, Tolerance, grid
from landscapes.networks import sharpness
from optim_core import GradientDescent, Momentum, run

STEPS, EVERY = 3000, 60
SHORT_STEPS = 120
HIGHEST = 1e3
"""The loss above which a run counts as diverged; those that stay begin at about 1."""


def measured(rate: float, momentum: float, seed: int, steps: int = STEPS) -> Arrays:
    """Loss and sharpness every `EVERY` steps; NaN once a run has diverged."""
    scenario = NetworkScenario.from_query(
        {"data": "spirals(n=100)", "loss": "squared_error", "batch": "0", "epochs": str(STEPS), "seed": str(seed)}
    )
    objective, start = scenario.objective, scenario.network.start(seed)
    optimizer = Momentum(rate, momentum) if momentum else GradientDescent(rate)
    path = run(objective, optimizer, start, steps, every=EVERY)
    with np.errstate(all="ignore"):
        loss = objective.value(path.points.T)
        theta = np.where(np.logical_and.accumulate(loss < HIGHEST), path.points.T, np.nan)
        return {"loss": objective.value(theta), "sharpness": sharpness(objective, theta)}


def short(rate: float, momentum: float, seed: int) -> Arrays:
    """The first checkpoints."""
    return measured(rate, momentum, seed, SHORT_STEPS)


EXPERIMENT = Experiment(
    (
        *grid(rate=(0.0125, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8), momentum=(0.0,), seed=tuple(range(8))),
        *grid(rate=(0.05, 0.1), momentum=(0.5,), seed=tuple(range(8))),
    ),
    measured,
    {name: Tolerance(1e-3, 1e-6, rows=3, mean=0.2) for name in ("loss", "sharpness")},
    short,
)
