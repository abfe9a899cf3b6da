"""The domain and the starts of a loss over data."""

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from landscapes.critical_points import Domain, Point
from landscapes.models import HiddenUnit, Logistic, Model
from optim_core.objective import Array

MARGIN = 0.25
"""The distance that a minimum keeps from the edge of the domain, relative to the size of the domain."""
_STARTS = ((-0.7, -0.6), (0.75, 0.7), (-0.6, 0.75))
"""Starts on a user's data, relative to half the width and height of the domain."""
BUILT_IN_DOMAINS: Mapping[str, tuple[Domain, tuple[Point, ...]]] = MappingProxyType(
    {
        "linear_regression": (((-4.0, 4.0), (-5.0, 5.0)), ((-3.0, 3.0), (3.0, 3.5), (-2.0, -4.0))),
        "multiple_regression": (((-4.0, 4.0), (-4.0, 4.0)), ((-3.0, -2.5), (3.2, 3.0), (-2.0, 3.2))),
        "logistic_regression": (((-5.0, 5.0), (-5.0, 5.0)), ((-3.5, 3.0), (3.5, -4.0), (-3.0, -3.5))),
        "hidden_unit_regression": (((-5.0, 5.0), (-3.0, 3.0)), ((4.0, -2.2), (-0.5, 2.2), (0.25, -0.35))),
    }
)
"""Domain and starts of each model on generated data; every start stays inside the domain, whatever the knobs."""


def enlarged(domain: Domain, minima: tuple[Point, ...]) -> Domain:
    """The domain, enlarged on each side where a minimum is near or beyond the edge; never made smaller."""
    sides = [list(side) for side in domain]
    for point in minima:
        for side, at in zip(sides, point, strict=True):
            low, high = side
            room = MARGIN / (1 - MARGIN)
            side[0] = min(low, _tidy(at - room * (high - at))) if at - low < MARGIN * (high - low) else low
            side[1] = max(high, _tidy(at + room * (at - low))) if high - at < MARGIN * (high - low) else high
    (x0, x1), (y0, y1) = sides
    return (x0, x1), (y0, y1)


def domain_for(model: Model, columns: Array, targets: Array) -> tuple[Domain, tuple[Point, ...]]:
    """Domain and starts for a model on a user's data, given as features (k, n) and targets (n,)."""
    x, y = _scales(model, columns, targets)
    return ((-x, x), (-y, y)), tuple((_short(u * x), _short(v * y)) for u, v in _STARTS)


def _scales(model: Model, columns: Array, targets: Array) -> tuple[float, float]:
    """Half the width and height of a domain around the origin that holds weights for these features and targets."""
    size = float(np.abs(targets).max()) if not isinstance(model, Logistic) else 2.0
    deviations = columns.std(axis=-1)
    if isinstance(model, HiddenUnit):
        return _tidy(5.0 / float(deviations[0])), _tidy(2.0 * size)
    second = 1.0 if len(deviations) < 2 else float(deviations[1])
    return _tidy(2.0 * size / float(deviations[0])), _tidy(2.0 * size / second)


def _tidy(value: float) -> float:
    """The value rounded away from 0 to two digits."""
    power = 10.0 ** (math.floor(math.log10(abs(value))) - 1) if value else 1.0
    return math.copysign(float(f"{math.ceil(abs(value) / power) * power:.3g}"), value)


def _short(number: float) -> float:
    """The number rounded to six digits, as links and input fields show it."""
    return float(f"{number:.6g}")
