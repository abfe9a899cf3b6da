"""Level curves: on the circle where (x² + y² - 1)² is 0 every point is as low as the next, and none is worth a mark."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscapes.critical_points import CriticalPoints, Domain
from optim_core.objective import Array, Objective, dot, norm

NARROW = 1e-6
"""Curved this much less one way than the other, a critical point may be one of many in a row."""


def without_valleys(points: CriticalPoints, surface: Objective, domain: Domain) -> CriticalPoints:
    """The critical points that stand alone: those on a curve of critical points are left out."""
    every = np.array([point for kind in points for point in kind]).reshape(-1, 2).T
    with np.errstate(all="ignore"):
        alone = iter((~_in_a_row(surface, every, 1e-2 * np.ptp(domain, axis=1).min())).tolist())
    return CriticalPoints(*(tuple(point for point in kind if next(alone)) for kind in points))


def _in_a_row(surface: Objective, points: Array, distance: float) -> NDArray[np.bool_]:
    """Whether each of the critical points (2, n) has another one at about `distance`, along the way that is level.

    A step along that way, then Newton's method across it: in a valley it ends where the gradient is 0 again, at the
    same height.
    """
    _, level, steep, flat = _curvatures(surface, points)
    row = np.abs(flat) <= NARROW * np.abs(steep)  # not for an infinite curvature, nor where there is none at all
    row &= np.isfinite(steep) & (steep != 0)
    for way in (1e-4, -1e-4):  # nor at a crease, beside which the curvature is another one
        beside = _curvatures(surface, points + way * distance * np.array([[0.8], [0.6]]))[2]
        row &= np.abs(beside - steep) <= 0.1 * np.abs(steep)
    if not row.any():
        return row
    steep = steep[row]
    found = np.zeros(steep.size, bool)
    for way in (distance, -distance):
        near = points[:, row] + way * level[:, row]
        for _ in range(12):
            slope = surface.gradient(near)
            across, _, curvature, _ = _curvatures(surface, near)
            near = near - across * dot(across, slope) / curvature
        rise = np.abs(surface.value(near) - surface.value(points[:, row]))
        level_there = norm(surface.gradient(near)) <= 1e-9 * np.abs(steep) * distance
        found |= level_there & (rise <= 1e-9 * np.abs(steep) * distance**2)
    row[row] = found
    return row


def _curvatures(surface: Objective, points: Array) -> tuple[Any, Any, Any, Any]:
    """Of each Hessian the direction (2, n) of the larger and of the smaller curvature, and these curvatures (n)."""
    (a, b), (_, c) = surface.hessian(points)
    # The angle by which the axes of the ellipse are turned, and half the difference of its curvatures.
    angle, spread = np.arctan2(2 * b, a - c) / 2, np.hypot(a - c, 2 * b) / 2
    along, middle = np.array([np.cos(angle), np.sin(angle)]), (a + c) / 2
    turned = np.array([-along[1], along[0]])
    first = np.abs(middle + spread) >= np.abs(middle - spread)
    steep, flat = np.where(first, middle + spread, middle - spread), np.where(first, middle - spread, middle + spread)
    return np.where(first, along, turned), np.where(first, turned, along), steep, flat
