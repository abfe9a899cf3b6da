"""The architecture: its parameters, their initial values, and what is refused."""

from typing import Any

import numpy as np
import pytest

from landscapes.networks import Network, NetworkError
from landscapes.networks.architecture import MOST_PARAMETERS
from landscapes.networks.layers import INITIALISATIONS

VARIANCES = {
    "glorot_uniform": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "glorot_normal": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "he_uniform": lambda fan_in, fan_out: 2 / fan_in,
    "he_normal": lambda fan_in, fan_out: 2 / fan_in,
    "lecun_normal": lambda fan_in, fan_out: 1 / fan_in,
    "torch_linear": lambda fan_in, fan_out: 1 / (3 * fan_in),
    "zeros": lambda fan_in, fan_out: 0.0,
}


def test_tensors_cover_all_parameters_once_in_the_order_of_torch():
    network = Network((2, 4, 3, 1), normalisation="layer")
    assert [tensor.name for tensor in network.tensors] == [
        *("layer1.weight", "layer1.bias", "layer1.gain", "layer1.shift"),
        *("layer2.weight", "layer2.bias", "layer2.gain", "layer2.shift"),
        *("layer3.weight", "layer3.bias"),
    ]
    assert [tensor.shape for tensor in network.tensors[:2]] == [(4, 2), (4,)]
    edges = [edge for tensor in network.tensors for edge in (tensor.rows.start, tensor.rows.stop)]
    assert edges[0] == 0 and edges[1:-1:2] == edges[2::2] and edges[-1] == network.parameters
    assert network.parameters == (2 * 4 + 4 + 8) + (4 * 3 + 3 + 6) + (3 + 1)
    assert network.weight_rows.sum() == 8 + 12 + 3


@pytest.mark.parametrize("name", INITIALISATIONS)
def test_initial_weights_have_the_variance_of_their_source(name: str):
    network = Network((40, 90, 20), initialisation=name, normalisation="batch")
    theta = network.start(7)
    for tensor in network.tensors:
        values = theta[tensor.rows]
        if tensor.is_weight:
            fan_out, fan_in = tensor.shape
            variance = VARIANCES[name](fan_in, fan_out)
            assert abs(values.mean()) <= 0.1 * np.sqrt(variance)
            assert values.var() == pytest.approx(variance, rel=0.1)
            if "uniform" in name:
                assert np.abs(values).max() <= np.sqrt(3 * variance)
        elif "bias" in tensor.name and name == "torch_linear":
            assert 0 < np.abs(values).max() <= 1 / np.sqrt(network.widths[tensor.layer])
        else:
            assert (values == ("gain" in tensor.name)).all()


def test_starts_depend_on_their_own_seed_alone():
    network = Network((2, 5, 1))
    starts = network.start([[3, 4], [5, 3]])
    assert starts.shape == (network.parameters, 2, 2)
    assert (starts[:, 0, 0] == network.start(3)).all() and (starts[:, 0, 0] == starts[:, 1, 1]).all()
    assert (starts[:, 0, 0] != starts[:, 0, 1]).any()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"widths": (2,)}, "1 to 8 layers"),
        ({"widths": (2,) * 11}, "1 to 8 layers"),
        ({"widths": 5}, "1 to 8 layers"),
        ({"widths": (2, 0, 1)}, "1 to 256 units, not 0"),
        ({"widths": (2, -3, 1)}, "not -3"),
        ({"widths": (2, 10**12, 1)}, "not 1000000000000"),
        ({"widths": (2, 2.5, 1)}, "not 2.5"),
        ({"widths": (2, True, 1)}, "not True"),
        ({"widths": (2, "16", 1)}, "not '16'"),
        ({"widths": (2, float("nan"), 1)}, "not nan"),
        ({"widths": (256, 256, 256, 10)}, "134,154 parameters; 10,000 are the most"),
        ({"activation": "rleu"}, "no “rleu”; there are tanh, relu."),
        ({"loss": "hinge" * 100}, "no “hingehinge"),
        ({"initialisation": None}, "no “None”; there are glorot_uniform"),
        ({"normalisation": "{0.__class__}"}, "{0.__class__}"),
        ({"dropout": 1.0}, "below 1, not 1.0"),
        ({"dropout": float("nan")}, "not nan"),
        ({"l2": -0.1}, "not -0.1"),
        ({"l2": float("inf")}, "not inf"),
    ],
)
def test_impossible_network_is_refused_with_a_sentence(settings: dict[str, Any], words: str):
    with pytest.raises(NetworkError) as refused:
        Network(**settings)
    assert words in str(refused.value) and len(str(refused.value)) < 200
    assert str(refused.value) == refused.value.template.format(**refused.value.values)


def test_largest_network_on_digits_is_allowed():
    assert Network((64, 64, 64, 10)).parameters == 8970 <= MOST_PARAMETERS
