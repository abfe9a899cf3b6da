"""Models of two parameters: predictions, losses per example and their derivatives."""

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

import numpy as np

from optim_core.objective import Array


class Rows(NamedTuple):
    """The examples as a model takes them: the factors of x and of y, and the targets, each (k,) or (batch, k).

    `weight` (k,) sums to 1; None means equal weights.
    """

    a: Array
    b: Array
    target: Array
    weight: Array | None = None


class Model(ABC):
    """A model of two parameters, x and y in the code, with the loss of an example.

    axes     what the parameters are called
    letters  the parameters as LaTeX, as in `formula`
    formula  the loss of example i: a template in which {X} is the letter of the features; Y are the targets

    The parameters have a last axis of length 1 for the examples, (*batch, 1); results have shape (*batch, k). The
    arithmetic can be traced (`optim_core.tracing.tracer`), so that it must not assign in place.
    """

    axes: ClassVar[tuple[str, str]] = ("w₁", "w₂")
    letters: ClassVar[tuple[str, str]] = ("w_1", "w_2")
    formula: ClassVar[str]
    intercept: ClassVar[bool] = False
    """Whether y is an intercept, which has no feature, no dropout and no penalty."""

    @abstractmethod
    def predictions(self, x: Array, y: Array, a: Array, b: Array) -> Array:
        """The predictions for examples with the factors a of x and b of y."""

    @abstractmethod
    def losses(self, x: Array, y: Array, rows: Rows) -> Array:
        """The loss of each example."""

    @abstractmethod
    def slopes(self, x: Array, y: Array, rows: Rows) -> tuple[Array, ...]:
        """The derivatives of the losses by x and by y."""

    @abstractmethod
    def curvatures(self, x: Array, y: Array, rows: Rows) -> tuple[Array, ...]:
        """The second derivatives of the losses: xx, xy, yy."""


class LeastSquares(Model):
    """The squared error of the prediction a x + b y."""

    formula = r"\left(w_1\,{X}_{{i1}} + w_2\,{X}_{{i2}} - Y_i\right)^2"

    def predictions(self, x: Array, y: Array, a: Array, b: Array) -> Array:
        return x * a + y * b

    def losses(self, x: Array, y: Array, rows: Rows) -> Array:
        r = self.predictions(x, y, rows.a, rows.b) - rows.target
        return r * r

    def slopes(self, x: Array, y: Array, rows: Rows) -> tuple[Array, ...]:
        r = 2 * (self.predictions(x, y, rows.a, rows.b) - rows.target)
        return r * rows.a, r * rows.b

    def curvatures(self, x: Array, y: Array, rows: Rows) -> tuple[Array, ...]:
        level = np.zeros_like(x)
        return 2 * rows.a * rows.a + level, 2 * rows.a * rows.b + level, 2 * rows.b * rows.b + level


class SlopeAndIntercept(LeastSquares):
    """The squared error of a line: slope x, intercept y."""

    axes = ("slope", "intercept")
    letters = ("w", "b")
    formula = r"\left(w\,{X}_i + b - Y_i\right)^2"
    intercept = True


class Logistic(Model):
    """The cross-entropy of the probability 1 / (1 + exp(-(a x + b y))) for class 1."""

    formula = r"\ln\left(1 + e^{{-(2 Y_i - 1)(w_1\,{X}_{{i1}} + w_2\,{X}_{{i2}})}}\right)"

    def predictions(self, x: Array, y: Array, a: Array, b: Array) -> Array:
        z = x * a + y * b
        e = self._small(z)
        return np.where(z >= 0, 1.0, e) / (1 + e)

    def losses(self, x: Array, y: Array, rows: Rows) -> Array:
        against = self._against(x, y, rows)
        return np.log1p(self._small(against)) + np.maximum(against, 0.0)

    def slopes(self, x: Array, y: Array, rows: Rows) -> tuple[Array, ...]:
        against = self._against(x, y, rows)
        e = self._small(against)
        wrong = (1 - 2 * rows.target) * np.where(against >= 0, 1.0, e) / (1 + e)
        return wrong * rows.a, wrong * rows.b

    def curvatures(self, x: Array, y: Array, rows: Rows) -> tuple[Array, ...]:
        e = self._small(self._against(x, y, rows))
        doubt = e / ((1 + e) * (1 + e))
        return doubt * rows.a * rows.a, doubt * rows.a * rows.b, doubt * rows.b * rows.b

    def _against(self, x: Array, y: Array, rows: Rows) -> Array:
        """The margin by which the prediction is on the wrong side: (*batch, k)."""
        sign = 1 - 2 * rows.target
        return x * (sign * rows.a) + y * (sign * rows.b)

    def _small(self, z: Array) -> Array:
        """exp(-|z|), which cannot overflow."""
        return np.exp(-np.abs(z))


class HiddenUnit(Model):
    """The squared error of y tanh(a x): one weight into a hidden unit, one out of it."""

    formula = r"\left(w_2 \tanh(w_1\,{X}_i) - Y_i\right)^2"

    def predictions(self, x: Array, y: Array, a: Array, b: Array) -> Array:
        return y * np.tanh(x * a)

    def losses(self, x: Array, y: Array, rows: Rows) -> Array:
        r = y * np.tanh(x * rows.a) - rows.target
        return r * r

    def slopes(self, x: Array, y: Array, rows: Rows) -> tuple[Array, ...]:
        h = np.tanh(x * rows.a)
        r = 2 * (y * h - rows.target)
        return r * y * rows.a * (1 - h * h), r * h

    def curvatures(self, x: Array, y: Array, rows: Rows) -> tuple[Array, ...]:
        h = np.tanh(x * rows.a)
        r = 2 * (y * h - rows.target)
        dh = rows.a * (1 - h * h)
        return 2 * y * y * dh * dh - 2 * r * y * rows.a * h * dh, 2 * y * h * dh + r * dh, 2 * h * h
