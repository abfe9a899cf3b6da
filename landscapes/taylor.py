"""Taylor models of a surface at a point: of first order (the tangent plane) and of second order."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from landscapes.critical_points import Domain, Point
from optim_core.objective import Array, Objective, domain_of, dot, norm

Order = Literal[1, 2]

DIRECTIONS = 720
"""The number of points sampled on a circle."""
TRUST = 1000.0
"""An error this many times larger than rounding counts as an error of the model."""
SHORT = 1e-9
"""A distance, relative to the map, over which third derivatives are smaller than rounding errors."""


@dataclass(frozen=True, eq=False)
class TaylorModel:
    """The Taylor polynomial of a loss at one point.

    First order  L(p) + g·d
    Second order L(p) + g·d + d·H d / 2        with d = theta - p, g = ∇L(p), H = ∇²L(p)

    It is an Objective, so that an optimizer can minimise it. With order 1 the Hessian is 0.
    """

    point: Point
    order: Order
    height: float
    slope: Array
    curvature: Array

    @property
    def exists(self) -> bool:
        """Whether all coefficients are finite; at a cusp there are no second derivatives."""
        return bool(np.isfinite([self.height, *self.slope, *self.curvature.ravel()]).all())

    def rise(self, step: Array) -> Array:
        """The change of the model over a step from its point. (2, *batch) -> (*batch)"""
        return dot(_columns(self.slope, step), step) + dot(self._bend(step), step) / 2

    def value(self, theta: Array) -> Array:
        """The value of the model. (2, *batch) -> (*batch)"""
        return self.height + self.rise(self._step(theta))

    def gradient(self, theta: Array) -> Array:
        """The gradient of the model. (2, *batch) -> (2, *batch)"""
        step = self._step(theta)
        return _columns(self.slope, step) + self._bend(step)

    def hessian(self, theta: Array) -> Array:
        """The Hessian of the model. (2, *batch) -> (2, 2, *batch)"""
        batch = np.shape(theta)[1:]
        return np.array(np.broadcast_to(self.curvature.reshape(2, 2, *[1] * len(batch)), (2, 2, *batch)))

    def _step(self, theta: Array) -> Array:
        theta = np.asarray(theta, dtype=float)
        return theta - _columns(np.array(self.point), theta)

    def _bend(self, step: Array) -> Array:
        (a, b), (_, c) = self.curvature
        return np.stack([a * step[0] + b * step[1], b * step[0] + c * step[1]])


def taylor_model(objective: Objective, point: Point, order: Order = 1) -> TaylorModel:
    """The model of `objective` around `point`."""
    theta = np.array(point, dtype=float)
    with np.errstate(all="ignore"):
        curvature = objective.hessian(theta) if order == 2 else np.zeros((2, 2))
        height, slope = float(objective.value(theta)), objective.gradient(theta)
    return TaylorModel((float(theta[0]), float(theta[1])), order, height, slope, curvature)


def best_of_model(model: TaylorModel, radius: float) -> Point:
    """The minimum of the model in the disc around its point: the step of a trust-region method.

    First order: p - radius g / |g|. Second order: d = -(H + mu I)⁻¹ g with the smallest mu >= 0 for which H + mu I
    has no negative eigenvalue and |d| <= radius (Moré and Sorensen 1983); inside the disc, with mu = 0, that is
    Newton's step. If the minimum is not unique, one of them is returned.
    """
    eigenvalues, axes = np.linalg.eigh(model.curvature)
    along = axes.T @ model.slope
    step = np.zeros(2)
    if not model.slope.any() and eigenvalues[0] >= 0:
        return model.point
    if eigenvalues[0] > 0:
        step = -along / eigenvalues
    if eigenvalues[0] <= 0 or norm(step) > radius:
        step = _step_to_the_edge(eigenvalues, along, radius)
    x, y = np.array(model.point) + axes @ step
    return float(x), float(y)


def best_of_landscape(objective: Objective, point: Point, radius: float) -> Point:
    """The minimum of the loss in the disc around `point`, by search on successively finer polar grids."""
    center = np.array(point, dtype=float)
    lengths, angles = np.linspace(0, 1, 65), np.linspace(-np.pi, np.pi, 257)
    best = center
    for _ in range(12):
        length, angle = np.meshgrid(np.clip(lengths, 0, 1), angles, indexing="ij")
        ring = center.reshape(2, 1, 1) + radius * length * np.stack([np.cos(angle), np.sin(angle)])
        with np.errstate(all="ignore"):
            losses = objective.value(ring)
        losses = np.where(np.isfinite(losses), losses, np.inf)
        i, j = np.unravel_index(losses.argmin(), losses.shape)
        best = ring[:, i, j]
        around = np.linspace(-1, 1, 17)
        lengths = length[i, j] + around * 2 * (lengths[1] - lengths[0])
        angles = angle[i, j] + around * 2 * (angles[1] - angles[0])
    return float(best[0]), float(best[1])


def model_error(objective: Objective, point: Point, radii: Array, order: Order = 1) -> Array:
    """The largest |loss - model| on each circle around `point`: (n) radii -> (n) errors.

    It is proportional to radius² for first order and radius³ for second order, down to rounding. NaN where the loss
    is not finite on the whole circle.
    """
    model = taylor_model(objective, point, order)
    angles = np.linspace(0, 2 * np.pi, DIRECTIONS, endpoint=False)
    step = np.stack([np.cos(angles), np.sin(angles)])[..., None] * np.asarray(radii, dtype=float)
    with np.errstate(all="ignore"):
        theta = np.array(model.point).reshape(2, 1, 1) + step
        # The steps after rounding: a point near (1, 1) cannot be moved by 1e-17.
        made = theta - np.array(model.point).reshape(2, 1, 1)
        error = np.abs((objective.value(theta) - model.height) - model.rise(made)).max(axis=0)
    return np.where(np.isfinite(error), error, np.nan)


def rounding(objective: Objective, point: Point) -> float:
    """The rounding error of losses near `point`; infinite where they are not finite.

    It is measured as the residual of a parabola fitted over a billionth of the map.
    """
    p = np.array(point, dtype=float)
    noise = 0.0
    for axis, (low, high) in enumerate(domain_of(objective) or ((-1.0, 1.0), (-1.0, 1.0))):
        theta = np.repeat(p[:, None], 65, axis=1)
        theta[axis] += SHORT * (high - low) * np.linspace(-1, 1, 65)
        with np.errstate(all="ignore"):
            losses = objective.value(theta)
        if not np.isfinite(losses).all():
            return np.inf
        along = (theta[axis] - p[axis]) / (SHORT * (high - low))
        rises = losses - losses[32]
        beside = rises - np.polyval(np.polyfit(along, rises, 2), along)
        noise = max(noise, float(np.abs(beside).max()), float(np.finfo(float).eps * np.abs(losses).max()))
    return noise


def resolvable_radii(objective: Objective, point: Point, domain: Domain, count: int = 25) -> Array:
    """Radii (count,), evenly spaced on a log scale, at which the errors of the models exceed rounding errors.

    The largest is a tenth of the domain's shorter side. The smallest is the one at which the second-order error (the
    first-order error if the former is 0) is still `TRUST` times `rounding`, but at most a tenth of the largest.
    """
    longest = min(high - low for low, high in domain) / 10
    radii = longest * np.geomspace(1e-6, 1.0, 61)
    clear = np.zeros(radii.size, dtype=bool)
    for order in (2, 1):
        clear = model_error(objective, point, radii, order) > TRUST * rounding(objective, point)
        if clear.any():
            break
    unclear = np.flatnonzero(~clear)
    smallest = unclear[-1] + 1 if unclear.size and clear[-1] else 0
    return np.geomspace(min(radii[min(smallest, 60)], longest / 10), longest, count)


def _columns(vector: Array, like: Array) -> Array:
    """A vector (2,) reshaped to broadcast against `like` (2, *batch)."""
    return vector.reshape(2, *[1] * (np.ndim(like) - 1))


def _step_to_the_edge(eigenvalues: Array, along: Array, radius: float) -> Array:
    """The minimum of along·d + d·diag(eigenvalues) d / 2 on the circle |d| = radius, by bisection for mu."""
    curvatures = eigenvalues + max(0.0, -eigenvalues[0])
    if along[0] == 0 and (along[1] == 0 or abs(along[1]) <= radius * curvatures[1]):
        # The gradient along the axis of most negative curvature is 0: move along that axis up to the circle.
        across = -along[1] / curvatures[1] if along[1] else 0.0
        return np.array([np.sqrt(radius**2 - across**2), across])
    low, high = 0.0, float(norm(along)) / radius
    for _ in range(200):
        middle = (low + high) / 2
        too_long = norm(along / (curvatures + middle)) > radius
        low, high = (middle, high) if too_long else (low, middle)
    step = -along / (curvatures + high)
    return step * (radius / norm(step))
