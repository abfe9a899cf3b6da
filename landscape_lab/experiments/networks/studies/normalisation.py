"""Batch and layer normalisation by the size of the batches, for lesson 18."""

from typing import Any

import numpy as np

from landscape_lab.experiments.networks.stored import Arrays, Experiment, Tolerance, grid
from landscapes.networks import Digits, Network, NetworkLoss, running_moments
from optim_core import GradientDescent, Minibatch
from optim_core.objective import Array

WIDTHS = (64, 32, 32, 10)
EXAMPLES, EPOCHS = 256, 12
RATES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
STABLE = 3
"""How many of the rates are small enough for every kind."""
SEEDS = tuple(range(6))
KINDS, SIZES = ("none", "layer", "batch"), (2, 4, 8, 16, 32, 64)
SCALES, SIZE = (0.1, 10.0), 32
"""Factors of the initial weights, and the size of the batches with which they are compared."""


def measured(normalisation: str, batch: int, scale: float, seed: int, rates: tuple[float, ...] = RATES) -> Arrays:
    """Losses and accuracies after the last epoch, for each of the rates: (rates,).

    batch  the size of the batches
    scale  the factor of the initial weights

    "loss" and "validation_accuracy" are measured as the network is used, with running moments. For the two with
    "_in_batches" the moments are those of batches of the same size, as in training.
    """
    data = Digits(n=EXAMPLES, validation=500, seed=seed)
    network = Network(WIDTHS, normalisation=normalisation)
    loss = network.on(data.train, data.held_out)
    start = np.where(network.weight_rows, scale, 1.0) * network.start(seed)
    theta = np.repeat(start[:, None], len(rates), axis=1)
    optimizer, sampler, moments = GradientDescent(np.array(rates)), Minibatch(batch), None
    state = optimizer.init(theta)
    with np.errstate(all="ignore"):  # rates that are too large
        for t in range(EPOCHS * EXAMPLES // batch):
            step: Any = sampler.at(loss, t, seed)
            moments = running_moments(moments, step.moments_at(theta), step.n)
            theta, state = optimizer.step(theta, state, step)
        return {
            "rates": rates,
            "loss": loss.in_use(moments or ()).value(theta),
            "loss_in_batches": in_batches(loss, batch, theta)[0],
            "validation_accuracy": loss.validation.in_use(moments or ()).accuracy(theta),
            "validation_accuracy_in_batches": in_batches(network.on(data.held_out), batch, theta)[1],
        }


def short(normalisation: str, batch: int, scale: float, seed: int) -> Arrays:
    """The smaller rates. Training at a rate that is too large amplifies rounding errors."""
    return measured(normalisation, batch, scale, seed, RATES[:STABLE])


def in_batches(loss: NetworkLoss, size: int, theta: Array) -> Array:
    """The mean loss and accuracy over whole batches, each with its own moments: (2, rates)."""
    parts = [loss.on(np.arange(i, i + size)) for i in range(0, loss.n - size + 1, size)]
    return np.mean([(part.value(theta), part.accuracy(theta)) for part in parts], axis=0)


EXPERIMENT = Experiment(
    (
        # the quickest case first, which every run of the tests computes again
        *grid(batch=SIZES[::-1], normalisation=KINDS[::-1], scale=(1.0,), seed=SEEDS),
        *grid(batch=(SIZE,), normalisation=KINDS, scale=SCALES, seed=SEEDS),
    ),
    measured,
    {
        "rates": Tolerance(1e-6),
        **{name: Tolerance(0.05, 1e-3, rows=STABLE) for name in ("loss", "loss_in_batches")},
        **{
            name: Tolerance(0, 0.02, rows=STABLE, mean=0.05)
            for name in ("validation_accuracy", "validation_accuracy_in_batches")
        },
    },
    short,
)
