"""A network that memorises wrong labels of handwritten digits, over seeds: lesson "Early stopping"."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.networks.minibatches import epochs_of
from landscape_lab.experiments.networks.stored import Arrays, Experiment, Tolerance, grid
from landscapes.datasets import Data
from landscapes.networks import Digits, Network
from optim_core.objective import Array
from optim_core.optimizers.momentum import Momentum

EPOCHS = 80
RATE = 0.1
BATCH = 32
EXAMPLES = 500
MOST_EXAMPLES = 1297
"""With these, the digits that are not for validation are all training examples: those after `EXAMPLES` are the test
examples."""


def measured(noise: float, seed: int, epochs: int = EPOCHS) -> Arrays:
    """Train a network 64-64-10 by SGDM on digits of which the share `noise` has wrong labels.

    All arrays are (epochs + 1,). `loss` is that of the training examples, with their labels; `fits_correct` and
    `fits_wrong` are the shares of the correctly and the wrongly labelled of them for which the label is predicted, and
    `recovers` is the share of the wrongly labelled for which the true digit is predicted; both NaN if no label is
    wrong. `validation_loss` and `validation_accuracy` are measured with correct labels, `noisy_loss` is the validation
    loss where as large a share of the validation labels is wrong. `test_accuracy` is measured on further examples.
    """
    data = Digits(n=EXAMPLES, label_noise=noise, seed=seed)
    true, other = (Digits(n=n, seed=seed).train for n in (EXAMPLES, MOST_EXAMPLES))
    network = Network((64, 64, 10))
    loss = network.on(data.train, data.held_out)
    points = epochs_of(loss, Momentum(RATE), network.start(seed), epochs, BATCH, seed)
    theta = np.ascontiguousarray(points.T)
    predicted = loss.outputs(theta, data.train.features).argmax(axis=0)
    labelled, recognised = predicted == data.train.targets, predicted == true.targets
    wrong = data.train.difficulty > 0
    noisy = network.on(data.train, with_wrong_labels(data.held_out, noise, seed)).validation
    tested = loss.outputs(theta, other.features[EXAMPLES:]).argmax(axis=0)
    return {
        "loss": loss.value(theta),
        "fits_correct": _share(labelled, ~wrong),
        "fits_wrong": _share(labelled, wrong),
        "recovers": _share(recognised, wrong),
        "validation_loss": loss.validation.value(theta),
        "validation_accuracy": loss.validation.accuracy(theta),
        "noisy_loss": noisy.value(theta),
        "test_accuracy": (tested == other.targets[EXAMPLES:]).mean(axis=1),
    }


def with_wrong_labels(data: Data, share: float, seed: int) -> Data:
    """The digits with another label for a share of them."""
    rng = np.random.default_rng([seed, 3])
    wrong = rng.permutation(data.n) < round(share * data.n)
    targets = np.where(wrong, (data.targets + rng.integers(1, 10, data.n)) % 10, data.targets)
    return replace(data, targets=targets)


def short(noise: float, seed: int) -> Arrays:
    """The first three epochs."""
    return measured(noise, seed, 3)


def _share(true: NDArray[np.bool_], rows: NDArray[np.bool_]) -> Array:
    """The share of the chosen examples for which it is true: (epochs + 1, n) -> (epochs + 1,)."""
    return true[:, rows].mean(axis=1) if rows.any() else np.full(len(true), np.nan)


EXPERIMENT = Experiment(
    grid(noise=(0.2, 0.0), seed=tuple(range(24))),
    measured,
    {
        name: Tolerance(1e-3, 0.0 if name.endswith("loss") else 0.01, rows=10, mean=0.05)
        for name in (
            "loss", "fits_correct", "fits_wrong", "recovers",
            "validation_loss", "validation_accuracy", "noisy_loss", "test_accuracy",
        )
    },
    short,
)  # fmt: skip
