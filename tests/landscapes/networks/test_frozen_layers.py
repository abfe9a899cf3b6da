"""Layers that training leaves as they are."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from landscapes.networks import Moons, Network, NetworkError, UnitDropout, sharpness
from landscapes.networks.layers import NORMALISATIONS
from optim_core import Adam, DecoupledDecay, Lookahead, Minibatch, Momentum, run

WIDTHS = (2, 4, 3, 1)
DATA = Moons(n=20)


def losses(normalisation: str = "none") -> tuple[Any, Any]:
    """The loss of a network, and of the same one with its first and its last layer frozen."""
    network = Network(WIDTHS, normalisation=normalisation, l2=0.1, dropout=0.2)
    return network.on(DATA.train), replace(network, frozen=(3, 1)).on(DATA.train)


@pytest.mark.parametrize("normalisation", NORMALISATIONS)
def test_gradient_is_zero_in_frozen_layers_and_unchanged_in_the_others(normalisation: str):
    free, frozen = losses(normalisation)
    theta = free.network.start([1, 2])
    trained = frozen.network.trained_rows
    rows = np.arange(5)
    for one, other in ((free, frozen), (free.on(rows), frozen.on(rows)), (free.dropped(1, 2), frozen.dropped(1, 2))):
        expected, found = one.gradient(theta), other.gradient(theta)
        assert np.abs(expected[~trained]).max() > 0 and (found[~trained] == 0).all()
        assert (found[trained] == expected[trained]).all()
        assert (one.value(theta) == other.value(theta)).all()


def test_frozen_rows_are_those_of_the_named_layers():
    network = Network(WIDTHS, normalisation="batch", frozen=(2, 2))
    assert network.frozen == (2,)
    kept = {tensor.name for tensor in network.tensors if not network.trained_rows[tensor.rows].any()}
    assert kept == {f"layer2.{name}" for name in ("weight", "bias", "gain", "shift")}
    assert Network(WIDTHS).trained_rows.all()


def test_hessian_is_that_of_the_trained_parameters():
    free, frozen = losses()
    theta, trained = free.network.start(3), frozen.network.trained_rows
    expected = np.where(trained[:, None] & trained, free.hessian(theta), 0)
    np.testing.assert_allclose(frozen.hessian(theta), expected, rtol=1e-12, atol=1e-14)
    assert sharpness(frozen, theta) == pytest.approx(np.linalg.eigvalsh(expected)[-1], rel=2e-3)


@pytest.mark.parametrize("optimizer", [Momentum(0.3), Adam(0.05), Lookahead(Adam(0.05))])
def test_training_changes_the_other_layers_alone(optimizer: Any):
    _, frozen = losses()
    start = frozen.network.start(0)
    end = run(frozen, optimizer, start, 6, sampler=UnitDropout(Minibatch(8))).points[-1]
    assert ((end != start) == frozen.network.trained_rows).all()


def test_decoupled_decay_does_not_need_a_gradient():
    _, frozen = losses()
    start = frozen.network.start(0)
    end = run(frozen, DecoupledDecay(Adam(0.05), weight_decay=0.1), start, 1).points[-1]
    shrunk = ~frozen.network.trained_rows & (start != 0)
    assert shrunk.any() and (np.abs(end[shrunk]) < np.abs(start[shrunk])).all()


@pytest.mark.parametrize("frozen", [(0,), (4,), (-1,), ("1",), (True,), (1.0,), 7, "12"])
def test_impossible_layer_is_refused_with_a_sentence(frozen: Any):
    with pytest.raises(NetworkError, match="to freeze: the layers are 1 to 3") as refused:
        Network(WIDTHS, frozen=frozen)
    assert str(refused.value) == refused.value.template.format(**refused.value.values)
