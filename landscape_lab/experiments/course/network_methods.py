"""SGDM and Adam on a network at tuned learning rates, from the stored results of the lesson's experiment."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.networks.stored import stored
from optim_core.objective import Array

TUNING_SEEDS = 4
"""The rates are chosen by the first seeds, and compared by the others."""
LEVELS = np.geomspace(0.003, 0.2, 9)
LEVELS_WRONG = np.geomspace(0.3, 0.8, 5)
"""Training losses at which the sharpness is compared: with correct labels, and with a fifth of them wrong."""
TRAINING: Mapping[str, str] = {
    "data": "digits(n=500,validation=500)",
    "widths": "64",
    "batch": "32",
    "epochs": "60",
    "lanes": 'momentum(learning_rate=0.2,name="SGDM"),adam(learning_rate=0.05)',
}
"""A link to the training at the tuned rates, with correct labels."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Trainings by SGDM and Adam over several rates, on one share of wrong labels and with one size of batches.

    arrays  those of the study, (seeds, rates, methods) each
    tuning  which seeds choose the rates
    """

    arrays: dict[str, Array]
    tuning: NDArray[np.bool_]

    def __getitem__(self, name: str) -> Array:
        return self.arrays[name]

    @property
    def rates(self) -> Array:
        """The learning rates: (rates, methods)"""
        return self["rates"][0]

    @property
    def seeds(self) -> int:
        """The number of seeds by which the methods are compared."""
        return int((~self.tuning).sum())

    @property
    def tuned(self) -> NDArray[np.intp]:
        """The rate with the highest mean validation accuracy at the end, over the seeds of the tuning: (methods,)

        Of equal ones it is the lowest.
        """
        return self["validation_accuracy"][self.tuning].mean(axis=0).argmax(axis=0)

    @property
    def fastest(self) -> NDArray[np.intp]:
        """The rate that reaches the low training loss first, by the median of the seeds of the tuning: (methods,)"""
        reached = self["reached"][self.tuning]
        return np.median(np.where(np.isfinite(reached), reached, np.inf), axis=0).argmin(axis=0)

    @property
    def lowest(self) -> NDArray[np.intp]:
        """The rate with the lowest training loss at the end, by the median of the seeds of the tuning: (methods,)"""
        return np.median(self["loss"][self.tuning], axis=0).argmin(axis=0)

    def compared(self, name: str) -> Array:
        """The values for the seeds by which the methods are compared: (seeds, rates, methods)"""
        return self[name][~self.tuning]

    def at(self, rates: NDArray[np.intp], name: str) -> Array:
        """The values at one rate of each method, for the seeds by which the methods are compared: (seeds, methods)"""
        return self.compared(name)[:, rates, [0, 1]]

    def number(self, rate: float, method: int) -> int:
        """The place of a learning rate."""
        return int(np.abs(self.rates[:, method] - rate).argmin())

    def sharpness_at(self, levels: Array = LEVELS) -> Array:
        """The sharpness at the end of the training that ends at each training loss: (seeds, levels, methods)

        It is interpolated between the rates, on logarithmic scales; NaN beyond them. Only rates up to the one with the
        lowest training loss are used.
        """
        loss, sharp = (np.log(self.compared(name)) for name in ("loss", "sharpness"))
        found = np.full((self.seeds, len(levels), 2), np.nan)
        for seed, method in np.ndindex(self.seeds, 2):
            last = int(np.nanargmin(loss[seed, :, method])) + 1
            x, y = loss[seed, :last, method][::-1], sharp[seed, :last, method][::-1]
            rising = np.append(True, x[1:] > np.maximum.accumulate(x)[:-1])
            found[seed, :, method] = np.interp(np.log(levels), x[rising], y[rising], left=np.nan, right=np.nan)
        return np.exp(found)


@cache
def comparison(noise: float, batch: int) -> Comparison:
    """The stored trainings with this share of wrong labels and this size of batches."""
    results = stored("adam_or_sgdm")
    of_them = results.where(noise=noise, batch=batch)
    arrays = {name: array[of_them].astype(float) for name, array in results.arrays.items()}
    return Comparison(arrays, np.arange(of_them.sum()) < TUNING_SEEDS)


def quartiles(values: Array) -> Array:
    """The quartiles and the median over the seeds, the first axis: (3, ...); NaN where a seed has none."""
    return np.quantile(values, (0.25, 0.5, 0.75), axis=0)
