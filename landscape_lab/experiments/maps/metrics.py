"""The metrics of maps: one number for each run, besides its outcome and its last step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.tables import PLACE_TOLERANCE, is_below
from landscapes import Landscape
from optim_core.final_state import FinalStates

NOWHERE = -1
"""The value of `minimum_reached` for a run that reaches no minimum."""


@dataclass(frozen=True)
class Metric:
    """A number about the end of a run: its name, its type, and the function that computes it from `FinalStates` of any
    shape."""

    label: str
    dtype: type
    of: Callable[[FinalStates, Landscape], Any]


def minimum_reached(ends: FinalStates, landscape: Landscape) -> NDArray[np.int16]:
    """Return the index in `landscape.minima` of the minimum at which each run ended, or `NOWHERE`: (*batch).

    It is the nearest minimum within `PLACE_TOLERANCE`, unless the run ended lower than that minimum.
    """
    (x0, x1), (y0, y1) = landscape.domain
    nearest = np.full(ends.outcomes.shape, PLACE_TOLERANCE * np.hypot(x1 - x0, y1 - y0))
    reached = np.full(ends.outcomes.shape, NOWHERE, dtype=np.int16)
    with np.errstate(invalid="ignore", over="ignore"):
        for i, (x, y) in enumerate(landscape.minima):
            away = np.hypot(ends.points[0] - x, ends.points[1] - y)
            nearer = (away < nearest) & ~is_below(ends.losses, float(landscape.value(np.array((x, y)))))
            reached[nearer], nearest[nearer] = i, away[nearer]
    return reached


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        "loss": Metric("loss at the end", np.float64, lambda ends, _landscape: ends.losses),
        "minimum": Metric("minimum reached", np.int16, minimum_reached),
        "x": Metric("x at the end", np.float64, lambda ends, _landscape: ends.points[0]),
        "y": Metric("y at the end", np.float64, lambda ends, _landscape: ends.points[1]),
    }
)
