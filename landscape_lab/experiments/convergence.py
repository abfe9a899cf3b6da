"""When a run has converged: the one rule of tables, findings, spoken texts, maps and fair comparisons.

**A run has converged at step n if, from step n to its last step, at most 0.1 % of the difference between the loss of
its start and that of a minimum is left.** The minimum is a lowest one of the surface, or a local one at which the run
ends: within 1 % of the map's diagonal. If there are several, it is the nearest one that is not above the run's last
loss. A run that diverges has not converged.

This is the convergence test of Moré and Wild 2009 (Benchmarking derivative-free optimization algorithms, section 2),
with the requirement that the run stays there. The test is about the loss and not about a distance, because the loss is
what optimizers minimise. A distance would depend on how the parameters are scaled and on how much of the surface the
map shows; a share of a difference of losses does not, nor does it depend on the unit of the loss or on a constant that
is added to it. How far a run ends from a minimum is a quantity of its own, `Result.distance`.

Without a known minimum no run converges. Whether the gradient vanishes can be determined on every surface: such a run
is called *stationary* (`Outcome.STATIONARY`).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscapes import Landscape
from optim_core import Outcome, Trajectory
from optim_core.metrics import settled_at
from optim_core.objective import Array

LOSS_TOLERANCE = 1e-3
"""The share of the difference between the losses of start and minimum that may be left."""

PLACE_TOLERANCE = 1e-2
"""Relative: a run ends at a critical point when its last point is at most this share of the map's diagonal away."""

SAME_LOSS = 1e-6
"""Absolute and relative: losses that differ by less count as equal."""

NOWHERE = -1
"""Instead of the index of a minimum: the run has not converged."""


@dataclass(frozen=True)
class Convergence:
    """Where and when runs have converged.

    minimum  (*batch): the index in `landscape.minima`, or `NOWHERE`
    step     (*batch): the step; -1 for a run that has not converged
    lowest   (*batch): whether the minimum is a lowest one of the surface
    """

    minimum: NDArray[np.int16]
    step: NDArray[np.int64]
    lowest: NDArray[np.bool_]


def convergence(landscape: Landscape, path: Trajectory, tolerance: float = LOSS_TOLERANCE) -> Convergence:
    """Return where and when each run of a trajectory has converged."""
    start = path.losses[0]
    ends = path.at_end(path.points), path.at_end(path.losses)
    minimum = minimum_of(landscape, *ends, start, tolerance)
    minimum = np.where(path.outcomes == Outcome.DIVERGED, np.int16(NOWHERE), minimum)
    heights, lowest = _minima(landscape)
    step = settled_at(path.losses, highest_loss(heights[minimum], start, tolerance))
    found = minimum != NOWHERE
    return Convergence(minimum, np.where(found, step, -1), found & lowest[minimum])


def minimum_of(
    landscape: Landscape, points: Array, losses: Array, start_losses: ArrayLike, tolerance: float = LOSS_TOLERANCE
) -> NDArray[np.int16]:
    """Return the index of the minimum to which each run has converged, or `NOWHERE`: (*batch).

    points (2, *batch) and losses (*batch) are those of the last steps of runs that have not diverged.
    """
    heights, lowest = _minima(landscape)
    found, nearest = np.full(losses.shape, NOWHERE, np.int16), np.full(losses.shape, np.inf)
    with np.errstate(invalid="ignore", over="ignore"):
        for i, (x, y) in enumerate(landscape.minima):
            away = np.hypot(points[0] - x, points[1] - y)
            nearer = (away < nearest) & ~is_below(losses, heights[i]) & (lowest[i] | (away <= reach(landscape)))
            found, nearest = np.where(nearer, np.int16(i), found), np.where(nearer, away, nearest)
        there = losses <= highest_loss(heights[found], np.asarray(start_losses), tolerance)
    return np.where(there, found, np.int16(NOWHERE))


def highest_loss(minimum: Any, start_loss: Any, tolerance: float = LOSS_TOLERANCE) -> Any:
    """Return the highest loss that counts as that of a minimum. The absolute part is for runs that start at one."""
    return minimum + np.maximum(tolerance * (start_loss - minimum), 1e-9 * (1 + np.abs(minimum)))


def is_below(loss: Any, minimum: Any) -> Any:
    """Return whether losses lie below a minimum by more than rounding, so that their runs are not at it."""
    return loss < minimum - SAME_LOSS * (1 + np.abs(minimum))


def reach(landscape: Landscape) -> float:
    """Return the distance up to which a run ends at a critical point."""
    return PLACE_TOLERANCE * math.hypot(*(high - low for low, high in landscape.domain))


def is_lowest(landscape: Landscape, minimum: int) -> bool:
    """Return whether a minimum, given by its index, is a lowest one of the surface."""
    return bool(_minima(landscape)[1][minimum])


def _minima(landscape: Landscape) -> tuple[Array, NDArray[np.bool_]]:
    """Return the losses of the minima and whether they are the lowest; last, for `NOWHERE`, NaN and False."""
    lowest = landscape.minimum_value
    if lowest is None:
        return np.array([np.nan]), np.array([False])
    losses = np.append(landscape.value(np.array(landscape.minima).T), np.nan)
    among_lowest = ~is_below(lowest, losses) & np.isfinite(losses)
    return np.where(among_lowest, lowest, losses), among_lowest
