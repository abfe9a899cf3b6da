"""The parts of a dense network by name: activations, losses, and distributions of the initial weights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[Any]
"""Numberss of float64; of float32 in a slice; of complex numbers with infinitesimal imaginary parts in a Hessian-vector
product: see `ExampleLoss.hessian_vector`."""


@dataclass(frozen=True)
class Activation:
    """An activation function and its derivative, the latter as a function of the value."""

    label: str
    function: Callable[[Numbers], Numbers]
    slope: Callable[[Numbers], Numbers]


def _tanh(z: Numbers) -> Numbers:
    if not np.iscomplexobj(z):
        return np.tanh(z)
    a = np.tanh(np.real(z))  # its first-order Taylor expansion; np.tanh of complex numbers takes ten times longer
    return a + 1j * (np.imag(z) * (1 - a * a))


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        "tanh": Activation("tanh", _tanh, lambda a: 1 - a * a),
        # 0 at the kink, as in torch
        "relu": Activation("ReLU", lambda z: np.maximum(z, 0), lambda a: (np.real(a) > 0).astype(np.real(a).dtype)),
    }
)
"""The activations of hidden layers."""


@dataclass(frozen=True)
class OutputLoss:
    """The loss of the outputs z (runs, outputs, n) at coded targets y (outputs, n) or (runs, outputs, n).

    value  (runs,): the mean over the examples
    slope  (runs, outputs, n): its derivative
    """

    label: str
    value: Callable[[Numbers, Numbers], Numbers]
    slope: Callable[[Numbers, Numbers], Numbers]


def _cross_entropy(z: Numbers, y: Numbers) -> Numbers:
    if z.shape[1] == 1:
        return (np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))).mean(axis=(1, 2))
    largest = z.max(axis=1, keepdims=True)
    shifted = z - largest
    return (np.log(np.exp(shifted).sum(axis=1)) - (shifted * y).sum(axis=1)).mean(axis=-1)


def _cross_entropy_slope(z: Numbers, y: Numbers) -> Numbers:
    n = z.shape[-1]
    if z.shape[1] == 1:
        return ((1 + _tanh(z / 2)) / 2 - y) / n  # the logistic function, without overflow
    p = np.exp(z - np.real(z).max(axis=1, keepdims=True))
    return (p / p.sum(axis=1, keepdims=True) - y) / n


LOSSES: Mapping[str, OutputLoss] = MappingProxyType(
    {
        "cross_entropy": OutputLoss("cross-entropy", _cross_entropy, _cross_entropy_slope),
        "squared_error": OutputLoss(
            "squared error",
            lambda z, y: ((z - y) ** 2).mean(axis=(1, 2)),
            lambda z, y: (z - y) * (2 / (z.shape[1] * z.shape[2])),
        ),
    }
)
"""The losses: softmax cross-entropy (logistic for one output), and the mean of squares over examples and outputs."""


@dataclass(frozen=True)
class Initialisation:
    """A distribution of initial weights: `draw(rng, fan_in, fan_out)` gives weights (fan_out, fan_in) and biases."""

    label: str
    source: str
    draw: Callable[[np.random.Generator, int, int], tuple[Numbers, Numbers]]


def _normal(
    variance: Callable[[int, int], float],
) -> Callable[[np.random.Generator, int, int], tuple[Numbers, Numbers]]:
    def draw(rng: np.random.Generator, fan_in: int, fan_out: int) -> tuple[Numbers, Numbers]:
        weights = rng.standard_normal((fan_out, fan_in)) * np.sqrt(variance(fan_in, fan_out))
        return weights, np.zeros(fan_out)

    return draw


def _uniform(
    variance: Callable[[int, int], float],
) -> Callable[[np.random.Generator, int, int], tuple[Numbers, Numbers]]:
    def draw(rng: np.random.Generator, fan_in: int, fan_out: int) -> tuple[Numbers, Numbers]:
        bound = np.sqrt(3 * variance(fan_in, fan_out))
        return rng.uniform(-bound, bound, (fan_out, fan_in)), np.zeros(fan_out)

    return draw


def _torch_linear(rng: np.random.Generator, fan_in: int, fan_out: int) -> tuple[Numbers, Numbers]:
    bound = 1 / np.sqrt(fan_in)
    return rng.uniform(-bound, bound, (fan_out, fan_in)), rng.uniform(-bound, bound, fan_out)


def _glorot(fan_in: int, fan_out: int) -> float:
    return 2 / (fan_in + fan_out)


def _he(fan_in: int, fan_out: int) -> float:
    return 2 / fan_in


def _lecun(fan_in: int, fan_out: int) -> float:
    return 1 / fan_in


_GLOROT = "Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward neural networks, eq. "
_HE = "He et al. 2015, Delving deep into rectifiers, eq. 10"

INITIALISATIONS: Mapping[str, Initialisation] = MappingProxyType(
    {
        "glorot_uniform": Initialisation("Glorot, uniform", f"{_GLOROT}16", _uniform(_glorot)),
        "glorot_normal": Initialisation("Glorot, normal", f"{_GLOROT}12", _normal(_glorot)),
        "he_uniform": Initialisation("He, uniform", _HE, _uniform(_he)),
        "he_normal": Initialisation("He, normal", _HE, _normal(_he)),
        "lecun_normal": Initialisation(
            "LeCun, normal", "LeCun, Bottou, Orr and Müller 1998, Efficient backprop, eq. 16", _normal(_lecun)
        ),
        "torch_linear": Initialisation("PyTorch's default", "torch.nn.Linear", _torch_linear),
        "zeros": Initialisation(
            "Zeros",
            "Goodfellow, Bengio and Courville 2016, Deep learning, section 8.4: equal units stay equal",
            lambda rng, fan_in, fan_out: (np.zeros((fan_out, fan_in)), np.zeros(fan_out)),
        ),
    }
)
"""The distributions of the initial weights; biases begin at 0, except in PyTorch's default."""

NORMALISATIONS: Mapping[str, int | None] = MappingProxyType({"none": None, "batch": -1, "layer": -2})
"""The axis of (runs, units, n) that a normalisation averages: the examples of a batch, or the units of a layer.

Ioffe and Szegedy 2015, Batch normalization; Ba, Kiros and Hinton 2016, Layer normalization."""
