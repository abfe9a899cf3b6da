"""Curves of critical points, which are not marked: on the circle (x² + y² - 1)² = 0 no point is lower than the next."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscapes.critical_points import NARROW, CriticalPoints, Domain
from optim_core.objective import Array, Objective, dot, norm

DISTANCES = (1e-2, 1e-3, 1e-4, 1e-5)
"""Distances along the level direction at which another critical point is searched for, in sizes of the domain."""


def without_valleys(points: CriticalPoints, surface: Objective, domain: Domain) -> CriticalPoints:
    """The isolated critical points, without those on a curve of critical points."""
    every = np.array([point for kind in points for point in kind]).reshape(-1, 2).T
    with np.errstate(all="ignore"):
        alone = iter((~_in_a_row(surface, every, np.ptp(domain, axis=1).min())).tolist())
    return CriticalPoints(*(tuple(point for point in kind if next(alone)) for kind in points))


def _in_a_row(surface: Objective, points: Array, size: float) -> NDArray[np.bool_]:
    """Whether each of the critical points (2, n) has another one near it in the level direction.

    A step in that direction is followed by Newton's method across it: in a valley it ends where the gradient is 0
    again, at the same height. A small circle needs a small step: shorter steps are tried where longer ones fail.
    """
    _, level, steep, flat = _curvatures(surface, points)
    row = np.zeros(steep.size, bool)
    # Points with an infinite curvature or with none are excluded.
    left = (np.abs(flat) <= NARROW * np.abs(steep)) & np.isfinite(steep) & (steep != 0)
    for distance in np.multiply(DISTANCES, size):
        tried = np.flatnonzero(left)
        for way in (1e-4, -1e-4):  # so are points on a crease, where the curvature nearby is different
            beside = _curvatures(surface, points[:, tried] + way * distance * np.array([[0.8], [0.6]]))[2]
            tried = tried[np.abs(beside - steep[tried]) <= 0.1 * np.abs(steep[tried])]
        for way in (distance, -distance):
            begin = points[:, tried] + way * level[:, tried]
            found, risen = _followed(surface, points[:, tried], begin, steep[tried], distance, size)
            row[tried] |= found
            left[tried] &= ~found & ~risen
    return row


def _followed(
    surface: Objective, points: Array, begin: Array, steep: Array, distance: float, size: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether Newton's method across a valley ends at another critical point, and whether it ends on a slope."""
    near = begin
    for _ in range(12):
        across, _, curvature, _ = _curvatures(surface, near)
        near = near - across * dot(across, surface.gradient(near)) / curvature
    slope, (across, _, curvature, _) = surface.gradient(near), _curvatures(surface, near)
    limit = 1e-13 * size * np.abs(steep)
    same_height = np.abs(surface.value(near) - surface.value(points)) <= 1e-9 * np.abs(steep) * distance**2
    inside = (norm(near - begin) <= distance / 2) & (np.abs(curvature - steep) <= 0.5 * np.abs(steep))
    is_level, is_across = norm(slope) <= limit, np.abs(dot(across, slope)) <= limit
    return is_level & same_height, inside & is_across & ~is_level


def _curvatures(surface: Objective, points: Array) -> tuple[Any, Any, Any, Any]:
    """The directions (2, n) of the larger and of the smaller curvature of each Hessian, and these curvatures (n)."""
    (a, b), (_, c) = surface.hessian(points)
    # The rotation of the principal axes, and half the difference of the curvatures.
    angle, spread = np.arctan2(2 * b, a - c) / 2, np.hypot(a - c, 2 * b) / 2
    along, middle = np.array([np.cos(angle), np.sin(angle)]), (a + c) / 2
    turned = np.array([-along[1], along[0]])
    first = np.abs(middle + spread) >= np.abs(middle - spread)
    steep, flat = np.where(first, middle + spread, middle - spread), np.where(first, middle - spread, middle + spread)
    return np.where(first, along, turned), np.where(first, turned, along), steep, flat
