"""The interface of objectives, wrappers around them, and the inner product and norm over the parameter axis."""

from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

Real: TypeAlias = float | Array
"""A hyperparameter: a real number, or an array of them, one for each run of the batch."""


class Objective(Protocol):
    """A scalar function of P parameters. The first axis is the parameter, all others are independent runs.

    An objective that is made for a number of parameters says so by `dimension`, or by a `domain` with a side for each.
    Its Hessian is for two parameters only. For another number, the optimizers that need the curvature call
    `hessian_vector(theta, v)`, which an objective may have: (P, *batch), (P, *batch) -> (P, *batch).
    """

    def value(self, theta: Array) -> Array:
        """(P, *batch) -> (*batch)"""
        ...

    def gradient(self, theta: Array) -> Array:
        """(P, *batch) -> (P, *batch)"""
        ...

    def hessian(self, theta: Array) -> Array:
        """(2, *batch) -> (2, 2, *batch)"""
        ...


class FiniteSum(Objective, Protocol):
    """A loss over `n` examples that can also be evaluated on some of them."""

    @property
    def n(self) -> int: ...

    def on(self, rows: NDArray[np.intp]) -> Objective:
        """The same loss on the examples `rows` alone: (k,), or (k, runs) where each run has its own."""
        ...


class Table(Protocol):
    """The examples: features (n, k), targets (n,) and difficulties (n,)."""

    @property
    def features(self) -> Array: ...
    @property
    def targets(self) -> Array: ...
    @property
    def difficulty(self) -> Array: ...


class Examples(FiniteSum, Protocol):
    """A finite sum whose examples can be read."""

    @property
    def data(self) -> Table: ...

    def masked(self, factors: Array) -> Objective:
        """The same loss with every feature multiplied by a factor: (n, k), or (n, k, runs)."""
        ...


class Reshaped:
    """A wrapper around an objective: methods that a subclass does not override are those of the inner objective."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective

    def value(self, theta: Array) -> Array:
        return self.objective.value(theta)

    def gradient(self, theta: Array) -> Array:
        return self.objective.gradient(theta)

    def hessian(self, theta: Array) -> Array:
        return self.objective.hessian(theta)

    def hessian_vector(self, theta: Array, v: Array) -> Array:
        return hessian_vector(self.objective, theta, v)


class Transparent(Reshaped):
    """A wrapper that changes no result and has all attributes of the inner objective."""

    def __getattr__(self, name: str) -> Any:
        if name == "objective":  # not set yet, as in a copy that is being made
            raise AttributeError(name)
        return getattr(self.objective, name)


def hessian_vector(objective: Objective, theta: Array, v: Array) -> Array:
    """The Hessian times v, without the Hessian unless P is 2: (P, *batch), (P, *batch) -> (P, *batch).

    Raises TypeError for an objective of another number of parameters that has no method `hessian_vector`.
    """
    if len(theta) == 2:
        H = objective.hessian(theta)
        return H[0] * v[0] + H[1] * v[1]
    product = getattr(objective, "hessian_vector", None)
    if product is None:
        raise TypeError(
            f"for {len(theta)} parameters this optimizer needs an objective with hessian_vector(theta, v), "
            f"which {type(objective).__name__} does not have"
        )
    return product(theta, v)


def dot(a: Array, b: Array) -> Array:
    """The inner product over the parameter axis: (P, *batch), (P, *batch) -> (*batch)."""
    if len(a) == len(b) == 2:
        return a[0] * b[0] + a[1] * b[1]  # the usual case, by operations that can be traced
    # NumPy adds up a row in the same order in any batch, and a column in another order if it is alone.
    return np.ascontiguousarray(np.moveaxis(a * b, 0, -1)).sum(axis=-1)


def norm(a: Array) -> Array:
    """The Euclidean length over the parameter axis: (P, *batch) -> (*batch)."""
    if len(a) == 2:
        return np.hypot(a[0], a[1])  # no square can overflow or vanish inside it
    return np.hypot.reduce(np.abs(a), axis=0)


def is_equal(a: Array, b: Array) -> Array:
    """Whether all parameters are equal: (P, *batch), (P, *batch) -> (*batch)."""
    if len(a) == len(b) == 2:
        return (a[0] == b[0]) & (a[1] == b[1])
    return (a == b).all(axis=0)


def is_formula(objective: Any) -> bool:
    """Whether equal objectives of this class compute the same, by NumPy functions of single numbers alone.

    A class declares it by `is_formula = True`, for itself and not for its subclasses, which may compute something else.
    """
    return vars(type(objective)).get("is_formula", False)


def domain_of(objective: Any) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The rectangle ((x0, x1), (y0, y1)) that an objective was made for, or None if it has none."""
    return getattr(objective, "domain", None)


def dimension_of(objective: Any) -> int | None:
    """The number of parameters that an objective is made for, or None if it does not say."""
    known, domain = getattr(objective, "dimension", None), domain_of(objective)
    return known if isinstance(known, int) else domain and len(domain)


def is_finite_within(objective: Any, reach: float) -> bool:
    """Whether the value is known to be a number wherever no coordinate is farther than `reach` domain sizes away.

    The distance is that from the middle of the domain. Returns False when unknown.
    """
    known = getattr(objective, "is_finite_within", None)
    return bool(known and known(reach))
