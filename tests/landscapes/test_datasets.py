"""Generated datasets have the moments that their parameters state."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from landscapes.datasets import HELD_OUT, OUTLIER, Line, Plane, Saturation, TwoClasses

EVERY = pytest.mark.parametrize("dataset", [Line(), Plane(), TwoClasses(), Saturation()], ids=lambda d: d.label)


@EVERY
def test_examples_depend_only_on_settings_and_seed(dataset):
    again, other = replace(dataset), replace(dataset, seed=1)
    assert again is not dataset
    for part in ("train", "held_out"):
        one, same, different = (getattr(each, part) for each in (dataset, again, other))
        for array in ("features", "targets", "difficulty"):
            np.testing.assert_array_equal(getattr(one, array), getattr(same, array))
        assert not np.isin(different.features, one.features).any()
    assert not np.isin(dataset.held_out.features, dataset.train.features).any()


@EVERY
@pytest.mark.parametrize("n", [10, 20, 2000])
def test_shapes(dataset, n):
    data = replace(dataset, n=n).train
    assert data.n == len(data.features) == len(data.targets) == len(data.difficulty) == n
    assert len(data.names) == data.features.shape[1] + 1
    assert dataset.held_out.n == HELD_OUT
    with pytest.raises(ValueError, match="read-only"):
        data.features[0] = 0.0
    with pytest.raises(FrozenInstanceError):
        data.targets = data.targets  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("n", [10, 50])
@pytest.mark.parametrize("correlation", [-0.99, 0.0, 0.6])
@pytest.mark.parametrize("skewed", [False, True])
def test_parameters_are_the_moments_of_the_examples(n, correlation, skewed):
    features = Plane(n=n, correlation=correlation, scale=10.0, skewed=skewed).train.features
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(features.std(axis=0), [1, 10], rtol=1e-12)
    assert (features[:, 0] * features[:, 1]).mean() / 10 == pytest.approx(correlation, abs=1e-12)


def test_standardising_keeps_the_skewness():
    """The standardised third moment is invariant to shift and scale."""

    def skewness(values):
        z = (values - values.mean()) / values.std()
        return (z**3).mean()

    raw = Plane(n=2000, scale=50.0, skewed=True).train.features[:, 1]
    standardised = (raw - raw.mean()) / raw.std()
    assert skewness(raw) == pytest.approx(2.0, abs=0.5)  # an exponential's is 2
    assert skewness(standardised) == pytest.approx(skewness(raw), rel=1e-9)
    assert abs(skewness(Plane(n=2000).train.features[:, 1])) < 0.3


def test_targets_deviate_by_noise_and_outliers():
    clean, noisy, wrong = (Plane(n=400, noise=noise, outliers=q) for noise, q in ((0, 0), (0.5, 0), (0.5, 0.1)))
    np.testing.assert_array_equal(clean.train.difficulty, 0)
    np.testing.assert_allclose(clean.train.features @ np.array(clean.weights), clean.train.targets, atol=1e-12)
    strays = noisy.train.targets - clean.train.targets
    assert strays.std() == pytest.approx(0.5, rel=5 / np.sqrt(2 * 400))
    np.testing.assert_allclose(noisy.train.difficulty, np.abs(strays), atol=1e-12)
    jumps = wrong.train.targets - noisy.train.targets
    assert sorted(set(np.round(jumps, 9))) == [0.0, OUTLIER] and np.count_nonzero(jumps > 1) == 40
    np.testing.assert_array_equal(wrong.held_out.targets, noisy.held_out.targets)
    hardest = np.argsort(wrong.train.difficulty)[-40:]
    assert (jumps[hardest] > 1).all()


def test_classes_have_the_odds_of_a_logistic_model():
    dataset = TwoClasses(n=2000, noise=1.0)
    margin = dataset.train.features @ np.array(dataset.weights)
    for low, high in ((-2, -1), (-0.5, 0.5), (1, 2)):
        some = (margin > low) & (margin < high)
        expected = (1 / (1 + np.exp(-margin[some]))).mean()
        error = np.sqrt(expected * (1 - expected) / some.sum())
        assert abs(dataset.train.targets[some].mean() - expected) < 5 * error
    assert TwoClasses(noise=0.0).train.difficulty.max() < 0
    assert np.count_nonzero(TwoClasses(noise=0.0, outliers=0.2).train.difficulty > 0) == 4


def test_true_weights_are_rotated_by_the_angle():
    first, second = Plane(), Plane(task_angle=60.0)
    assert np.hypot(*second.weights) == pytest.approx(np.hypot(*first.weights))
    cosine = np.dot(first.weights, second.weights) / np.hypot(*first.weights) ** 2
    assert cosine == pytest.approx(0.5)
    np.testing.assert_array_equal(first.train.features, second.train.features)


def test_split_uses_every_example_once():
    data = Plane(n=40).train
    train, rest = data.split(0.3, seed=4)
    assert (train.n, rest.n) == (28, 12)
    np.testing.assert_array_equal(np.sort(np.concatenate([train.targets, rest.targets])), np.sort(data.targets))
    np.testing.assert_array_equal(data.split(0.3, seed=4)[0].targets, train.targets)
    assert (data.split(0.3, seed=5)[0].targets != train.targets).any()
    assert data.split(0.001)[1].n == data.split(1.0)[0].n == 2
    assert data.split(0.0)[0] is data and data.split(0.0)[1].n == 0
