"""The loss of a dense network over examples: an objective with P parameters."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscapes.datasets import Data
from landscapes.networks.architecture import Network, NetworkError
from landscapes.networks.layers import LOSSES
from landscapes.networks.passes import Moments, backward, forward, layers_of
from optim_core.objective import Array

UnitMoments: TypeAlias = tuple[tuple[Array, Array], ...]
"""Mean and variance of the units of each hidden layer before batch normalisation: (units, *batch) each."""

MOST_AT_ONCE = 2**18
"""Activations of a layer that are computed together, for as many runs as they allow: 2 MB, which fits into caches."""
MOST_IN_HESSIAN = 1000
"""Parameters of a network whose whole Hessian can be computed: 8 MB for each run."""
SMALL = -332
"""The exponent of 2 that the imaginary part has in a complex step: its square vanishes beside 1."""


@dataclass(frozen=True, eq=False)
class ExampleLoss:
    """The mean loss of a network over some examples, in training: batch normalisation uses the moments of these.

    features   (features, n), or (runs, features, n) for other examples in each run
    targets    (outputs, n), or (runs, outputs, n): classes coded for the loss
    masks      the factors of dropout for each hidden layer: (units, n) or (runs, units, n)
    moments    fixed moments of batch normalisation, as in use
    penalised  whether the value includes the L2 penalty

    `value`, `gradient` and `hessian_vector` take theta (P, *batch). The numbers of a run do not depend on the others in
    its batch.
    """

    network: Network
    features: Array
    targets: Array
    masks: tuple[Array, ...] = ()
    moments: UnitMoments | None = None
    penalised: bool = True

    @property
    def n(self) -> int:
        """The number of examples."""
        return self.features.shape[-1]

    def value(self, theta: Array) -> Array:
        """(P, *batch) -> (*batch)"""
        return self._by_runs(theta, self._value)

    def gradient(self, theta: Array) -> Array:
        """(P, *batch) -> (P, *batch)"""
        return self._columns(self._by_runs(theta, self._gradient), theta)

    def hessian_vector(self, theta: Array, v: Array) -> Array:
        """The product of the Hessian and `v`: (P, *batch), (P, *batch) -> (P, *batch).

        The gradient at theta + i h v, whose imaginary part is h H v: exact to rounding for any h so small that h²
        vanishes (the complex step of Squire and Trapp 1998). It computes what the R-operator of Pearlmutter 1994 does.
        At a kink of ReLU it is the product on one side.
        """
        if self.network.frozen:  # the Hessian of the parameters that are trained, and 0 elsewhere: it stays symmetric
            v = np.where(self.network.trained_rows.reshape(-1, *[1] * (np.ndim(v) - 1)), v, 0.0)
        exponent = SMALL - int(np.frexp(np.abs(v).max())[1])  # a power of 2 rounds nothing
        shifted: Any = theta + 1j * np.ldexp(v, exponent)
        return np.ldexp(self.gradient(shifted).imag, -exponent)

    def hessian(self, theta: Array) -> Array:
        """(P, *batch) -> (P, P, *batch), from P products. Raises ValueError for a large network."""
        parameters = self.network.parameters
        if parameters > MOST_IN_HESSIAN:
            raise ValueError(
                f"the whole Hessian of {parameters:,} parameters is too large (at most {MOST_IN_HESSIAN:,}): "
                "use hessian_vector"
            )
        batch = np.shape(theta)[1:]
        unit = np.eye(parameters).reshape(parameters, parameters, *[1] * len(batch))
        shape = (parameters, parameters, *batch)
        return self.hessian_vector(np.broadcast_to(theta[:, None], shape), np.broadcast_to(unit, shape))

    def accuracy(self, theta: Array) -> Array:
        """The share of the examples whose class is the predicted one: (*batch). Needs targets that are classes."""
        return self._by_runs(theta, self._accuracy)

    def moments_at(self, theta: Array) -> UnitMoments:
        """The moments of batch normalisation over these examples; () for a network without it."""
        if self.network.normalisation != "batch":
            return ()
        rows = self._rows(theta)
        record = forward(self.network, layers_of(self.network, rows), self.features, self.masks)[2]
        return tuple(
            (self._columns(m[..., 0], theta), self._columns(v[..., 0], theta))
            for m, v in (hidden.moments for hidden in record if hidden.moments)
        )

    def dropped(self, t: int, seed: Any) -> "ExampleLoss":
        """The loss of training step `t`, in which each hidden unit is left out of each example with chance `dropout`.

        The others are scaled up, so that the mean over all masks is the network without dropout. `seed` is an int, or
        an array (runs,). Srivastava et al. 2014, Dropout, section 10.
        """
        p = self.network.dropout
        if not p:
            return self
        drawn = [self._masks(np.random.default_rng([int(s), t])) for s in np.atleast_1d(seed)]
        masks = [np.stack(layer) for layer in zip(*drawn, strict=True)] if np.ndim(seed) else drawn[0]
        return replace(self, masks=tuple(masks))

    def in_use(self, moments: UnitMoments) -> "ExampleLoss":
        """The loss with fixed moments of batch normalisation and no dropout, as the trained network is used.

        `moments_at` and `running_moments` give the moments.
        """
        return replace(self, moments=moments, masks=())

    # ---- for some runs: rows (runs, P) ----

    def _value(self, rows: Array, part: "ExampleLoss") -> Array:
        z = part._forward(rows)[0]
        loss = LOSSES[self.network.loss].value(z, part.targets)
        if self.network.l2 and self.penalised:
            weights = (rows[:, tensor.rows] for tensor in self.network.tensors if tensor.is_weight)
            loss = loss + self.network.l2 / 2 * sum((each * each).sum(axis=1) for each in weights)
        return loss

    def _gradient(self, rows: Array, part: "ExampleLoss") -> Array:
        layers, moments = layers_of(self.network, rows), part._fixed()
        z, last, record = forward(self.network, layers, part.features, part.masks, moments)
        d = LOSSES[self.network.loss].slope(z, part.targets)
        gradient = backward(self.network, layers, last, record, d, fixed=moments is not None)
        if self.network.l2 and self.penalised:
            gradient += self.network.l2 * self.network.weight_rows * rows
        if self.network.frozen:
            gradient[:, ~self.network.trained_rows] = 0
        return gradient

    def _accuracy(self, rows: Array, part: "ExampleLoss") -> Array:
        return predicts_class(part._forward(rows)[0], part.targets).mean(axis=-1)

    def _forward(self, rows: Array) -> tuple[Array, ...]:
        return forward(self.network, layers_of(self.network, rows), self.features, self.masks, self._fixed())[:2]

    def _fixed(self) -> Moments | None:
        if self.moments is None or self.network.normalisation != "batch":
            return None
        return tuple((m.reshape(len(m), -1).T[..., None], v.reshape(len(v), -1).T[..., None]) for m, v in self.moments)

    def _masks(self, rng: np.random.Generator) -> list[Array]:
        p = self.network.dropout
        return [(rng.random((units, self.n)) >= p) / (1 - p) for units in self.network.widths[1:-1]]

    def _rows(self, theta: Array) -> Array:
        """The parameters (runs, P) of the runs. Raises ValueError for theta of another shape."""
        theta = np.asarray(theta)
        if theta.ndim == 0 or len(theta) != self.network.parameters:
            raise ValueError(f"theta needs shape ({self.network.parameters}, *batch), not {theta.shape}")
        return np.ascontiguousarray(theta.reshape(len(theta), -1).T)

    @staticmethod
    def _columns(rows: Array, theta: Array) -> Array:
        """(runs, k) as (k, *batch)."""
        return np.ascontiguousarray(rows.T).reshape(rows.shape[1], *np.shape(theta)[1:])

    def _by_runs(self, theta: Array, compute: "Callable[[Array, ExampleLoss], Array]") -> Array:
        """`compute` of the rows of all runs, not too many at once. The result has the shape of the batch, if it can."""
        rows = self._rows(theta)
        together = max(1, MOST_AT_ONCE // (self.n * max(self.network.widths[1:])))
        if together >= len(rows):
            made = compute(rows, self)
        else:
            parts = [slice(i, i + together) for i in range(0, len(rows), together)]
            made = np.concatenate([compute(rows[part], self._of_runs(part)) for part in parts])
        return made.reshape(np.shape(theta)[1:]) if made.ndim == 1 else made

    def _of_runs(self, part: slice) -> "ExampleLoss":
        """The same for some of the runs."""

        def of(array: Array, depth: int = 3) -> Array:
            return array[part] if array.ndim == depth else array

        moments = self.moments and tuple(
            tuple(each.reshape(len(each), -1)[:, part] if each.ndim > 1 else each for each in pair)
            for pair in self.moments
        )
        masks = tuple(of(mask) for mask in self.masks)
        return ExampleLoss(self.network, of(self.features), of(self.targets), masks, moments, self.penalised)  # type: ignore[arg-type]


@final
@dataclass(frozen=True, eq=False)
class NetworkLoss(ExampleLoss):
    """The mean loss of a network over a data set, of which a sampler can choose examples.

    data      the examples
    held_out  the validation examples
    training  the training loss, if this is a validation loss
    """

    data: Data = None  # type: ignore[assignment]
    held_out: Data | None = None
    training: "NetworkLoss | None" = None

    @classmethod
    def over(cls, network: Network, data: Data, held_out: Data | None = None) -> "NetworkLoss":
        """The training loss over `data`. Raises NetworkError for data that does not fit the network."""
        for each in (data, *([held_out] if held_out is not None else [])):
            _check_fits(network, each)
        features = np.ascontiguousarray(data.features.T)
        return cls(network, features, coded(network, data.targets), data=data, held_out=held_out)

    @property
    def classifies(self) -> bool:
        """Whether the targets are classes, so that there is an accuracy."""
        return self.network.widths[-1] > 1 or bool(np.isin(self.data.targets, (0.0, 1.0)).all())

    def on(self, rows: NDArray[np.intp]) -> ExampleLoss:
        """The loss on the examples `rows`: (k,), or (k, runs) for different rows in each run."""
        if rows.ndim == 1:
            return ExampleLoss(self.network, self.features.take(rows, axis=1), self.targets.take(rows, axis=1))
        features, targets = (
            np.ascontiguousarray(np.moveaxis(array[:, rows.T], 0, 1)) for array in (self.features, self.targets)
        )
        return ExampleLoss(self.network, features, targets)

    def masked(self, factors: Array) -> ExampleLoss:
        """The loss with every feature multiplied by a factor: (n, features), or (n, features, runs)."""
        spread = np.ascontiguousarray(factors.T)
        return ExampleLoss(self.network, self.features * spread, self.targets)

    @cached_property
    def validation(self) -> "NetworkLoss":
        """The loss on the held-out examples, without penalty and dropout.

        Batch normalisation uses the moments of all training examples at the same theta: what running moments estimate
        (Wu and Johnson 2021, Rethinking "batch" in BatchNorm, section 3). `in_use` has running moments instead. Raises
        ValueError if no examples are held out.
        """
        if self.held_out is None or not self.held_out.n:
            raise ValueError("no examples are held out")
        made = NetworkLoss.over(self.network, self.held_out)
        return replace(made, penalised=False, training=self)

    def outputs(self, theta: Array, features: ArrayLike) -> Array:
        """The outputs for features (m, k), as the network is used: (outputs, *batch, m)."""
        theta, x = np.asarray(theta), np.ascontiguousarray(np.asarray(features, dtype=float).T)
        moments = self.moments or (self.training or self).moments_at(theta)
        at = ExampleLoss(self.network, x, x[:1], moments=moments)
        z = at._forward(at._rows(theta))[0]
        return np.moveaxis(z, 1, 0).reshape(z.shape[1], *theta.shape[1:], z.shape[2])

    def _by_runs(self, theta: Array, compute: Callable[[Array, ExampleLoss], Array]) -> Array:
        if self.training and self.moments is None and self.network.normalisation == "batch":
            if compute == self._gradient:
                raise ValueError("these moments depend on theta: fix them by in_use(moments) to have a gradient")
            return self.in_use(self.training.moments_at(theta))._by_runs(theta, compute)
        return super()._by_runs(theta, compute)


def coded(network: Network, targets: Array) -> Array:
    """The targets (outputs, n) for the loss: one-hot for several outputs, −1 and 1 for two classes by squared error."""
    if network.widths[-1] > 1:
        return (np.arange(network.widths[-1])[:, None] == targets).astype(float)
    if network.loss == "squared_error" and np.isin(targets, (0.0, 1.0)).all():
        return 2 * targets[None] - 1
    return np.array(targets[None], dtype=float)


def predicts_class(z: Array, y: Array) -> NDArray[np.bool_]:
    """Whether the predicted class is that of the coded target: (runs, outputs, n) -> (runs, n)."""
    if z.shape[1] > 1:
        return z.argmax(axis=1) == y.argmax(axis=-2)
    return (z[:, 0] > 0) == (y[..., 0, :] > 0)


def running_moments(
    previous: UnitMoments | None,
    batch: UnitMoments,
    n: int,
    momentum: float = 0.1,
) -> UnitMoments:
    """Running moments after one more batch of n examples, as torch's BatchNorm1d keeps them.

    They move by `momentum` towards the mean and the unbiased variance of the batch, from 0 and 1 (`previous` None).
    """
    before = previous or tuple((np.zeros_like(m), np.ones_like(v)) for m, v in batch)
    return tuple(
        (m + momentum * (new_m - m), v + momentum * (new_v * (n / (n - 1)) - v))
        for (m, v), (new_m, new_v) in zip(before, batch, strict=True)
    )


def _check_fits(network: Network, data: Data) -> None:
    """Raise NetworkError for a data set with other features or classes than the network has."""
    features, outputs = data.features.shape[1], network.widths[-1]
    if features != network.widths[0]:
        raise NetworkError(
            "The data has {features} features, but the first width is {width}.",
            features=features, width=network.widths[0],
        )  # fmt: skip
    classes = outputs if outputs > 1 else 2
    fits = np.isin(data.targets, np.arange(classes)).all()
    if not fits and (outputs > 1 or network.loss == "cross_entropy"):
        raise NetworkError(
            "The loss tells {classes} classes apart: the targets must be 0 to {last}.",
            classes=classes, last=classes - 1,
        )  # fmt: skip
