"""Early stopping of networks that memorise wrong labels, from the stored results of the lesson's experiment."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.networks.stored import stored
from optim_core.objective import Array

TRAINING: Mapping[str, str] = {
    "data": "digits(n=500,label_noise=0.2)",
    "widths": "64",
    "batch": "32",
    "epochs": "80",
    "lanes": 'momentum(learning_rate=0.1,name="SGDM")',
}
"""A link to the training with wrong labels."""


@dataclass(frozen=True, eq=False)
class Trainings:
    """Trainings from several seeds on the same share of wrong labels. `arrays` are those of the study, (seeds, epochs
    + 1) each."""

    arrays: dict[str, Array]

    def __getitem__(self, name: str) -> Array:
        return self.arrays[name]

    @property
    def seeds(self) -> int:
        """The number of trainings."""
        return len(self["loss"])

    @property
    def epochs(self) -> int:
        """The length of each training."""
        return self["loss"].shape[1] - 1

    def median(self, name: str) -> Array:
        """The median over the seeds after each epoch: (epochs + 1,)"""
        return np.median(self[name], axis=0)

    def quartiles(self, name: str) -> tuple[Array, Array]:
        """The quartiles over the seeds after each epoch: (epochs + 1,) each"""
        low, high = np.quantile(self[name], (0.25, 0.75), axis=0)
        return low, high

    def lowest(self, name: str = "validation_loss") -> NDArray[np.intp]:
        """The epoch with the lowest value: (seeds,)"""
        return self[name].argmin(axis=1)

    def at(self, epochs: NDArray[np.intp], name: str) -> Array:
        """The values after the given epoch of each training: (seeds,)"""
        return self[name][np.arange(self.seeds), epochs]

    def kept(self, patience: int, name: str = "validation_loss") -> NDArray[np.intp]:
        """The epoch whose weights early stopping keeps when it watches a loss once an epoch: (seeds,)"""
        return np.array([_kept(loss, patience) for loss in self[name]])

    def gain(self, patience: int, name: str = "validation_loss") -> Array:
        """The test accuracy at the kept epoch minus that at the end: (seeds,)"""
        return self.at(self.kept(patience, name), "test_accuracy") - self["test_accuracy"][:, -1]


@cache
def trainings(noise: float) -> Trainings:
    """The stored trainings in which this share of the labels is wrong."""
    results = stored("early_stopping")
    of_them = results.where(noise=noise)
    return Trainings({name: array[of_them].astype(float) for name, array in results.arrays.items()})


def middle(values: Any) -> tuple[float, float, float]:
    """The median and the quartiles of some values."""
    low, median, high = np.quantile(values, (0.25, 0.5, 0.75)).tolist()
    return median, low, high


def _kept(loss: Array, patience: int) -> int:
    best = 0
    for epoch, value in enumerate(loss):
        if value < loss[best]:
            best = epoch
        elif epoch - best >= patience:
            break
    return best
