"""Online least squares with one frequent and one rare feature: which learning rate suits which weight."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS
from optim_core.objective import Array, Reshaped


@dataclass(frozen=True)
class RareFeature:
    """A stream of examples, each used for one step: the prediction is w1 u1 + w2 u2, the loss its squared error.

    The first feature is 1 or -1 in every example, the second one in a part of them (`share`) and otherwise 0. Targets
    are those of the true weights plus normal noise. There are `runs` independent streams, drawn from `seed`.
    """

    share: float = 0.05
    noise: float = 0.5
    weights: tuple[float, float] = (1.0, 1.0)
    start: tuple[float, float] = (0.0, 0.0)
    examples: int = 400
    runs: int = 64
    seed: int = 0
    unit: float = 1.0
    """A factor of the loss."""

    def errors(self, key: str, rates: tuple[float, ...]) -> Array:
        """Return the root mean square, over the runs, of the final error of each weight, shape (rates, 2).

        `key` is that of an optimizer. Infinite for a rate at which a run is no longer finite.
        """
        return _errors(self, key, rates)

    def best_rates(self, key: str, rates: tuple[float, ...]) -> tuple[float, float]:
        """Return the rate with the smallest final error of the frequent weight, and that of the rare weight."""
        frequent, rare = self.errors(key, rates).argmin(axis=0)
        return rates[frequent], rates[rare]


@lru_cache(maxsize=16)
def _errors(task: RareFeature, key: str, rates: tuple[float, ...]) -> Array:
    optimizer = OPTIMIZERS[key](learning_rate=np.array(rates)[:, None])
    shape = (2, len(rates), task.runs)
    theta = np.broadcast_to(np.array(task.start).reshape(2, 1, 1), shape).copy()
    state, stream = optimizer.init(theta), _Stream(task)
    with np.errstate(all="ignore"):
        for _ in range(task.examples):
            theta, state = optimizer.step(theta, state, stream)
        errors = np.sqrt(((theta - np.array(task.weights).reshape(2, 1, 1)) ** 2).mean(axis=2)).T
    errors = np.where(np.isfinite(errors), errors, np.inf)
    errors.flags.writeable = False
    return errors


class _Stream(Reshaped):
    """The loss on the next example of every run: each call of `gradient` uses one."""

    def __init__(self, task: RareFeature) -> None:
        super().__init__(LANDSCAPES["bowl"])
        rng = np.random.default_rng(task.seed)
        shape = (task.examples, task.runs)
        features = rng.choice([-1.0, 1.0], (2, *shape))
        features[1] *= rng.random(shape) < task.share
        first, second = task.weights
        targets = first * features[0] + second * features[1] + task.noise * rng.standard_normal(shape)
        self.unit, self.left = task.unit, zip(features[0], features[1], targets, strict=True)

    def gradient(self, theta: Array) -> Array:
        first, second, target = next(self.left)
        r = 2 * self.unit * (theta[0] * first + theta[1] * second - target)
        return np.stack([r * first, r * second])
