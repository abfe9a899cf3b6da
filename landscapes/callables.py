"""Any Python function of two variables as an objective and, with a domain, as a surface."""

from collections.abc import Callable
from typing import Any, ClassVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscapes.compass_search import minima_by_search
from landscapes.critical_points import CriticalPoints, Domain, Point
from landscapes.framing import checked_domain, default_starts
from landscapes.landscape import Landscape
from landscapes.surface_code import Code
from optim_core.objective import Array

FIRST, SECOND = np.finfo(float).eps ** (1 / 3), np.finfo(float).eps ** (1 / 4)
"""Steps of first and of second differences, relative to the size of a coordinate. They balance rounding against
truncation errors. Nocedal and Wright 2006, Numerical optimization, section 8.1."""


@overload
def objective(
    f: Callable[[Any], Any],
    gradient: Callable[[Any], Any] | None = None,
    *,
    domain: None = None,
    start: Point | None = None,
    name: str | None = None,
) -> "NumericObjective": ...
@overload
def objective(
    f: Callable[[Any], Any],
    gradient: Callable[[Any], Any] | None = None,
    *,
    domain: Domain,
    start: Point | None = None,
    name: str | None = None,
) -> "CallableLandscape": ...
def objective(
    f: Callable[[Any], Any],
    gradient: Callable[[Any], Any] | None = None,
    *,
    domain: Any = None,
    start: Point | None = None,
    name: str | None = None,
) -> Any:
    """Wrap the function `f` as an objective for `run`; with a `domain`, as a surface for figures and maps.

    `f` maps a point (2,) to a number. If it also maps points (2, n) to (n,), as NumPy expressions do, it is called for
    many points at once; otherwise point by point. `gradient` maps likewise to (2,) or (2, n).

    Without a `gradient` the gradient is estimated by central differences: about 10 correct digits for a smooth
    function, and four calls of `f` for each gradient, which `Trajectory.evaluated` counts as one. The Hessian is
    always estimated: by differences of the gradient, or else second differences (about 7 digits).

    domain  ((x0, x1), (y0, y1)): the rectangle that is drawn. The search for minima in it uses a grid of 48 x 48
    start   the default start (x, y) of a race
    name    the surface's name; by default that of `f`

    Raises TypeError if `f` or `gradient` cannot be called, ValueError for a domain that cannot be drawn or in which
    `f` has no finite value.
    """
    for what, function in (("f", f), ("gradient", gradient)):
        if not callable(function) and (what == "f" or function is not None):
            raise TypeError(f"{what} must be a function of a point, not {function!r:.60}")
    if domain is None:
        if start is not None:
            raise ValueError("a start needs a domain as well: ((x0, x1), (y0, y1))")
        return NumericObjective(f, gradient, name=name)
    (x0, x1), (y0, y1) = _pairs(domain)
    return CallableLandscape.made(NumericObjective(f, gradient, (x1 - x0, y1 - y0), name), ((x0, x1), (y0, y1)), start)


def _pairs(domain: Any) -> Any:
    shape = np.shape(np.asarray(domain, dtype=object))
    if shape != (2, 2):
        raise ValueError(f"a domain must be ((x0, x1), (y0, y1)), not {domain!r:.60}")
    return checked_domain(domain)


class NumericObjective:
    """A function, its gradient and its Hessian, the last two by central differences unless they are given."""

    is_pure: ClassVar[bool] = False
    """Results are not cached: the function may depend on state that changes."""

    def __init__(
        self,
        f: Callable[[Any], Any],
        gradient: Callable[[Any], Any] | None = None,
        sizes: ArrayLike = (2.0, 2.0),
        name: str | None = None,
    ) -> None:
        """`sizes` (P,): the scale of each coordinate; the steps of differences are proportional to it."""
        self.name = name or getattr(f, "__name__", type(f).__name__).replace("<lambda>", "f")
        self._value, self._gradient = _OverPoints(f, "f", ()), gradient and _OverPoints(gradient, "gradient", (2,))
        self._unit = np.minimum(1.0, np.asarray(sizes, dtype=float) / 2)[:, None]

    def __repr__(self) -> str:
        how = "given" if self._gradient else "by central differences"
        return f"<objective {self.name}, gradient {how}>"

    def value(self, theta: ArrayLike) -> Array:
        """The loss. (2, *batch) -> (*batch)"""
        return self._over(theta, self._value)

    def gradient(self, theta: ArrayLike) -> Array:
        """The gradient. (2, *batch) -> (2, *batch)"""
        return self._over(theta, self._slopes)

    def hessian(self, theta: ArrayLike) -> Array:
        """The Hessian. (2, *batch) -> (2, 2, *batch)"""
        return self._over(theta, self._curvatures)

    def _over(self, theta: ArrayLike, function: Callable[[Array], Array]) -> Array:
        theta = np.asarray(theta, dtype=float)
        out = function(theta.reshape(2, -1))
        return out.reshape((*out.shape[:-1], *theta.shape[1:]))

    def _slopes(self, points: Array) -> Array:
        return self._gradient(points) if self._gradient else self._differences(self._value, points)

    def _curvatures(self, points: Array) -> Array:
        if self._gradient:
            halves = self._differences(self._gradient, points)
            return (halves + halves.swapaxes(0, 1)) / 2
        h = SECOND * np.maximum(np.abs(points), self._unit)
        (dx, dy), zero = h, np.zeros_like(h[0])
        moves = np.array(
            [[zero, dx, -dx, zero, zero, dx, -dx, dx, -dx], [zero, zero, zero, dy, -dy, dy, -dy, -dy, dy]]
        )  # (2, 9, n)
        f, right, left, up, down, *corners = self._value((points[:, None] + moves).reshape(2, -1)).reshape(9, -1)
        mixed = (corners[0] + corners[1] - corners[2] - corners[3]) / (4 * dx * dy)
        return np.array([[(right - 2 * f + left) / dx**2, mixed], [mixed, (up - 2 * f + down) / dy**2]])

    def _differences(self, function: "_OverPoints", points: Array) -> Array:
        """The central differences of a function along each coordinate: (2, n) -> (2, *shape, n)."""
        h = FIRST * np.maximum(np.abs(points), self._unit)
        moves = np.zeros((2, 4, points.shape[1]))
        moves[0, 0], moves[0, 1], moves[1, 2], moves[1, 3] = h[0], -h[0], h[1], -h[1]
        at = points[:, None] + moves
        out = function(at.reshape(2, -1)).reshape(*function.shape, 4, -1)
        wide = at[0, 0] - at[0, 1], at[1, 2] - at[1, 3]  # the steps after rounding
        return np.stack([(out[..., 0, :] - out[..., 1, :]) / wide[0], (out[..., 2, :] - out[..., 3, :]) / wide[1]])


class _OverPoints:
    """A function of one point (2,), vectorised: it maps points (2, n) to (*shape, n).

    The first call with several points tests whether the function accepts them all at once.
    """

    def __init__(self, function: Callable[[Any], Any], called: str, shape: tuple[int, ...]) -> None:
        self._function, self._called, self.shape = function, called, shape
        self._takes_many: bool | None = None

    def __call__(self, points: Array) -> Array:
        if self._takes_many is None and points.shape[1] > 1:
            self._takes_many = self._does_take_many(points)
        if self._takes_many:
            return np.asarray(self._function(points), dtype=float)
        return np.stack([self._at(point) for point in points.T], axis=-1)

    def _at(self, point: Array) -> Array:
        out = np.asarray(self._function(point), dtype=float)
        if out.shape != self.shape and out.size == np.prod(self.shape, dtype=int):
            out = out.reshape(self.shape)
        if out.shape != self.shape:
            wanted = f"an array of shape {self.shape}" if self.shape else "one number"
            raise ValueError(f"{self._called} must return {wanted} for a point (2,), not shape {out.shape}")
        return out

    def _does_take_many(self, points: Array) -> bool:
        ends = points[:, [0, -1]]
        alone = np.stack([self._at(point) for point in ends.T], axis=-1)
        try:
            out = np.asarray(self._function(points), dtype=float)
        except Exception:  # a function of one point may fail in any way when given several
            return False
        if out.shape != (*self.shape, points.shape[1]):
            return False
        return np.allclose(out[..., [0, -1]], alone, rtol=1e-9, atol=1e-12, equal_nan=True)


class CallableLandscape(Landscape):
    """A surface that calls a Python function. It is equal only to itself, and results for it are not cached."""

    is_formula: ClassVar[bool] = False
    is_pure: ClassVar[bool] = False

    @classmethod
    def made(cls, numeric: NumericObjective, domain: Domain, start: Point | None) -> "CallableLandscape":
        def over(function: Callable[[Array], Array]) -> Callable[[Array, Array], NDArray[Any]]:
            return lambda x, y: function(np.array([x, y]))

        code = Code((), _latex(numeric.name), *map(over, (numeric.value, numeric.gradient, numeric.hessian)))
        with np.errstate(all="ignore"):
            starts = default_starts(code, domain, [])
        if start is not None:
            starts = ((float(start[0]), float(start[1])),)
        return cls(_key(numeric.name), numeric.name, repr(numeric), code, "", "", domain, starts)

    def __repr__(self) -> str:
        return f"{self.expression[:-1]}, x from {self.domain[0]}, y from {self.domain[1]}>"

    def is_finite_within(self, reach: float) -> bool:
        """False: nothing is known about a Python function."""
        return False

    def _changed(self, changes: Any) -> Any:
        return self  # it has no parameters

    def _search(self) -> CriticalPoints:
        return CriticalPoints(minima=minima_by_search(self, self.domain))

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


def _key(name: str) -> str:
    letters = "".join(c if c.isascii() and c.isalnum() else "_" for c in name).strip("_").lower()
    return letters if letters and letters[0].isalpha() else "own"


def _latex(name: str) -> str:
    return rf"\mathrm{{{_key(name)}}}(x, y)".replace("_", r"\_")
