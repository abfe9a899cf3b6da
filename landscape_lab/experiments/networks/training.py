"""Training of a network by all entries of a scenario, with what is measured at the checkpoints."""

from collections import OrderedDict
from collections.abc import Callable, Generator
from dataclasses import dataclass
from threading import Lock
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.networks.scenario import EIGENVALUE, NetworkScenario
from landscape_lab.experiments.scenarios.scenario import Entry
from landscapes.networks import NetworkLoss, largest_eigenpair
from optim_core import Outcome, Trajectory
from optim_core.caching import bounded_cache
from optim_core.objective import Array
from optim_core.optimizers.gradient_descent import GradientDescent
from optim_core.optimizers.momentum import Momentum
from optim_core.run import run_in_parts

PART = 2e8
"""Multiplications between two pauses of a training: 0.02 s. The sharpness of one checkpoint of the largest network on
1,000 examples takes 0.2 s and is not divided."""
TOGETHER = 5
"""Checkpoints whose sharpness is computed together, from the eigenvector of the one before; fewer of a large network.
For 2-16-16-1 it takes half as long as one after another."""
FAR = 1e3
"""A run that diverges ends at the checkpoint where its loss is so many times the initial one, or above this."""
TOLERANCE = 1e-2
"""Of the Lanczos method: its eigenvalues were then within 0.2 % of the exact ones, half of them within 0.001 %, at 300
checkpoints of a network 2-16-16-1 on moons and one 64-32-32-10 on digits; it takes half as long as with 1e-3."""


@final
@dataclass(frozen=True, eq=False)
class Training:
    """A scenario with its trained runs: T checkpoints, P parameters, L entries; NaN after the end of a run.

    steps                (T,) the step after which each checkpoint was reached
    points               (T, P, L)
    loss, accuracy       (T, L) of the training examples, without dropout; no accuracy where targets are no classes
    validation_loss, validation_accuracy  (T, L)
    sharpness            (T, L) the largest eigenvalue of the Hessian of the training loss
    limits               (L,) the sharpness up to which an entry is stable: see `stability_limit`
    last                 (L,) the last checkpoint
    ended                (L,) the step at which each run ended
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
    ended: NDArray[np.int64]
    outcomes: NDArray[np.int8]

    @property
    def drawable(self) -> Array:
        """The points (T, P, L) without those at which a run has diverged, which may lie beyond any picture."""
        points = self.points.copy()
        for i, row in enumerate(self.last):
            if self.outcomes[i] == Outcome.DIVERGED:
                points[row, :, i] = np.nan
        return points

    @property
    def private_cache(self) -> Any:
        """The cache of the scenario's data."""
        return self.scenario.private_cache


def train(scenario: NetworkScenario, progress: Callable[[float], None] | None = None) -> Training:
    """Train the network of a scenario by each of its entries.

    progress  called with the share that is done, from 0 to 1; it may raise an exception to cancel
    """
    parts = train_in_parts(scenario)
    while True:
        try:
            share = next(parts)
        except StopIteration as end:
            return end.value
        if progress:
            progress(share)


def train_in_parts(scenario: NetworkScenario) -> Generator[float, None, Training]:
    """Train as `train` does, in parts of about 0.02 s: the generator yields the share that is done after each."""
    objective, start, every = scenario.objective, scenario.network.start(scenario.seed), scenario.every
    rows = -(-scenario.steps // every) + 1
    steps = np.minimum(np.arange(rows) * every, scenario.steps)
    count = len(scenario.entries)
    points = np.full((rows, len(start), count), np.nan)
    measured = np.full((5, rows, count), np.nan)
    last, ended, outcomes = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int8)
    of_steps = (scenario.step_cost * scenario.steps) / (scenario.cost / count)  # the share of an entry's cost
    for i, entry in enumerate(scenario.entries):
        running = run_in_parts(
            objective, entry.optimizer, start, scenario.steps,
            schedules=dict(entry.schedules), sampler=scenario.sampler, seed=scenario.seed, every=every,
            most=max(1, int(PART / scenario.step_cost)),
        )  # fmt: skip
        while True:
            try:
                reached = next(running)
            except StopIteration as end:
                path = end.value
                break
            yield (i + of_steps * reached / scenario.steps) / count
        points[:, :, i], ended[i], outcomes[i] = path.points, path.last_step, path.outcomes
        last[i] = _last_row(path)
        points[last[i] + 1 :, :, i] = np.nan
        kept = int(last[i] + (path.outcome != Outcome.DIVERGED))
        measuring = _measure(objective, points[:kept, :, i].T)
        while True:
            try:
                done = next(measuring)
            except StopIteration as end:
                measured[:, :kept, i] = end.value
                break
            yield (i + of_steps + (1 - of_steps) * done) / count
    limits = np.array([stability_limit(entry) for entry in scenario.entries])
    loss, accuracy, validation_loss, validation_accuracy, sharpness = measured
    return Training(
        scenario, steps, points, loss, accuracy, validation_loss, validation_accuracy, sharpness, limits,
        last, ended, outcomes,
    )  # fmt: skip


def _last_row(path: Trajectory) -> int:
    """The last row of the points that belongs to a run: of one that diverged, the first at which the loss is huge.

    Until its numbers overflow, its points move away by factors of 1e30 between checkpoints, which no plane can show.
    """
    kept = path.kept_steps[path.kept_steps >= 0]
    if path.outcome != Outcome.DIVERGED:
        return len(kept) - 1
    losses = path.losses[kept]
    near = losses <= FAR * max(1.0, float(losses[0]))
    return min(int(near.cumprod().sum()), len(kept) - 1)


def _measure(loss: NetworkLoss, theta: Array) -> Generator[float, None, Array]:
    """Loss, accuracy, both on the validation examples, and sharpness of the points (P, T): (5, T), in parts."""
    validation, rows = loss.validation, []
    for objective in (loss, validation):
        with np.errstate(all="ignore"):
            rows.append(objective.value(theta))
            rows.append(objective.accuracy(theta) if loss.classifies else np.full(theta.shape[1], np.nan))
    together = max(1, min(TOGETHER, int(PART / (EIGENVALUE * len(theta) * loss.n))))
    found, vector = np.empty(theta.shape[1]), None
    for begin in range(0, len(found), together):
        some = theta[:, begin : begin + together]
        near = None if vector is None else np.repeat(vector[:, -1:], some.shape[1], axis=1)
        found[begin : begin + together], vector, _products = largest_eigenpair(loss, some, near, tolerance=TOLERANCE)
        yield min(1.0, (begin + together) / len(found))
    return np.stack([*rows, found])


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


MOST_KEPT = 2**27
"""Bytes of the trainings that a process keeps for all visitors: 128 MB. One of four runs of 2-16-16-1 has 1.1 MB and of
64-32-32-10 on 500 digits 8 MB; no scenario has more than 32 MB."""


class Kept:
    """The trainings that were computed last, by the unnamed text of their scenario, up to a number of bytes."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._trainings: OrderedDict[str, Training] = OrderedDict()

    def get(self, text: str) -> Training | None:
        """Return the training of the scenario with this text, if it is kept."""
        with self._lock:
            if text in self._trainings:
                self._trainings.move_to_end(text)
            return self._trainings.get(text)

    def put(self, text: str, training: Training) -> None:
        """Keep a training, and remove the oldest ones while there are more bytes than allowed."""
        with self._lock:
            self._trainings[text] = training
            self._trainings.move_to_end(text)
            while len(self._trainings) > 1 and sum(old.points.nbytes for old in self._trainings.values()) > self._most:
                self._trainings.popitem(last=False)


@bounded_cache(maxsize=1)  # so that it is cleared with the other shared caches
def _kept_for_all() -> Kept:
    return Kept(MOST_KEPT)


def _kept_privately() -> Kept:
    return Kept(MOST_KEPT // 4)


def kept_trainings(scenario: NetworkScenario) -> Kept:
    """Return the trainings that are kept for this scenario: with a user's own data, those of the data alone."""
    private = scenario.private_cache
    return _kept_for_all() if private is None else private.of(_kept_privately, 1)()


def trained(scenario: NetworkScenario) -> Training:
    """Return the training of a scenario that is kept, or train the network and keep it."""
    kept = kept_trainings(scenario)
    found = kept.get(scenario.unnamed) if scenario.is_pure else None
    if found is None:
        found = train(scenario)
        kept.put(scenario.unnamed, found)
    return found
