"""The default view and starts of a surface that comes without them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscapes.code import Code
from landscapes.critical_points import Domain, Point
from landscapes.formula_error import FormulaError
from optim_core.objective import Array

REACHES = (2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0)
"""Half the sides of the squares round the origin that may become the view."""


def checked_view(domain: Domain) -> Domain:
    """The domain as floats. Raises FormulaError for one that cannot be drawn."""
    (left, right), (bottom, top) = ((float(low), float(high)) for low, high in domain)
    for low, high in ((left, right), (bottom, top)):
        if not (-1e6 <= low < high <= 1e6 and high - low >= 1e-3):
            raise FormulaError("A view goes from a lower to a higher number, within a million and 0.001 apart.")
    return (left, right), (bottom, top)


def view_of(value: Any) -> Domain:
    """The smallest square that shows a minimum well, and hides none nearby that is much lower.

    Where there is no minimum, the smallest one of which a quarter has values. On a grid of 64 x 64 for each square.
    """
    best, lowest = None, np.inf
    widest, most = REACHES[0], 0.0
    for reach in REACHES:
        xs, ys = (reach * ((np.arange(64) + shift) / 32 - 1) for shift in (0.42, 0.44))  # off the axes of symmetry
        z = value(np.array(np.meshgrid(xs, ys)))
        finite = np.isfinite(z)
        if finite.mean() > min(most, 0.25):
            widest, most = (reach, float(finite.mean())) if most < 0.25 else (widest, most)
        far = reach > 10.0
        if best is not None and far:
            break
        shown = lows_of(z, strictly=far) & (np.abs(xs) < 0.85 * reach) & (np.abs(ys) < 0.85 * reach)[:, None]
        # Far out a low that is no lower than the next one is a floor where rounding ends the slope.
        if not shown.any() or finite.mean() < 0.25:
            continue
        depth = z[shown].min()
        if best is None or depth < lowest - 0.05 * np.ptp(z[finite]):
            best, lowest = reach, depth
    reach = best or widest
    return (-reach, reach), (-reach, reach)


def lows_of(z: Array, strictly: bool = False) -> NDArray[np.bool_]:
    """Where a grid of heights is as low as all eight neighbours and lower than one of them, or strictly than all.

    Never on its border.
    """
    rows, columns = z.shape
    around = [z[1 + i : rows - 1 + i, 1 + j : columns - 1 + j] for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    inner, least, most = z[1:-1, 1:-1], np.min(around, axis=0), np.max(around, axis=0)
    low = np.zeros(z.shape, bool)
    low[1:-1, 1:-1] = np.isfinite(inner) & ((inner < least) if strictly else (inner <= least) & (inner < most))
    return low


def starts_in(code: Code, domain: Domain, parameters: list[float]) -> tuple[Point, ...]:
    """Up to three points that have a height and a slope: well apart and off the axes, or else the first on a grid."""
    low, high = np.array(domain).T[..., None]
    chosen = np.array([(0.12, 0.8), (0.9, 0.6), (0.57, 0.1)]).T
    grid = (np.indices((40, 40)).reshape(2, -1) + 0.5) / 40
    digits = 3 - int(np.floor(np.log10((high - low).min())))
    x, y = np.round(low + (high - low) * np.hstack([chosen, grid]), digits)
    heights, slopes = code.value(x, y, *parameters), code.gradient(x, y, *parameters)
    fit = np.isfinite(heights)
    if not fit.any():
        raise FormulaError("The formula has no value anywhere in this view: try another view or another formula.")
    sloping = fit & np.isfinite(slopes).all(axis=0) & (slopes != 0).any(axis=0)
    good = sloping if sloping.any() else fit
    places = np.flatnonzero(good[:3]) if good[:3].any() else np.flatnonzero(good)[:1]
    return tuple((float(x[place]), float(y[place])) for place in places)
