"""Dense networks: the architecture, the names of its parameters, and their initial values."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscapes.datasets import Data
from landscapes.networks.layers import ACTIVATIONS, INITIALISATIONS, LOSSES, NORMALISATIONS
from optim_core.objective import Array

if TYPE_CHECKING:
    from landscapes.networks.network_loss import NetworkLoss

MOST_PARAMETERS = 10_000
"""A network 64-64-64-10 on digits has 8,970. 500 checkpoints of six runs then take 240 MB."""
MOST_LAYERS = 8
"""Deeper networks without skip connections hardly train, and every layer costs as much as the others."""
MOST_UNITS = 256
"""Units of one layer: their activations for 500 examples are 1 MB for each run."""


class NetworkError(ValueError):
    """Raised for an architecture that is impossible or too large; `template` and `values` are those of the sentence."""

    def __init__(self, template: str, **values: Any) -> None:
        self.template, self.values = template, values
        super().__init__(template.format(**values))


@dataclass(frozen=True)
class Tensor:
    """One array of parameters: its name, shape, and rows in theta. `layer` counts from 0."""

    name: str
    layer: int
    shape: tuple[int, ...]
    rows: slice

    @property
    def is_weight(self) -> bool:
        """Whether it is a matrix of weights, and no vector of biases, gains or shifts."""
        return len(self.shape) == 2


@final
@dataclass(frozen=True)
class Network:
    """A dense network. It holds no weights: those are theta (P, *batch), with one network in each run of the batch.

    widths          units of each layer, from the features to the outputs
    activation      of the hidden layers: see `ACTIVATIONS`
    loss            "cross_entropy" (softmax; logistic for one output) or "squared_error"
    initialisation  the distribution of the initial weights: see `INITIALISATIONS`
    normalisation   "none", "batch" or "layer": before the activation of each hidden layer, with gain and shift
    dropout         the chance of each hidden unit to be left out of a training step: see `UnitDropout`
    l2              adds l2 / 2 times the sum of the squared weights; biases, gains and shifts are not penalised
    frozen          numbers of the layers, from 1, that training leaves as they are: their rows of the gradient are 0.
                    What needs no gradient changes them all the same, such as decoupled weight decay

    The rows of theta are in the order of torch's `parameters_to_vector`: for each layer the weight (out, in), the bias,
    then the gain and the shift of its normalisation. Raises NetworkError, before anything is allocated, for an
    architecture that is impossible or too large.
    """

    widths: tuple[int, ...] = (2, 16, 16, 1)
    activation: str = "tanh"
    loss: str = "cross_entropy"
    initialisation: str = "glorot_uniform"
    normalisation: str = "none"
    dropout: float = 0.0
    l2: float = 0.0
    frozen: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        widths = tuple(self.widths) if isinstance(self.widths, Iterable) else ()
        if not 2 <= len(widths) <= MOST_LAYERS + 1:
            raise NetworkError(
                "A network has 1 to {most} layers: give 2 to {widths} widths, from the features to the outputs.",
                most=MOST_LAYERS, widths=MOST_LAYERS + 1,
            )  # fmt: skip
        for width in widths:
            if isinstance(width, bool) or not isinstance(width, int | np.integer) or not 1 <= width <= MOST_UNITS:
                raise NetworkError(
                    "A layer has 1 to {most} units, not {width}.", most=MOST_UNITS, width=f"{width!r:.20}"
                )
        object.__setattr__(self, "widths", tuple(int(width) for width in widths))
        for name, known in (
            (self.activation, ACTIVATIONS),
            (self.loss, LOSSES),
            (self.initialisation, INITIALISATIONS),
            (self.normalisation, NORMALISATIONS),
        ):
            if not isinstance(name, str) or name not in known:
                raise NetworkError("There is no “{name}”; there are {known}.",
                                   name=str(name)[:40], known=", ".join(known))  # fmt: skip
        if not 0 <= self.dropout < 1:
            raise NetworkError("The chance of dropout is at least 0 and below 1, not {value}.", value=self.dropout)
        if not 0 <= self.l2 < np.inf:
            raise NetworkError("The strength of L2 is a number from 0, not {value}.", value=self.l2)
        frozen = tuple(self.frozen) if isinstance(self.frozen, Iterable) else (self.frozen,)
        for layer in frozen:
            if isinstance(layer, bool) or not isinstance(layer, int | np.integer) or not 0 < layer < len(widths):
                raise NetworkError(
                    "There is no layer {layer} to freeze: the layers are 1 to {last}.",
                    layer=f"{layer!r:.20}", last=len(widths) - 1,
                )  # fmt: skip
        object.__setattr__(self, "frozen", tuple(sorted({int(layer) for layer in frozen})))
        if self.parameters > MOST_PARAMETERS:
            raise NetworkError(
                "The network has {count:,} parameters; {most:,} are the most. Make its layers narrower.",
                count=self.parameters, most=MOST_PARAMETERS,
            )  # fmt: skip

    @cached_property
    def tensors(self) -> tuple[Tensor, ...]:
        """All arrays of parameters, in the order of their rows."""
        made, at = list[Tensor](), 0
        for layer, (fan_in, fan_out) in enumerate(pairwise(self.widths)):
            shapes: dict[str, tuple[int, ...]] = {"weight": (fan_out, fan_in), "bias": (fan_out,)}
            if self.normalisation != "none" and layer < len(self.widths) - 2:
                shapes |= {"gain": (fan_out,), "shift": (fan_out,)}
            for name, shape in shapes.items():
                size = shape[0] * (shape[1] if len(shape) > 1 else 1)
                made.append(Tensor(f"layer{layer + 1}.{name}", layer, shape, slice(at, at + size)))
                at += size
        return tuple(made)

    @property
    def parameters(self) -> int:
        """P, the number of parameters."""
        return self.tensors[-1].rows.stop

    @cached_property
    def weight_rows(self) -> NDArray[np.bool_]:
        """Which rows of theta (P,) belong to matrices of weights."""
        rows = np.zeros(self.parameters, dtype=bool)
        for tensor in self.tensors:
            rows[tensor.rows] = tensor.is_weight
        return rows

    @cached_property
    def trained_rows(self) -> NDArray[np.bool_]:
        """Which rows of theta (P,) training changes: all but those of frozen layers."""
        rows = np.ones(self.parameters, dtype=bool)
        for tensor in self.tensors:
            rows[tensor.rows] = tensor.layer + 1 not in self.frozen
        return rows

    def start(self, seed: ArrayLike = 0) -> Array:
        """Initial parameters: (P,) for one seed, (P, *batch) for an array of seeds. Gains are 1, shifts 0."""
        seeds = np.asarray(seed)
        columns = [self._drawn(int(each)) for each in seeds.ravel()]
        return np.stack(columns, axis=-1).reshape(self.parameters, *seeds.shape)

    def _drawn(self, seed: int) -> Array:
        theta = np.zeros(self.parameters)
        rng, draw = np.random.default_rng(seed), INITIALISATIONS[self.initialisation].draw
        for layer, (fan_in, fan_out) in enumerate(pairwise(self.widths)):
            values = (*draw(rng, fan_in, fan_out), np.ones(fan_out), np.zeros(fan_out))
            for tensor, value in zip((t for t in self.tensors if t.layer == layer), values, strict=False):
                theta[tensor.rows] = value.ravel()
        return theta

    def on(self, data: Data, validation: Data | None = None) -> "NetworkLoss":
        """The mean loss over training examples as an objective. Raises NetworkError for data that does not fit."""
        from landscapes.networks.network_loss import NetworkLoss

        return NetworkLoss.over(self, data, validation)
