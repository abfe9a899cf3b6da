"""Dropout of hidden units on few digits, with correct and with wrong labels, for lesson 18."""

import numpy as np

from landscape_lab.experiments.networks.stored import Arrays, Experiment, Tolerance, grid
from landscapes.networks import Digits, Network, UnitDropout
from optim_core import Adam, Minibatch, run

WIDTHS = (64, 64, 64, 10)
EXAMPLES, BATCH = 200, 20
EPOCHS, EVERY = 60, 2
"""Passes over the examples, and how many of them lie between two measurements."""
RATES = (0.001, 0.003, 0.01)
SHORT = 2


def measured(wrong: float, dropout: float, seed: int, count: int = EPOCHS // EVERY + 1) -> Arrays:
    """Loss and accuracy of training and validation examples after every second epoch, without dropout: (count, rates).

    wrong  the share of training examples with a wrong label
    """
    data = Digits(n=EXAMPLES, validation=500, seed=seed, label_noise=wrong)
    loss, every = Network(WIDTHS, dropout=dropout).on(data.train, data.held_out), EVERY * EXAMPLES // BATCH
    path = run(
        loss, Adam(np.array(RATES)), loss.network.start(seed), every * (count - 1),
        sampler=UnitDropout(Minibatch(BATCH)), seed=seed, every=every,
    )  # fmt: skip
    theta = np.moveaxis(path.points, 1, 0)
    return {
        "epochs": np.arange(count) * EVERY,
        "rates": np.broadcast_to(RATES, (count, len(RATES))),
        "loss": loss.value(theta),
        "accuracy": loss.accuracy(theta),
        "validation_loss": loss.validation.value(theta),
        "validation_accuracy": loss.validation.accuracy(theta),
    }


def short(wrong: float, dropout: float, seed: int) -> Arrays:
    """The first checkpoints."""
    return measured(wrong, dropout, seed, SHORT)


EXPERIMENT = Experiment(
    grid(wrong=(0.0, 0.2), dropout=(0.0, 0.2, 0.5), seed=tuple(range(8))),
    measured,
    {
        "epochs": Tolerance(0),
        "rates": Tolerance(1e-6),
        **{name: Tolerance(1e-3, 1e-3, rows=SHORT, mean=0.05) for name in ("loss", "validation_loss")},
        **{name: Tolerance(0, 0.02, rows=SHORT, mean=0.02) for name in ("accuracy", "validation_accuracy")},
    },
    short,
)
