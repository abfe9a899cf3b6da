"""The interface of objectives, wrappers around them, and the inner product and norm over the parameter axis."""

from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

Real: TypeAlias = float | Array
"""A hyperparameter: a real number, or an array of them, one for each run of the batch."""


class Objective(Protocol):
    """A scalar function of two parameters. The first axis is the parameter, all others are independent runs."""

    def value(self, theta: Array) -> Array:
        """(2, *batch) -> (*batch)"""
        ...

    def gradient(self, theta: Array) -> Array:
        """(2, *batch) -> (2, *batch)"""
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


class Transparent(Reshaped):
    """A wrapper that changes no result and has all attributes of the inner objective."""

    def __getattr__(self, name: str) -> Any:
        if name == "objective":  # not set yet, as in a copy that is being made
            raise AttributeError(name)
        return getattr(self.objective, name)


def dot(a: Array, b: Array) -> Array:
    """The inner product over the parameter axis: (P, *batch), (P, *batch) -> (*batch)."""
    if len(a) == len(b) == 2:
        return a[0] * b[0] + a[1] * b[1]  # the usual case, by operations that can be traced
    return (a * b).sum(axis=0)


def norm(a: Array) -> Array:
    """The Euclidean length over the parameter axis: (P, *batch) -> (*batch)."""
    if len(a) == 2:
        return np.hypot(a[0], a[1])  # no square can overflow or vanish inside it
    return np.hypot.reduce(np.abs(a), axis=0)


def is_formula(objective: Any) -> bool:
    """Whether equal objectives of this class compute the same, by NumPy functions of single numbers alone.

    A class declares it by `is_formula = True`, for itself and not for its subclasses, which may compute something else.
    """
    return vars(type(objective)).get("is_formula", False)


def domain_of(objective: Any) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The rectangle ((x0, x1), (y0, y1)) that an objective was made for, or None if it has none."""
    return getattr(objective, "domain", None)


def is_finite_within(objective: Any, reach: float) -> bool:
    """Whether the value is known to be a number wherever no coordinate is farther than `reach` domain sizes away.

    The distance is that from the middle of the domain. Returns False when unknown.
    """
    known = getattr(objective, "is_finite_within", None)
    return bool(known and known(reach))
