"""Objectives of P parameters for the tests of `optim_core`, which compute each run on its own."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from optim_core.objective import Array, dot

CURVATURES = np.array([1.0, 3.0, 0.5, 2.0, 4.0, 0.25, 1.5])
START = np.array([1.0, -0.8, 2.0, 0.6, -1.2, 0.9, -1.7])
P = len(START)


def spread(values: Any, theta: Array) -> Array:
    """An array whose shape is the beginning of that of theta, with an axis of length 1 for each other one."""
    values = np.asarray(values)
    return values.reshape(*values.shape, *[1] * (theta.ndim - values.ndim))


class Diagonal:
    """1/2 sum of c_i theta_i^2: every parameter has a loss of its own."""

    def __init__(self, curvatures: Any = CURVATURES) -> None:
        self.curvatures = np.asarray(curvatures)

    def value(self, theta: Array) -> Array:
        return dot(theta, self.gradient(theta)) / 2

    def gradient(self, theta: Array) -> Array:
        return spread(self.curvatures, theta) * theta

    def hessian(self, theta: Array) -> Array:
        return np.zeros((len(theta), *theta.shape)) + spread(np.diag(self.curvatures), theta[None])

    def hessian_vector(self, theta: Array, v: Array) -> Array:
        return spread(self.curvatures, v) * v


class Coupled(Diagonal):
    """1/2 sum of c_i theta_i^2 + 1/2 sum of (theta_{i+1} - theta_i)^2 + sum of sin(theta_i)."""

    def value(self, theta: Array) -> Array:
        steps = np.diff(theta, axis=0)
        return super().value(theta) + dot(steps, steps) / 2 + dot(np.sin(theta), np.ones_like(theta))

    def gradient(self, theta: Array) -> Array:
        return super().gradient(theta) + self._coupling(theta) + np.cos(theta)

    def hessian_vector(self, theta: Array, v: Array) -> Array:
        return super().hessian_vector(theta, v) + self._coupling(v) - np.sin(theta) * v

    @staticmethod
    def _coupling(theta: Array) -> Array:
        force = np.zeros_like(theta)
        steps = np.diff(theta, axis=0)
        force[:-1] -= steps
        force[1:] += steps
        return force


class Table:
    """Thirty examples of seven features."""

    def __init__(self, features: Array, targets: Array) -> None:
        self.features, self.targets, self.difficulty = features, targets, np.abs(targets)


class Regression:
    """The mean over examples of 1/2 (u . theta - v)^2; features (n, P), or (n, P, runs), and targets (n,)."""

    def __init__(self, features: Array, targets: Array) -> None:
        self.features, self.targets = features, targets
        self.data, self.n = Table(features, targets), len(targets)

    @classmethod
    def random(cls) -> "Regression":
        rng = np.random.default_rng(5)
        return cls(rng.normal(size=(30, P)), rng.normal(size=30))

    def on(self, rows: NDArray[np.intp]) -> "Regression":
        if rows.ndim == 1:
            return Regression(self.features[rows], self.targets[rows])
        return Regression(np.moveaxis(self.features[rows], 1, -1), self.targets[rows])

    def masked(self, factors: Array) -> "Regression":
        features = self.features if factors.ndim == 2 else self.features[..., None]
        return Regression(features * factors, self.targets)

    def value(self, theta: Array) -> Array:
        return (self._errors(theta) ** 2).mean(axis=0) / 2

    def gradient(self, theta: Array) -> Array:
        return (self._features(theta) * self._errors(theta)[:, None]).mean(axis=0)

    def hessian(self, theta: Array) -> Array:
        raise NotImplementedError

    def _features(self, theta: Array) -> Array:
        return spread(self.features, theta[None])

    def _errors(self, theta: Array) -> Array:
        return (self._features(theta) * theta).sum(axis=1) - spread(self.targets, theta)
