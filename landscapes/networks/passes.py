"""The forward and the backward pass of a dense network, for all runs of a batch by matrix products.

Shapes: x (features, n) or (runs, features, n); z and a (runs, units, n).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from landscapes.networks.architecture import Network
from landscapes.networks.layers import ACTIVATIONS, NORMALISATIONS, Numbers

EPSILON = 1e-5
"""Added to variances before the root is taken, as in torch."""

Moments = tuple[tuple[Numbers, Numbers], ...]
"""Mean and variance of each hidden layer before it is normalised: (runs, units, 1) each."""


class Layer(NamedTuple):
    """The parameters of a layer: weight (runs, out, in), all others (runs, out, 1)."""

    weight: Numbers
    bias: Numbers
    gain: Any = None  # with normalisation
    shift: Any = None


@dataclass(frozen=True)
class Hidden:
    """What the backward pass needs of a hidden layer."""

    inputs: Numbers
    activation: Numbers
    mask: Numbers | None
    normalised: Any  # an array, or None without normalisation, as is the deviation
    deviation: Any
    moments: tuple[Numbers, Numbers] | None


def layers_of(network: Network, rows: Numbers) -> list[Layer]:
    """The layers with the parameters of each run: rows (runs, P)."""
    arrays = [rows[:, t.rows].reshape(len(rows), t.shape[0], -1) for t in network.tensors]
    depth = len(network.widths) - 1
    return [
        Layer(*(a for a, t in zip(arrays, network.tensors, strict=True) if t.layer == layer)) for layer in range(depth)
    ]


def forward(
    network: Network,
    layers: Sequence[Layer],
    x: Numbers,
    masks: Sequence[Numbers] = (),
    moments: Moments | None = None,
    first: Numbers | None = None,
) -> tuple[Numbers, Numbers, list[Hidden]]:
    """The outputs (runs, outputs, n), the inputs of the last layer, and the record of the hidden layers.

    masks    factors of the units of each hidden layer, (units, n) or (runs, units, n)
    moments  fixed means and variances of batch normalisation; by default those of these examples
    first    the products of the first layer, if they are known
    """
    function, axis = ACTIVATIONS[network.activation].function, NORMALISATIONS[network.normalisation]
    a, record = x, list[Hidden]()
    for i, layer in enumerate(layers):
        z = first if i == 0 and first is not None else layer.weight @ a + layer.bias
        if i == len(layers) - 1:
            return z, a, record
        normalised = deviation = found = None
        if axis is not None:
            mean = moments[i][0] if moments else mean_of(z, axis)
            centred = z - mean
            found = mean, moments[i][1] if moments else mean_of(centred * centred, axis)
            deviation = np.sqrt(found[1] + EPSILON)
            normalised = centred / deviation
            z = layer.gain * normalised + layer.shift
        activation, mask = function(z), masks[i] if masks else None
        record.append(Hidden(a, activation, mask, normalised, deviation, found))
        a = activation if mask is None else activation * mask
    raise ValueError("a network has at least one layer")


def mean_of(z: Numbers, axis: int) -> Numbers:
    """The mean along an axis, which is kept. `np.mean` takes twice as long for a minibatch."""
    return z.sum(axis=axis, keepdims=True) / z.shape[axis]


def backward(
    network: Network, layers: Sequence[Layer], last: Numbers, record: Sequence[Hidden], d: Numbers, fixed: bool
) -> Numbers:
    """The gradient (runs, P), from the derivative `d` (runs, outputs, n) of the loss by the outputs.

    Rumelhart, Hinton and Williams 1986; through the moments of a normalisation unless they are `fixed`: Ioffe and
    Szegedy 2015, section 3.
    """
    slope, axis = ACTIVATIONS[network.activation].slope, NORMALISATIONS[network.normalisation]
    found = list[Numbers]()  # from the last tensor to the first
    for i in reversed(range(len(layers))):
        a = record[i].inputs if i < len(record) else last
        if i < len(record):
            hidden = record[i]
            if hidden.mask is not None:
                d = d * hidden.mask
            d = d * slope(hidden.activation)
            if axis is not None:
                found += [d.sum(axis=-1), (d * hidden.normalised).sum(axis=-1)]
                d = d * layers[i].gain
                if not fixed:
                    along = mean_of(d * hidden.normalised, axis)
                    d = d - mean_of(d, axis) - hidden.normalised * along
                d = d / hidden.deviation
        found += [d.sum(axis=-1), d @ a.swapaxes(-1, -2)]
        if i:
            d = layers[i].weight.swapaxes(-1, -2) @ d
    return np.concatenate([each.reshape(len(d), -1) for each in reversed(found)], axis=1)
