"""Training of a network by all entries of a scenario, with what is measured at the checkpoints."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.networks.scenario import NetworkScenario
from landscape_lab.experiments.scenarios.scenario import Entry
from landscapes.networks import NetworkLoss, largest_eigenpair
from optim_core import Outcome, run
from optim_core.objective import Array
from optim_core.optimizers.gradient_descent import GradientDescent
from optim_core.optimizers.momentum import Momentum


@final
@dataclass(frozen=True, eq=False)
class Training:
    """A scenario with its trained runs: T checkpoints, P parameters, L entries; NaN after the end of a run.

    steps                (T,) the step after which each checkpoint was reached
    points               (T, P, L)
    loss, accuracy       (T, L) of the training examples, without dropout
    validation_loss, validation_accuracy  (T, L)
    sharpness            (T, L) the largest eigenvalue of the Hessian of the training loss
    limits               (L,) the sharpness up to which an entry is stable: see `stability_limit`
    last                 (L,) the last checkpoint
    outcomes             (L,) codes of `Outcome`
    """

    scenario: NetworkScenario
    steps: NDArray[np.int64]
    points: Array
    loss: Array
    accuracy: Array
    validation_loss: Array
    validation_accuracy: Array
    sharpness: Array
    limits: Array
    last: NDArray[np.int64]
    outcomes: NDArray[np.int8]


def train(scenario: NetworkScenario, progress: Callable[[float], None] | None = None) -> Training:
    """Train the network of a scenario by each of its entries.

    progress  called with the share that is done, from 0 to 1; it may raise an exception to cancel
    """
    report = progress or (lambda share: None)
    objective, start, every = scenario.objective, scenario.network.start(scenario.seed), scenario.every
    rows = -(-scenario.steps // every) + 1
    steps = np.minimum(np.arange(rows) * every, scenario.steps)
    count = len(scenario.entries)
    points = np.full((rows, len(start), count), np.nan)
    measured = np.full((5, rows, count), np.nan)
    last, outcomes = np.zeros(count, np.int64), np.zeros(count, np.int8)
    for i, entry in enumerate(scenario.entries):
        path = run(
            objective, entry.optimizer, start, scenario.steps,
            schedules=dict(entry.schedules), sampler=scenario.sampler, seed=scenario.seed, every=every,
        )  # fmt: skip
        points[:, :, i], outcomes[i] = path.points, path.outcomes
        last[i] = (path.kept_steps >= 0).sum() - 1
        report((i + 0.5) / count)
        kept = slice(0, last[i] + (path.outcome != Outcome.DIVERGED))
        measured[:, kept, i] = _measured(objective, points[kept, :, i].T)
        report((i + 1) / count)
    limits = np.array([stability_limit(entry) for entry in scenario.entries])
    loss, accuracy, validation_loss, validation_accuracy, sharpness = measured
    return Training(
        scenario, steps, points, loss, accuracy, validation_loss, validation_accuracy, sharpness, limits, last, outcomes
    )


def _measured(loss: NetworkLoss, theta: Array) -> Array:
    """Loss, accuracy, both on the validation examples, and sharpness of the points (P, T): (5, T)."""
    validation = loss.validation
    with np.errstate(all="ignore"):
        return np.stack(
            [
                loss.value(theta),
                loss.accuracy(theta),
                validation.value(theta),
                validation.accuracy(theta),
                sharpness_along(loss, theta),
            ]
        )


def sharpness_along(loss: NetworkLoss, theta: Array) -> Array:
    """The sharpness at the points of one path (P, T): (T,)."""
    return largest_eigenpair(loss, theta).value


def stability_limit(entry: Entry) -> float:
    """The sharpness beyond which a quadratic with it makes the entry diverge; NaN where there is no such limit.

    2 / rate for gradient descent and 2 (1 + beta) / rate for momentum (Polyak 1964), both with a constant rate.
    """
    optimizer: Any = entry.optimizer
    if entry.schedules:
        return np.nan
    if isinstance(optimizer, GradientDescent):
        return float(2 / optimizer.learning_rate)
    if isinstance(optimizer, Momentum):
        return float(2 * (1 + optimizer.momentum) / optimizer.learning_rate)
    return np.nan
