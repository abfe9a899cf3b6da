"""The same comparison over many seeds and many starts: quartiles of the loss, and performance profiles."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from landscape_lab.experiments.convergence import convergence
from landscape_lab.experiments.fairness.comparison import Comparison, by_cost, entry_runs, equal_race
from landscape_lab.experiments.fairness.tuning import TUNING_SEEDS, compared_entries, tune, tuned_entries
from landscape_lab.experiments.scenarios.scenario import (
    Entry,
)
from optim_core.caching import bounded_cache
from optim_core.objective import Array


@dataclass(frozen=True)
class Bands:
    """Quartiles of the loss over seeds at each gradient evaluation: (budget + 1) for each entry."""

    lows: list[Array]
    medians: list[Array]
    highs: list[Array]


@bounded_cache(maxsize=16)
def bands(comparison: Comparison) -> Bands:
    """Run every entry with many seeds in one batch and return the quartiles. The loss of a diverged run is infinite."""
    parts = [_band(comparison, entry) for entry in compared_entries(comparison)]
    lows, medians, highs = zip(*parts, strict=True)
    return Bands([*lows], [*medians], [*highs])


@bounded_cache(maxsize=128)
def _band(comparison: Comparison, entry: Entry) -> Array:
    """Return the quartiles of one entry: (3, budget + 1)."""
    first = comparison.scenario.seed + TUNING_SEEDS
    path = entry_runs(comparison, entry, seed=np.arange(first, first + comparison.seeds))
    above = by_cost(path, comparison.budget) - (comparison.scenario.landscape.minimum_value or 0.0)
    return np.quantile(above, (0.25, 0.5, 0.75), axis=1, method="inverted_cdf")


# Many starts


@dataclass(frozen=True)
class Profile:
    """A performance profile: how often and how fast each entry solves a problem (Dolan and Moré 2002).

    costs   (entries, starts): gradient evaluations up to the step at which the run has converged to a lowest minimum,
            by the rule of `convergence`; infinite if it has not
    """

    costs: Array

    @property
    def ratios(self) -> Array:
        """Each cost divided by the least cost of any entry at the same start: (entries, starts); infinite if no entry
        solved it."""
        best = self.costs.min(axis=0)
        return np.where(np.isfinite(self.costs), self.costs / np.where(np.isfinite(best), best, 1.0), np.inf)

    @property
    def solved(self) -> Array:
        """The share of the starts that each entry solves: (entries)."""
        return np.isfinite(self.costs).mean(axis=1)

    @property
    def fastest(self) -> Array:
        """The share of the starts at which each entry is the fastest, ties counted for all: (entries)."""
        return (self.ratios <= 1).mean(axis=1)

    def share(self, factor: Any) -> Array:
        """Return the share of starts solved within `factor` (m) times the least cost: (entries, m)."""
        return (self.ratios[:, :, None] <= np.asarray(factor)).mean(axis=1)


def profile(comparison: Comparison) -> Profile | None:
    """Run every entry from many starts, drawn uniformly from the map. None on a surface without a minimum."""
    if comparison.scenario.landscape.minimum_value is None:
        return None
    return Profile(np.array([_costs(comparison, entry) for entry in compared_entries(comparison)]))


@bounded_cache(maxsize=128)
def _costs(comparison: Comparison, entry: Entry) -> Array:
    """Return the cost of each start for one entry: (starts). The surface must have a minimum."""
    landscape = comparison.scenario.landscape
    low, high = np.array(landscape.domain).T[..., None]
    drawn = np.random.default_rng(comparison.scenario.seed).uniform(size=(2, comparison.starts))
    starts = low + (high - low) * drawn
    path = entry_runs(comparison, entry, start=starts)
    came = convergence(landscape, path, comparison.tolerance)
    cost = np.take_along_axis(path.evaluated, np.maximum(came.step, 0)[None], axis=0)[0]
    solved = (came.step >= 0) & came.lowest & (cost <= comparison.budget)
    return np.where(solved, np.maximum(cost, 1.0), np.inf)


# All computations


def rounds(comparison: Comparison) -> Iterator[list[Callable[[], Any]]]:
    """Yield rounds of independent computations that fill the caches of this package.

    The functions of a round may run in parallel; a round needs the results of the round before. All other functions
    here return quickly afterwards.
    """
    entries = comparison.scenario.entries
    yield [partial(tune, comparison, entry) for entry in entries]
    compared = compared_entries(comparison)
    pieces: list[Callable[[], Any]] = [
        partial(equal_race, comparison, each) for each in (entries, tuned_entries(comparison))
    ]
    if comparison.scenario.landscape.minimum_value is not None:
        pieces += [partial(_costs, comparison, entry) for entry in compared]
    if comparison.noisy:
        pieces += [partial(_band, comparison, entry) for entry in compared]
    yield pieces
