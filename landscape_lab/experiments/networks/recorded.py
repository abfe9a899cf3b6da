"""The recording of a training on a plane of its parameters."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from landscape_lab.experiments.networks.training import Training
from landscape_lab.experiments.recordings import Recording
from landscape_lab.experiments.scenarios.sentence import ScenarioError
from landscapes.networks import Plane, plane_of, plane_through, random_plane, slice_of
from landscapes.networks.slices import POINTS
from optim_core import Outcome, key_of
from optim_core.objective import Array


def _ends(training: Training) -> Array:
    """The last finite checkpoint of each entry: (P, L)."""
    last = training.last - (training.outcomes == Outcome.DIVERGED)
    return np.stack([training.points[row, :, i] for i, row in enumerate(np.maximum(last, 0))], axis=1)


def _components(training: Training, seed: int) -> Plane:
    return plane_of(training.points)


def _random(training: Training, seed: int) -> Plane:
    return random_plane(training.scenario.network, _ends(training)[:, 0], seed)


def _three(training: Training, seed: int) -> Plane:
    ends = _ends(training)
    if ends.shape[1] < 2:
        raise ScenarioError("The plane through the start and two ends needs two entries.")
    return plane_through(training.points[0, :, 0], ends[:, 0], ends[:, 1])


PLANES: Mapping[str, Callable[[Training, int], Plane]] = MappingProxyType(
    {"components": _components, "random": _random, "three": _three}
)
"""The planes by name, each made from a training and a seed."""


def record(training: Training, plane: str = "components", n: int = POINTS, seed: int = 0) -> Recording:
    """Project the runs of a training on a plane, and compute the loss there. Raises ScenarioError."""
    try:
        made = PLANES[plane](training, seed)
    except ValueError as error:
        raise ScenarioError("The plane cannot be drawn: {reason}.", reason=str(error)) from None
    paths = training.points.copy()
    for i, row in enumerate(training.last):
        if training.outcomes[i] == Outcome.DIVERGED:
            paths[row, :, i] = np.nan  # it may lie beyond anything that can be drawn
    drawn = slice_of(training.scenario.objective, made, paths, n=n)
    entries = training.scenario.entries
    return Recording(
        names=tuple(entry.label for entry in entries),
        x=drawn.x, y=drawn.y, grid=drawn.loss,
        steps=training.steps, path=drawn.path, loss=training.loss,
        validation_loss=training.validation_loss,
        accuracy=training.accuracy, validation_accuracy=training.validation_accuracy,
        distance=drawn.distance, drawn=drawn.drawn,
        sharpness=training.sharpness, limits=training.limits, shares=drawn.share,
        axes=made.names,
        optimizers=tuple(key_of(entry.core) for entry in entries),
        diverged=tuple(bool(outcome == Outcome.DIVERGED) for outcome in training.outcomes),
        key=f"{training.scenario.text} {plane} {n} {seed}",
    )  # fmt: skip
