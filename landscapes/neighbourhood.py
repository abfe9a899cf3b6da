"""The neighbourhood of a point: whether the surface is higher all round it, and how large the rounding errors are."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optim_core.objective import Array, Objective, dot, norm

if TYPE_CHECKING:
    from landscapes.creases import Crease

RADII = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
"""The radii of the circles around a point, relative to the size of the domain."""
DIRECTIONS = 360
"""The number of points sampled on each circle."""
MOST_AT_ONCE = 256
"""The number of circles held in memory at once."""

LOWER, LEVEL, HIGHER = -1, 0, 1


def classify_neighbourhoods(
    surface: Objective, points: Array, sign: float, size: Array, creases: "Sequence[Crease]" = ()
) -> NDArray[np.intp]:
    """Classify the neighbourhood of each point (2, n): `HIGHER` all round, `LOWER` somewhere, or else `LEVEL`.

    Circles around the point, in units of the domain's `size` (2), are sampled from the smallest to the largest, up to
    the first that is nowhere level with the point. Where one of the `creases` crosses a circle, that place is sampled
    as well: a ravine along a crease may lie between two directions. A `sign` of -1 turns the surface upside down.
    """
    if points.shape[1] > MOST_AT_ONCE:
        parts = np.array_split(points, range(MOST_AT_ONCE, points.shape[1], MOST_AT_ONCE), axis=1)
        return np.concatenate([classify_neighbourhoods(surface, part, sign, size, creases) for part in parts])
    size = size[:, None]
    state = np.full(points.shape[1], LEVEL)
    angle = 2 * np.pi * (np.arange(DIRECTIONS) + 0.37) / DIRECTIONS
    circle = (size * [np.cos(angle), np.sin(angle)])[:, :, None]
    with np.errstate(all="ignore"):
        height, noise = sign * surface.value(points), noise_of(surface.value, points, size)
        for radius in RADII:
            left = np.flatnonzero(state == LEVEL)
            if not left.size:
                break
            at, around = points[:, left], points[:, None, left] + radius * circle
            rises = [(sign * surface.value(around) - height[left], noise[left])]
            for crease in creases:
                ring = around[:, :: DIRECTIONS // 24]
                rises.append(_rises_along(crease, at, ring, radius * size, sign, height[left], noise[left]))
            if not creases:  # on a smooth surface the point found may differ slightly from the true one
                slack = noise[left] + 1e-12 * np.abs(rises[0][0]).max(axis=0)
                rises = [(rises[0][0], slack), _refined(surface, at, radius * size, sign, rises[0][0], slack)]
            lower = [(~(rise >= -slack)).any(axis=0) for rise, slack in rises]
            higher = [(rise > slack).all(axis=0) for rise, slack in rises]
            state[left] = np.where(np.any(lower, axis=0), LOWER, np.where(np.all(higher, axis=0), HIGHER, LEVEL))
    return state


def _refined(surface: Objective, at: Array, radius: Array, sign: float, rises: Array, noise: Array) -> Any:
    """The rises (k, n) at the lowest places of the circles around `at` (2, n), and their rounding errors.

    The directions are found by bisection between the sampled ones: a level valley may be narrower than their distance.
    """
    lowest = (rises <= np.roll(rises, 1, axis=0)) & (rises <= np.roll(rises, -1, axis=0))
    middle = np.argsort(np.where(lowest, rises, np.inf), axis=0, kind="stable")[:6]
    begin, end = (2 * np.pi * (middle + shift) / DIRECTIONS for shift in (-0.63, 1.37))
    for _ in range(50):
        angle = (begin + end) / 2
        across = np.array([-np.sin(angle), np.cos(angle)]) * radius[:, None]
        falls = sign * dot(across, surface.gradient(at[:, None] + radius[:, None] * [np.cos(angle), np.sin(angle)])) < 0
        begin, end = np.where(falls, angle, begin), np.where(falls, end, angle)
    points = at[:, None] + radius[:, None] * [np.cos(end), np.sin(end)]
    there = noise_of(surface.value, points.reshape(2, -1), radius).reshape(end.shape)
    return sign * (surface.value(points) - surface.value(at)), np.maximum(noise, there)


def _rises_along(
    crease: "Crease", at: Array, ring: Array, radius: Array, sign: float, height: Array, noise: Array
) -> tuple[Array, Array]:
    """The rises (m, n) where a crease crosses a ring (2, m, n) around each point `at` (2, n), and rounding errors (n).

    Infinite where the crease does not cross the ring.
    """
    there = crease.nearest(ring, radius[:, 0], 8)
    away = norm((there - at[:, None]) / radius[:, None])
    met = (away > 0.5) & (away < 2.0)
    # For a point on the crease, the function along the crease avoids the error of rounding the point to one side.
    c, slope = crease.across(at)
    on = np.abs(c) <= 1e-6 * norm(slope * radius)
    base = np.where(on, sign * crease.along(at)[0], height)
    slack = np.where(on, noise_of(lambda theta: crease.along(theta)[0], at, radius), noise)
    return np.where(met, sign * crease.along(there)[0] - base, np.inf), slack


def noise_of(value: Any, points: Array, size: Array) -> Array:
    """The change (n) of a function when the coordinates of each point (2, n) change by their rounding error."""
    ulps = np.array([(i, j) for i in (-2, -1, 0, 1, 2) for j in (-2, -1, 0, 1, 2)]).T[:, :, None]
    around = value(points[:, None] + 2e-16 * ulps * (np.abs(points) + size)[:, None])
    return 2 * np.ptp(around, axis=0) + 1e-15 * np.abs(value(points))


def is_smooth(surface: Objective, points: Array, size: Array) -> NDArray[np.bool_]:
    """Whether the surface is level to first order at each point (2, n), that is, without a jump or a crease there.

    On circles around a critical point of a smooth surface, differences in height grow at least with the square of the
    radius; at a crease they grow with the radius, at a jump they do not grow.
    """
    angle = 2 * np.pi * (np.arange(DIRECTIONS) + 0.37) / DIRECTIONS
    circle = (size[:, None] * [np.cos(angle), np.sin(angle)])[:, :, None]
    with np.errstate(all="ignore"):
        height = surface.value(points)
        inner, outer = (
            np.abs(surface.value(points[:, None] + radius * circle) - height).max(axis=0) for radius in (1e-5, 1e-4)
        )
        beside = points + 1e-5 * size[:, None] * [[0.8], [0.6]]  # off the point, where a jump would count as noise
        return inner <= 0.05 * outer + noise_of(surface.value, beside, size[:, None])
