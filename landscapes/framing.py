"""The default domain and starting points of a surface that is given without them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscapes.critical_points import Domain, Point
from landscapes.formula_error import FormulaError
from landscapes.surface_code import Code
from optim_core.objective import Array

REACHES = (2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0)
"""Half the sides of the squares around the origin that are tried as a domain."""


def checked_domain(domain: Domain) -> Domain:
    """Return the domain as floats. Raises FormulaError for a domain that cannot be drawn."""
    (left, right), (bottom, top) = ((float(low), float(high)) for low, high in domain)
    for low, high in ((left, right), (bottom, top)):
        if not (-1e6 <= low < high <= 1e6 and high - low >= 1e-3):
            raise FormulaError("A view goes from a lower to a higher number, within a million and 0.001 apart.")
    return (left, right), (bottom, top)


def default_domain(value: Any) -> Domain:
    """Choose the smallest square that shows a minimum well and leaves out none nearby that is much lower.

    Without a minimum, the smallest square of which a quarter has finite values. Each square is sampled on a grid of
    64 x 64. `value` maps (2, *batch) to (*batch).
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
        shown = grid_minima(z, strictly=far) & (np.abs(xs) < 0.85 * reach) & (np.abs(ys) < 0.85 * reach)[:, None]
        # Far out, a minimum that is not strict is a slope that has vanished in rounding.
        if not shown.any() or finite.mean() < 0.25:
            continue
        depth = z[shown].min()
        if best is None or depth < lowest - 0.05 * np.ptp(z[finite]):
            best, lowest = reach, depth
    reach = best or widest
    return (-reach, reach), (-reach, reach)


def grid_minima(z: Array, strictly: bool = False) -> NDArray[np.bool_]:
    """A mask of the local minima of a grid of heights, never on its border.

    A minimum is no higher than its eight neighbours and lower than one of them; `strictly`, lower than all of them.
    """
    rows, columns = z.shape
    around = [z[1 + i : rows - 1 + i, 1 + j : columns - 1 + j] for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    inner, least, most = z[1:-1, 1:-1], np.min(around, axis=0), np.max(around, axis=0)
    low = np.zeros(z.shape, bool)
    low[1:-1, 1:-1] = np.isfinite(inner) & ((inner < least) if strictly else (inner <= least) & (inner < most))
    return low


def default_starts(code: Code, domain: Domain, parameters: list[float]) -> tuple[Point, ...]:
    """Choose up to three starting points with a finite value and a gradient that is not 0.

    They are far apart and off the axes; if none of those will do, the first one on a grid. Raises FormulaError for a
    domain without a finite value.
    """
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
