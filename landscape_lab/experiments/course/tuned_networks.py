"""Fine-tuning of a network for digits, from the stored results of two experiments of the lesson."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from landscape_lab.experiments.networks.stored import Results
from optim_core.objective import Array
from optim_core.printed import printed

Found = tuple[bool, dict[str, Any]]

ANGLES = (0, 10, 20, 30, 45, 60, 90)
EACH = (2, 5, 10, 20, 50)
ANGLE, FEW = 20, 5
"""The angle at which the numbers of examples are compared, and the number at which the angles are."""
WAYS = (("initial", 0), ("pretrained", 0), ("pretrained", 1), ("pretrained", 2))
"""Start and number of kept layers: initial weights; all layers trained, the first one kept, and both hidden ones."""
FAST, SLOW = 0.01, 0.001
TUNINGS = (("initial", 0, FAST), ("pretrained", 0, FAST), ("pretrained", 0, SLOW), ("pretrained", 1, FAST))
"""Start, number of kept layers and rate with which forgetting is measured."""
PRETRAINING: Mapping[str, str] = {
    "data": "digits(n=600)",
    "widths": "32,32",
    "batch": "0",
    "epochs": "150",
    "lanes": "adam(learning_rate=0.01)",
}
"""A link to a training like that on the old task."""
LEVELS = np.linspace(0.4, 0.9, 11)
"""Accuracies on the new task at which forgetting is compared."""
LEVEL = 0.7


@dataclass(frozen=True, eq=False)
class Curves:
    """The outcome of each way at each value of a setting: the means over the seeds, and one standard deviation below
    and above them, (settings,) each."""

    values: Any
    means: list[Array]
    lows: list[Array]
    highs: list[Array]


def curves(values: Any, outcomes: list[Array]) -> Curves:
    """The curves of outcomes (settings, seeds) of each way."""
    means = [each.mean(axis=1) for each in outcomes]
    spreads = [each.std(axis=1, ddof=1) for each in outcomes]
    pairs = [*zip(means, spreads, strict=True)]
    return Curves(values, means, [mean - spread for mean, spread in pairs], [mean + spread for mean, spread in pairs])


def accuracies(
    results: Results, start: str, kept: int, *, angle: int = ANGLE, each: int = FEW, task: str = "turned"
) -> Array:
    """The validation accuracy on the new task of each seed, at the rate with the highest mean: (seeds,)"""
    found = results["accuracy"][results.where(task=task, angle=angle, each=each, start=start, kept=kept)].astype(float)
    return found[:, found.mean(axis=0).argmax()]


def by_examples(results: Results) -> Curves:
    """The accuracy of each of `WAYS` by the number of examples of each digit."""
    return curves(EACH, [np.array([accuracies(results, *way, each=each) for each in EACH]) for way in WAYS])


def by_angle(results: Results) -> Curves:
    """The accuracy of each of `WAYS` by the angle by which the digits are turned."""
    return curves(ANGLES, [np.array([accuracies(results, *way, angle=angle) for angle in ANGLES]) for way in WAYS])


def old_accuracy(results: Results, start: str, kept: int, rate: float, level: float | None = None) -> Array:
    """The accuracy on the old task when that on the new one first reaches a level, by default at the end: (seeds,)

    NaN for a seed that never reaches it.
    """
    rows = results.where(start=start, kept=kept, rate=rate)
    new, old = results["new"][rows], results["old"][rows].astype(float)
    if level is None:
        return old[:, -1]
    reached = new >= level
    return np.where(reached.any(axis=1), old[np.arange(len(old)), reached.argmax(axis=1)], np.nan)


def while_learning(results: Results) -> Curves:
    """The accuracy on the old task of each of `TUNINGS` by that on the new one, up to where every seed arrives."""
    return curves(LEVELS, [np.array([old_accuracy(results, *way, level) for level in LEVELS]) for way in TUNINGS])


# ---- what the lesson states ----


def few_digits(results: Results) -> Found:
    """Few examples: fine-tuning is ahead. Many: it is not."""
    values: dict[str, Any] = {"angle": ANGLE, "few": EACH[0], "many": EACH[-1]}
    for name, each in (("few", EACH[0]), ("many", EACH[-1])):
        initial, tuned = (accuracies(results, *way, each=each) for way in WAYS[:2])
        values |= {f"{name}_initial": initial.mean(), f"{name}_tuned": tuned.mean(), "seeds": len(tuned)}
        values[f"{name}_wins"] = int((tuned > initial).sum())
    gains = {name: values[f"{name}_tuned"] - values[f"{name}_initial"] for name in ("few", "many")}
    holds = gains["few"] > 0.05 and values["few_wins"] > 0.8 * values["seeds"] and gains["many"] < 0.01
    return holds, values


def related_digits(results: Results) -> Found:
    """The more the digits are turned, the smaller the gain, which ends below zero."""
    angles = (0, 10, 20, 45, 90)
    gains = [
        accuracies(results, *WAYS[1], angle=angle).mean() - accuracies(results, *WAYS[0], angle=angle).mean()
        for angle in angles
    ]
    holds = bool((np.diff(gains[:4]) < 0).all() and gains[0] > 0.08 and max(gains[3:]) < 0)
    listed = ", ".join(printed(f"{100 * gain:+.1f}") for gain in gains)
    return holds, {"each": FEW, "angles": ", ".join(f"{angle}°" for angle in angles), "gains": listed}


def kept_layers(results: Results) -> Found:
    """Keeping the hidden layers helps with the same task, and is worse than training them on another one."""
    values: dict[str, Any] = {"each": FEW, "angle": ANGLE}
    for name, angle in (("same", 0), ("here", ANGLE), ("far", 45)):
        initial, free, _first, both = (float(accuracies(results, *way, angle=angle).mean()) for way in WAYS)
        values |= {f"{name}_initial": initial, f"{name}_free": free, f"{name}_kept": both}
    return bool(
        values["same_kept"] > values["same_initial"] + 0.08
        and values["same_kept"] > values["same_free"]
        and values["here_kept"] < values["here_free"] - 0.03
        and values["far_kept"] < values["far_initial"] - 0.1
    ), values


def other_digits(results: Results) -> Found:
    """Hidden layers learned from other digits are worse than random ones."""
    ways = {"initial": ("initial", 0), "free": ("pretrained", 0), "kept": ("pretrained", 2), "random": ("initial", 2)}
    values = {name: float(accuracies(results, *way, angle=0, task="others").mean()) for name, way in ways.items()}
    holds = values["kept"] < values["random"] - 0.05 and values["free"] < values["initial"]
    return holds, values | {"each": FEW}


def forgets(results: Results) -> Found:
    """A smaller rate and a kept layer forget less on the way. Each of them keeps something."""
    alone, fast, slow, kept = (
        [float(old_accuracy(results, *way, level).mean()) for level in (LEVEL, None)] for way in TUNINGS
    )
    before = float(results["old"][results.where(start="pretrained")][:, 0].mean())
    holds = fast[0] < before - 0.1 and min(slow[0], kept[0]) > fast[0] + 0.03
    holds &= min(fast[1], slow[1], kept[1]) > alone[1] + 0.1
    named = (("alone", alone), ("fast", fast), ("slow", slow), ("kept", kept))
    ends = {f"{name}_end": pair[1] for name, pair in named} | {name: pair[0] for name, pair in named}
    return holds, {"level": LEVEL, "before": before, "rate": FAST, **ends}
