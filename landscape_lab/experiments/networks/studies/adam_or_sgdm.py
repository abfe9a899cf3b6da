"""Adam and SGDM on handwritten digits over learning rates, batch sizes and seeds: lesson "Adam or SGDM"."""

import numpy as np

from landscape_lab.experiments.networks.minibatches import epochs_of
from landscape_lab.experiments.networks.stored import Arrays, Experiment, Tolerance, grid
from landscapes.networks import Digits, Network, NetworkLoss, sharpness
from optim_core.objective import Array
from optim_core.optimizers.adam import Adam
from optim_core.optimizers.momentum import Momentum

EPOCHS = 60
EXAMPLES = 500
SGDM_RATES = np.array([0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0])
RATES = np.stack([SGDM_RATES, SGDM_RATES / 10], axis=1)
"""The learning rates of SGDM and Adam: (rates, methods)."""
LOW = 0.1
"""The training loss of which the epochs until it is reached are counted."""


METHODS = (Momentum, Adam)


def measured(noise: float, batch: int, seed: int, rates: Array = RATES) -> Arrays:
    """Train a network 64-64-10 by the methods of the columns of `rates`.

    All arrays are (rates, methods), at the end if not stated otherwise: `loss` and `accuracy` of the training examples,
    `validation_loss`, `validation_accuracy`, `sharpness`; `best` is the highest validation accuracy after any epoch,
    and `reached` the first epoch after which the training loss is below `LOW`, NaN if there is none. `rates` are the
    rates, and `before` is the sharpness before training.
    """
    data = Digits(n=EXAMPLES, validation=500, label_noise=noise, seed=seed)
    network = Network((64, 64, 10))
    loss, begin = network.on(data.train, data.held_out), network.start(seed)
    start = np.repeat(begin[:, None], len(rates), axis=1)
    found = [
        _trained(epochs_of(loss, method(own), start, EPOCHS, batch, seed), loss)
        for method, own in zip(METHODS, rates.T, strict=False)
    ]
    arrays = {name: np.stack([each[name] for each in found], axis=1) for name in found[0]}
    return arrays | {"rates": rates, "before": sharpness(loss, begin)}


def _trained(points: Array, loss: NetworkLoss) -> dict[str, Array]:
    """The measurements of one method from its parameters (epochs + 1, P, rates)."""
    every, end = np.moveaxis(points, 1, 0), points[-1]
    validation = loss.validation
    with np.errstate(all="ignore"):
        losses, accuracies = loss.value(every), validation.accuracy(every)
    below = losses < LOW
    return {
        "loss": losses[-1],
        "accuracy": loss.accuracy(end),
        "validation_loss": validation.value(end),
        "validation_accuracy": accuracies[-1],
        "sharpness": sharpness(loss, end),
        "best": accuracies.max(axis=0),
        "reached": np.where(below.any(axis=0), below.argmax(axis=0), np.nan),
    }


def short(noise: float, batch: int, seed: int) -> Arrays:
    """SGDM at the lowest rate only."""
    return measured(noise, batch, seed, RATES[:1, :1])


SEEDS = tuple(range(16))
EXPERIMENT = Experiment(
    (*grid(noise=(0.0, 0.2), batch=(32,), seed=SEEDS), *grid(noise=(0.0,), batch=(250,), seed=SEEDS)),
    measured,
    {
        **dict.fromkeys(("loss", "validation_loss", "sharpness"), Tolerance(0.01, rows=4)),
        **dict.fromkeys(("accuracy", "validation_accuracy", "best"), Tolerance(0, 0.01, rows=4)),
        "reached": Tolerance(0, 2, rows=4),
        "rates": Tolerance(),
        "before": Tolerance(0.01),
    },
    short,
)
