"""A recording: the loss on a plane, the paths of several runs projected on it, and what was measured along them."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.scenarios.scenario import MAX_ENTRIES, MAX_NAME, MAX_STEPS
from landscape_lab.experiments.scenarios.sentence import ScenarioError, is_printable
from landscapes.networks.slices import MOST_POINTS
from optim_core import OPTIMIZERS
from optim_core.caching import PrivateCache
from optim_core.objective import Array

MOST_CHECKPOINTS = MAX_STEPS + 1
"""As many points as a path of the playground has."""
MOST_STEPS = 10**9
"""Steps have less than ten digits, for which the stage has room."""
LARGEST = 1e30
"""The largest coordinate: figures are sent in single precision, which ends at 3e38."""

CURVES = ("loss", "validation_loss", "accuracy", "validation_accuracy", "distance", "drawn", "sharpness")
"""The fields of shape (T, L)."""
LEAST = {"accuracy": 0.0, "validation_accuracy": 0.0, "distance": 0.0, "limits": 0.0, "shares": 0.0}
MOST = {"accuracy": 1.0, "validation_accuracy": 1.0, "shares": 1.0}
"""The limits of the fields that have some."""


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
    noisy                whether the gradients are known to be drawn at random, as with minibatches
    key                  a text that is another one for another recording
    private_cache        the cache for what is made of a user's own recording, else None. See `optim_core.caching`

    Raises ScenarioError for values that cannot be shown; the arrays are copied and read-only.
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
    noisy: bool = False
    key: str = ""
    private_cache: PrivateCache | None = None

    def __post_init__(self) -> None:
        self._check_sizes()
        self._check_steps()
        for name in ("x", "y", "grid", "path", "steps", *CURVES, "limits", "shares"):
            value = getattr(self, name)
            if value is not None:
                value = np.array(value, dtype=np.int64 if name == "steps" else float)
                value.flags.writeable = False
                object.__setattr__(self, name, value)
        self._check_plane()
        self._check_runs()
        self._check_texts()

    def _check_sizes(self) -> None:
        """Check all shapes, before anything is copied."""
        runs, checkpoints = len(self.names), len(self.path)
        if not 1 <= runs <= MAX_ENTRIES:
            raise ScenarioError("A recording has 1 to {most} runs, not {count}.", most=MAX_ENTRIES, count=runs)
        if not 1 <= checkpoints <= MOST_CHECKPOINTS:
            raise ScenarioError(
                "A run has 1 to {most:,} checkpoints, not {count:,}.", most=MOST_CHECKPOINTS, count=checkpoints
            )
        for name in ("x", "y"):
            shape = np.shape(getattr(self, name))
            if len(shape) != 1 or not 2 <= shape[0] <= MOST_POINTS:
                raise ScenarioError("“{name}” must hold 2 to {most} coordinates.", name=name, most=MOST_POINTS)
        sides, curve, each = (len(self.y), len(self.x)), (checkpoints, runs), (runs,)
        expected = {"grid": sides, "steps": (checkpoints,), "path": (checkpoints, 2, runs)}
        expected |= dict.fromkeys(CURVES, curve) | {"limits": each, "shares": each}
        for name, shape in expected.items():
            value = getattr(self, name)
            if value is not None and np.shape(value) != shape:
                raise ScenarioError(
                    "“{name}” has the shape {found}, but {wanted} fits the other arrays.",
                    name=name, found=str(np.shape(value)), wanted=str(shape),
                )  # fmt: skip
        for name in ("optimizers", "diverged"):
            if len(getattr(self, name)) not in (0, runs):
                raise ScenarioError("“{name}” must have a value for each run.", name=name)

    def _check_plane(self) -> None:
        """Check the axes, also in the single precision in which they are drawn, and that something can be drawn."""
        for name in ("x", "y"):
            at = getattr(self, name)
            with np.errstate(over="ignore"):
                if not (np.abs(at) < LARGEST).all() or not (np.diff(at.astype(np.float32)) > 0).all():
                    raise ScenarioError("“{name}” must be finite and increasing.", name=name)
        if not (np.abs(self.grid) < LARGEST).any():
            raise ScenarioError("“{name}” must have finite numbers.", name="grid")

    def _check_steps(self) -> None:
        steps = np.asarray(self.steps)
        with np.errstate(invalid="ignore"):
            whole = (steps >= 0) & (steps < MOST_STEPS) & (steps % 1 == 0)
        if not whole.all() or (np.diff(steps) <= 0).any():
            raise ScenarioError("“{name}” must be whole numbers from 0 on that increase.", name="steps")

    def _check_runs(self) -> None:
        at = np.all(np.abs(self.path) < LARGEST, axis=1)
        if not at[0].all() or (at[1:] & ~at[:-1]).any():
            raise ScenarioError("“path” must be finite up to the end of each run, and NaN from there on.")
        for name in (*CURVES, "limits", "shares"):
            value = getattr(self, name)
            if value is None:
                continue
            if (value < LEAST.get(name, -np.inf)).any() or (value > MOST.get(name, np.inf) * (1 + 1e-9)).any():
                raise ScenarioError(
                    "“{name}” must lie between {low:g} and {high:g}.",
                    name=name, low=LEAST.get(name, -np.inf), high=MOST.get(name, np.inf),
                )  # fmt: skip

    def _check_texts(self) -> None:
        if len(self.axes) != 2:
            raise ScenarioError("“{name}” must have two values.", name="axes")
        for name in ("names", "axes"):
            for text in getattr(self, name):
                if not 1 <= len(text) <= MAX_NAME or not is_printable(text):
                    raise ScenarioError(
                        "“{name}” must be texts of 1 to {most} printable characters.", name=name, most=MAX_NAME
                    )
        for optimizer in self.optimizers:
            if optimizer and optimizer not in OPTIMIZERS:
                raise ScenarioError("There is no optimizer “{name}”.", name=optimizer)
