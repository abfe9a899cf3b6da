"""One rule of tuning for all entries: the settings that are tried, and the criterion by which one is chosen."""

from dataclasses import dataclass, replace

import numpy as np

from landscape_lab.experiments.fairness.comparison import Comparison, by_cost, entry_runs
from landscape_lab.experiments.scenarios.entries import with_setting
from landscape_lab.experiments.scenarios.scenario import (
    Entry,
)
from optim_core import Knob, knobs
from optim_core.caching import bounded_cache
from optim_core.objective import Array
from optim_core.optimizer import get_field, owner_path, with_field

RATES = np.geomspace(1e-5, 10.0, 49)
"""The learning rates to try for every entry, restricted to the range of its knob: eight in each decade."""
SHARES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
"""The values to try for a second setting between 0 and 1, such as momentum, beta or rho."""
SECONDS = 7
"""The number of values to try for any other second setting, evenly spaced over its range."""
TUNING_SEEDS = 5
"""With noise, a setting is judged by the median over this many seeds, none of which is used afterwards."""
RATE = "learning_rate"
NEIGHBOURS = 2
"""Rates to either side of a rate that belong to its neighbourhood."""
NEARBY = float(RATES[NEIGHBOURS] / RATES[0])
"""The factor up to which rates are neighbours: 1.8."""


@dataclass(frozen=True)
class Tuning:
    """The settings tried for one entry, their losses, and the choice.

    entry       the entry with the chosen settings
    rates       (rates), or empty if there is no rate to tune
    losses      (rates, seconds): the loss when the budget was spent, with noise the median over seeds; infinite if
                diverged
    second      the full name of the second setting that was tuned, or ""
    seconds     (seconds): its values, empty if none was tuned
    chosen      the indices of the best loss, (rate, second)
    """

    entry: Entry
    rates: Array
    losses: Array
    second: str
    seconds: Array
    chosen: tuple[int, int]

    @property
    def tried(self) -> Array:
        """The lowest loss at each rate over all values of the second setting: (rates)."""
        return self.losses.min(axis=1)

    @property
    def best(self) -> float:
        return float(self.losses[self.chosen])

    @property
    def nearby(self) -> Array:
        """The median of `tried` over the neighbourhood of each rate, which is cut at the ends of the range: (rates).

        A rate that is good only by chance, or only if it is met exactly, has worse neighbours.
        """
        tried = self.tried
        around = [tried[max(0, i - NEIGHBOURS) : i + NEIGHBOURS + 1] for i in range(len(tried))]
        return np.array([np.quantile(each, 0.5, method="higher") for each in around])

    @property
    def robust(self) -> float:
        """The lowest of `nearby`, by which entries are ranked."""
        return float(self.nearby.min())

    @property
    def at_the_edge(self) -> bool:
        """Whether the best rate is the first or last that was tried, so that better rates may lie outside the range."""
        return len(self.rates) > 1 and self.chosen[0] in (0, len(self.rates) - 1)


@bounded_cache(maxsize=256)
def tune(comparison: Comparison, entry: Entry) -> Tuning:
    """Try every rate, and optionally every value of a second setting, under the same budget and by the same rule."""
    optimizer = entry.optimizer
    rate = owner_path(optimizer, RATE) if hasattr(entry.core, RATE) else ""
    rates = _of_knob(entry, rate) if rate else np.array([])
    second = _second(entry) if comparison.second_setting else ""
    seconds = _seconds(_facts(entry, second)) if second else np.array([])
    shape = (max(1, len(rates)), max(1, len(seconds)))
    if rate:
        optimizer = with_field(optimizer, rate, np.broadcast_to(rates[:, None], shape))
    if second:
        optimizer = with_field(optimizer, second, np.broadcast_to(seconds, shape))
    # A seed gives the same noise for all settings, so each seed is one run over the whole batch of settings.
    seeds = range(comparison.scenario.seed, comparison.scenario.seed + (TUNING_SEEDS if comparison.noisy else 1))
    with np.errstate(all="ignore"):
        ends = [
            by_cost(entry_runs(comparison, entry, optimizer=optimizer, seed=seed), comparison.budget)[-1]
            for seed in seeds
        ]
    losses = np.quantile(ends, 0.5, axis=0, method="inverted_cdf").reshape(shape)
    losses = np.where(np.isnan(losses), np.inf, losses)
    place = np.unravel_index(losses.argmin(), shape)
    chosen = int(place[0]), int(place[1])
    best = entry
    if np.isfinite(losses[chosen]):
        best = with_setting(best, rate, float(rates[chosen[0]])) if rate else best
        best = with_setting(best, second, float(seconds[chosen[1]])) if second else best
    return Tuning(best, rates, losses, second, seconds, chosen)


def tunings(comparison: Comparison) -> list[Tuning]:
    """Tune every entry."""
    return [tune(comparison, entry) for entry in comparison.scenario.entries]


def tuned_entries(comparison: Comparison) -> tuple[Entry, ...]:
    """Return the entries with the chosen settings and their original names."""
    return tuple(
        replace(tuning.entry, name=entry.name)
        for tuning, entry in zip(tunings(comparison), comparison.scenario.entries, strict=True)
    )


def compared_entries(comparison: Comparison) -> tuple[Entry, ...]:
    """Return the entries to run over seeds and starts."""
    return tuned_entries(comparison) if comparison.use_tuned_settings else comparison.scenario.entries


def _facts(entry: Entry, path: str) -> Knob:
    owner, _, name = path.rpartition(".")
    return knobs(get_field(entry.optimizer, owner) if owner else entry.optimizer)[name]


def _of_knob(entry: Entry, path: str) -> Array:
    facts = _facts(entry, path)
    return RATES[(facts.low <= RATES) & (facts.high >= RATES)]


def _second(entry: Entry) -> str:
    """Return the first setting of the core that is a float, is not the rate, and does not follow a schedule."""
    inner = "inner." * (len(entry.layers) - 1)
    scheduled = dict(entry.schedules)
    names = [name for name, facts in knobs(entry.core).items() if facts.kind is float and name != RATE]
    return next((inner + name for name in names if inner + name not in scheduled), "")


def _seconds(facts: Knob) -> Array:
    if facts.scale == "log":
        return np.geomspace(facts.low, facts.high, SECONDS)
    if facts.low == 0 and 0.99 < facts.high <= 1:
        return np.array([share for share in SHARES if share <= facts.high])
    return np.linspace(facts.low, facts.high, SECONDS)
