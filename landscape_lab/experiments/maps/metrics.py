"""The metrics of maps: one number for each run, besides its outcome and its last step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.convergence import NOWHERE, minimum_of
from landscapes import Landscape
from optim_core import Outcome
from optim_core.final_state import FinalStates


@dataclass(frozen=True)
class Metric:
    """A number about the end of a run: its name, its type, and the function that computes it.

    `of(ends, start_losses, landscape)` takes `FinalStates` of any shape and the losses of the starts, of the same shape
    or of one that broadcasts to it.
    """

    label: str
    dtype: type
    of: Callable[[FinalStates, Any, Landscape], Any]


def minimum_of_converged(ends: FinalStates, start_losses: Any, landscape: Landscape) -> NDArray[np.int16]:
    """Return the index in `landscape.minima` of the minimum to which each run converged, or `NOWHERE`: (*batch)."""
    minimum = minimum_of(landscape, ends.points, ends.losses, start_losses)
    return np.where(ends.outcomes == Outcome.DIVERGED, np.int16(NOWHERE), minimum)


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        "loss": Metric("loss at the end", np.float64, lambda ends, *_rest: ends.losses),
        "minimum": Metric("minimum converged to", np.int16, minimum_of_converged),
        "x": Metric("x at the end", np.float64, lambda ends, *_rest: ends.points[0]),
        "y": Metric("y at the end", np.float64, lambda ends, *_rest: ends.points[1]),
    }
)
