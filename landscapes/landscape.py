"""A loss surface over the plane: its value and derivatives, and what is known about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscapes.bounds import is_bounded
from landscapes.critical_points import CriticalPoints, Domain, Point, find
from landscapes.surface_code import Code
from optim_core.caching import PrivateCache
from optim_core.knob import Knob
from optim_core.objective import Array


@dataclass(frozen=True, eq=False)
class Landscape:
    """A loss surface over the plane, made from one expression.

    expression  Python text in x, y and the names of the knobs
    code        the compiled expression
    story       what the surface teaches
    domain      ((x0, x1), (y0, y1)): the rectangle that is drawn; the critical points are those inside it
    starts      points from which a race is instructive, the default first
    knobs       the parameters of the expression, by name
    changes     the parameters that differ from their knobs' defaults
    listed      the critical points, if known; otherwise they are computed on first use
    moving      whether the critical points depend on the parameters
    cusps       minima without a derivative: there the gradient is defined as 0 and the Hessian as infinitely curved
    axes        what the two parameters are called: one letter with an index, such as w₁, or a word

    Two landscapes are equal if they have the same expression, code and parameters.
    """

    key: str
    label: str
    expression: str
    code: Code
    story: str
    source: str
    domain: Domain
    starts: tuple[Point, ...]
    knobs: Mapping[str, Knob] = field(default_factory=dict)
    changes: Mapping[str, float] = field(default_factory=dict)
    listed: CriticalPoints | None = None
    moving: bool = False
    cusps: tuple[Point, ...] = ()
    axes: tuple[str, str] = ("x", "y")

    is_formula: ClassVar[bool] = True
    """Whether `run()` may trace the surface; declared by each subclass. See `optim_core.objective.is_formula`."""

    @property
    def private_cache(self) -> PrivateCache | None:
        """The cache for results that depend on a user's own data, else None. See `optim_core.caching`."""
        return None

    def value(self, theta: ArrayLike) -> Array:
        """The loss. (2, *batch) -> (*batch)"""
        x, y, single = _coordinates(theta)
        out = self.code.value(x, y, *self._arguments)
        return out[..., 0] if single else out

    def gradient(self, theta: ArrayLike) -> Array:
        """The gradient. (2, *batch) -> (2, *batch)"""
        x, y, single = _coordinates(theta)
        out = self._smooth(self.code.gradient, x, y)
        for cusp in self.cusps:
            out = np.where(_at(cusp, x, y), 0.0, out)
        return out[..., 0] if single else out

    def hessian(self, theta: ArrayLike) -> Array:
        """The Hessian. (2, *batch) -> (2, 2, *batch)"""
        x, y, single = _coordinates(theta)
        out = self._smooth(self.code.hessian, x, y)
        for cusp in self.cusps:
            at = _at(cusp, x, y)
            for row, column in np.ndindex(2, 2):
                out[row, column] = np.where(at, np.inf if row == column else 0.0, out[row, column])
        return out[..., 0] if single else out

    def sample(self, n: int = 120, domain: Domain | None = None) -> tuple[Array, Array, Array]:
        """Evaluate the surface on an n x n grid over `domain`.

        Returns xs (n), ys (n) and z (n, n), indexed z[y, x]; NaN where the loss is not finite.
        """
        xs, ys = (np.linspace(low, high, n) for low, high in domain or self.domain)
        with np.errstate(all="ignore"):
            z = self.value(np.array(np.meshgrid(xs, ys)))
        z[~np.isfinite(z)] = np.nan
        return xs, ys, z

    def with_parameters(self, **parameters: float) -> Self:
        """Return the surface with these parameters changed; the others keep their values.

        Raises ValueError for an unknown parameter.
        """
        if unknown := sorted(parameters.keys() - self.knobs.keys()):
            raise ValueError(f"{self.key} has no parameter {unknown[0]!r}; it has {', '.join(self.knobs) or 'none'}")
        merged = {name: self.knobs[name].kind(value) for name, value in {**self.parameters, **parameters}.items()}
        changes = {name: value for name, value in merged.items() if value != self.knobs[name].default}
        return self._changed(MappingProxyType(changes))

    def _changed(self, changes: Mapping[str, float]) -> Any:
        """The surface with `changes` instead of its own; subclasses return their own type."""
        moved = self.moving and dict(changes) != dict(self.changes)
        return replace(self, changes=changes, listed=None if moved else self.listed)

    def is_finite_within(self, reach: float) -> bool:
        """Whether the value is known to be finite up to `reach` domain sizes from the centre of the domain.

        False if it is not finite, or not known to be: see `landscapes.bounds`.
        """
        sizes = {
            name: abs(low + high) / 2 + reach * (high - low)
            for name, (low, high) in zip("xy", self.domain, strict=True)
        }
        parameters = {name: abs(float(value)) for name, value in self.parameters.items()}
        return is_bounded(self.expression, tuple((parameters | sizes).items()))

    @property
    def parameters(self) -> Mapping[str, float]:
        """The values of all parameters, by name, in the order of the knobs."""
        return {name: self.changes.get(name, knob.default) for name, knob in self.knobs.items()}

    @cached_property
    def text(self) -> str:
        """The surface as written in a link: `elliptic_bowl(angle=0)`. Parameters at their default are left out."""
        inside = ",".join(f"{name}={_written(value)}" for name, value in self.changes.items())
        return f"{self.key}({inside})" if inside else self.key

    @property
    def formula(self) -> str:
        """The expression as LaTeX, with the parameters' symbols."""
        return self.code.latex

    @property
    def variables(self) -> str:
        """The two parameters as LaTeX, as in `formula`."""
        return "x, y"

    @property
    def start(self) -> Point:
        return self.starts[0]

    # Not a cached_property: before Python 3.12 all surfaces share its lock, so that one search blocks all others.

    @property
    def critical_points(self) -> CriticalPoints:
        """All critical points inside the domain, lowest first. Computed once."""
        if not self.is_searched:
            self.__dict__["_found"] = self._search() if self.listed is None else self.listed
        return self.__dict__["_found"]

    def _search(self) -> CriticalPoints:
        return find(self, self.domain)

    @property
    def is_searched(self) -> bool:
        """Whether the critical points have been computed."""
        return "_found" in self.__dict__

    @property
    def minima(self) -> tuple[Point, ...]:
        return self.critical_points.minima

    @property
    def saddles(self) -> tuple[Point, ...]:
        return self.critical_points.saddles

    @property
    def maxima(self) -> tuple[Point, ...]:
        return self.critical_points.maxima

    @property
    def minimum_value(self) -> float | None:
        """The loss at the lowest minimum in the domain; None if there is no minimum."""
        if "_lowest" not in self.__dict__:
            lowest = float(self.value(np.array(self.minima).T).min()) if self.minima else None
            self.__dict__["_lowest"] = lowest
        return self.__dict__["_lowest"]

    def _smooth(self, function: Callable[..., Array], x: Array, y: Array) -> Array:
        """A derivative of the expression, without NumPy's warning about 0/0 at a cusp."""
        if not self.cusps:
            return function(x, y, *self._arguments)
        with np.errstate(divide="ignore", invalid="ignore"):
            return function(x, y, *self._arguments)

    @cached_property
    def _arguments(self) -> tuple[float, ...]:
        parameters = self.parameters
        return tuple(parameters[name] for name in self.code.parameters)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._identity == other._identity

    @property
    def _identity(self) -> tuple[Any, ...]:
        """What two surfaces of one class must share to be equal."""
        return self.expression, self.text, self.code, self.cusps

    def __hash__(self) -> int:
        return hash((self.expression, self.text))


def _written(value: float) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(float(value)).removesuffix(".0")


def _coordinates(theta: Any) -> tuple[Array, Array, bool]:
    """x and y as contiguous arrays, and whether theta was a single point.

    NumPy has other code paths, with other last bits, for scalars and for strided arrays. The result of a run must not
    depend on the batch that it is part of.
    """
    if isinstance(theta, np.ndarray) and theta.ndim > 1 and theta.dtype == np.float64 and theta.flags.c_contiguous:
        return theta[0], theta[1], False  # the usual case, called ten thousand times per race
    x, y = theta
    if not isinstance(theta, np.ndarray) and hasattr(theta, "__array_function__"):
        return x, y, False  # a tracer
    return np.ascontiguousarray(x, float), np.ascontiguousarray(y, float), np.ndim(x) == 0


def _at(point: Point, x: Array, y: Array) -> NDArray[np.bool_]:
    """A mask of the batch: whether the squared distance to `point` is 0 in floating point."""
    dx, dy = x - point[0], y - point[1]
    return dx * dx + dy * dy == 0.0
