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

from landscapes.critical_points import CriticalPoints
from landscapes.data_domains import BUILT_IN_DOMAINS, domain_for, enlarged
from landscapes.data_minima import hidden_unit_points, solve
from landscapes.datasets import Data, DataError, Dataset, Line, Plane, Saturation, Split, TwoClasses, check_columns
from landscapes.landscape import Landscape
from landscapes.mean_loss import LONGEST_SUM, BatchForm, MeanLoss, Quadratic
from landscapes.models import HiddenUnit, LeastSquares, Logistic, Model, Rows, SlopeAndIntercept
from landscapes.surface_code import Code
from landscapes.treatment import Treatment, columns_of, design, formula_of, moments_of, ridge_of, rows_for
from optim_core.caching import PrivateCache, bounded_cache
from optim_core.form import Filled, Form
from optim_core.knob import knobs
from optim_core.objective import Array, Objective

SMALL_BATCH = 64
"""Losses over at most this many examples are cached: about 2 kB each."""


@final
@dataclass(frozen=True, eq=False)
class DataLoss(Landscape):
    """The mean loss of a two-parameter model over examples, as a surface over its parameters.

    model       makes the predictions
    data        the training examples
    held_out    the validation examples
    dataset     the generated dataset that the data comes from; None for a user's own data
    own         a user's own data, including the rows held out; None for generated data
    treatment   preprocessing and regularisation
    columns     the features (k, n) as they enter the model
    moments     mean and standard deviation (2, k) that the model removes from the features; None for raw features
    whole       the loss over all examples
    training    the training loss, if this is a validation loss

    The expression is empty. The key of a loss over a user's own data contains a digest of its numbers and names; the
    key of a validation loss ends in `_validation`. `private_cache` is that of the data.
    """

    is_formula: ClassVar[bool] = False  # its arrays hold all examples, which tracing would unroll

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
    def variables(self) -> str:
        return ", ".join(self.model.letters)

    @property
    def n(self) -> int:
        """The number of examples."""
        return self.data.n

    @property
    def private_cache(self) -> PrivateCache | None:
        return self.data.private_cache

    def __reduce__(self) -> Any:
        # The code consists of closures, which cannot be pickled; another process builds it again.
        if self.training is not None:
            return _validation_of, (self.training,)
        if self.own is None:
            return _built_in, (self.key, dict(self.changes))
        data = replace(self.own, private_cache=None)
        return _unpickled, (pickle.dumps((self.key.rpartition("_")[0], data)), dict(self.changes))

    def on(self, rows: NDArray[np.intp]) -> MeanLoss:
        """The loss on the examples `rows`: (k,), or (k, batch) for different rows in each run."""
        if rows.ndim == 1 and len(rows) <= SMALL_BATCH:
            return _cached_on_rows(self, rows.tobytes(), rows.dtype)
        return _on_rows(self, rows)

    def filled_form(self) -> Filled | None:
        """The loss over all examples as a form with its numbers; None if it has no closed form."""
        return self.whole.filled_form() if isinstance(self.whole, Quadratic) else None

    def form_on_each(self, size: int) -> tuple[Form, Callable[[NDArray[Any]], Array]] | None:
        """The loss on minibatches of `size` examples: its form, and a function that gives the form's numbers.

        The function maps the rows of all steps, (steps, size) or (steps, size, batch), to numbers (steps, numbers,
        batch or 1). None if features depend on the minibatch, or if it is too large for a step to be unrolled.
        """
        if size > LONGEST_SUM or self.treatment.batch_norm or self.treatment.dropout:
            return None
        columns = [*design(self.model, self.columns), self.data.targets]
        ridge, penalised = self.ridge[:, None], bool(self.ridge.any())

        def numbers(rows: NDArray[Any]) -> Array:
            rows = rows if rows.ndim > 2 else rows[..., None]
            steps, _, batch = rows.shape
            out = np.empty((steps, 3 * size + 2 * penalised, batch))
            for i, column in enumerate(columns):
                out[:, i * size : (i + 1) * size] = column[rows]
            if penalised:
                out[:, 3 * size :] = ridge
            return out

        return BatchForm(type(self.model), size, penalised), numbers

    @property
    def rows(self) -> Rows:
        """All examples as the model takes them."""
        return rows_for(self.model, self.columns, self.data.targets, self.treatment)

    def masked(self, factors: Array) -> MeanLoss:
        """The loss with every feature multiplied by a factor, (n, k) or (n, k, batch), in place of dropout."""
        spread = np.ascontiguousarray(np.moveaxis(factors, [1, 0], [0, -1]))  # (k, n) or (k, batch, n)
        plain = replace(self.treatment, dropout=0.0)
        columns = self.columns.reshape(len(self.columns), *[1] * (spread.ndim - 2), self.n)
        rows = rows_for(self.model, columns, self.data.targets, plain, spread)
        return MeanLoss(self.model, rows, self.ridge)

    def predict(self, theta: ArrayLike, features: ArrayLike) -> Array:
        """The predictions (*batch, m) for raw features (m, k), or (m,) for a single feature."""
        x, y = np.asarray(theta, dtype=float)[..., None]
        columns = columns_of(np.asarray(features, dtype=float).reshape(-1, len(self.columns)), self.moments)
        a, b = design(self.model, columns)
        return self.model.predictions(x, y, a, b)

    @cached_property
    def validation(self) -> "DataLoss":
        """The loss on the held-out examples, without penalty and dropout, with features preprocessed as in training.

        Raises ValueError if no examples are held out.
        """
        if not self.held_out.n:
            raise ValueError("no examples are held out: set held_out_share")
        return _validation(self)

    @property
    def condition_number(self) -> float:
        """Largest over smallest curvature at the lowest minimum: NaN without a minimum, infinite in a valley."""
        low, high = self._curvatures
        return high / low if low > 0 or math.isnan(low) else math.inf

    @property
    def largest_rate(self) -> float:
        """2 / lambda_max at the lowest minimum: the stability limit of gradient descent with a constant rate."""
        return 2 / self._curvatures[1]

    @cached_property
    def _curvatures(self) -> tuple[float, float]:
        if not self.minima:
            return math.nan, math.nan
        low, high = np.linalg.eigvalsh(self.hessian(self.minima[0])).tolist()
        return low, high

    @cached_property
    def ridge(self) -> Array:
        """The coefficients (2,) of x² / 2 and y² / 2 in the penalty."""
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
            check_columns(train)  # without the held-out rows a column may be constant
            return _made(self, changes, train, held_out, None, treatment)
        assert self.dataset is not None
        dataset = type(self.dataset)(**source)
        if dataset == self.dataset:
            dataset = self.dataset  # which has cached its examples
        return _made(self, changes, dataset.train, dataset.held_out, dataset, treatment)


def loss_over(key: str, data: Data) -> DataLoss:
    """The loss of the model `key` over a user's own data, on all rows until `held_out_share` is set.

    Raises DataError if the data does not suit the model, ValueError for an unknown model.
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
    """A digest of 128 bits of the numbers, the names and the positions in the file.

    Difficulties are not included: they follow from the numbers, and their last bits differ between machines.
    """
    digest = hashlib.sha256(repr((data.names, data.columns, data.features.shape)).encode())
    for array in (data.features, data.targets):
        digest.update(np.ascontiguousarray(array, "<f8").tobytes())
    return digest.hexdigest()[:32]


@lru_cache(maxsize=1)  # a worker computes many tiles of one map
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
    """The loss with everything that depends on data and treatment recomputed."""
    model, ridge = like.model, ridge_of(like.model, treatment)
    columns = columns_of(data.features, moments_of(data, replace(treatment, batch_norm=False)))
    rows = rows_for(model, columns, data.targets, treatment)
    whole, listed = solve(model, rows, ridge)
    if like.own is not None:  # all rows, so that the map stays the same when rows are held out
        moments = moments_of(like.own, replace(treatment, batch_norm=False))
        domain, starts = domain_for(model, columns_of(like.own.features, moments), like.own.targets)
    else:
        domain, starts = BUILT_IN_DOMAINS[like.key]
    if listed is not None:
        domain = enlarged(domain, listed.minima)
    else:
        listed = hidden_unit_points(whole, domain)
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


def _validation(loss: DataLoss) -> DataLoss:
    columns = columns_of(loss.held_out.features, loss.moments)
    rows = rows_for(loss.model, columns, loss.held_out.targets, Treatment())
    whole, listed = solve(loss.model, rows, np.zeros(2))
    if listed is None:
        listed = hidden_unit_points(whole, loss.domain)
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
def _cached_on_rows(loss: DataLoss, rows: bytes, kind: np.dtype) -> MeanLoss:
    # All entries of a race use the same minibatches, and so does the race after a change of a knob.
    return _on_rows(loss, np.frombuffer(rows, kind))


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
        *BUILT_IN_DOMAINS[key],
        knobs=MappingProxyType({**knobs(dataset), **knobs(treatment)}),
        moving=True,
        axes=model.axes,
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
                "The mean squared error of a line with slope w and intercept b. Every example is a valley of its own; "
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
                "The mean squared error of w₂ tanh(w₁ X): one weight into a hidden unit and one out of it. Changing "
                "the sign of both changes nothing, hence two minima and a saddle between them.",
                "Rumelhart, Hinton and Williams 1986, Learning representations by back-propagating errors",
            ),
        )
    }
)
"""All losses over data, with the default settings of their datasets."""
