"""Training by minibatches where only some checkpoints are of interest, as in experiments over many seeds."""

import numpy as np

from landscapes.networks import NetworkLoss
from optim_core import Optimizer, run
from optim_core.objective import Array, Transparent
from optim_core.samplers.minibatch import Minibatch


def epochs_of(loss: NetworkLoss, optimizer: Optimizer, start: Array, epochs: int, batch: int, seed: int) -> Array:
    """The parameters at the start and after every epoch: (epochs + 1, P, *batch); NaN after a run has diverged."""
    every = -(-loss.n // batch)
    return run(
        _Unwatched(loss), optimizer, start, epochs * every, sampler=Minibatch(batch), seed=seed, every=every
    ).points


class _Unwatched(Transparent):
    """An objective whose values are not computed: `run` would compute the whole loss after every step."""

    def value(self, theta: Array) -> Array:
        return np.zeros(np.shape(theta)[1:])
