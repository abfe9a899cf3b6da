"""Where a surface is level: find minima, saddles and maxima, and tell them apart."""

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optim_core.objective import Array, Objective, norm

Point = tuple[float, float]
Domain = tuple[Point, Point]

DEGENERATE = 1e-9
"""An eigenvalue this much smaller than the other one counts as zero."""


class Kind(IntEnum):
    """What a critical point is."""

    MINIMUM = 0
    SADDLE = 1
    MAXIMUM = 2
    FLAT = 3


class CriticalPoints(NamedTuple):
    """The critical points of a surface inside a rectangle, lowest first; `flat` are those that are none of the rest."""

    minima: tuple[Point, ...] = ()
    saddles: tuple[Point, ...] = ()
    maxima: tuple[Point, ...] = ()
    flat: tuple[Point, ...] = ()


def classify(objective: Objective, theta: Any) -> Any:
    """The `Kind` that the signs of the Hessian's eigenvalues tell, as codes (*lanes) or as a `Kind` for one point.

    FLAT where an eigenvalue is zero or the Hessian is not a number: there the second derivatives cannot decide.
    """
    with np.errstate(all="ignore"):
        h = objective.hessian(theta)
        determinant = h[0, 0] * h[1, 1] - h[0, 1] * h[1, 0]
        trace = h[0, 0] + h[1, 1]
        size = np.abs(h).max(axis=(0, 1)) ** 2
    # The determinant is the product of the eigenvalues, the trace their sum. (An infinite curvature is not flat.)
    kinds = np.where(determinant < 0, Kind.SADDLE, np.where(trace > 0, Kind.MINIMUM, Kind.MAXIMUM))
    flat = np.isfinite(size) & (np.abs(determinant) <= DEGENERATE * size)
    kinds = np.where(flat | np.isnan(determinant), Kind.FLAT, kinds)
    return kinds if kinds.ndim else Kind(int(kinds))


def find(objective: Objective, domain: Domain, starts: int = 48, iterations: int = 60) -> CriticalPoints:
    """All isolated critical points inside `domain`, by Newton's method on the gradient from starts² points of a grid.

    Deterministic. A third of the searches descend and a third climb at first: the holes and hills that are narrower
    than the grid have wide slopes. Where the Hessian is flat, the heights on a small circle decide. Newton's method
    does not see points without a derivative: those are the surface's own `cusps`.
    """
    low, high = np.array(domain).T
    size = high - low
    grid = low[:, None] + size[:, None] * (np.indices((starts, starts)).reshape(2, -1) + 0.5) / starts
    theta, direction = np.tile(grid, 3), np.repeat([0, 1, -1], starts * starts)
    length = np.full(direction.size, np.inf)
    with np.errstate(all="ignore"):
        moving = np.arange(direction.size)
        for i in range(iterations):
            if i >= iterations / 3:
                direction[:] = 0
            before = theta[:, moving]
            step = _newton_step(objective, before, direction[moving])
            # A short leash: a long Newton step says nothing about what lies at its end.
            length[moving] = norm(step / size[:, None])
            theta[:, moving] = after = before - step / np.maximum(1.0, length[moving] / 0.05)
            if i >= iterations / 3:  # what has come to rest would do the same again
                moving = moving[(after != before).any(axis=0) & ~np.isnan(after).any(axis=0)]
        inside = (theta > low[:, None]).all(axis=0) & (theta < high[:, None]).all(axis=0)
        cusps = np.array(getattr(objective, "cusps", ())).reshape(-1, 2).T
        found = _distinct(np.hstack([cusps, theta[:, inside & (length < 1e-9)]]), size)
        heights = objective.value(grid)
        relief = np.ptp(heights[np.isfinite(heights)]) if np.isfinite(heights).any() else 0.0
        groups: dict[Kind, list[Any]] = {kind: [] for kind in Kind}
        for near in found:
            point = _rounded(objective, near, size)
            if np.abs(_rises(objective, point, 1e-2 * size)).max() <= 1e-15 * relief:
                continue  # on a plain so level that rounding alone decides where its gradient is 0
            kind = classify(objective, point)
            if kind is Kind.FLAT:
                kind = _kind_by_heights(_rises(objective, point, 1e-3 * size))
            groups[kind].append(point)
        return CriticalPoints(*(lowest_first(objective, np.array(groups[kind]).reshape(-1, 2).T) for kind in Kind))


def lowest_first(objective: Objective, points: Array) -> tuple[Point, ...]:
    """The points (2, n) in the order of their heights; equally high ones, however rounded, in a fixed order."""
    heights = [float(f"{height:.9g}") + 0.0 for height in objective.value(points)]
    return tuple((x, y) for _, x, y in sorted(zip(heights, *points.tolist(), strict=True)))


def _newton_step(objective: Objective, theta: Array, direction: NDArray[np.intp]) -> Array:
    """H^-1 g where the direction is 0, |H|^-1 g where it is 1 (downhill), -|H|^-1 g where it is -1; 0 where g is."""
    (a, b), (_, c) = objective.hessian(theta)
    u, v = objective.gradient(theta)
    if direction.any():
        # |H| has H's eigenvectors and the sizes of its eigenvalues: (H² + |det H| I) / trace |H|.
        root = np.abs(a * c - b * b)
        trace = np.sqrt(a * a + 2 * b * b + c * c + 2 * root)
        positive = np.array([a * a + b * b + root, b * (a + c), b * b + c * c + root]) / trace
        a, b, c = np.where(direction == 0, [a, b, c], direction * positive)
    step = np.array([c * u - b * v, a * v - b * u]) / (a * c - b * b)
    step[:, (u == 0) & (v == 0)] = 0.0
    return step


def _distinct(points: Array, size: Array) -> list[Array]:
    """One of each bunch of points that ended within a millionth of the domain."""
    kept: list[Array] = []
    while points.size:
        kept.append(points[:, 0])
        points = points[:, norm((points - points[:, :1]) / size[:, None]) > 1e-6]
    return kept


def _rounded(objective: Objective, point: Array, size: Array) -> Array:
    """The point with the shortest decimals that rounding cannot tell from `point`, in place or in gradient."""
    noise = 4e-16 * np.abs(objective.hessian(point)).max() * np.abs(point).max()

    def level(place: Array) -> bool:
        return bool(norm(objective.gradient(place)) <= max(noise, norm(objective.gradient(point))))

    for axis in (0, 1):
        for digits in range(9):
            shorter = point.copy()
            shorter[axis] = round(float(point[axis]), digits) + 0.0
            distance = abs(shorter[axis] - point[axis]) / size[axis]
            if distance < 4e-15 or (distance < 1e-8 and level(shorter)):
                point = shorter
                break
    return point


def _rises(objective: Objective, point: Array, radii: Array) -> Array:
    """How much higher than `point` it is at each degree of an ellipse round it."""
    angle = np.radians(np.arange(360))
    return objective.value(point[:, None] + radii[:, None] * [np.cos(angle), np.sin(angle)]) - objective.value(point)


def _kind_by_heights(rise: Array) -> Kind:
    """Higher all round is a minimum, lower all round a maximum, both a saddle; level somewhere is flat."""
    if (rise > 0).all():
        return Kind.MINIMUM
    if (rise < 0).all():
        return Kind.MAXIMUM
    return Kind.SADDLE if rise.min() < 0 < rise.max() else Kind.FLAT
