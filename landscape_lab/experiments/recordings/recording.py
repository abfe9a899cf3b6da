"""A recording: the loss on a plane, the paths of several runs projected on it, and what was measured along them."""

from dataclasses import dataclass
from typing import Any, final

from numpy.typing import NDArray

from optim_core.objective import Array


@final
@dataclass(frozen=True, eq=False)
class Recording:
    """What the stage plays of runs of many parameters: T checkpoints of L runs; NaN after the end of a run.

    names                (L) names of the runs
    x, y                 (n,), (m,) the coordinates of the grid, increasing
    grid                 (m, n): grid[j, i] is the loss at (x[i], y[j])
    steps                (T,) the step after which each checkpoint was reached, increasing from 0
    path                 (T, 2, L) the nearest point of the plane for each checkpoint
    loss                 (T, L) the true loss of each checkpoint
    validation_loss, accuracy, validation_accuracy  (T, L)
    distance             (T, L) how far each checkpoint is from the plane
    drawn                (T, L) the loss at the nearest point of the plane
    sharpness            (T, L) the largest eigenvalue of the Hessian
    limits               (L,) the sharpness up to which a run is stable, such as 2 / rate; NaN where there is none
    shares               (L,) the share of each path that the plane holds
    axes                 names of the coordinates
    optimizers           (L) registry keys of the optimizers, "" where unknown
    diverged             (L) whether each run diverged
    key                  a text that is another one for another recording
    """

    names: tuple[str, ...]
    x: Array
    y: Array
    grid: Array
    steps: NDArray[Any]
    path: Array
    loss: Array
    validation_loss: Array | None = None
    accuracy: Array | None = None
    validation_accuracy: Array | None = None
    distance: Array | None = None
    drawn: Array | None = None
    sharpness: Array | None = None
    limits: Array | None = None
    shares: Array | None = None
    axes: tuple[str, str] = ("a", "b")
    optimizers: tuple[str, ...] = ()
    diverged: tuple[bool, ...] = ()
    key: str = ""
