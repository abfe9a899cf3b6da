"""A comparison in sentences: what was tuned over what, and what came of it."""

import math

import numpy as np

from landscape_lab.experiments.fairness.comparison import Comparison, final_losses
from landscape_lab.experiments.fairness.tuning import RATE, RATES, SECONDS, TUNING_SEEDS, tuned_entries, tunings
from landscape_lab.experiments.scenarios.scenario import (
    Entry,
)
from landscape_lab.experiments.scenarios.sentence import Sentence

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
    if comparison.second_knob:
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
    """Return which entries are lowest when the budget is spent, as given and tuned."""
    before, after = (
        leaders(comparison, entries) for entries in (comparison.scenario.entries, tuned_entries(comparison))
    )
    facts = {
        "before": ", ".join(before) or Sentence("none, since all diverge"),
        "after": ", ".join(after),
        "budget": comparison.budget,
        "count": len(comparison.scenario.entries),
        "tied": len(after),
    }
    if not after:
        return Sentence(
            "Every entry diverges within {budget} gradient evaluations, at every rate that was tried.", facts
        )
    if len(after) > 1:
        return Sentence(
            "Lowest after {budget} gradient evaluations, as given: {before}. With every rate tuned by the same rule, "
            "{tied} of {count} entries end equally low: {after}.",
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
