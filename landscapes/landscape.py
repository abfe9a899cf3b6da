"""A loss surface over the plane: numbers to descend, and facts to check them against."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscapes.bounds import is_tame
from landscapes.code import Code
from landscapes.critical_points import CriticalPoints, Domain, Point, find
from optim_core.caching import PrivateCache
from optim_core.knob import Knob
from optim_core.objective import Array


@dataclass(frozen=True, eq=False)
class Landscape:
    """A surface made from one expression: its values, its slopes, its formula, and where its minima and saddles are.

    expression  Python text in x, y and the names of the knobs
    code        what the expression was turned into
    story       what the surface teaches
    domain      ((x0, x1), (y0, y1)): the rectangle to look at; the facts below hold inside it
    starts      points from which a race is instructive, the default first
    knobs       the parameters of the expression, by name
    changes     the parameters that differ from their knobs' defaults
    listed      the critical points if they are known; otherwise they are searched for when first asked for
    moving      whether the critical points move with the knobs
    cusps       minima without a derivative: there the gradient is defined as 0 and the Hessian as infinitely curved

    Two landscapes are equal when they compute the same thing: the same expression and code with the same parameters.
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

    is_formula: ClassVar[bool] = True
    """A promise to `run()`, which a subclass makes for itself; see `optim_core.objective.is_formula`."""

    @property
    def private_cache(self) -> PrivateCache | None:
        """Where results about a person's own data are kept; see `optim_core.caching`."""
        return None

    def value(self, theta: ArrayLike) -> Array:
        """(2, *lanes) -> (*lanes)"""
        x, y, single = _coordinates(theta)
        out = self.code.value(x, y, *self._arguments)
        return out[..., 0] if single else out

    def gradient(self, theta: ArrayLike) -> Array:
        """(2, *lanes) -> (2, *lanes)"""
        x, y, single = _coordinates(theta)
        out = self._smooth(self.code.gradient, x, y)
        for cusp in self.cusps:
            out = np.where(_at(cusp, x, y), 0.0, out)
        return out[..., 0] if single else out

    def hessian(self, theta: ArrayLike) -> Array:
        """(2, *lanes) -> (2, 2, *lanes)"""
        x, y, single = _coordinates(theta)
        out = self._smooth(self.code.hessian, x, y)
        for cusp in self.cusps:
            at = _at(cusp, x, y)
            for row, column in np.ndindex(2, 2):
                out[row, column] = np.where(at, np.inf if row == column else 0.0, out[row, column])
        return out[..., 0] if single else out

    def sample(self, n: int = 120, domain: Domain | None = None) -> tuple[Array, Array, Array]:
        """The heights on an n x n grid over `domain`: xs (n), ys (n), z (n, n) with z[row of y, column of x].

        NaN where the surface has no finite height.
        """
        xs, ys = (np.linspace(low, high, n) for low, high in domain or self.domain)
        with np.errstate(all="ignore"):
            z = self.value(np.array(np.meshgrid(xs, ys)))
        z[~np.isfinite(z)] = np.nan
        return xs, ys, z

    def with_parameters(self, **parameters: float) -> Self:
        """The same surface with other parameters; those not named keep their value.

        Raises ValueError for a name that the surface does not have.
        """
        if unknown := sorted(parameters.keys() - self.knobs.keys()):
            raise ValueError(f"{self.key} has no parameter {unknown[0]!r}; it has {', '.join(self.knobs) or 'none'}")
        merged = {name: self.knobs[name].kind(value) for name, value in {**self.parameters, **parameters}.items()}
        changes = {name: value for name, value in merged.items() if value != self.knobs[name].default}
        return self._changed(MappingProxyType(changes))

    def _changed(self, changes: Mapping[str, float]) -> Any:
        """The surface, of its own kind, with these changes instead of its own."""
        moved = self.moving and dict(changes) != dict(self.changes)
        return replace(self, changes=changes, listed=None if moved else self.listed)

    def is_finite_within(self, reach: float) -> bool:
        """Whether the value is known to be finite up to `reach` domain sizes away from the middle of the domain.

        A yes is certain, a no is not: see `landscapes.bounds`.
        """
        sizes = {
            name: abs(low + high) / 2 + reach * (high - low)
            for name, (low, high) in zip("xy", self.domain, strict=True)
        }
        letters = {name: abs(float(value)) for name, value in self.parameters.items()}
        return is_tame(self.expression, tuple((letters | sizes).items()))

    @property
    def parameters(self) -> Mapping[str, float]:
        """Every parameter's value, by name, in the order of the knobs."""
        return {name: self.changes.get(name, knob.default) for name, knob in self.knobs.items()}

    @cached_property
    def text(self) -> str:
        """The surface as a link writes it: `elliptic_bowl(angle=0)`. Parameters at their default are left out."""
        inside = ",".join(f"{name}={_written(value)}" for name, value in self.changes.items())
        return f"{self.key}({inside})" if inside else self.key

    @property
    def formula(self) -> str:
        """The expression as LaTeX, parameters by their symbols."""
        return self.code.latex

    @property
    def start(self) -> Point:
        return self.starts[0]

    # Not a cached_property, which before Python 3.12 lets one thread at a time search one surface of all.

    @property
    def critical_points(self) -> CriticalPoints:
        """All of them inside the domain, lowest first. Searched for once."""
        if not self.is_searched:
            self.__dict__["_found"] = self._search() if self.listed is None else self.listed
        return self.__dict__["_found"]

    def _search(self) -> CriticalPoints:
        return find(self, self.domain)

    @property
    def is_searched(self) -> bool:
        """Whether the critical points are known by now."""
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
        """The height of the lowest minimum in the domain, or None where there is none."""
        if "_lowest" not in self.__dict__:
            lowest = float(self.value(np.array(self.minima).T).min()) if self.minima else None
            self.__dict__["_lowest"] = lowest
        return self.__dict__["_lowest"]

    def _smooth(self, function: Callable[..., Array], x: Array, y: Array) -> Array:
        """A derivative as the expression has it; 0/0 at a cusp is no reason to warn."""
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
        """What decides what it computes, within one class."""
        return self.expression, self.text, self.code, self.cusps

    def __hash__(self) -> int:
        return hash((self.expression, self.text))


def _written(value: float) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(float(value)).removesuffix(".0")


def _coordinates(theta: Any) -> tuple[Array, Array, bool]:
    """x and y as contiguous arrays, and whether theta was a single point.

    NumPy takes other code paths, with other last bits, for scalars and for strided arrays: a lane's numbers must not
    depend on the company it keeps.
    """
    if isinstance(theta, np.ndarray) and theta.ndim > 1 and theta.dtype == np.float64 and theta.flags.c_contiguous:
        return theta[0], theta[1], False  # as nearly always, ten thousand times a race
    x, y = theta
    if not isinstance(theta, np.ndarray) and hasattr(theta, "__array_function__"):
        return x, y, False  # what only counts like an array, to find out how this surface counts
    return np.ascontiguousarray(x, float), np.ascontiguousarray(y, float), np.ndim(x) == 0


def _at(point: Point, x: Array, y: Array) -> NDArray[np.bool_]:
    """The lanes whose squared distance to `point` is 0 in floating point."""
    dx, dy = x - point[0], y - point[1]
    return dx * dx + dy * dy == 0.0
