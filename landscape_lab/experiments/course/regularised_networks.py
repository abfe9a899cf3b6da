"""Dropout and normalisation in a network for digits, from the stored results of two experiments of the lesson."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.course.tuned_networks import Curves, curves
from landscape_lab.experiments.networks.stored import Results
from optim_core.objective import Array

Found = tuple[bool, dict[str, Any]]

CHANCES = (0.0, 0.2, 0.5)
WRONG = 0.2
"""The share of wrong labels."""
FIRST = 3
"""The first measurement that is drawn: before it, the accuracy rises steeply."""
KINDS, SIZES = ("none", "layer", "batch"), (2, 4, 8, 16, 32, 64)
SCALES, SIZE = (0.1, 10.0), 32
"""Factors of the initial weights, and the size of the batches with which they are compared."""
SMALL = 4
"""Batches that are small, but not so small that batch normalisation fails."""
WITH_DROPOUT: Mapping[str, str] = {
    "data": "digits(n=200,label_noise=0.2)",
    "widths": "64,64",
    "dropout": "0.5",
    "batch": "20",
    "epochs": "60",
    "lanes": "adam(learning_rate=0.001)",
}
IN_SMALL_BATCHES: Mapping[str, str] = {
    "data": "digits(n=256)",
    "widths": "32,32",
    "normalisation": "batch",
    "batch": "4",
    "epochs": "12",
    "lanes": "gradient_descent(learning_rate=0.1)",
}
"""Links to trainings like those of the two experiments."""
NEAR = 0.05
"""How far below the best accuracy of a kind a rate still counts as usable."""


def dropped(results: Results, wrong: float, chance: float, name: str) -> Array:
    """What was measured along the training, at the rate whose mean validation accuracy has the highest peak: (seeds,
    epochs)"""
    rows = results.where(wrong=wrong, dropout=chance)
    means = results["validation_accuracy"][rows].mean(axis=0)
    return results[name][rows][:, :, means.max(axis=0).argmax()].astype(float)


def over_epochs(results: Results) -> Curves:
    """The validation accuracy with each of `CHANCES` after each measured epoch, with wrong labels."""
    found = [dropped(results, WRONG, chance, "validation_accuracy").T[FIRST:] for chance in CHANCES]
    return curves(results["epochs"][0, FIRST:], found)


def normalised(results: Results, kind: str, size: int, name: str = "validation_accuracy", scale: float = 1.0) -> Array:
    """What was measured after training, at the rate with the highest mean validation accuracy: (seeds,)"""
    rows = results.where(normalisation=kind, batch=size, scale=scale)
    best = results["validation_accuracy"][rows].mean(axis=0).argmax()
    return results[name][rows][:, best].astype(float)


def by_size(results: Results) -> Curves:
    """The validation accuracy by the size of the batches: of each of `KINDS` as it is used, and of batch normalisation
    with the moments of the batch."""
    found = [np.array([normalised(results, kind, size) for size in SIZES]) for kind in KINDS]
    in_batches = [normalised(results, "batch", size, "validation_accuracy_in_batches") for size in SIZES]
    return curves(SIZES, [*found, np.array(in_batches)])


def largest_usable_rate(results: Results, kind: str, size: int) -> float:
    """The largest rate whose mean validation accuracy is near the best one of this kind and size."""
    means = results["validation_accuracy"][results.where(normalisation=kind, batch=size, scale=1.0)].mean(axis=0)
    usable: NDArray[np.bool_] = means >= means.max() - NEAR
    return float(f"{results['rates'][0][usable].max():.3g}")


# ---- what the lesson states ----


def memorises_less(results: Results) -> Found:
    """With wrong labels dropout costs training accuracy and gains validation accuracy at the end, not at the best."""
    (_, plain), *_others, (chance, strong) = [
        (
            chance,
            {
                "fit": dropped(results, WRONG, chance, "accuracy")[:, -1].mean(),
                "end": dropped(results, WRONG, chance, "validation_accuracy")[:, -1].mean(),
                "best": dropped(results, WRONG, chance, "validation_accuracy").mean(axis=0).max(),
            },
        )
        for chance in CHANCES
    ]
    values = {name: value for name, value in plain.items()} | {f"{name}_dropped": v for name, v in strong.items()}
    holds = strong["fit"] < plain["fit"] - 0.03 and strong["end"] > plain["end"] + 0.03
    holds &= abs(strong["best"] - plain["best"]) < 0.02
    return bool(holds), values | {"chance": chance, "epochs": int(results["epochs"][0, -1])}


def correct_labels(results: Results) -> Found:
    """With correct labels the training examples are learned at each chance, and dropout does not raise the accuracy."""
    fits = [dropped(results, 0.0, chance, "accuracy")[:, -1].mean() for chance in CHANCES]
    ends = [dropped(results, 0.0, chance, "validation_accuracy")[:, -1] for chance in CHANCES]
    means, spread = [float(end.mean()) for end in ends], float(np.mean([end.std(ddof=1) for end in ends]))
    holds = min(fits) > 0.99 and means[0] - 0.02 < min(means[1:]) and max(means[1:]) < means[0] + 0.005
    names = ("without", "weak", "strong")
    return bool(holds), dict(zip(names, means, strict=True)) | {"spread": 100 * spread, "seeds": len(ends[0])}


def batch_sizes(results: Results) -> Found:
    """Batch normalisation is ahead in large batches, and far behind in the smallest; layer normalisation never is."""
    large, small = SIZES[-1], SIZES[0]
    at = {(kind, size): float(normalised(results, kind, size).mean()) for kind in KINDS for size in SIZES}
    best = {kind: max(at[kind, size] for size in SIZES) for kind in KINDS}
    holds = at["batch", large] > at["none", large] + 0.01 and at["batch", small] < at["none", small] - 0.1
    holds &= at["layer", small] > at["none", small] - 0.02 and abs(best["batch"] - best["none"]) < 0.015
    values = {f"{kind}_{name}": at[kind, size] for kind in KINDS for name, size in (("large", large), ("small", small))}
    return holds, values | {f"{kind}_best": value for kind, value in best.items()} | {"large": large, "small": small}


def rates_and_weights(results: Results) -> Found:
    """In large batches, batch normalisation allows larger rates; and it needs less care for the initial weights."""
    large, small = SIZES[-1], SIZES[0]
    rates = {
        f"rate_{kind}_{name}": largest_usable_rate(results, kind, size)
        for kind in ("none", "batch")
        for name, size in (("large", large), ("small", small))
    }
    values: dict[str, Any] = {"large": large, "small": small, "factor": SCALES[1]} | rates
    for name, scale in zip(("tiny", "huge"), SCALES, strict=True):
        values |= {f"{name}_{kind}": float(normalised(results, kind, SIZE, scale=scale).mean()) for kind in KINDS}
    holds = rates["rate_batch_large"] > 2 * rates["rate_none_large"]
    holds &= rates["rate_batch_small"] <= rates["rate_none_small"]
    return bool(holds and all(values[f"{n}_batch"] > values[f"{n}_none"] + 0.1 for n in ("tiny", "huge"))), values


def training_and_use(results: Results) -> Found:
    """In small batches the same weights are another model in training than in use; in large ones hardly."""
    values: dict[str, Any] = {"small": SMALL, "large": SIZES[-1]}
    for name, size in (("small", SMALL), ("large", SIZES[-1])):
        for part in ("", "_in_batches"):
            accuracy = normalised(results, "batch", size, f"validation_accuracy{part}")
            loss = normalised(results, "batch", size, f"loss{part}")
            values |= {f"{name}_accuracy{part}": float(accuracy.mean()), f"{name}_loss{part}": float(loss.mean())}
    gaps = {name: values[f"{name}_accuracy"] - values[f"{name}_accuracy_in_batches"] for name in ("small", "large")}
    holds = gaps["small"] > 0.05 and abs(gaps["large"]) < 0.015
    return holds and values["small_loss_in_batches"] > 2 * values["small_loss"], values
