"""Losses over data: two-parameter models whose loss is a mean over examples."""

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from itertools import product
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscapes.code import Code
from landscapes.critical_points import CriticalPoints, Domain, Kind, Point, classify
from landscapes.datasets import Data, DataError, Dataset, Line, Plane, Saturation, TwoClasses, check_columns
from landscapes.landscape import Landscape
from optim_core.knob import knob, knobs
from optim_core.objective import Array, Objective

CHUNK = 1 << 14
"""Examples times lanes that are worked on at once: more does not fit the processor's cache."""
SMALL_BATCH = 64
"""Losses over so few examples are kept: about 2 kB each."""
FEW = 8
"""Fewer terms than so many are added by NumPy one after another, as Python does it."""
EPSILON = 1e-5
"""Added to a batch's variance, as in Ioffe and Szegedy 2015: a batch of one example has none."""
MARGIN = 0.25
"""A minimum keeps this part of the map between itself and the edge."""


class Rows(NamedTuple):
    """What a model needs of the examples: the factors of x and of y, and the targets, each (k,) or (lanes, k).

    weight (k,) sums to 1; None is the plain mean.
    """

    a: Array
    b: Array
    target: Array
    weight: Array | None = None


class Model(ABC):
    """How a prediction follows from two parameters, and what its error costs.

    The parameters come with an axis of length 1 for the examples, (*lanes, 1); everything returned ends in theirs.
    """

    formula: ClassVar[str]
    intercept: ClassVar[bool] = False
    """Whether y is an intercept: no feature belongs to it, nothing drops it out and no penalty pulls at it."""

    @abstractmethod
    def predictions(self, x: Array, y: Array, a: Array, b: Array) -> Array: ...
    @abstractmethod
    def losses(self, x: Array, y: Array, rows: Rows) -> Array: ...
    @abstractmethod
    def slopes(self, x: Array, y: Array, rows: Rows) -> tuple[Array, ...]:
        """The derivatives of the losses by x and by y."""

    @abstractmethod
    def curvatures(self, x: Array, y: Array, rows: Rows) -> tuple[Array, ...]:
        """The second derivatives of the losses: xx, xy, yy."""


class LeastSquares(Model):
    """The squared error of the prediction a x + b y."""

    formula = r"\left(x\,{u}_{{i1}} + y\,{u}_{{i2}} - v_i\right)^2"

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

    formula = r"\left(x\,{u}_i + y - v_i\right)^2"
    intercept = True


class Logistic(Model):
    """The cross-entropy of the probability 1 / (1 + exp(-(a x + b y))) for class 1."""

    formula = r"\ln\left(1 + e^{{-(2 v_i - 1)(x\,{u}_{{i1}} + y\,{u}_{{i2}})}}\right)"

    def predictions(self, x: Array, y: Array, a: Array, b: Array) -> Array:
        z = x * a + y * b
        e = self._small(z)
        return np.where(z >= 0, 1.0, e) / (1 + e)

    def losses(self, x: Array, y: Array, rows: Rows) -> Array:
        against = self._against(x, y, rows)
        doubt = np.log1p(self._small(against))
        doubt += np.maximum(against, 0.0, out=against)
        return doubt

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
        """How far the prediction lies on the wrong side: (*lanes, k)."""
        sign = 1 - 2 * rows.target
        z = x * (sign * rows.a)
        z += y * (sign * rows.b)
        return z

    def _small(self, z: Array) -> Array:
        """exp(-|z|): nothing overflows."""
        e = np.abs(z)
        return np.exp(np.negative(e, out=e), out=e)


class HiddenUnit(Model):
    """The squared error of y tanh(a x): one weight into a hidden unit, one out of it."""

    formula = r"\left(y \tanh(x\,{u}_i) - v_i\right)^2"

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
        """A few examples of least squares as plain numbers; of others nothing, which Python may round otherwise."""
        a, b, target, weight = self.rows
        if not isinstance(self.model, LeastSquares) or weight is not None or a.ndim > 1 or len(a) >= FEW:
            return []
        return list(zip(a.tolist(), b.tolist(), target.tolist(), strict=True))

    def _slope_of_few(self, x: float, y: float) -> tuple[float, float]:
        """The gradient at one point: `slopes` and their mean, without a dozen arrays of one or two numbers."""
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
        """Terms (*lanes, k) averaged over their examples: (terms, *lanes)."""
        # Reduced along the last, contiguous axis, so that a lane's sum does not depend on how many lanes there are.
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


class Quadratic:
    """The loss of least squares over all examples, from its minimum: no example is looked at again.

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
class Treatment:
    """What is done to the features and the loss before an optimizer gets to see them."""

    standardised: bool = knob(
        False, symbol=r"z", help="Shift and scale every feature to mean 0 and standard deviation 1."
    )
    batch_norm: bool = knob(
        False, symbol=r"\hat u", help="Normalise the features inside the model, with the moments of each batch."
    )
    l2: float = knob(0.0, 0.0, 10.0, symbol=r"\lambda", help="How strongly large weights are punished in the loss.")
    dropout: float = knob(
        0.0,
        0.0,
        0.9,
        symbol="p",
        help="The chance of each feature to be left out; the loss is its mean over all cases.",
    )


@final
@dataclass(frozen=True, eq=False)
class DataLoss(Landscape):
    """The mean loss of a two-parameter model over examples, as a surface over its parameters. A finite sum.

    model       what predicts
    data        the examples it learns from
    held_out    the examples of its `validation` twin
    dataset     where the data comes from, if it was made here
    treatment   what is done to features and loss
    columns     the features (k, n) as they enter the model
    moments     what the model subtracts from each feature and divides it by, (2, k); None for raw features
    training    of a validation twin: the loss whose twin it is

    The expression is empty. The key of a loss over data of one's own carries a digest of it, that of a twin says so.
    """

    is_formula: ClassVar[bool] = False  # it works with all examples at once

    model: Model = field(kw_only=True)
    data: Data = field(kw_only=True)
    held_out: Data = field(kw_only=True)
    dataset: Dataset | None = field(kw_only=True)
    treatment: Treatment = field(kw_only=True)
    columns: Array = field(kw_only=True)
    moments: Array | None = field(kw_only=True)
    whole: Objective = field(kw_only=True)
    training: "DataLoss | None" = field(default=None, kw_only=True)

    @property
    def n(self) -> int:
        """The number of examples."""
        return self.data.n

    def on(self, rows: NDArray[np.intp]) -> MeanLoss:
        """The same loss on the examples `rows` alone: (k,), or (k, lanes) where each lane has its own."""
        if rows.ndim == 1 and len(rows) <= SMALL_BATCH:
            return _on_few(self, rows.tobytes(), rows.dtype)
        return _on_rows(self, rows)

    @property
    def rows(self) -> Rows:
        """What the model needs of all examples."""
        return rows_for(self.model, self.columns, self.data.targets, self.treatment)

    def masked(self, factors: Array) -> MeanLoss:
        """The same loss with every feature multiplied by a factor, (n, k) or (n, k, lanes), and no other dropout."""
        spread = np.ascontiguousarray(np.moveaxis(factors, [1, 0], [0, -1]))  # (k, n) or (k, lanes, n)
        plain = replace(self.treatment, dropout=0.0)
        columns = self.columns.reshape(len(self.columns), *[1] * (spread.ndim - 2), self.n)
        rows = rows_for(self.model, columns, self.data.targets, plain, spread)
        return MeanLoss(self.model, rows, self.ridge)

    def predict(self, theta: ArrayLike, features: ArrayLike) -> Array:
        """What the model says of raw features (m, k), or (m,) where there is one: (*lanes, m)."""
        x, y = np.asarray(theta, dtype=float)[..., None]
        columns = _prepared(np.asarray(features, dtype=float).reshape(-1, len(self.columns)), self.moments)
        a, b = _design(self.model, columns)
        return self.model.predictions(x, y, a, b)

    @cached_property
    def validation(self) -> "DataLoss":
        """The loss without any penalty or dropout on the examples held out, their features treated like the others."""
        return _twin(self)

    @property
    def condition_number(self) -> float:
        """Largest over smallest curvature at the lowest minimum: NaN where there is none, infinite in a valley."""
        low, high = self._curvatures
        return high / low if low > 0 or math.isnan(low) else math.inf

    @property
    def largest_rate(self) -> float:
        """2 / lambda_max at the lowest minimum: gradient descent with a larger constant rate cannot stay there."""
        return 2 / self._curvatures[1]

    @cached_property
    def _curvatures(self) -> tuple[float, float]:
        if not self.minima:
            return math.nan, math.nan
        low, high = np.linalg.eigvalsh(self.hessian(self.minima[0])).tolist()
        return low, high

    @cached_property
    def ridge(self) -> Array:
        """What half the squares of x and y are multiplied by in the penalty, (2,)."""
        return _ridge(self.model, self.treatment)

    def _changed(self, changes: Mapping[str, float]) -> "DataLoss":
        if self.training is not None:
            return self.training._changed(changes).validation
        kinds = {f.name for f in fields(Treatment)}
        settings: dict[str, Any] = {name: value for name, value in changes.items() if name in kinds}
        treatment = Treatment(**settings)
        if self.dataset is None:
            return _made(self, changes, self.data, self.held_out, None, treatment)
        source: dict[str, Any] = {name: value for name, value in changes.items() if name not in kinds}
        dataset = type(self.dataset)(**source)
        if dataset == self.dataset:
            dataset = self.dataset  # whose examples are drawn
        return _made(self, changes, dataset.train, dataset.held_out, dataset, treatment)


def loss_over(key: str, data: Data, held_out: Data | None = None) -> DataLoss:
    """The model of that name over data of one's own; without `held_out` a part of the data is held out.

    Raises DataError where the data does not suit the model, ValueError for a model that does not exist.
    """
    if key not in DATA_LOSSES:
        raise ValueError(f"there is no model {key!r}; there are {', '.join(DATA_LOSSES)}")
    built = DATA_LOSSES[key]
    wanted = built.data.features.shape[1]
    if data.features.shape[1] != wanted:
        raise DataError("This model needs {wanted} features, not {given}.", wanted=wanted, given=data.features.shape[1])
    if isinstance(built.model, Logistic) and not np.isin(data.targets, (0.0, 1.0)).all():
        raise DataError("This model tells classes apart: its targets must be 0 and 1.")
    train, rest = data.split() if held_out is None else (data, held_out)
    check_columns(train)  # without the rows held out, what is left may have lost what varied
    bytes_of = b"".join(array.tobytes() for part in (train, rest) for array in (part.features, part.targets))
    digest = hashlib.sha256(bytes_of).hexdigest()[:16]
    own = replace(built, key=f"{key}_{digest}", knobs=knobs(Treatment))
    return _made(own, MappingProxyType({}), train, rest, None, Treatment())


def _made(
    like: DataLoss,
    changes: Mapping[str, float],
    data: Data,
    held_out: Data,
    dataset: Dataset | None,
    treatment: Treatment,
) -> DataLoss:
    """The loss with everything that follows from its data and treatment."""
    model, ridge = like.model, _ridge(like.model, treatment)
    columns = _prepared(data.features, _moments(data, replace(treatment, batch_norm=False)))
    rows = rows_for(model, columns, data.targets, treatment)
    whole, listed = _solved(model, rows, ridge)
    if dataset is None:
        natural = _natural_scale(model, columns, data.targets)
        domain: Domain = ((-natural[0], natural[0]), (-natural[1], natural[1]))
        starts = tuple((u * natural[0], v * natural[1]) for u, v in _CORNERS)
    else:
        domain, starts = BASES[like.key]
    if listed is not None:
        domain = _wide_enough(domain, listed.minima)
    else:
        listed = _of_hidden_unit(whole, rows, ridge, domain)
    return replace(
        like,
        code=_code(whole, _formula(model, treatment)),
        changes=changes,
        domain=domain,
        starts=starts,
        listed=listed,
        data=data,
        held_out=held_out,
        dataset=dataset,
        treatment=treatment,
        columns=columns,
        moments=_moments(data, treatment),
        whole=whole,
    )


def _twin(loss: DataLoss) -> DataLoss:
    columns = _prepared(loss.held_out.features, loss.moments)
    rows = rows_for(loss.model, columns, loss.held_out.targets, Treatment())
    whole, listed = _solved(loss.model, rows, np.zeros(2))
    if listed is None:
        listed = _of_hidden_unit(whole, rows, np.zeros(2), loss.domain)
    else:
        (x0, x1), (y0, y1) = loss.domain
        inside = tuple((x, y) for x, y in listed.minima if x0 < x < x1 and y0 < y < y1)
        listed = CriticalPoints(inside)
    return replace(
        loss,
        key=f"{loss.key}_validation",
        code=_code(whole, _formula(loss.model, replace(loss.treatment, l2=0.0, dropout=0.0))),
        listed=listed,
        data=loss.held_out,
        treatment=Treatment(),
        columns=columns,
        whole=whole,
        training=loss,
    )


def _code(whole: Objective, latex: str) -> Code:
    return Code(
        (),
        latex,
        lambda x, y: whole.value(np.stack([x, y])),
        lambda x, y: whole.gradient(np.stack([x, y])),
        lambda x, y: whole.hessian(np.stack([x, y])),
    )


def _formula(model: Model, treatment: Treatment) -> str:
    """The loss as LaTeX: u are features, v targets, m what dropout leaves."""
    letter = r"\hat u" if treatment.standardised or treatment.batch_norm else "u"
    each = model.formula.format(u=rf"\tilde {{{letter}}}" if treatment.dropout else letter)
    mean = rf"\frac{{1}}{{n}} \sum_{{i=1}}^{{n}} {each}"
    if treatment.dropout:
        mean = rf"\mathbb{{E}}_{{\tilde {{{letter}}}}} \, {mean}"
    squares = "x^2" if model.intercept else r"\left(x^2 + y^2\right)"
    return mean + (rf" + \frac{{\lambda}}{{2}} {squares}" if treatment.l2 else "")


def _ridge(model: Model, treatment: Treatment) -> Array:
    return treatment.l2 * np.array([1.0, 0.0 if model.intercept else 1.0])


def _moments(data: Data, treatment: Treatment) -> Array | None:
    if not (treatment.standardised or treatment.batch_norm):
        return None
    mean, variance = data.features.mean(axis=0), data.features.var(axis=0)
    if treatment.batch_norm:  # of features that may be standardised already: the larger epsilon is the last one's
        variance = variance + EPSILON * (variance if treatment.standardised else 1.0)
    return np.array([mean, np.sqrt(variance)])


def _prepared(features: Array, moments: Array | None) -> Array:
    """Features (n, k) as columns (k, n), shifted and scaled."""
    return np.ascontiguousarray((features if moments is None else (features - moments[0]) / moments[1]).T)


def _design(model: Model, columns: Array) -> tuple[Array, Array]:
    """The factors of x and y from columns (k, ..., n); 1 where y belongs to no feature."""
    return columns[0], columns[1] if len(columns) > 1 else np.ones_like(columns[0])


def rows_for(model: Model, columns: Array, targets: Array, treatment: Treatment, factors: Array | None = None) -> Rows:
    """Columns (k, ..., n) and targets as a model takes them, after batch normalisation, masks and dropout.

    The mean over all cases of dropout is finite: every example counts once for each way to leave out features.
    """
    if treatment.batch_norm:
        centred = columns - columns.mean(axis=-1, keepdims=True)
        columns = centred / np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + EPSILON)
    if factors is not None:
        columns = columns * factors
    p = treatment.dropout
    if not p:
        return Rows(*_design(model, columns), targets)
    cases = list(product((0.0, 1.0), repeat=len(columns)))
    spread = [np.array(case).reshape(-1, *[1] * (columns.ndim - 1)) * columns / (1 - p) for case in cases]
    designs = [_design(model, each) for each in spread]
    chances = [np.prod([1 - p if kept else p for kept in case]) for case in cases]
    n = targets.shape[-1]
    return Rows(
        np.concatenate([a for a, _ in designs], axis=-1),
        np.concatenate([b for _, b in designs], axis=-1),
        np.concatenate([targets] * len(cases), axis=-1),
        np.repeat(chances, n) / n,
    )


def _on_rows(loss: DataLoss, rows: NDArray[np.intp]) -> MeanLoss:
    picked = rows.T if rows.ndim > 1 else rows
    features = loss.columns.take(picked, axis=1)
    return MeanLoss(
        loss.model, rows_for(loss.model, features, loss.data.targets.take(picked), loss.treatment), loss.ridge
    )


@lru_cache(maxsize=4096)
def _on_few(loss: DataLoss, rows: bytes, kind: np.dtype) -> MeanLoss:
    # All lanes of a race look at the same batches, and so does the race after a knob was turned.
    return _on_rows(loss, np.frombuffer(rows, kind))


# Where the minima are


def _solved(model: Model, rows: Rows, ridge: Array) -> tuple[Objective, CriticalPoints | None]:
    """The loss over all rows and its critical points; None where they are still to be searched for."""
    if isinstance(model, LeastSquares):
        quadratic = Quadratic(rows, ridge)
        return quadratic, CriticalPoints(minima=(_point(quadratic.minimum),))
    whole = MeanLoss(model, rows, ridge)
    if isinstance(model, HiddenUnit):
        return whole, None
    if not ridge.all() and _separable(rows):
        return whole, CriticalPoints()
    return whole, CriticalPoints(minima=(_point(_newton(whole, np.zeros(2))),))


def _newton(loss: Objective, theta: Array) -> Array:
    """The minimum of a convex loss, by Newton's method; to the last bits."""
    for i in range(100):
        g = loss.gradient(theta)
        step = np.linalg.solve(loss.hessian(theta), g)
        if np.abs(step).max() <= 1e-6 * (1 + np.abs(theta).max()):
            # So near, rounding hides any fall of the value, and a full step is right.
            closer = theta - step
            if i > 90 or np.hypot(*loss.gradient(closer)) >= np.hypot(*g):
                return theta
            theta = closer
            continue
        here, length = loss.value(theta), 1.0
        while length > 1e-9 and not loss.value(theta - length * step) <= here - 1e-4 * length * (g @ step):
            length /= 2
        theta = theta - length * step
    return theta


def _separable(rows: Rows) -> bool:
    """Whether some direction is right for every example: then the loss falls for ever along it.

    So it is where all examples, those of class 0 turned round, lie in one half plane: their angles leave a gap of pi.
    """
    sign = 2 * rows.target - 1
    angle = np.sort(np.arctan2(sign * rows.b, sign * rows.a)[(rows.a != 0) | (rows.b != 0)])
    gaps = np.diff(np.concatenate([angle, angle[:1] + 2 * math.pi]))
    return bool(gaps.max() >= math.pi)


def _of_hidden_unit(loss: Objective, rows: Rows, ridge: Array, domain: Domain) -> CriticalPoints:
    """The critical points of y tanh(x u) in the domain.

    For every x the best y is known, the loss being quadratic in y: what is left is to find where the slope along x
    changes its sign on that curve. At the origin both derivatives vanish whatever the data.
    """
    (x0, x1), (y0, y1) = domain
    x = np.linspace(x0, x1, 2000)  # an even number: 0, where there is no best y, is not among them

    def best(x: Array) -> Array:
        flat = np.stack([x, np.zeros_like(x)])
        return -loss.gradient(flat)[1] / loss.hessian(flat)[1, 1]

    def slope(x: Array) -> Array:
        return loss.gradient(np.stack([x, best(x)]))[0]

    s = slope(x)
    crossing = np.flatnonzero((s[:-1] * s[1:] < 0) & (x[:-1] * x[1:] > 0))
    low, high = x[crossing], x[crossing + 1]
    for _ in range(60):
        middle = (low + high) / 2
        left = slope(low) * slope(middle) <= 0
        low, high = np.where(left, low, middle), np.where(left, middle, high)
    found = [(0.0, 0.0)] if x0 < 0 < x1 and y0 < 0 < y1 else []
    for point in np.stack([low, best(low)]).T if low.size else ():
        with suppress(np.linalg.LinAlgError):  # where it is flat to the last bit, it is as good as it gets
            for _ in range(3):
                point = point - np.linalg.solve(loss.hessian(point), loss.gradient(point))
        if x0 < point[0] < x1 and y0 < point[1] < y1:
            found.append(_point(point))
    groups: dict[Kind, list[tuple[float, Point]]] = {kind: [] for kind in Kind}
    for point in found:
        height = float(f"{loss.value(np.array(point)):.9g}")
        groups[classify(loss, np.array(point))].append((height, point))
    return CriticalPoints(*(tuple(point for _, point in sorted(groups[kind])) for kind in Kind))


def _point(theta: NDArray[np.floating[Any]]) -> Point:
    x, y = theta.tolist()
    return x, y


# The maps


def _wide_enough(domain: Domain, minima: tuple[Point, ...]) -> Domain:
    """The domain, made larger where a minimum would lie near its edge. A start that was inside stays inside."""
    sides = [list(side) for side in domain]
    for point in minima:
        for side, at in zip(sides, point, strict=True):
            low, high = side
            room = MARGIN / (1 - MARGIN)
            side[0] = min(low, _tidy(at - room * (high - at))) if at - low < MARGIN * (high - low) else low
            side[1] = max(high, _tidy(at + room * (at - low))) if high - at < MARGIN * (high - low) else high
    (x0, x1), (y0, y1) = sides
    return (x0, x1), (y0, y1)


def _natural_scale(model: Model, columns: Array, targets: Array) -> tuple[float, float]:
    """Half the width of a map round the origin on which weights for these features and targets lie."""
    size = float(np.abs(targets).max()) if not isinstance(model, Logistic) else 2.0
    deviations = columns.std(axis=-1)
    if isinstance(model, HiddenUnit):
        return _tidy(5.0 / float(deviations[0])), _tidy(2.0 * size)
    second = 1.0 if len(deviations) < 2 else float(deviations[1])
    return _tidy(2.0 * size / float(deviations[0])), _tidy(2.0 * size / second)


def _tidy(value: float) -> float:
    """Rounded away from 0 to two digits."""
    power = 10.0 ** (math.floor(math.log10(abs(value))) - 1) if value else 1.0
    return math.copysign(float(f"{math.ceil(abs(value) / power) * power:.3g}"), value)


_CORNERS = ((-0.7, -0.6), (0.75, 0.7), (-0.6, 0.75))
BASES: Mapping[str, tuple[Domain, tuple[Point, ...]]] = MappingProxyType(
    {
        "linear_regression": (((-4.0, 4.0), (-5.0, 5.0)), ((-3.0, 3.0), (3.0, 3.5), (-2.0, -4.0))),
        "multiple_regression": (((-4.0, 4.0), (-4.0, 4.0)), ((-3.0, -2.5), (3.2, 3.0), (-2.0, 3.2))),
        "logistic_regression": (((-5.0, 5.0), (-5.0, 5.0)), ((-3.5, 3.0), (3.5, -4.0), (-3.0, -3.5))),
        "hidden_unit_regression": (((-5.0, 5.0), (-3.0, 3.0)), ((4.0, -2.2), (-0.5, 2.2), (0.25, -0.35))),
    }
)
"""The map and the starts of every model on data made here; no knob moves a start off its map."""


def _entry(key: str, label: str, model: Model, dataset: Dataset, story: str, source: str) -> DataLoss:
    data, treatment = dataset.train, Treatment()
    rows = rows_for(model, _prepared(data.features, None), data.targets, treatment)
    unsolved = DataLoss(
        key,
        label,
        "",
        _code(MeanLoss(model, rows, np.zeros(2)), ""),
        story,
        source,
        *BASES[key],
        knobs=MappingProxyType({**knobs(dataset), **knobs(treatment)}),
        moving=True,
        model=model,
        data=data,
        held_out=dataset.held_out,
        dataset=dataset,
        treatment=treatment,
        columns=_prepared(data.features, None),
        moments=None,
        whole=MeanLoss(model, rows, np.zeros(2)),
    )
    return _made(unsolved, MappingProxyType({}), data, dataset.held_out, dataset, treatment)


DATA_LOSSES: Mapping[str, DataLoss] = MappingProxyType(
    {
        loss.key: loss
        for loss in (
            _entry(
                "linear_regression",
                "Linear regression",
                SlopeAndIntercept(),
                Line(),
                "The mean squared error of a line with slope x and intercept y. Every example is a valley of its own; "
                "the bowl is their mean.",
                "Legendre 1805, Nouvelles méthodes pour la détermination des orbites des comètes",
            ),
            _entry(
                "multiple_regression",
                "Regression on two features",
                LeastSquares(),
                Plane(),
                "The mean squared error of a weighted sum of two features. Their scales and their correlation make "
                "the bowl round or long.",
                "Gauss 1809, Theoria motus corporum coelestium",
            ),
            _entry(
                "logistic_regression",
                "Logistic regression",
                Logistic(),
                TwoClasses(noise=1.0),
                "The cross-entropy of telling two classes apart: convex, steep on the wrong side and level on the "
                "right one. Where a line parts the classes cleanly there is no minimum at all.",
                "Cox 1958, The regression analysis of binary sequences",
            ),
            _entry(
                "hidden_unit_regression",
                "Network with one hidden unit",
                HiddenUnit(),
                Saturation(),
                "The mean squared error of y tanh(x u): one weight into a hidden unit and one out of it. Changing the "
                "sign of both changes nothing, hence two minima and a saddle between them.",
                "Rumelhart, Hinton and Williams 1986, Learning representations by back-propagating errors",
            ),
        )
    }
)
"""Every model over data, at the default of its dataset."""
