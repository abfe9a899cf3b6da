"""The critical points of a surface: find them and classify them as minima, saddles and maxima."""

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landscapes.neighbourhood import HIGHER, LOWER, classify_neighbourhoods, noise_of
from optim_core.objective import Array, Objective, dot, norm

Point = tuple[float, float]
Domain = tuple[Point, Point]

DEGENERATE = 1e-9
"""The ratio of eigenvalues below which the smaller one counts as zero."""

NARROW = 1e-6
"""The ratio of curvatures below which a critical point may be part of a curve of critical points."""


class Kind(IntEnum):
    """The kind of a critical point."""

    MINIMUM = 0
    SADDLE = 1
    MAXIMUM = 2
    FLAT = 3


class CriticalPoints(NamedTuple):
    """The critical points of a surface inside a rectangle, lowest first; `flat` are those of no other kind."""

    minima: tuple[Point, ...] = ()
    saddles: tuple[Point, ...] = ()
    maxima: tuple[Point, ...] = ()
    flat: tuple[Point, ...] = ()


def classify(objective: Objective, theta: Any) -> Any:
    """Classify points (2, *batch) by the signs of the Hessian's eigenvalues.

    Returns codes of `Kind` (*batch), or a `Kind` for a single point. FLAT where an eigenvalue is zero or the Hessian
    is NaN, so that second derivatives do not decide.
    """
    with np.errstate(all="ignore"):
        h = objective.hessian(theta)
        determinant = h[0, 0] * h[1, 1] - h[0, 1] * h[1, 0]
        trace = h[0, 0] + h[1, 1]
        size = np.abs(h).max(axis=(0, 1)) ** 2
    # The determinant is the product of the eigenvalues, the trace their sum. An infinite curvature is not flat.
    kinds = np.where(determinant < 0, Kind.SADDLE, np.where(trace > 0, Kind.MINIMUM, Kind.MAXIMUM))
    flat = np.isfinite(size) & (np.abs(determinant) <= DEGENERATE * size)
    kinds = np.where(flat | np.isnan(determinant), Kind.FLAT, kinds)
    return kinds if kinds.ndim else Kind(int(kinds))


def find(objective: Objective, domain: Domain, starts: int = 48, iterations: int = 60) -> CriticalPoints:
    """Find all isolated critical points inside `domain`, by Newton's method on the gradient from a grid of starts².

    Deterministic. A third of the searches first descend and a third first ascend, which finds minima and maxima that
    are narrower than the grid. Where the Hessian is singular, the heights on small circles decide the kind. Newton's
    method does not find points without a derivative: those are given by the surface as `cusps`.
    """
    low, high = np.array(domain).T
    size = high - low
    grid = low[:, None] + size[:, None] * (np.indices((starts, starts)).reshape(2, -1) + 0.5) / starts
    theta, direction = np.tile(grid, 3), np.repeat([0, 1, -1], starts * starts)
    length = np.full(direction.size, np.inf)
    with np.errstate(all="ignore"):
        moving = np.arange(direction.size)
        two_ago = four_ago = theta.copy()
        for i in range(iterations):
            if i >= iterations / 3:
                direction[:] = 0
            before = theta[:, moving]
            step = _newton_step(objective, before, direction[moving])
            # A Newton step is only valid locally: limit its length.
            steps = norm(step / size[:, None])
            after = before - step / np.maximum(1.0, steps / 0.05)
            lost = np.isnan(after).any(axis=0)  # where the Hessian is singular, possibly by rounding
            theta[:, moving] = after = np.where(lost, before, after)
            length[moving] = np.where(lost, length[moving], steps)
            if i % 2:
                if i % 4 == 3 and iterations / 3 < i < iterations - 4:
                    theta[:, moving] = after = _extrapolated(four_ago[:, moving], two_ago[:, moving], after, size)
                four_ago, two_ago = two_ago, theta.copy()
            if i >= iterations / 3:  # a point that did not move will not move again
                moving = moving[(after != before).any(axis=0)]
        inside = (theta > low[:, None]).all(axis=0) & (theta < high[:, None]).all(axis=0)
        cusps = np.array(getattr(objective, "cusps", ())).reshape(-1, 2).T
        theta, length = theta[:, inside], length[inside]
        steep = np.abs(objective.hessian(theta)).max(axis=(0, 1))
        level = norm(objective.gradient(theta) / size[:, None]) <= 1e-15 * steep
        found = _distinct(np.hstack([cusps, theta[:, (length < 1e-9) | (level & (length < 1e-3))]]), size)
        heights = objective.value(grid)
        relief = np.ptp(heights[np.isfinite(heights)]) if np.isfinite(heights).any() else 0.0
        near, reach = _merged(objective, found, size)
        points = list(_rounded(objective, near, size, reach).T)
        # On a plain, only rounding decides where the gradient is 0.
        points = [point for point in points if np.abs(_rises(objective, point, 1e-2 * size)).max() > 1e-15 * relief]
        every = np.array(list(dict.fromkeys(map(tuple, points)))).reshape(-1, 2).T
        kinds = np.asarray(classify(objective, every))
        flat = kinds == Kind.FLAT
        kinds[flat] = _kinds_by_heights(objective, every[:, flat], size)
        return CriticalPoints(*(lowest_first(objective, every[:, kinds == kind]) for kind in Kind))


def lowest_first(objective: Objective, points: Array) -> tuple[Point, ...]:
    """The points (2, n) sorted by height; points of equal height, up to rounding, in a fixed order."""
    heights = [float(f"{height:.9g}") + 0.0 for height in objective.value(points)]
    return tuple((x, y) for _, x, y in sorted(zip(heights, *points.tolist(), strict=True)))


def _newton_step(objective: Objective, theta: Array, direction: NDArray[np.intp]) -> Array:
    """H^-1 g where `direction` is 0, |H|^-1 g where it is 1 (descent), -|H|^-1 g where it is -1; 0 where g is 0."""
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


def _extrapolated(first: Array, second: Array, third: Array, size: Array) -> Array:
    """The limits of sequences of three points (2, n) that converge linearly and slowly; otherwise `third`.

    Newton's method converges so where the Hessian is singular: by a factor of 2/3 for x^4, of 4/5 for x^6.
    """
    begin, end = second - first, third - second
    ratio = norm(end) / norm(begin)
    straight = (dot(begin, end) > 0.9 * norm(begin) * norm(end)) & (norm(begin / size[:, None]) < 0.05)
    return third + np.where(straight & (ratio > 0.3) & (ratio < 0.95), ratio / (1.0 - ratio), 0.0) * end


def _distinct(points: Array, size: Array) -> Array:
    """The points (2, n) without duplicates within a millionth of the domain."""
    kept: list[Array] = []
    while points.size:
        kept.append(points[:, 0])
        points = points[:, norm((points - points[:, :1]) / size[:, None]) > 1e-6]
    return np.array(kept).reshape(-1, 2).T


def _merged(objective: Objective, points: Array, size: Array) -> tuple[Array, Array]:
    """One of each group of points (2, n) of equal height, and the radius of each group in sizes of the domain.

    Where the Hessian is singular, Newton's method ends near the critical point, at its height up to rounding, to the
    gain of one more step, and to a small part of the rise across the valley.
    """
    hessian, height = objective.hessian(points), objective.value(points)
    determinant = hessian[0, 0] * hessian[1, 1] - hessian[0, 1] * hessian[1, 0]
    steep = np.abs(hessian).max(axis=(0, 1))
    singular = np.abs(determinant) <= NARROW * steep**2
    gain = np.abs(dot(objective.gradient(points), _newton_step(objective, points, np.zeros(points.shape[1], np.intp))))
    slack = noise_of(objective.value, points, size[:, None]) + 10.0 * np.nan_to_num(gain)
    kept: list[int] = []
    reach: list[float] = []
    left = np.argsort(np.where(singular, height, -np.inf), kind="stable")
    while left.size:
        first, rest = left[0], left[1:]
        away = norm((points[:, rest] - points[:, [first]]) / size[:, None])
        level = 1e-12 * steep[rest] * norm(points[:, rest] - points[:, [first]]) ** 2
        same = singular[first] & singular[rest] & (away < 1e-2) & (height[rest] - height[first] <= slack[rest] + level)
        kept.append(first)
        reach.append(away[same].max(initial=0.0))
        left = rest[~same]
    return points[:, kept], np.array(reach)


def _rounded(objective: Objective, points: Array, size: Array, reach: Array) -> Array:
    """The points (2, n) with the fewest decimals that are equal up to rounding, in position or in gradient.

    They differ by less than 1e-8 of the domain's size, or by less than `reach` (n) if the gradient is no larger.
    """
    noise = 4e-16 * np.abs(objective.hessian(points)).max(axis=(0, 1)) * np.abs(points).max(axis=0)
    slope = norm(objective.gradient(points))
    for axes in ([0, 1], [0], [1]):
        left = np.ones(points.shape[1], bool)
        for digits in range(9):
            shorter = points.copy()
            shorter[axes] = np.round(points[axes], digits) + 0.0
            distance = norm((shorter - points) / size[:, None])
            level = np.where(distance < 1e-8, np.maximum(noise, slope), slope)
            # The gradient may be NaN on a plain, so that the search ignores it.
            as_level = ~(norm(objective.gradient(shorter)) > level) & np.isfinite(objective.value(shorter))
            same = (distance < 4e-15) | ((distance < np.maximum(1e-8, reach)) & as_level)
            points = np.where(left & same, shorter, points)
            left &= ~same
    return points


def _rises(objective: Objective, point: Array, radii: Array) -> Array:
    """The differences in height (360,) between an ellipse around `point` and the point itself."""
    angle = np.radians(np.arange(360))
    return objective.value(point[:, None] + radii[:, None] * [np.cos(angle), np.sin(angle)]) - objective.value(point)


def _kinds_by_heights(objective: Objective, points: Array, size: Array) -> Any:
    """The kind by heights: higher all round is a minimum, lower all round a maximum, both a saddle, otherwise flat."""
    up, down = (classify_neighbourhoods(objective, points, sign, size) for sign in (1.0, -1.0))
    kinds = np.where((up == LOWER) & (down == LOWER), Kind.SADDLE, Kind.FLAT)
    kinds = np.where(up == HIGHER, Kind.MINIMUM, np.where(down == HIGHER, Kind.MAXIMUM, kinds))
    defined = [np.isfinite(_rises(objective, point, 1e-3 * size)).all() for point in points.T]
    return np.where(defined, kinds, Kind.FLAT)
