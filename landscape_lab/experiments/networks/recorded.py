"""The recording of a training on a plane of its parameters."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from landscape_lab.experiments.networks.training import Training
from landscape_lab.experiments.recordings import Recording
from landscape_lab.experiments.recordings.recording import LARGEST
from landscape_lab.experiments.scenarios.sentence import ScenarioError
from landscapes.networks import Line, Plane, line_between, plane_of, plane_through, random_plane, slice_of
from landscapes.networks.slices import POINTS
from optim_core import Outcome, key_of
from optim_core.objective import Array

POINTS_OF_PLANE = (1, 2, 0)
"""The points that determine a plane by default: the ends of the first two entries, and the start."""


def point_of(training: Training, place: int) -> Array:
    """Return the start (P,) for place 0, else the end of the entry at this place, counted from 1: its last finite
    checkpoint. Raises ScenarioError where there is no such entry."""
    if not 0 <= place <= len(training.scenario.entries):
        raise ScenarioError("There is no entry {place}: there are {count}.",
                            place=place, count=len(training.scenario.entries))  # fmt: skip
    if place == 0:
        return training.points[0, :, 0]
    last = training.last[place - 1] - (training.outcomes[place - 1] == Outcome.DIVERGED)
    return training.points[max(last, 0), :, place - 1]


def _components(training: Training, points: Sequence[int], seed: int) -> Plane:
    return plane_of(training.drawable)


def _random(training: Training, points: Sequence[int], seed: int) -> Plane:
    return random_plane(training.scenario.network, point_of(training, points[0]), seed)


def _three(training: Training, points: Sequence[int], seed: int) -> Plane:
    if len(set(points)) < 3:
        raise ScenarioError("Three different points determine a plane: choose the start or the end of another entry.")
    first, second, third = (point_of(training, place) for place in points)
    return plane_through(first, second, third)


PLANES: Mapping[str, Callable[[Training, Sequence[int], int], Plane]] = MappingProxyType(
    {"components": _components, "random": _random, "three": _three}
)
"""The planes by name, each made from a training, the places of up to three points (see `point_of`), and a seed."""


def plane_of_training(training: Training, plane: str, points: Sequence[int], seed: int) -> Plane:
    """Return one of the `PLANES`. Raises ScenarioError where the points do not determine it."""
    try:
        return PLANES[plane](training, points, seed)
    except ScenarioError:
        raise
    except ValueError:
        raise ScenarioError(
            "The plane cannot be drawn: its points lie on a line, or there are fewer than three of them."
        ) from None


def line_of_training(training: Training, first: int, second: int) -> tuple[Line, Line]:
    """Return the training and the validation loss along the line between two points; see `point_of`."""
    ends = point_of(training, first), point_of(training, second)
    loss = training.scenario.objective
    with np.errstate(all="ignore"):  # between distant points the loss may overflow
        return line_between(loss, *ends), line_between(loss.validation, *ends)


def record(
    training: Training,
    plane: str = "components",
    n: int = POINTS,
    seed: int = 0,
    points: Sequence[int] = POINTS_OF_PLANE,
) -> Recording:
    """Project the runs of a training on a plane, and compute the loss there.

    plane   one of `PLANES`; "random" is about the first of the points, "three" passes through all of them
    n       points along each side of the grid
    points  the places of three points: see `point_of`

    Raises ScenarioError.
    """
    made = plane_of_training(training, plane, points, seed)
    drawn = slice_of(training.scenario.objective, made, training.drawable, n=n)
    if not max(np.abs(drawn.x).max(), np.abs(drawn.y).max()) < LARGEST:
        raise ScenarioError("The plane cannot be drawn: a run went too far away. Take a smaller learning rate.")
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
        noisy=training.scenario.is_noisy,
        key=f"{training.scenario.text} {plane} {n} {seed} {points}",
        private_cache=training.private_cache,
    )  # fmt: skip
