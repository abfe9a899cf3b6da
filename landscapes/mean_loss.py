"""The mean loss of a model over examples as an objective, with a closed form for least squares."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from landscapes.models import LeastSquares, Model, Rows
from optim_core.form import Filled, constant
from optim_core.objective import Array, Objective

CHUNK = 1 << 14
"""Examples times batch size that are computed at once: more does not fit the processor's cache."""
FEW = 8
"""NumPy adds fewer terms than this one after another, as Python does."""


class MeanLoss:
    """The mean loss of a model over some examples, plus half of `ridge` (2,) times the squared parameters."""

    def __init__(self, model: Model, rows: Rows, ridge: Array) -> None:
        self.model, self.rows, self.ridge = model, rows, ridge
        self.penalised = bool(ridge.any())

    def value(self, theta: Array) -> Array:
        x, y = np.asarray(theta, dtype=float)
        out = self._mean(lambda u, v: (self.model.losses(u, v, self.rows),), x, y)[0]
        return out + (self.ridge[0] * x * x + self.ridge[1] * y * y) / 2 if self.penalised else out

    def gradient(self, theta: Array) -> Array:
        theta = np.asarray(theta, dtype=float)
        if theta.size == 2 and self._few:
            return np.array(self._slope_of_few(*theta.ravel().tolist())).reshape(theta.shape)
        x, y = theta
        out = self._mean(lambda u, v: self.model.slopes(u, v, self.rows), x, y)
        if self.penalised:
            out += np.array([self.ridge[0] * x, self.ridge[1] * y])
        return out

    def hessian(self, theta: Array) -> Array:
        x, y = np.asarray(theta, dtype=float)
        xx, xy, yy = self._mean(lambda u, v: self.model.curvatures(u, v, self.rows), x, y)
        return np.array([[xx + self.ridge[0], xy], [xy, yy + self.ridge[1]]])

    @cached_property
    def _few(self) -> list[tuple[float, ...]]:
        """Fewer than `FEW` examples of least squares as floats; empty for other models, which round differently."""
        a, b, target, weight = self.rows
        if not isinstance(self.model, LeastSquares) or weight is not None or a.ndim > 1 or len(a) >= FEW:
            return []
        return list(zip(a.tolist(), b.tolist(), target.tolist(), strict=True))

    def _slope_of_few(self, x: float, y: float) -> tuple[float, float]:
        """The gradient at one point in plain Python, which avoids a dozen arrays of one or two numbers."""
        by_x = by_y = 0.0
        for a, b, target in self._few:
            r = 2 * (x * a + y * b - target)
            by_x += r * a
            by_y += r * b
        by_x, by_y = by_x / len(self._few), by_y / len(self._few)
        if not self.penalised:
            return by_x, by_y
        ridge_x, ridge_y = self.ridge.tolist()
        return by_x + ridge_x * x, by_y + ridge_y * y

    def _mean(self, terms: Any, x: Array, y: Array) -> Array:
        """The means over the examples of terms (*batch, k): (terms, *batch)."""
        # Reduced along the last, contiguous axis, so that the sum of a run does not depend on the size of the batch.
        a, weight = self.rows.a, self.rows.weight
        if a.ndim == 1 and x.size > 1 and x.size * a.size > CHUNK:
            step = max(1, CHUNK // a.size)
            u, v = x.ravel(), y.ravel()
            parts = [self._mean(terms, u[i : i + step], v[i : i + step]) for i in range(0, u.size, step)]
            return np.concatenate(parts, axis=1).reshape(-1, *x.shape)
        each = terms(x[..., None], y[..., None])
        if weight is None:
            out = np.empty((len(each), *x.shape))
            for i, term in enumerate(each):
                np.add.reduce(term, axis=-1, out=out[i, ...])
            out /= a.shape[-1]
            return out
        return np.array([np.add.reduce(term * weight, axis=-1) for term in each])


LONGEST_SUM = 20
"""The largest number of examples for which a step is unrolled."""
EIGHT = 8
"""The number of partial sums in NumPy's pairwise summation."""


@dataclass(frozen=True)
class BatchForm:
    """The form of a `MeanLoss` over a few examples without weights, unrolled and equal to the last bit.

    Its numbers are the factors of x, those of y, the targets and, with a penalty, the two numbers of the ridge.
    """

    model: type[Model]
    examples: int
    penalised: bool

    @property
    def size(self) -> int:
        return 3 * self.examples + 2 * self.penalised

    def filled(self, numbers: Sequence[Any]) -> Objective:
        a, b, target = (numbers[i * self.examples : (i + 1) * self.examples] for i in range(3))
        rows = [Rows(*each) for each in zip(a, b, target, strict=True)]
        return _FewExamples(self.model(), rows, numbers[3 * self.examples :])


class _FewExamples:
    """The mean loss over examples that are numbers or tracers, each with its own `Rows`."""

    def __init__(self, model: Model, rows: list[Rows], ridge: Sequence[Any]) -> None:
        self.model, self.rows, self.ridge = model, rows, ridge

    def value(self, theta: Array) -> Array:
        x, y = theta
        out = self._mean([self.model.losses(x, y, each) for each in self.rows])
        if not len(self.ridge):
            return out
        by_x, by_y = self.ridge
        return out + (by_x * x * x + by_y * y * y) / 2

    def gradient(self, theta: Array) -> Array:
        x, y = theta
        slopes = zip(*(self.model.slopes(x, y, each) for each in self.rows), strict=True)
        out = np.stack([self._mean(list(each)) for each in slopes])
        if not len(self.ridge):
            return out
        by_x, by_y = self.ridge
        return out + np.stack([by_x * x, by_y * y])

    def hessian(self, theta: Array) -> Array:
        x, y = theta
        curvatures = zip(*(self.model.curvatures(x, y, each) for each in self.rows), strict=True)
        xx, xy, yy = (self._mean(list(each)) for each in curvatures)
        by_x, by_y = self.ridge if len(self.ridge) else (0.0, 0.0)
        return np.stack([np.stack([xx + by_x, xy]), np.stack([xy, yy + by_y])])

    def _mean(self, terms: list[Any]) -> Any:
        """The mean of fewer than 128 terms, added in the order in which NumPy adds the numbers of a row."""
        sums, done = terms[:1], 1
        if len(terms) >= EIGHT:
            sums, done = terms[:EIGHT], EIGHT
            while done + EIGHT <= len(terms):
                sums = [a + b for a, b in zip(sums, terms[done : done + EIGHT], strict=True)]
                done += EIGHT
            while len(sums) > 1:
                sums = [a + b for a, b in zip(sums[::2], sums[1::2], strict=True)]
        (total,) = sums
        for term in terms[done:]:
            total = total + term
        return (total + 0.0) / len(terms)  # NumPy's sums start from 0, so they are never -0


class Quadratic:
    """The least-squares loss over all examples in closed form, so that its cost does not depend on their number.

    lowest + |R (theta - minimum)|^2, with R (2, 2) upper triangular. Never below its minimum, not even by rounding.
    """

    def __init__(self, rows: Rows, ridge: Array) -> None:
        k = len(rows.target)
        root = np.sqrt(np.full(k, 1 / k) if rows.weight is None else rows.weight)
        design = np.vstack([np.column_stack([rows.a, rows.b]) * root[:, None], np.diag(np.sqrt(ridge / 2))])
        targets = np.concatenate([rows.target * root, [0.0, 0.0]])
        self.minimum = np.linalg.lstsq(design, targets, rcond=None)[0]
        r = targets - design @ self.minimum
        self.lowest = float(r @ r)
        self.root: Array = np.asarray(np.linalg.qr(design, mode="r"))

    def filled_form(self) -> Filled:
        """The loss as a form with its numbers; see `optim_core.form`."""
        (xx, xy), (_, yy) = 2 * self.root.T @ self.root
        (a, b), (_, d) = self.root
        return constant(QuadraticForm(), np.array([self.lowest, *self.minimum, a, b, d, xx, xy, yy]))

    def value(self, theta: Array) -> Array:
        p, q = self._rotated(theta)
        return self.lowest + (p * p + q * q)

    def gradient(self, theta: Array) -> Array:
        p, q = self._rotated(theta)
        (a, b), (_, d) = 2 * self.root
        return np.array([a * p, b * p + d * q])

    def hessian(self, theta: Array) -> Array:
        x, _ = theta
        h = 2 * self.root.T @ self.root
        return np.broadcast_to(h.reshape(2, 2, *[1] * x.ndim), (2, 2, *x.shape)).copy()

    def _rotated(self, theta: Array) -> tuple[Array, Array]:
        x, y = theta
        (a, b), (_, d) = self.root
        dx, dy = x - self.minimum[0], y - self.minimum[1]
        return a * dx + b * dy, d * dy


@dataclass(frozen=True)
class QuadraticForm:
    """The form of a `Quadratic`, equal to the last bit.

    Its numbers are the lowest value, the minimum, the three entries of the root that are not 0, and the three of the
    Hessian.
    """

    @property
    def size(self) -> int:
        return 9

    def filled(self, numbers: Sequence[Any]) -> Objective:
        return _FilledQuadratic(numbers)


class _FilledQuadratic:
    def __init__(self, numbers: Sequence[Any]) -> None:
        self.lowest, self.x, self.y, self.a, self.b, self.d, *self.curvatures = numbers

    def value(self, theta: Array) -> Array:
        p, q = self._rotated(theta)
        return self.lowest + (p * p + q * q)

    def gradient(self, theta: Array) -> Array:
        p, q = self._rotated(theta)
        return np.stack([2 * self.a * p, 2 * self.b * p + 2 * self.d * q])

    def hessian(self, theta: Array) -> Array:
        level = np.zeros_like(theta[0])
        xx, xy, yy = (each + level for each in self.curvatures)
        return np.stack([np.stack([xx, xy]), np.stack([xy, yy])])

    def _rotated(self, theta: Array) -> tuple[Array, Array]:
        x, y = theta
        dx, dy = x - self.x, y - self.y
        return self.a * dx + self.b * dy, self.d * dy
