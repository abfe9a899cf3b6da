"""Which networks are compared with torch's: one table for the script and the test."""

import numpy as np

from landscapes.datasets import Data
from landscapes.networks import Network
from optim_core.objective import Array
from tests.golden.cases import CASES as OPTIMIZER_CASES
from tests.golden.cases import Case

NETWORKS: dict[str, Network] = {
    "logistic": Network((3, 1)),
    "tanh": Network((2, 5, 4, 1)),
    "relu_softmax": Network((4, 6, 5, 3), "relu", l2=0.05),
    "squared_error": Network((2, 5, 2), loss="squared_error"),
    "batch_norm": Network((4, 6, 5, 3), "tanh", normalisation="batch"),
    "layer_norm": Network((4, 6, 5, 3), "relu", normalisation="layer", l2=0.01),
}
TRAINED = "relu_softmax"
"""The network that the optimizers train. With batch normalisation the gradient of the biases before it is 0 but for
rounding, which optimizers that normalise a gradient by its size amplify."""
STEPS = 10
BATCHES = 3
"""Batches after which the running moments are compared."""
N = 24


def _optimizer_cases() -> dict[str, Case]:
    """The optimizers of torch, without schedules and wrappers."""
    wrapped = ("torch_adam_weight_decay", "torch_adamw_as_wrapper")
    cases = {name: case for name, case in OPTIMIZER_CASES.items() if name.startswith("torch") and not case.schedules}
    return {name: case for name, case in cases.items() if name not in wrapped}


OPTIMIZERS = _optimizer_cases()


def data_of(name: str) -> Data:
    """Examples that suit the network."""
    widths = NETWORKS[name].widths
    rng = np.random.default_rng([len(name), *widths])
    labels = np.arange(N) % max(widths[-1], 2)
    features = rng.standard_normal((N, widths[0])) + 0.5 * labels[:, None]
    return Data(features, labels.astype(float), ("",) * (widths[0] + 1), np.zeros(N))


def theta_of(name: str) -> tuple[Array, Array]:
    """A point (P,) at which no gain is 1 and no shift 0, and a direction (P,)."""
    network = NETWORKS[name]
    rng = np.random.default_rng(3)
    return network.start(1) + 0.2 * rng.standard_normal(network.parameters), rng.standard_normal(network.parameters)
