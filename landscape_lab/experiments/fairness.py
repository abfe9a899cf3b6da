"""Fair comparisons of optimizers: equal numbers of gradient evaluations, one rule of tuning, many seeds and starts.

Every result states which settings were tried, over which range, and by which criterion one was chosen.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

import numpy as np

from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.entries import with_setting
from landscape_lab.experiments.scenarios.notation import read, write
from landscape_lab.experiments.scenarios.scenario import (
    Entry,
    Scenario,
    check_knobs,
    check_query,
    default_entries,
    knob_value,
)
from landscape_lab.experiments.scenarios.sentence import ScenarioError, Sentence
from landscape_lab.experiments.scenarios.surfaces import NO_DATA, OwnData
from optim_core import Knob, Outcome, Trajectory, knobs, run
from optim_core.caching import PrivateCache, bounded_cache
from optim_core.knob import knob
from optim_core.metrics import settled_at
from optim_core.objective import Array
from optim_core.optimizer import get_field, owner_path, with_field
from optim_core.samplers.exact import Exact

RATES = np.geomspace(1e-5, 10.0, 49)
"""The learning rates to try for every entry, restricted to the range of its knob: eight in each decade."""
SHARES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
"""The values to try for a second knob between 0 and 1, such as momentum, beta or rho."""
SECONDS = 7
"""The number of values to try for any other second knob, evenly spaced over its range."""
TUNING_SEEDS = 5
"""With noise, a setting is judged by the median over this many seeds, none of which is used afterwards."""
RATE = "learning_rate"
TIE = 1e-9
"""Relative to the loss difference between the start and the lowest entry: closer final losses count as equal."""


@dataclass(frozen=True)
class Comparison:
    """A scenario to compare entries on, and the rules. Raises ScenarioError for settings out of their range."""

    scenario: Scenario

    budget: int = knob(
        200, 20, 1000, symbol="E", scale="log", help="How many gradient evaluations every lane may spend, not steps."
    )
    second_knob: bool = knob(
        False, symbol="2", help="Tune the first other setting of each optimizer as well, such as its momentum."
    )
    use_tuned_settings: bool = knob(
        True, symbol="T", help="Whether seeds and starts are run with the tuned settings or as given."
    )
    tolerance: float = knob(
        1e-3,
        1e-9,
        0.5,
        symbol=r"\epsilon",
        scale="log",
        help="A start is solved when this share of the way down to the lowest minimum is left, for good.",
    )
    starts: int = knob(100, 10, 400, symbol="P", scale="log", help="How many starts all over the map are tried.")
    seeds: int = knob(48, 8, 128, symbol="S", scale="log", help="How many seeds are run where there is noise.")

    def __post_init__(self) -> None:
        check_knobs(self)

    def to_query(self) -> dict[str, str]:
        """Return the parts of a link: those of the scenario and those of the rules."""
        own = {name: write(_written(getattr(self, name))) for name in knobs(self)}
        return self.scenario.to_query() | own

    @classmethod
    def from_query(cls, query: Mapping[str, str], own: OwnData = NO_DATA) -> "Comparison":
        """Read the parts of a link. `own` are the losses over own data that the user has loaded.

        Raises ScenarioError.
        """
        check_query(query)
        known = knobs(cls)
        scenario = Scenario.from_query({name: text for name, text in query.items() if name not in known}, own)
        settings: dict[str, Any] = {}
        for name, facts in known.items():
            if name in query:
                values = read(query[name]) if query[name].strip() else []
                if len(values) != 1:
                    raise ScenarioError("“{name}” needs one value, not {count}.", name=name, count=len(values))
                settings[name] = knob_value(name, facts, values[0])
        return cls(scenario, **settings)

    @property
    def private_cache(self) -> PrivateCache | None:
        """The cache of the scenario's data."""
        return self.scenario.private_cache

    @property
    def is_pure(self) -> bool:
        """Whether results may be cached, which depends on the scenario."""
        return self.scenario.is_pure

    @property
    def noisy(self) -> bool:
        """Whether results depend on the seed."""
        return not isinstance(self.scenario.sampler, Exact)


def _written(value: Any) -> Any:
    return value if isinstance(value, bool) else float(value)


def default_comparison() -> Comparison:
    """Return the comparison that the page opens with: the default entries, whose order changes when it is fair."""
    return Comparison(Scenario(default_entries()))


SOURCES = (
    "Dolan and Moré 2002, Benchmarking optimization software with performance profiles",
    "Choi et al. 2019, On empirical comparisons of optimizers for deep learning",
    "Sivaprasad et al. 2020, Optimizer benchmarking needs to account for hyperparameter tuning",
)
"""The sources of the rules."""

# Equal cost


def entry_runs(comparison: Comparison, entry: Entry, **batch: Any) -> Trajectory:
    """Run an entry for at least as many steps as its budget allows.

    `batch` may replace the `start`, the `seed` and the `optimizer`, with arrays over a batch of runs.
    """
    scenario = comparison.scenario
    return run(
        scenario.landscape,
        batch.get("optimizer", entry.optimizer),
        batch.get("start", scenario.point),
        _steps(comparison, entry),
        schedules=dict(entry.schedules),
        sampler=scenario.sampler,
        seed=batch.get("seed", scenario.seed),
    )


@bounded_cache(maxsize=128)
def _steps(comparison: Comparison, entry: Entry) -> int:
    """Return the number of steps to run. A schedule spans the whole run, so it must end together with the budget."""
    if not entry.schedules:
        return comparison.budget
    scenario = comparison.scenario
    path = run(scenario.landscape, entry.optimizer, scenario.point, comparison.budget, sampler=scenario.sampler)
    last = int(path.last_step)
    each = float(path.evaluations) / last if last else 1.0
    return max(1, min(comparison.budget, int(comparison.budget / each)))


def by_cost(path: Trajectory, budget: int) -> Array:
    """Return the loss of each run after 0, 1, ... `budget` gradient evaluations: (budget + 1, *batch).

    The loss of a run is infinite from its divergence on, and constant after any other end.
    """
    steps, batch = path.losses.shape[0], path.losses.shape[1:]
    losses, spent = path.losses.reshape(steps, -1), path.evaluated.reshape(steps, -1)
    count = np.zeros((budget + 2, losses.shape[1]))
    known = np.isfinite(spent)
    place = np.minimum(np.where(known, spent, budget + 1), budget + 1).astype(int)
    np.add.at(count, (place, np.broadcast_to(np.arange(losses.shape[1]), place.shape)), known)
    reached = count.cumsum(axis=0)[: budget + 1].astype(int) - 1
    lost = (path.outcomes == Outcome.DIVERGED).ravel() & (reached >= path.last_step.ravel())
    out = np.take_along_axis(losses, reached, axis=0)
    return np.where(lost, np.inf, out).reshape(budget + 1, *batch)


def within(path: Trajectory, budget: int) -> Trajectory:
    """Return the part of a single run that fits into the budget."""
    last = int((path.evaluated[: int(path.last_step) + 1] <= budget).sum()) - 1
    ended = last < int(path.last_step)
    return replace(
        path,
        points=path.points[: last + 1],
        losses=path.losses[: last + 1],
        evaluated=path.evaluated[: last + 1],
        outcomes=np.array(Outcome.FINISHED if ended else path.outcomes, dtype=np.int8),
        last_step=np.array(last),
    )


@bounded_cache(maxsize=32)
def equal_race(comparison: Comparison, entries: tuple[Entry, ...]) -> Race:
    """Run the entries, each until its budget is spent."""
    paths = tuple(within(entry_runs(comparison, entry), comparison.budget) for entry in entries)
    return Race(replace(comparison.scenario, entries=entries), paths)


def final_losses(comparison: Comparison, entries: tuple[Entry, ...]) -> list[float]:
    """Return the loss of each entry when its budget is spent, infinite if it has diverged."""
    paths = equal_race(comparison, entries).trajectories
    return [math.inf if path.outcome == Outcome.DIVERGED else float(path.losses[-1]) for path in paths]


# Tuning


@dataclass(frozen=True)
class Tuning:
    """The settings tried for one entry, their losses, and the choice.

    entry       the entry with the chosen settings
    rates       (rates), or empty if there is no rate to tune
    losses      (rates, seconds): the loss when the budget was spent, with noise the median over seeds; infinite if
                diverged
    second      the full name of the second knob that was tuned, or ""
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
        """The lowest loss at each rate over all values of the second knob: (rates)."""
        return self.losses.min(axis=1)

    @property
    def best(self) -> float:
        return float(self.losses[self.chosen])

    @property
    def at_the_edge(self) -> bool:
        """Whether the best rate is the first or last that was tried, so that better rates may lie outside the range."""
        return len(self.rates) > 1 and self.chosen[0] in (0, len(self.rates) - 1)


@bounded_cache(maxsize=256)
def tune(comparison: Comparison, entry: Entry) -> Tuning:
    """Try every rate, and optionally every value of a second knob, under the same budget and by the same rule."""
    optimizer = entry.optimizer
    rate = owner_path(optimizer, RATE) if hasattr(entry.core, RATE) else ""
    rates = _of_knob(entry, rate) if rate else np.array([])
    second = _second(entry) if comparison.second_knob else ""
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


# Notes and verdict


def tuning_notes(comparison: Comparison) -> list[Sentence]:
    """Return what was tuned, over which range and by which criterion. Every figure with tuned entries prints it."""
    x, y = comparison.scenario.point
    notes = [
        Sentence(
            "Tuned: the learning rate alone, {count} values from {low:g} to {high:g}, evenly on a logarithmic axis, as "
            "far as each knob goes.",
            {"count": len(RATES), "low": float(RATES[0]), "high": float(RATES[-1])},
        )
    ]
    if comparison.second_knob:
        each = [(entry, tuning) for entry, tuning in zip(comparison.scenario.entries, tunings(comparison), strict=True)]
        over = ", ".join(
            f"{entry.core.label}: {tuning.second.rpartition('.')[2]} {tuning.seconds[0]:g}–{tuning.seconds[-1]:g}"
            for entry, tuning in each
            if tuning.second
        )
        notes[0] = Sentence(
            "Tuned: the learning rate, {count} values from {low:g} to {high:g}, evenly on a logarithmic axis, together "
            "with {most} values of one other setting ({over}).",
            {**notes[0].values, "most": SECONDS, "over": over},
        )
    notes.append(
        Sentence(
            "Every try had {budget} gradient evaluations from ({x:g}, {y:g}); the lowest loss at their end was chosen.",
            {"budget": comparison.budget, "x": x, "y": y},
        )
    )
    if comparison.noisy:
        notes.append(
            Sentence(
                "With noise it is the median of {count} seeds, none of which is shown again below.",
                {"count": TUNING_SEEDS},
            )
        )
    notes.append(Sentence("Nothing else was tuned."))
    fixed = [entry.label for entry in comparison.scenario.entries if not hasattr(entry.core, RATE)]
    if fixed:
        notes.append(Sentence("Without a learning rate: {names}.", {"names": ", ".join(fixed)}))
    edges = [
        entry.label
        for entry, tuning in zip(comparison.scenario.entries, tunings(comparison), strict=True)
        if tuning.at_the_edge
    ]
    if edges:
        notes.append(Sentence("Best at the edge of what was tried: {names}.", {"names": ", ".join(edges)}))
    return notes


def verdict(comparison: Comparison) -> Sentence:
    """Return which entries are lowest when the budget is spent, as given and tuned."""
    before, after = (
        leaders(comparison, entries) for entries in (comparison.scenario.entries, tuned_entries(comparison))
    )
    facts = {
        "before": ", ".join(before) or Sentence("none, for all diverge"),
        "after": ", ".join(after),
        "budget": comparison.budget,
        "count": len(comparison.scenario.entries),
        "tied": len(after),
    }
    if not after:
        return Sentence(
            "Every lane diverges within {budget} gradient evaluations, at every rate that was tried.", facts
        )
    if len(after) > 1:
        return Sentence(
            "Lowest after {budget} gradient evaluations, as given: {before}. With every rate tuned by the same rule, "
            "{tied} of {count} lanes end equally low: {after}.",
            facts,
        )
    if after[0] in before:
        return Sentence("{after} is lowest after {budget} gradient evaluations, both as given and tuned.", facts)
    return Sentence(
        "Lowest after {budget} gradient evaluations, as given: {before}. With every rate tuned by the same rule: "
        "{after}. The first race compared rates, not methods.",
        facts,
    )


def leaders(comparison: Comparison, entries: tuple[Entry, ...]) -> list[str]:
    """Return the names of the entries with the lowest final loss up to `TIE`; none if all diverge."""
    losses = final_losses(comparison, entries)
    start = float(comparison.scenario.landscape.value(np.array(comparison.scenario.point)))
    least = min(losses)
    if math.isinf(least):
        return []
    tie = least + TIE * abs(start - least)
    return [entry.label for entry, loss in zip(entries, losses, strict=True) if loss <= tie]


# Many seeds


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

    costs   (entries, starts): gradient evaluations until the loss stays within tolerance, infinite if it never does
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
    lowest = cast(float, landscape.minimum_value)
    low, high = np.array(landscape.domain).T[..., None]
    drawn = np.random.default_rng(comparison.scenario.seed).uniform(size=(2, comparison.starts))
    starts = low + (high - low) * drawn
    targets = lowest + comparison.tolerance * (landscape.value(starts) - lowest)
    path = entry_runs(comparison, entry, start=starts)
    at = settled_at(path.losses, targets)
    cost = np.take_along_axis(path.evaluated, np.maximum(at, 0)[None], axis=0)[0]
    solved = (at >= 0) & (path.outcomes != Outcome.DIVERGED) & (cost <= comparison.budget)
    return np.where(solved, np.maximum(cost, 1.0), np.inf)


# All computations


def rounds(comparison: Comparison) -> Iterator[list[Callable[[], Any]]]:
    """Yield rounds of independent computations that fill the caches of this module.

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


def profile_notes(comparison: Comparison) -> list[Sentence]:
    """Return the conditions under which the profile was computed."""
    return [
        Sentence(
            "{count} starts drawn evenly from the map; solved where {share:g} of the way from the start's loss to the "
            "lowest minimum is left, for good, within {budget} gradient evaluations.",
            {"count": comparison.starts, "share": comparison.tolerance, "budget": comparison.budget},
        ),
        Sentence("Settings tuned at the race's own start, and tried at all the others.")
        if comparison.use_tuned_settings
        else Sentence("Settings as given."),
    ]
