"""Losses, gradients, Hessian-vector products and training paths equal torch's (tests/golden/make_network_golden.py)."""

from pathlib import Path

import numpy as np
import pytest

from landscapes.networks import running_moments
from optim_core.optimizers.nesterov import Nesterov
from tests.golden.network_cases import BATCHES, NETWORKS, OPTIMIZERS, STEPS, TRAINED, data_of, theta_of

GOLDEN = np.load(Path(__file__).parents[2] / "golden" / "networks.npz")
TOLERANCE = 1e-10
EACH = pytest.mark.parametrize("name", NETWORKS)


def test_golden_file_has_every_case():
    wanted = {f"{TRAINED}/{key}" for key in OPTIMIZERS} | {f"{name}/gradient" for name in NETWORKS}
    assert wanted <= set(GOLDEN.files) and len(OPTIMIZERS) >= 12


@EACH
def test_examples_and_parameters_are_those_of_the_file(name: str):
    """Otherwise torch would have been compared with another network."""
    data = data_of(name)
    assert (data.features == GOLDEN[f"{name}/features"]).all() and (data.targets == GOLDEN[f"{name}/targets"]).all()
    assert (theta_of(name)[0] == GOLDEN[f"{name}/theta"]).all()


@EACH
def test_loss_gradient_and_hessian_vector_product_equal_those_of_torch(name: str):
    loss, theta = NETWORKS[name].on(data_of(name)), GOLDEN[f"{name}/theta"]
    np.testing.assert_allclose(loss.value(theta), GOLDEN[f"{name}/value"], rtol=1e-13)
    np.testing.assert_allclose(loss.gradient(theta), GOLDEN[f"{name}/gradient"], rtol=TOLERANCE, atol=1e-14)
    product = loss.hessian_vector(theta, GOLDEN[f"{name}/direction"])
    np.testing.assert_allclose(product, GOLDEN[f"{name}/product"], rtol=TOLERANCE, atol=1e-13)


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_first_steps_of_training_equal_those_of_torch(key: str):
    loss, optimizer = NETWORKS[TRAINED].on(data_of(TRAINED)), OPTIMIZERS[key].optimizer
    theta = GOLDEN[f"{TRAINED}/theta"]
    state, path = optimizer.init(theta), []
    for _ in range(STEPS):
        theta, state = optimizer.step(theta, state, loss)
        # torch keeps the look-ahead point as its parameter
        path.append(theta - optimizer.momentum * state["m"] if isinstance(optimizer, Nesterov) else theta)
    np.testing.assert_allclose(path, GOLDEN[f"{TRAINED}/{key}"], rtol=0, atol=TOLERANCE)
    assert np.abs(path[-1] - path[0]).max() > 1e-5


def test_running_moments_are_those_of_torch():
    loss, theta = NETWORKS["batch_norm"].on(data_of("batch_norm")), GOLDEN["batch_norm/theta"]
    moments = None
    for batch in range(BATCHES):
        minibatch = loss.on(np.arange(loss.n)[batch::2])
        moments = running_moments(moments, minibatch.moments_at(theta), minibatch.n)
    assert moments is not None
    np.testing.assert_allclose(loss.in_use(moments).value(theta), GOLDEN["batch_norm/in_use"], rtol=1e-13)
    assert abs(loss.value(theta) - GOLDEN["batch_norm/in_use"]) > 0.001
