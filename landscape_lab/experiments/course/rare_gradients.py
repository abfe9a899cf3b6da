"""Rare large gradients among many small ones of the other sign: the example with which Reddi, Kale and Kumar 2018 (On
the convergence of Adam and beyond, section 3) show that Adam can move against the mean gradient."""

from typing import NamedTuple

import numpy as np

from optim_core import Optimizer
from optim_core.objective import Array


class Rare(NamedTuple):
    """A sequence of gradients of one parameter, which do not depend on it: the first of each `period` is `large`, all
    others are -`small`, everything times `scale`.

    The parameter is kept from -1 to 1, so the mean loss is lowest at -1 if the mean gradient is positive.
    """

    large: float = 60.0
    small: float = 1.0
    period: int = 50
    scale: float = 1.0

    @property
    def mean(self) -> float:
        """The mean gradient."""
        return self.scale * (self.large - (self.period - 1) * self.small) / self.period


class Drift(NamedTuple):
    """A run on `Rare` gradients.

    positions   (steps + 1): the parameter
    rates       (steps): the effective rate, by which Adam's average of the gradients is multiplied
    """

    positions: Array
    rates: Array


def drift(optimizer: Optimizer, rare: Rare, steps: int, start: float = 0.0) -> Drift:
    """Run an optimizer of Adam's family on a sequence of gradients."""
    loss, theta = _Linear(), np.full((2, 1), start)
    state = optimizer.init(theta)
    positions, rates = np.full(steps + 1, start), np.empty(steps)
    for t in range(steps):
        loss.now = rare.scale * (-rare.small if t % rare.period else rare.large)
        moved, state = optimizer.step(theta, state, loss)
        rates[t] = (theta - moved)[0, 0] / state.shown["m_hat"][0, 0]
        theta = np.clip(moved, -1, 1)
        positions[t + 1] = theta[0, 0]
    return Drift(positions, rates)


class _Linear:
    """A loss with the same gradient everywhere, which changes from step to step."""

    now = 0.0

    def value(self, theta: Array) -> Array:
        return self.now * theta.sum(axis=0)

    def gradient(self, theta: Array) -> Array:
        return np.full_like(theta, self.now)

    def hessian(self, theta: Array) -> Array:
        return np.zeros((2, *theta.shape))
