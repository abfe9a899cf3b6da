"""The neighbourhood of a point: whether it is higher all round, and how much of a difference may be rounding."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optim_core.objective import Array, Objective, dot, norm

if TYPE_CHECKING:
    from landscapes.creases import Crease

RADII = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
"""Of the circles round a point, in sizes of the domain."""
DIRECTIONS = 360
"""How many points of each circle are looked at."""
MOST_AT_ONCE = 256
"""How many circles are held in memory."""

LOWER, LEVEL, HIGHER = -1, 0, 1


def stands(
    surface: Objective, points: Array, sign: float, size: Array, creases: "Sequence[Crease]" = ()
) -> NDArray[np.intp]:
    """What the neighbourhood of each point (2, n) is: `HIGHER` all round, `LOWER` somewhere, or else `LEVEL`.

    The circles, in units of the domain's `size` (2), are taken from the smallest to the largest, up to the first that
    is nowhere level with the point. On each of them the places where the `creases` cross it are looked at as well: a
    ravine along a crease may be narrower than any two directions. With a `sign` of -1 the surface is turned upside
    down.
    """
    if points.shape[1] > MOST_AT_ONCE:
        parts = np.array_split(points, range(MOST_AT_ONCE, points.shape[1], MOST_AT_ONCE), axis=1)
        return np.concatenate([stands(surface, part, sign, size, creases) for part in parts])
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
            if not creases:  # a point of a smooth surface may be a little beside the true one
                slack = noise[left] + 1e-12 * np.abs(rises[0][0]).max(axis=0)
                rises = [(rises[0][0], slack), _refined(surface, at, radius * size, sign, rises[0][0], slack)]
            lower = [(~(rise >= -slack)).any(axis=0) for rise, slack in rises]
            higher = [(rise > slack).all(axis=0) for rise, slack in rises]
            state[left] = np.where(np.any(lower, axis=0), LOWER, np.where(np.all(higher, axis=0), HIGHER, LEVEL))
    return state


def _refined(surface: Objective, at: Array, radius: Array, sign: float, rises: Array, noise: Array) -> Any:
    """The rises (k, n) at the lowest places of the circles round `at` (2, n), and how much of them may be rounding.

    Their directions are found between those that were looked at, by bisection: a level valley may be narrower.
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
    """How much higher it is where a crease meets a ring (2, m, n) round each of the points `at` (2, n), as (m, n).

    Infinite where it does not. And how much of it may be rounding (n).
    """
    there = crease.nearest(ring, radius[:, 0], 8)
    away = norm((there - at[:, None]) / radius[:, None])
    met = (away > 0.5) & (away < 2.0)
    # A point on the crease is as high as f there: f has not the error that comes from rounding to one of its sides.
    c, slope = crease.across(at)
    on = np.abs(c) <= 1e-6 * norm(slope * radius)
    base = np.where(on, sign * crease.along(at)[0], height)
    slack = np.where(on, noise_of(lambda theta: crease.along(theta)[0], at, radius), noise)
    return np.where(met, sign * crease.along(there)[0] - base, np.inf), slack


def noise_of(value: Any, points: Array, size: Array) -> Array:
    """How much a function changes when the coordinates of each point (2, n) change by their rounding."""
    ulps = np.array([(i, j) for i in (-2, -1, 0, 1, 2) for j in (-2, -1, 0, 1, 2)]).T[:, :, None]
    around = value(points[:, None] + 2e-16 * ulps * (np.abs(points) + size)[:, None])
    return 2 * np.ptp(around, axis=0) + 1e-15 * np.abs(value(points))


def is_smooth(surface: Objective, points: Array, size: Array) -> NDArray[np.bool_]:
    """Whether the surface is level to first order at each point (2, n): no jump and no crease goes through it.

    On circles round a critical point of a smooth surface the differences in height grow with the square of the radius
    or faster; at a crease they grow with the radius, at a jump they do not grow.
    """
    angle = 2 * np.pi * (np.arange(DIRECTIONS) + 0.37) / DIRECTIONS
    circle = (size[:, None] * [np.cos(angle), np.sin(angle)])[:, :, None]
    with np.errstate(all="ignore"):
        height = surface.value(points)
        inner, outer = (
            np.abs(surface.value(points[:, None] + radius * circle) - height).max(axis=0) for radius in (1e-5, 1e-4)
        )
        beside = points + 1e-5 * size[:, None] * [[0.8], [0.6]]  # where a jump at the point itself does not count
        return inner <= 0.05 * outer + noise_of(surface.value, beside, size[:, None])
