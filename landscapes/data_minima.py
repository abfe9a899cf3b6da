"""The minima of a loss over data: in closed form, by Newton's method, or along a curve that contains all of them."""

import math
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscapes.critical_points import CriticalPoints, Domain, Kind, Point, classify
from landscapes.mean_loss import MeanLoss, Quadratic
from landscapes.models import HiddenUnit, LeastSquares, Model, Rows
from optim_core.objective import Array, Objective


def solve(model: Model, rows: Rows, ridge: Array) -> tuple[Objective, CriticalPoints | None]:
    """The loss over all rows and its critical points; None for a hidden unit, see `hidden_unit_points`."""
    if isinstance(model, LeastSquares):
        quadratic = Quadratic(rows, ridge)
        return quadratic, CriticalPoints(minima=(_point(quadratic.minimum),))
    whole = MeanLoss(model, rows, ridge)
    if isinstance(model, HiddenUnit):
        return whole, None
    if not ridge.all() and _separable(rows):
        return whole, CriticalPoints()
    return whole, CriticalPoints(minima=(_point(_newton(whole, np.zeros(2))),))


def _newton(loss: Objective, theta: Array) -> Array:
    """The minimum of a convex loss by Newton's method, to machine precision."""
    for i in range(100):
        g = loss.gradient(theta)
        step = np.linalg.solve(loss.hessian(theta), g)
        if np.abs(step).max() <= 1e-6 * (1 + np.abs(theta).max()):
            # This close to the minimum, rounding hides the decrease of the loss: take full steps.
            closer = theta - step
            if i > 90 or np.hypot(*loss.gradient(closer)) >= np.hypot(*g):
                return theta
            theta = closer
            continue
        here, length = loss.value(theta), 1.0
        while length > 1e-9 and not loss.value(theta - length * step) <= here - 1e-4 * length * (g @ step):
            length /= 2
        theta = theta - length * step
    return theta


def _separable(rows: Rows) -> bool:
    """Whether the classes are linearly separable: then the loss has no minimum.

    They are if all examples, with those of class 0 negated, lie in one half plane: their angles leave a gap of pi.
    """
    sign = 2 * rows.target - 1
    angle = np.sort(np.arctan2(sign * rows.b, sign * rows.a)[(rows.a != 0) | (rows.b != 0)])
    gaps = np.diff(np.concatenate([angle, angle[:1] + 2 * math.pi]))
    return bool(gaps.max() >= math.pi)


def hidden_unit_points(loss: Objective, domain: Domain) -> CriticalPoints:
    """The critical points in the domain of a loss of the model y tanh(x u).

    The loss is quadratic in y, so that the best y is known for every x; the critical points are the sign changes of
    the slope along x on that curve. At the origin both derivatives vanish for all data.
    """
    (x0, x1), (y0, y1) = domain
    x = np.linspace(x0, x1, 2000)  # an even number excludes x = 0, where the best y is undefined

    def best(x: Array) -> Array:
        flat = np.stack([x, np.zeros_like(x)])
        return -loss.gradient(flat)[1] / loss.hessian(flat)[1, 1]

    def slope(x: Array) -> Array:
        return loss.gradient(np.stack([x, best(x)]))[0]

    s = slope(x)
    crossing = np.flatnonzero((s[:-1] * s[1:] < 0) & (x[:-1] * x[1:] > 0))
    low, high = x[crossing], x[crossing + 1]
    for _ in range(60):
        middle = (low + high) / 2
        left = slope(low) * slope(middle) <= 0
        low, high = np.where(left, low, middle), np.where(left, middle, high)
    found = [(0.0, 0.0)] if x0 < 0 < x1 and y0 < 0 < y1 else []
    for point in np.stack([low, best(low)]).T if low.size else ():
        with suppress(np.linalg.LinAlgError):  # a singular Hessian: the point cannot be refined
            for _ in range(3):
                point = point - np.linalg.solve(loss.hessian(point), loss.gradient(point))
        if x0 < point[0] < x1 and y0 < point[1] < y1:
            found.append(_point(point))
    groups: dict[Kind, list[tuple[float, Point]]] = {kind: [] for kind in Kind}
    for point in found:
        height = float(f"{loss.value(np.array(point)):.9g}")
        groups[classify(loss, np.array(point))].append((height, point))
    return CriticalPoints(*(tuple(point for _, point in sorted(groups[kind])) for kind in Kind))


def _point(theta: NDArray[np.floating[Any]]) -> Point:
    x, y = theta.tolist()
    return x, y
