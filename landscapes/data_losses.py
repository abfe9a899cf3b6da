"""Losses over data: two-parameter models whose loss is a mean over examples."""

import hashlib
import math
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscapes.code import Code
from landscapes.critical_points import CriticalPoints, Domain, Point
from landscapes.data_minima import of_hidden_unit, solved
from landscapes.datasets import Data, DataError, Dataset, Line, Plane, Saturation, Split, TwoClasses, check_columns
from landscapes.landscape import Landscape
from landscapes.mean_loss import LONGEST_SUM, BatchForm, MeanLoss, Quadratic
from landscapes.models import HiddenUnit, LeastSquares, Logistic, Model, Rows, SlopeAndIntercept
from landscapes.treatment import Treatment, columns_of, design, formula_of, moments_of, ridge_of, rows_for
from optim_core.caching import PrivateCache, bounded_cache
from optim_core.form import Filled, Form
from optim_core.knob import knobs
from optim_core.objective import Array, Objective

SMALL_BATCH = 64
"""Losses over so few examples are kept: about 2 kB each."""
MARGIN = 0.25
"""A minimum keeps this part of the map between itself and the edge."""


@final
@dataclass(frozen=True, eq=False)
class DataLoss(Landscape):
    """The mean loss of a two-parameter model over examples, as a surface over its parameters. A finite sum.

    model       what predicts
    data        the examples it learns from
    held_out    the examples of its `validation` twin
    dataset     where the data comes from, if it was made here
    own         all examples of a person's own data, those held out among them; None for data made here
    treatment   what is done to features and loss
    columns     the features (k, n) as they enter the model
    moments     what the model subtracts from each feature and divides it by, (2, k); None for raw features
    training    of a validation twin: the loss whose twin it is

    The expression is empty. The key of a loss over a person's own data has a digest of all that can be seen of them,
    numbers and names; that of a twin says so. `private_cache` is that of the data.
    """

    is_formula: ClassVar[bool] = False  # it works with all examples at once

    model: Model = field(kw_only=True)
    data: Data = field(kw_only=True)
    held_out: Data = field(kw_only=True)
    dataset: Dataset | None = field(kw_only=True)
    own: Data | None = field(default=None, kw_only=True)
    treatment: Treatment = field(kw_only=True)
    columns: Array = field(kw_only=True)
    moments: Array | None = field(kw_only=True)
    whole: Objective = field(kw_only=True)
    training: "DataLoss | None" = field(default=None, kw_only=True)

    @property
    def _identity(self) -> tuple[str, str]:
        return self.expression, self.text

    @property
    def n(self) -> int:
        """The number of examples."""
        return self.data.n

    @property
    def private_cache(self) -> PrivateCache | None:
        return self.data.private_cache

    def __reduce__(self) -> Any:
        # The code is made of closures; another process makes it again.
        if self.training is not None:
            return _validation_of, (self.training,)
        if self.own is None:
            return _built_in, (self.key, dict(self.changes))
        data = replace(self.own, private_cache=None)
        return _unpickled, (pickle.dumps((self.key.rpartition("_")[0], data)), dict(self.changes))

    def on(self, rows: NDArray[np.intp]) -> MeanLoss:
        """The same loss on the examples `rows` alone: (k,), or (k, lanes) where each lane has its own."""
        if rows.ndim == 1 and len(rows) <= SMALL_BATCH:
            return _on_few(self, rows.tobytes(), rows.dtype)
        return _on_rows(self, rows)

    def filled_form(self) -> Filled | None:
        """The loss over all examples as a form and its numbers; None where it has to look at the examples."""
        return self.whole.filled_form() if isinstance(self.whole, Quadratic) else None

    def form_on_each(self, size: int) -> tuple[Form, Callable[[NDArray[Any]], Array]] | None:
        """The loss on so many examples at every step: its form, and the form's numbers (steps, numbers, lanes or 1).

        They follow from the rows that the steps look at: (steps, size), or (steps, size, lanes). None where a batch has
        features of its own, or more examples than a step is written out for.
        """
        if size > LONGEST_SUM or self.treatment.batch_norm or self.treatment.dropout:
            return None
        columns = [*design(self.model, self.columns), self.data.targets]
        ridge, penalised = self.ridge[:, None], bool(self.ridge.any())

        def numbers(rows: NDArray[Any]) -> Array:
            rows = rows if rows.ndim > 2 else rows[..., None]
            steps, _, lanes = rows.shape
            out = np.empty((steps, 3 * size + 2 * penalised, lanes))
            for i, column in enumerate(columns):
                out[:, i * size : (i + 1) * size] = column[rows]
            if penalised:
                out[:, 3 * size :] = ridge
            return out

        return BatchForm(type(self.model), size, penalised), numbers

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
        columns = columns_of(np.asarray(features, dtype=float).reshape(-1, len(self.columns)), self.moments)
        a, b = design(self.model, columns)
        return self.model.predictions(x, y, a, b)

    @cached_property
    def validation(self) -> "DataLoss":
        """The loss without any penalty or dropout on the examples held out, their features treated like the others.

        Raises ValueError where no examples are held out.
        """
        if not self.held_out.n:
            raise ValueError("no examples are held out: set held_out_share")
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
        return ridge_of(self.model, self.treatment)

    def _changed(self, changes: Mapping[str, float]) -> "DataLoss":
        if self.training is not None:
            return self.training._changed(changes).validation
        kinds = {f.name for f in fields(Treatment)}
        settings: dict[str, Any] = {name: value for name, value in changes.items() if name in kinds}
        treatment = Treatment(**settings)
        source: dict[str, Any] = {name: value for name, value in changes.items() if name not in kinds}
        if self.own is not None:
            train, held_out = self.own.split(Split(**source).held_out_share)
            check_columns(train)  # without the rows held out, what is left may have lost what varied
            return _made(self, changes, train, held_out, None, treatment)
        assert self.dataset is not None
        dataset = type(self.dataset)(**source)
        if dataset == self.dataset:
            dataset = self.dataset  # whose examples are drawn
        return _made(self, changes, dataset.train, dataset.held_out, dataset, treatment)


def loss_over(key: str, data: Data) -> DataLoss:
    """The model of that name over a person's own data: over all of them unless `held_out_share` says otherwise.

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
    check_columns(data)
    data = replace(data, private_cache=data.private_cache or PrivateCache())
    own_knobs = MappingProxyType({**knobs(Split), **knobs(Treatment)})
    own = replace(built, key=f"{key}_{_digest(data)}", knobs=own_knobs, own=data)
    return own._changed(MappingProxyType({}))


def _digest(data: Data) -> str:
    """128 bits that differ for data of which anything that is shown differs: numbers, names and places in the file.

    Difficulties follow from the numbers, and the last bits of a least-squares fit differ between machines.
    """
    digest = hashlib.sha256(repr((data.names, data.columns, data.features.shape)).encode())
    for array in (data.features, data.targets):
        digest.update(np.ascontiguousarray(array, "<f8").tobytes())
    return digest.hexdigest()[:32]


@lru_cache(maxsize=1)  # a worker gets many tiles of one map
def _from_bytes(pickled: bytes) -> DataLoss:
    return loss_over(*pickle.loads(pickled))


def _unpickled(pickled: bytes, changes: Mapping[str, float]) -> DataLoss:
    return _from_bytes(pickled).with_parameters(**changes)


def _built_in(key: str, changes: Mapping[str, float]) -> DataLoss:
    return DATA_LOSSES[key].with_parameters(**changes)


def _validation_of(training: DataLoss) -> DataLoss:
    return training.validation


def _made(
    like: DataLoss,
    changes: Mapping[str, float],
    data: Data,
    held_out: Data,
    dataset: Dataset | None,
    treatment: Treatment,
) -> DataLoss:
    """The loss with everything that follows from its data and treatment."""
    model, ridge = like.model, ridge_of(like.model, treatment)
    columns = columns_of(data.features, moments_of(data, replace(treatment, batch_norm=False)))
    rows = rows_for(model, columns, data.targets, treatment)
    whole, listed = solved(model, rows, ridge)
    if like.own is not None:  # all of it, so that the map stays as it is when rows are held out
        moments = moments_of(like.own, replace(treatment, batch_norm=False))
        natural = _natural_scale(model, columns_of(like.own.features, moments), like.own.targets)
        domain: Domain = ((-natural[0], natural[0]), (-natural[1], natural[1]))
        starts = tuple((_short(u * natural[0]), _short(v * natural[1])) for u, v in _CORNERS)
    else:
        domain, starts = BASES[like.key]
    if listed is not None:
        domain = _wide_enough(domain, listed.minima)
    else:
        listed = of_hidden_unit(whole, rows, ridge, domain)
    return replace(
        like,
        code=_code(whole, formula_of(model, treatment)),
        changes=changes,
        domain=domain,
        starts=starts,
        listed=listed,
        data=data,
        held_out=held_out,
        dataset=dataset,
        treatment=treatment,
        columns=columns,
        moments=moments_of(data, treatment),
        whole=whole,
    )


def _twin(loss: DataLoss) -> DataLoss:
    columns = columns_of(loss.held_out.features, loss.moments)
    rows = rows_for(loss.model, columns, loss.held_out.targets, Treatment())
    whole, listed = solved(loss.model, rows, np.zeros(2))
    if listed is None:
        listed = of_hidden_unit(whole, rows, np.zeros(2), loss.domain)
    else:
        (x0, x1), (y0, y1) = loss.domain
        inside = tuple((x, y) for x, y in listed.minima if x0 < x < x1 and y0 < y < y1)
        listed = CriticalPoints(inside)
    return replace(
        loss,
        key=f"{loss.key}_validation",
        code=_code(whole, formula_of(loss.model, replace(loss.treatment, l2=0.0, dropout=0.0))),
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


def _on_rows(loss: DataLoss, rows: NDArray[np.intp]) -> MeanLoss:
    picked = rows.T if rows.ndim > 1 else rows
    features = loss.columns.take(picked, axis=1)
    return MeanLoss(
        loss.model, rows_for(loss.model, features, loss.data.targets.take(picked), loss.treatment), loss.ridge
    )


@bounded_cache(maxsize=4096)
def _on_few(loss: DataLoss, rows: bytes, kind: np.dtype) -> MeanLoss:
    # All lanes of a race look at the same batches, and so does the race after a knob was turned.
    return _on_rows(loss, np.frombuffer(rows, kind))


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


def _short(number: float) -> float:
    """The number with six digits, as a link and a field show it."""
    return float(f"{number:.6g}")


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
    rows = rows_for(model, columns_of(data.features, None), data.targets, treatment)
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
        columns=columns_of(data.features, None),
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
