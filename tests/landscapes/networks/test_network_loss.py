"""The loss of a network: derivatives, batches of runs, minibatches, dropout, normalisation, and closed forms."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from landscapes import DATA_LOSSES, read_csv
from landscapes.datasets import Data
from landscapes.networks import Moons, Network, NetworkError, UnitDropout, own_examples, running_moments
from landscapes.networks import network_loss as module
from landscapes.networks.layers import ACTIVATIONS, LOSSES, NORMALISATIONS
from landscapes.networks.network_loss import NetworkLoss
from optim_core import SAMPLERS, Adam
from optim_core.objective import Array

COMBINATIONS = list(product(ACTIVATIONS, LOSSES, NORMALISATIONS, (1, 3), (0.0, 0.4)))


def data_for(network: Network, n: int = 14) -> Data:
    rng = np.random.default_rng(network.widths)
    targets = np.arange(n) % max(network.widths[-1], 2)
    features = rng.standard_normal((n, network.widths[0])) + targets[:, None]
    return Data(features, targets.astype(float), ("",) * (network.widths[0] + 1), np.zeros(n))


def loss_of(network: Network) -> NetworkLoss:
    data = data_for(network)
    return network.on(data, data.on(np.arange(5)))


def points(network: Network, *batch: int, seed: int = 0) -> Array:
    """Parameters (P, *batch) that are in no special position."""
    rng = np.random.default_rng(seed)
    start = network.start(np.arange(int(np.prod(batch))).reshape(batch))
    return start + 0.2 * rng.standard_normal(start.shape)


def basis(theta: Array) -> tuple[Array, Array]:
    """The same point P times, (P, P), and all unit vectors."""
    return np.repeat(theta[:, None], len(theta), axis=1), np.eye(len(theta))


@pytest.mark.parametrize(("activation", "loss", "normalisation", "outputs", "dropout"), COMBINATIONS)
def test_gradient_and_hessian_agree_with_central_differences(
    activation: str, loss: str, normalisation: str, outputs: int, dropout: float
):
    network = Network((3, 4, 3, outputs), activation, loss, normalisation=normalisation, dropout=dropout, l2=0.1)
    objective: Any = loss_of(network).dropped(3, 5)  # a fixed mask
    assert bool(objective.masks) == (dropout > 0)
    theta = points(network)
    same, unit = basis(theta)
    h = 1e-6
    slopes = (objective.value(same + h * unit) - objective.value(same - h * unit)) / (2 * h)
    np.testing.assert_allclose(objective.gradient(theta), slopes, rtol=1e-6, atol=1e-8)
    hessian = objective.hessian(theta)
    bends = (objective.gradient(same + h * unit) - objective.gradient(same - h * unit)) / (2 * h)
    np.testing.assert_allclose(hessian, bends, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(("normalisation", "dropout"), list(product(NORMALISATIONS, (0.0, 0.4))))
def test_batch_of_runs_gives_the_bits_of_single_runs(
    normalisation: str, dropout: float, monkeypatch: pytest.MonkeyPatch
):
    """Each matrix product of a run is a call of BLAS of its own, of the same shape."""
    network = Network((3, 7, 5, 3), normalisation=normalisation, dropout=dropout, l2=0.01)
    loss = loss_of(network)
    theta, v = points(network, 2, 3), points(network, 2, 3, seed=1)
    rows = np.random.default_rng(0).integers(loss.n, size=(8, 6))
    cases: list[Any] = [(loss, lambda i: loss), (loss.dropped(2, 9), lambda i: loss.dropped(2, 9))]
    cases.append((loss.dropped(2, range(6)), lambda i: loss.dropped(2, i)))
    cases.append((loss.on(rows), lambda i: loss.on(rows[:, i])))
    cases.append((loss.validation, lambda i: loss.validation))
    for most in (10**9, 1):  # all runs together, and each of them alone
        monkeypatch.setattr(module, "MOST_AT_ONCE", most)
        for together, alone in cases:
            value, accuracy = together.value(theta), together.accuracy(theta)
            for i, at in enumerate(np.ndindex(2, 3)):
                single = theta[:, *at]
                assert value[at] == alone(i).value(single) and accuracy[at] == alone(i).accuracy(single)
            if together is not loss.validation:
                gradient, curved = together.gradient(theta), together.hessian_vector(theta, v)
                for i, at in enumerate(np.ndindex(2, 3)):
                    assert (gradient[:, *at] == alone(i).gradient(theta[:, *at])).all()
                    product = alone(i).hessian_vector(theta[:, *at], v[:, *at])
                    assert (curved[:, *at] == product).all()


def test_network_without_hidden_layer_is_logistic_regression():
    built = DATA_LOSSES["logistic_regression"].with_parameters(l2=0.2)
    loss = Network((2, 1), l2=0.2).on(built.data, built.held_out)
    theta = np.random.default_rng(0).normal(size=(2, 4))
    ours = np.concatenate([theta, np.zeros((1, 4))])
    np.testing.assert_allclose(loss.value(ours), built.value(theta), rtol=1e-13)
    np.testing.assert_allclose(loss.gradient(ours)[:2], built.gradient(theta), rtol=1e-12)
    np.testing.assert_allclose(loss.hessian(ours)[:2, :2], built.hessian(theta), rtol=1e-12)
    np.testing.assert_allclose(loss.validation.value(ours), built.validation.value(theta), rtol=1e-13)


def test_softmax_of_two_classes_is_the_logistic_function_of_the_difference():
    data = Moons(n=20).train
    two, one = Network((2, 2)), Network((2, 1))
    w = np.random.default_rng(0).normal(size=(2, 3))
    difference = np.concatenate([w[1, :2] - w[0, :2], [w[1, 2] - w[0, 2]]])
    both = np.concatenate([w[:, :2].ravel(), w[:, 2]])
    np.testing.assert_allclose(two.on(data).value(both), one.on(data).value(difference), rtol=1e-13)
    assert two.on(data).accuracy(both) == one.on(data).accuracy(difference)


def test_network_without_hidden_layer_by_squared_error_is_solved_by_least_squares():
    data = Moons(n=40).train
    loss = Network((2, 1), loss="squared_error").on(data)
    design, y = np.column_stack([data.features, np.ones(40)]), 2 * data.targets - 1  # two classes are −1 and 1
    solution: Any = np.linalg.lstsq(design, y, rcond=None)
    theta, residuals = solution[:2]
    assert loss.value(theta) == pytest.approx(residuals[0] / 40, rel=1e-12)
    assert np.abs(loss.gradient(theta)).max() < 1e-14
    assert loss.accuracy(theta) == ((design @ theta > 0) == (y > 0)).mean()


@pytest.mark.parametrize("loss", LOSSES)
def test_large_outputs_give_finite_losses_and_gradients(loss: str):
    for outputs in (1, 3):
        objective = loss_of(Network((2, outputs), loss=loss))
        theta = np.full(objective.network.parameters, 1e4) * np.where(
            np.arange(objective.network.parameters) % 2, 1, -1
        )
        assert np.isfinite(objective.value(theta)) and np.isfinite(objective.gradient(theta)).all()


def test_minibatch_is_the_loss_over_its_examples():
    network = Network((3, 4, 3), normalisation="batch", l2=0.1)
    loss, theta, rows = loss_of(network), points(network), np.array([5, 1, 1, 7])
    direct = network.on(loss.data.on(rows))
    assert loss.on(rows).value(theta) == direct.value(theta) and loss.on(rows).n == 4
    assert (loss.on(rows).gradient(theta) == direct.gradient(theta)).all()
    plain = Network((3, 4, 3))
    loss, theta = loss_of(plain), points(plain)
    halves = [loss.on(np.arange(loss.n)[i::2]).gradient(theta) for i in (0, 1)]
    np.testing.assert_allclose(sum(halves) / 2, loss.gradient(theta), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("seed", [3, np.array([3, 4])])
def test_samplers_of_the_registry_choose_examples(seed: Any):
    network = Network((3, 4, 3))
    loss = loss_of(network)
    theta = points(network) if np.ndim(seed) == 0 else points(network, 2)
    for key in ("minibatch", "in_order", "curriculum", "dropout"):
        chosen = SAMPLERS[key]().at(loss, 1, seed)
        assert chosen.gradient(theta).shape == theta.shape, key


def test_masked_features_count_as_zero():
    network = Network((3, 4, 3))
    loss, theta = loss_of(network), points(network)
    keep = np.ones((loss.n, 3))
    keep[:, 1] = 0.0
    theta_without = theta.copy()
    theta_without[network.tensors[0].rows] = (theta[:12].reshape(4, 3) * [1, 0, 1]).ravel()
    assert loss.masked(keep).value(theta) == pytest.approx(loss.value(theta_without), rel=1e-14)


def test_dropout_masks_depend_on_seed_and_step_and_keep_the_mean():
    network = Network((3, 50, 40, 3), dropout=0.3)
    loss = loss_of(network)
    first, again, later, other = (loss.dropped(t, s).masks for t, s in ((1, 5), (1, 5), (2, 5), (1, 6)))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert (first[0] != later[0]).any() and (first[0] != other[0]).any()
    assert set(np.unique(first[0])) == {0.0, 1 / 0.7} and first[1].mean() == pytest.approx(1.0, abs=0.05)
    linear = replace(network, widths=(3, 50, 1), loss="squared_error")
    loss, theta = loss_of(linear), points(linear)
    z = np.mean([loss.dropped(t, 0)._forward(loss._rows(theta))[0] for t in range(2000)], axis=0)
    np.testing.assert_allclose(z, loss._forward(loss._rows(theta))[0], atol=0.15)
    assert loss.validation.masks == ()


def test_sampler_drops_units_of_the_examples_that_another_one_chose():
    network = Network((3, 6, 3), dropout=0.5)
    loss, theta = loss_of(network), points(network)
    inner = SAMPLERS["minibatch"](size=4)
    chosen = UnitDropout(inner).at(loss, 2, 1)
    expected: Any = inner.at(loss, 2, 1)
    assert (chosen.gradient(theta) == expected.dropped(2, 1).gradient(theta)).all()
    assert (chosen.gradient(theta) != expected.gradient(theta)).any()
    with pytest.raises(TypeError, match="hidden units"):
        UnitDropout().at(DATA_LOSSES["linear_regression"], 0, 0)


def test_batch_normalisation_uses_other_moments_in_training_than_in_use():
    network = Network((3, 5, 3), normalisation="batch")
    loss, theta = loss_of(network), points(network)
    few = loss.on(np.arange(4))
    in_use = few.in_use(loss.moments_at(theta))
    assert abs(in_use.value(theta) - few.value(theta)) > 0.01
    # with the moments of all examples both agree on all examples
    np.testing.assert_allclose(loss.in_use(loss.moments_at(theta)).value(theta), loss.value(theta), rtol=1e-14)
    # in use an example does not depend on the others
    outputs = loss.outputs(theta, loss.data.features)
    np.testing.assert_allclose(loss.outputs(theta, loss.data.features[3:5]), outputs[:, 3:5], rtol=1e-12)
    # and many steps of running moments lead there
    moments = None
    for _ in range(200):
        moments = running_moments(moments, loss.moments_at(theta), 10**9)
    assert moments is not None
    np.testing.assert_allclose(loss.in_use(moments).value(theta), loss.value(theta), rtol=1e-7)


def test_validation_uses_the_moments_of_the_training_examples_and_no_penalty():
    network = Network((3, 5, 3), normalisation="batch", l2=0.5)
    loss, theta = loss_of(network), points(network, 2)
    by_hand = replace(loss.on(np.arange(5)), penalised=False).in_use(loss.moments_at(theta))
    np.testing.assert_allclose(loss.validation.value(theta), by_hand.value(theta), rtol=1e-13)
    with pytest.raises(ValueError, match="fix them"):
        loss.validation.gradient(theta)
    fixed = loss.validation.in_use(loss.moments_at(theta))
    assert fixed.gradient(theta).shape == theta.shape
    with pytest.raises(ValueError, match="held out"):
        _ = network.on(loss.data).validation


def test_gradient_with_fixed_moments_agrees_with_central_differences():
    network = Network((3, 4, 3), normalisation="batch")
    theta = points(network)
    loss = loss_of(network)
    objective = loss.in_use(loss.moments_at(theta))
    same, unit = basis(theta)
    slopes = (objective.value(same + 1e-6 * unit) - objective.value(same - 1e-6 * unit)) / 2e-6
    np.testing.assert_allclose(objective.gradient(theta), slopes, rtol=1e-6, atol=1e-8)


def test_layer_normalisation_does_not_depend_on_the_other_examples():
    network = Network((3, 5, 3), normalisation="layer")
    loss, theta = loss_of(network), points(network)
    assert (loss.in_use(loss.moments_at(theta)).gradient(theta) == loss.gradient(theta)).all()
    parts = [loss.on(np.array([i])).value(theta) for i in range(loss.n)]
    assert np.mean(parts) == pytest.approx(loss.value(theta), rel=1e-13)


def test_network_learns_the_moons():
    data = Moons()
    loss, adam = Network((2, 16, 16, 1)).on(data.train, data.held_out), Adam(0.02)
    theta = loss.network.start([0, 1])
    state = adam.init(theta)
    for _ in range(300):
        theta, state = adam.step(theta, state, loss)
    assert (loss.accuracy(theta) > 0.97).all() and (loss.validation.accuracy(theta) > 0.95).all()
    assert loss.outputs(theta, np.zeros((7, 2))).shape == (1, 2, 7)


def test_csv_file_of_two_classes_is_data_for_a_network():
    rng = np.random.default_rng(0)
    rows = "\n".join(f"{90 * a:.3f},{b:.3f},{'yes' if a > b else 'no'}" for a, b in rng.normal(size=(30, 2)))
    train, held_out = own_examples(read_csv(f"a,b,won\n{rows}"))
    loss = Network((2, 3, 1)).on(train, held_out)
    np.testing.assert_allclose(train.features.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(train.features.std(axis=0), 1)
    assert 0.3 < held_out.features.std() < 3 and set(train.targets) == {0.0, 1.0}
    assert loss.classifies and loss.n == 21 and loss.validation.n == 9


def test_target_of_a_regression_is_standardised():
    rows = "\n".join(f"{x},{3000 * x * x + x}" for x in np.linspace(-2, 5, 40))
    train, held_out = own_examples(read_csv(f"x,y\n{rows}"), 0.25)
    assert train.targets.std() == pytest.approx(1.0) and held_out.n == 10
    loss = Network((1, 3, 1), loss="squared_error").on(train, held_out)
    assert not loss.classifies and loss.value(np.zeros(loss.network.parameters)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (Network((3, 1)), "2 features, but the first width is 3"),
        (Network((2, 3)), None),
        (Network((2, 1)), None),
    ],
)
def test_data_that_does_not_fit_is_refused(network: Network, words: str | None):
    data = Moons(n=20).train
    if words is None:
        network.on(data)
        data = replace(data, targets=data.targets * 5)
        words = "classes apart"
        replace(network, loss="squared_error", widths=(2, 1)).on(data)  # a regression
    with pytest.raises(NetworkError, match=words):
        network.on(data)


def test_whole_hessian_of_a_large_network_is_refused():
    network = Network((64, 30, 10))
    data = Data(np.zeros((5, 64)), np.zeros(5), ("",) * 65, np.zeros(5))
    with pytest.raises(ValueError, match="2,260 parameters is too large"):
        network.on(data).hessian(network.start())


def test_theta_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"theta needs shape \(3, \*batch\), not \(2, 5\)"):
        Network((2, 1)).on(Moons(n=20).train).value(np.zeros((2, 5)))
