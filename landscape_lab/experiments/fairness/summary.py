"""A comparison in sentences: what was tuned over what, and what came of it."""

import math

import numpy as np

from landscape_lab.experiments.fairness.comparison import Comparison, final_losses
from landscape_lab.experiments.fairness.tuning import (
    NEARBY,
    RATE,
    RATES,
    SECONDS,
    TUNING_SEEDS,
    Tuning,
    tuned_entries,
    tunings,
)
from landscape_lab.experiments.scenarios.scenario import (
    Entry,
)
from landscape_lab.experiments.scenarios.sentence import Sentence

NARROW = 10
"""A best rate is narrow if its neighbourhood leaves more than this many times as much of the way down."""
TIE = 1e-9
"""Relative to the loss difference between the start and the lowest entry: closer final losses count as equal."""


def tuning_notes(comparison: Comparison) -> list[Sentence]:
    """Return what was tuned, over which range and by which criterion. Every figure with tuned entries prints it."""
    x, y = comparison.scenario.point
    notes = [
        Sentence(
            "Tuned: only the learning rate, {count} values from {low:g} to {high:g}, evenly spaced on "
            "a logarithmic axis, within the range of each setting.",
            {"count": len(RATES), "low": float(RATES[0]), "high": float(RATES[-1])},
        )
    ]
    if comparison.second_setting:
        each = [(entry, tuning) for entry, tuning in zip(comparison.scenario.entries, tunings(comparison), strict=True)]
        over = ", ".join(
            f"{entry.core.label}: {tuning.second.rpartition('.')[2]} {tuning.seconds[0]:g}–{tuning.seconds[-1]:g}"
            for entry, tuning in each
            if tuning.second
        )
        notes[0] = Sentence(
            "Tuned: the learning rate, {count} values from {low:g} to {high:g}, evenly spaced on a "
            "logarithmic axis, together with {most} values of one other setting ({over}).",
            {**notes[0].values, "most": SECONDS, "over": over},
        )
    notes.append(
        Sentence(
            "Every trial had {budget} gradient evaluations from ({x:g}, {y:g}); the rate with the "
            "lowest loss at the end was chosen.",
            {"budget": comparison.budget, "x": x, "y": y},
        )
    )
    if comparison.noisy:
        notes.append(
            Sentence(
                "With noise this is the median over {count} seeds; the comparisons below use other seeds.",
                {"count": TUNING_SEEDS},
            )
        )
    notes.append(
        Sentence(
            "Entries are ranked by the median loss over neighbouring rates, within a factor of {factor:.2g}, where it "
            "is lowest.",
            {"factor": NEARBY},
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
        notes.append(Sentence("Best at the edge of the range that was tried: {names}.", {"names": ", ".join(edges)}))
    return notes


def verdict(comparison: Comparison) -> Sentence:
    """Return which entries are lowest when the budget is spent: as given, and tuned, where they are ranked."""
    before, after = leaders(comparison, comparison.scenario.entries), robust_leaders(comparison)
    facts = {
        "before": ", ".join(before) or Sentence("none, since all diverge"),
        "after": ", ".join(after),
        "budget": comparison.budget,
        "count": len(comparison.scenario.entries),
        "tied": len(after),
    }
    if not any(math.isfinite(tuning.best) for tuning in tunings(comparison)):
        return Sentence(
            "Every entry diverges within {budget} gradient evaluations, at every rate that was tried.", facts
        )
    if not after:
        return Sentence(
            "Lowest after {budget} gradient evaluations, as given: {before}. Near every rate that was tried "
            "most neighbouring rates diverge, so tuned entries cannot be ranked.",
            facts,
        )
    if len(after) > 1:
        return Sentence(
            "Lowest after {budget} gradient evaluations, as given: {before}. With every rate tuned by the same rule, "
            "{tied} of {count} entries end equally low, by the median over neighbouring rates: {after}.",
            facts,
        )
    if after[0] in before:
        return Sentence(
            "{after} is lowest after {budget} gradient evaluations, both as given and tuned, by the median over "
            "neighbouring rates.",
            facts,
        )
    return Sentence(
        "Lowest after {budget} gradient evaluations, as given: {before}. With every rate tuned by the same rule and by "
        "the median over neighbouring rates: {after}. The first race compared rates, not methods.",
        facts,
    )


def single_rate_winners(comparison: Comparison) -> list[Sentence]:
    """Return a sentence about each entry that is lowest at its single best rate, but not over neighbouring rates.

    Differences within the tolerance are not mentioned.
    """
    ranked, peaks = robust_leaders(comparison), leaders(comparison, tuned_entries(comparison))
    way = _way(comparison)[1]
    found = []
    for entry, tuning in zip(comparison.scenario.entries, tunings(comparison), strict=True):
        nearby = float(tuning.nearby[tuning.chosen[0]])
        if entry.label not in peaks or entry.label in ranked or nearby - tuning.best <= comparison.tolerance * way:
            continue
        values = {
            "name": entry.label,
            "rate": float(tuning.rates[tuning.chosen[0]]),
            "best": tuning.best,
            "nearby": nearby,
            "factor": NEARBY,
        }
        narrow = Sentence(
            "{name} ends lower at its single best rate, {rate:.3g}, but this optimum is narrow: the loss there is "
            "{best:.3g}, and the median over rates within a factor of {factor:.2g} is {nearby:.3g}.",
            values,
        )
        wide = Sentence(
            "{name} ends lower at its single best rate, {rate:.3g}: the loss there is {best:.3g}, and the median over "
            "rates within a factor of {factor:.2g} is {nearby:.3g}.",
            values,
        )
        found.append(narrow if is_narrow(comparison, tuning) else wide)
    return found


def is_narrow(comparison: Comparison, tuning: Tuning) -> bool:
    """Return whether the best rate of an entry is narrow.

    The median over its neighbourhood then leaves more than `NARROW` times as much of the way from the loss of the start
    down to the lowest loss as the best rate does. What is left within the tolerance counts as the tolerance.
    """
    if not tuning.rates.size or not math.isfinite(tuning.best):
        return False
    lowest, way = _way(comparison)
    left = max(tuning.best - lowest, comparison.tolerance * way)
    return bool(tuning.nearby[tuning.chosen[0]] - lowest > NARROW * left)


def _way(comparison: Comparison) -> tuple[float, float]:
    """Return the loss of the minimum, or where none is known the lowest one reached, and the way down to it."""
    landscape = comparison.scenario.landscape
    reached = min(tuning.best for tuning in tunings(comparison))
    lowest = reached if landscape.minimum_value is None else min(reached, landscape.minimum_value)
    return lowest, float(landscape.value(np.array(comparison.scenario.point))) - lowest


def leaders(comparison: Comparison, entries: tuple[Entry, ...]) -> list[str]:
    """Return the names of the entries with the lowest final loss up to `TIE`; none if all diverge."""
    return _lowest(comparison, entries, final_losses(comparison, entries))


def robust_leaders(comparison: Comparison) -> list[str]:
    """Return the names of the entries that rank first by `Tuning.robust`; none if it is finite for no entry."""
    losses = [tuning.robust for tuning in tunings(comparison)]
    return _lowest(comparison, comparison.scenario.entries, losses)


def _lowest(comparison: Comparison, entries: tuple[Entry, ...], losses: list[float]) -> list[str]:
    start = float(comparison.scenario.landscape.value(np.array(comparison.scenario.point)))
    least = min(losses)
    if math.isinf(least):
        return []
    tie = least + TIE * abs(start - least)
    return [entry.label for entry, loss in zip(entries, losses, strict=True) if loss <= tie]


def profile_notes(comparison: Comparison) -> list[Sentence]:
    """Return the conditions under which the profile was computed."""
    return [
        Sentence(
            "{count} starts drawn evenly from the map; solved where the run converges to a lowest minimum within "
            "{budget} gradient evaluations: from then on at most {share:g} of the way from the start's loss down to "
            "the minimum's is left.",
            {"count": comparison.starts, "share": comparison.tolerance, "budget": comparison.budget},
        ),
        Sentence("The settings are tuned at the start of the race and used at all other starts.")
        if comparison.use_tuned_settings
        else Sentence("Settings as given."),
    ]
