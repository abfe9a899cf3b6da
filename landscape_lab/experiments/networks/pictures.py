"""What trained networks predict at their checkpoints, to be drawn beside their paths."""

from dataclasses import dataclass
from typing import Any, TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.networks.training import Training
from landscapes.datasets import Data
from landscapes.networks import Digits, NetworkLoss
from optim_core.objective import Array

MOST_PICTURES = 240
"""Pictures of all entries together: 60 checkpoints of four entries, 20 of twelve."""
MOST_CHECKPOINTS = 60
SIDE = 36
"""Points along each side of the grid of a boundary: one byte each, 0.3 MB with the most pictures."""
ROOM = 0.06
"""Part of an axis left free on either side of the examples."""
PART = 2**21
"""Numbers of a hidden layer that are computed together: 16 MB."""


@final
@dataclass(frozen=True, eq=False)
class BoundaryPictures:
    """The outputs of networks with two features and two classes, at K of the checkpoints of L entries.

    at               (K,) places of the checkpoints, increasing, the first and the last among them
    x, y             (n,) coordinates of the grid, in which all examples lie
    outputs          (K, n, n, L): outputs[k, j, i] at (x[i], y[j]), from 0 for class 0 to 255 for class 1
    train, held_out  the examples
    wrong            (K, examples, L) whether a network gives a training example the wrong class
    wrong_held_out   (K, examples, L) the same for the validation examples
    """

    at: NDArray[np.intp]
    x: Array
    y: Array
    outputs: NDArray[np.uint8]
    train: Data
    held_out: Data
    wrong: NDArray[np.bool]
    wrong_held_out: NDArray[np.bool]
    private_cache: Any = None


@final
@dataclass(frozen=True, eq=False)
class ImagePictures:
    """The digits that networks see in the m validation images, at K of the checkpoints of L entries.

    at         (K,) places of the checkpoints, increasing, the first and the last among them
    images     (m, 8, 8), from 0 to 255
    labels     (m,)
    predicted  (K, m, L)
    """

    at: NDArray[np.intp]
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    predicted: NDArray[np.uint8]
    private_cache: Any = None


Pictures: TypeAlias = BoundaryPictures | ImagePictures


def pictures_of(training: Training) -> Pictures | None:
    """What the networks of a training predict: for digits and for two features with two classes, else None.

    It takes about 0.2 s for each entry, and the result has at most 0.5 MB.
    """
    scenario = training.scenario
    loss, count = scenario.objective, len(scenario.entries)
    at = np.unique(np.linspace(0, len(training.steps) - 1, min(MOST_CHECKPOINTS, MOST_PICTURES // count)).round())
    at = at.astype(np.intp)
    if isinstance(scenario.data, Digits):
        held_out = scenario.data.held_out
        predicted = _outputs(training, at, held_out.features).argmax(axis=0)
        images = (255 * held_out.features).round().astype(np.uint8).reshape(-1, 8, 8)
        return ImagePictures(
            at, images, held_out.targets.astype(np.uint8), predicted.astype(np.uint8), scenario.private_cache
        )
    if scenario.network.widths[0] != 2 or scenario.network.widths[-1] != 1 or not loss.classifies:
        return None
    train, held_out = scenario.data.train, scenario.data.held_out
    features = np.concatenate([train.features, held_out.features])
    x, y = (_grid(column) for column in features.T)
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    outputs = _outputs(training, at, np.concatenate([points, features]))[0]
    on_grid, on_examples = outputs[:, : len(points)], outputs[:, len(points) :]
    wrong = (on_examples > 0) != (np.concatenate([train.targets, held_out.targets]) == 1)[:, None]
    return BoundaryPictures(
        at, x, y, _bytes(on_grid, scenario.loss).reshape(len(at), SIDE, SIDE, count),
        train, held_out, wrong[:, : train.n], wrong[:, train.n :], scenario.private_cache,
    )  # fmt: skip


def _outputs(training: Training, at: NDArray[np.intp], features: Array) -> Array:
    """The outputs (outputs, K, m, L) for features (m, k) at checkpoints; after its end those of the last one before
    it diverged, if it did."""
    loss, width = training.scenario.objective, max(training.scenario.network.widths)
    together = max(1, PART // (width * len(features)))
    lanes, points = [], training.drawable
    for lane in range(points.shape[2]):
        known = np.flatnonzero(np.isfinite(points[:, :, lane]).all(axis=1))
        theta = points[np.minimum(at, known[-1]), :, lane].T
        parts = [_of_part(loss, theta[:, i : i + together], features) for i in range(0, len(at), together)]
        lanes.append(np.concatenate(parts, axis=1))
    return np.stack(lanes, axis=-1)


def _of_part(loss: NetworkLoss, theta: Array, features: Array) -> Array:
    with np.errstate(all="ignore"):  # far from all examples a network may overflow
        return np.nan_to_num(loss.outputs(theta, features))


def _grid(column: Array) -> Array:
    low, high = float(column.min()), float(column.max())
    room = ROOM * (high - low) or 0.5
    return np.linspace(low - room, high + room, SIDE)


def _bytes(outputs: Array, loss: str) -> NDArray[np.uint8]:
    """Outputs as bytes: the probability of class 1, or for squared error, whose targets are −1 and 1, where between."""
    share = (1 + np.tanh(outputs / 2)) / 2 if loss == "cross_entropy" else (1 + outputs) / 2
    return (255 * share.clip(0, 1)).round().astype(np.uint8)
