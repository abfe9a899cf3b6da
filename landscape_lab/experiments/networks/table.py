"""The results of a training as a table: a row for each entry; and the errors of its picture on a plane."""

from dataclasses import dataclass

import numpy as np

from landscape_lab.experiments.networks.recorded import point_of
from landscape_lab.experiments.networks.training import Training
from landscape_lab.experiments.recordings import Recording
from optim_core import Outcome


@dataclass(frozen=True)
class Result:
    """The end of one entry: its last checkpoint before it diverged, if it did. NaN where there is no such number.

    epochs       until the validation accuracy first reached the target, at a checkpoint
    diverged_at  the step at which the entry diverged, or None
    """

    loss: float
    validation_loss: float
    accuracy: float
    validation_accuracy: float
    sharpness: float
    limit: float
    epochs: float
    diverged_at: int | None


@dataclass(frozen=True)
class PictureError:
    """How far the picture of one path on a plane is from the truth.

    share     of the path's squared distance from the origin of the plane that lies within the plane
    farthest  the largest distance of a checkpoint from the plane
    way       the distance between the start and the end, to compare with
    loss      the true loss at the end
    drawn     the loss that the plane has where the end is drawn
    """

    share: float
    farthest: float
    way: float
    loss: float
    drawn: float


def results_of(training: Training, target: float) -> list[Result]:
    """Return the results of the entries. `target` is a validation accuracy."""
    per_epoch = training.scenario.steps / training.scenario.epochs
    found = []
    for i, (last, outcome) in enumerate(zip(training.last, training.outcomes, strict=True)):
        diverged = outcome == Outcome.DIVERGED
        end = max(int(last) - diverged, 0)
        curves = (training.loss, training.validation_loss, training.accuracy, training.validation_accuracy)
        reached = np.flatnonzero(training.validation_accuracy[:, i] >= target)
        found.append(
            Result(
                *(float(values[end, i]) for values in curves),
                sharpness=float(training.sharpness[end, i]),
                limit=float(training.limits[i]),
                epochs=float(training.steps[reached[0]] / per_epoch) if reached.size else np.nan,
                diverged_at=int(training.ended[i]) if diverged else None,
            )
        )
    return found


def picture_errors(training: Training, recording: Recording) -> list[PictureError]:
    """Return the errors of a recording of a training, for each entry."""
    assert recording.shares is not None and recording.distance is not None and recording.drawn is not None
    found = []
    for i, (last, outcome) in enumerate(zip(training.last, training.outcomes, strict=True)):
        end = max(int(last) - (outcome == Outcome.DIVERGED), 0)
        way = np.linalg.norm(point_of(training, i + 1) - point_of(training, 0))
        farthest = np.nanmax(recording.distance[: end + 1, i])
        numbers = (recording.shares[i], farthest, way, recording.loss[end, i], recording.drawn[end, i])
        found.append(PictureError(*map(float, numbers)))
    return found
