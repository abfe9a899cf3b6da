"""SGDM and Adam on two surfaces at many learning rates, for the lesson that compares them.

On the surface with a sharp and a flat minimum it is counted where runs from a grid of starts converge, in a long valley
after how many steps. "sum" is SGDM as PyTorch has it, "mean" the same method with (1 - gamma) g, and its
rate therefore 1 / (1 - gamma) times as large.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from landscape_lab.experiments.convergence import convergence
from landscape_lab.experiments.course.scaled import Scaled
from landscape_lab.experiments.scenarios.scenario import Entry
from landscapes import LANDSCAPES, Landscape
from optim_core import OPTIMIZERS, Optimizer, Trajectory, run
from optim_core.objective import Array

MOMENTUM = 0.9
_OPTIMIZERS: Mapping[str, Callable[[Any], Optimizer]] = {
    "sum": lambda rate: OPTIMIZERS["momentum"](learning_rate=rate, momentum=MOMENTUM),
    "mean": lambda rate: OPTIMIZERS["qhm"](learning_rate=rate, momentum=MOMENTUM, nu=1.0),
    "adam": lambda rate: OPTIMIZERS["adam"](learning_rate=rate),
}
METHODS = tuple(_OPTIMIZERS)
"""SGDM with a sum of the gradients, SGDM with their mean, and Adam."""
STEPS_OF_A_DECADE = (1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0, 6.3, 8.0)
RATES = tuple(float(f"{step * 10.0**power:.3g}") for power in (-2, -1, 0) for step in STEPS_OF_A_DECADE)
"""Learning rates at which the methods are compared: ten in each decade, so that a ratio of rates is a shift."""
VALLEY_RATES = tuple(float(f"{rate:.3g}") for rate in np.geomspace(1e-4, 3, 37))
CONDITION = 100
SIDE = 14
"""Number of starts along each side of the grid of starts."""
STARTS = SIDE**2
LENGTH = 400
"""Number of steps of each run from the grid of starts."""
ALIKE = STARTS / 25
"""Counts of starts that differ by no more than this are called alike."""
SLACK = 1.05
"""How much longer than at the fastest rate a method may take on average at its tuned rate."""
VALLEY_STARTS, VALLEY_LENGTH = 60, 200


@dataclass(frozen=True)
class Speeds:
    """Steps to convergence of SGDM and Adam in a valley, each at its best rate: quartiles over the starts, (2, 3)."""

    quartiles: Array
    rates: tuple[float, float]

    @property
    def best(self) -> tuple[int, int]:
        """The medians."""
        sgdm, adam = (int(median) for median in self.quartiles[:, 1])
        return sgdm, adam


def optimizer(method: str, rate: Any) -> Optimizer:
    """Return one of `METHODS` with a learning rate, or with one for each run."""
    return _OPTIMIZERS[method](rate)


def rate_of(entry: Entry) -> float:
    """Return the learning rate of an entry."""
    return float(vars(entry.optimizer)["learning_rate"])


def grid() -> Array:
    """Return the starts, spread evenly over the map of the sharp and the flat minimum: (2, STARTS)."""
    sides = [np.linspace(low, high, SIDE + 2)[1:-1] for low, high in LANDSCAPES["sharp_and_flat"].domain]
    return np.stack(np.meshgrid(*sides)).reshape(2, -1)


def landed(method: str, rate: float, factor: float = 1.0) -> int:
    """Return the number of starts from which a method converges to the sharp minimum, with the loss multiplied."""
    return _landed(method, float(rate), float(factor))


def tuned_rates() -> tuple[float, float, float]:
    """Return for each method the smallest rate at which it converges nearly as soon as at its fastest, on average.

    The fastest rate itself is poorly determined: SGDM is about as fast at rates that differ by a factor of ten.
    """
    sgdm, mean, adam = (RATES[int((_slowdown(method) <= SLACK).argmax())] for method in METHODS)
    return sgdm, mean, adam


def limit_of(method: str) -> float:
    """Return the largest of `RATES` at which a method converges to the sharp minimum from any of the starts."""
    return RATES[int(np.flatnonzero(on_the_grid(method)[0])[-1])]


def half_lost(method: str) -> float:
    """Return the rate from which on fewer than half as many starts lead to the sharp minimum as at the tuned rate."""
    counts, tuned = on_the_grid(method)[0], RATES.index(tuned_rates()[METHODS.index(method)])
    return RATES[tuned + int((counts[tuned:] < counts[tuned] / 2).argmax())]


def cost_of_leaving(method: str) -> tuple[float, float]:
    """Return the fastest rate above the limit of a method, and how much longer it takes there than at its fastest."""
    above = RATES.index(limit_of(method)) + 1
    slowdown = _slowdown(method)[above:]
    best = int(slowdown.argmin())
    return RATES[above + best], float(slowdown[best]) - 1


def gaps(shift: float) -> tuple[float, float]:
    """Return the rise of the loss at the sharp and at the flat minimum after a shift, averaged over directions."""
    surface = LANDSCAPES["sharp_and_flat"]
    angle = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    around = shift * np.array([np.cos(angle), np.sin(angle)])
    places = [np.array(place)[:, None] for place in sharp_then_flat(surface)]
    sharp, flat = (float((surface.value(place + around) - surface.value(place)).mean()) for place in places)
    return sharp, flat


def sharp_then_flat(surface: Landscape) -> list[tuple[float, float]]:
    """Return the minima of the surface, the one with the largest curvature first."""
    return sorted(surface.minima, key=lambda place: -_steepest(surface, place))


def curvatures(surface: Landscape) -> tuple[float, float]:
    """Return the largest curvature at the sharp and at the flat minimum."""
    sharp, flat = (_steepest(surface, place) for place in sharp_then_flat(surface))
    return sharp, flat


def reaches_the_sharp(surface: Landscape, path: Trajectory) -> Any:
    """Return whether each run converges to the sharp minimum, shape (*batch)."""
    return convergence(surface, path).minimum == surface.minima.index(sharp_then_flat(surface)[0])


@lru_cache(maxsize=64)
def valley(angle: float) -> Speeds:
    """Return the speed of SGDM and of Adam in a long valley that is turned by an angle in degrees."""
    surface = LANDSCAPES["elliptic_bowl"].with_parameters(condition=CONDITION, angle=angle)
    low, high = np.array(surface.domain).T[:, :, None]
    starts = low + (high - low) * np.random.default_rng(0).random((2, VALLEY_STARTS))
    everywhere = np.tile(starts, len(VALLEY_RATES))
    found = []
    for method in ("sum", "adam"):
        path = run(surface, optimizer(method, np.repeat(VALLEY_RATES, VALLEY_STARTS)), everywhere, VALLEY_LENGTH)
        steps = convergence(surface, path).step.astype(float)
        steps = np.where(steps < 0, np.inf, steps)
        quartiles = np.quantile(steps.reshape(len(VALLEY_RATES), -1), (0.25, 0.5, 0.75), axis=1, method="inverted_cdf")
        best = int(quartiles[1].argmin())
        found.append((quartiles[:, best], VALLEY_RATES[best]))
    (sgdm, sgdm_rate), (adam, adam_rate) = found
    return Speeds(np.stack([sgdm, adam]), (sgdm_rate, adam_rate))


def _steepest(surface: Landscape, place: tuple[float, float]) -> float:
    return float(np.linalg.eigvalsh(surface.hessian(np.array(place)))[-1])


@lru_cache(maxsize=3)
def on_the_grid(method: str) -> tuple[Array, Array]:
    """Return for each of `RATES` the number of starts that lead to the sharp minimum, and the mean steps to converge.

    A run that does not converge counts with the whole length.
    """
    surface = LANDSCAPES["sharp_and_flat"]
    path = run(surface, optimizer(method, np.repeat(RATES, STARTS)), np.tile(grid(), len(RATES)), LENGTH)
    steps = convergence(surface, path).step
    mean = np.where(steps < 0, LENGTH, steps).reshape(len(RATES), STARTS).mean(axis=1)
    return reaches_the_sharp(surface, path).reshape(len(RATES), STARTS).sum(axis=1), mean


def _slowdown(method: str) -> Array:
    """Return the mean steps at each of `RATES` relative to the fastest."""
    steps = on_the_grid(method)[1]
    return steps / steps.min()


@lru_cache(maxsize=256)
def _landed(method: str, rate: float, factor: float) -> int:
    surface = LANDSCAPES["sharp_and_flat"]
    path = run(Scaled(surface, factor), optimizer(method, rate), grid(), LENGTH)
    unscaled = replace(path, losses=path.losses / factor)
    return int(reaches_the_sharp(surface, unscaled).sum())
