"""The data sets of networks: what their settings say is what is drawn."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from landscapes.networks import NETWORK_DATASETS, Digits, Moons, Rings, Spirals, Xor
from landscapes.networks.datasets import DIGITS, stored_digits

EACH = pytest.mark.parametrize("name", NETWORK_DATASETS)


@EACH
def test_examples_depend_on_the_settings_alone(name: str):
    cls = NETWORK_DATASETS[name]
    first, again, other = cls(n=60, seed=3), cls(n=60, seed=3), cls(n=60, seed=4)
    for part in ("train", "held_out"):
        a, b, c = (getattr(each, part) for each in (first, again, other))
        assert (a.features == b.features).all() and (a.targets == b.targets).all()
        assert (a.features != c.features).any()
    assert not first.train.features.flags.writeable


@EACH
def test_sizes_and_classes_are_those_of_the_settings(name: str):
    made = NETWORK_DATASETS[name](n=61, validation=40)
    assert made.train.n == 61 and made.held_out.n == 40
    assert made.train.features.shape[1] + 1 == len(made.train.names)
    for part in (made.train, made.held_out):
        counts = np.bincount(part.targets.astype(int), minlength=made.classes)
        assert len(counts) == made.classes and counts.min() >= (1 if made.classes > 2 else part.n // 2)


@EACH
def test_label_noise_is_the_share_of_wrong_training_labels(name: str):
    cls = NETWORK_DATASETS[name]
    clean, noisy = cls(n=80), cls(n=80, label_noise=0.25)
    wrong = clean.train.targets != noisy.train.targets
    assert wrong.sum() == 20 and (noisy.train.difficulty == wrong).all() and not clean.train.difficulty.any()
    assert (clean.train.features == noisy.train.features).all()
    assert (clean.held_out.targets == noisy.held_out.targets).all()
    assert set(np.unique(noisy.train.targets)) <= set(range(cls.classes))


@pytest.mark.parametrize("cls", [Moons, Rings, Spirals, Xor])
def test_noise_moves_the_points_by_its_standard_deviation(cls: Any):
    exact, noisy = cls(n=1000, noise=0.0), cls(n=1000, noise=0.2)
    assert (exact.train.targets == noisy.train.targets).all()
    assert (noisy.train.features - exact.train.features).std() == pytest.approx(0.2, rel=0.05)


def test_points_without_noise_lie_on_their_shapes():
    x, y = Rings(n=100, noise=0.0).train.features.T
    np.testing.assert_allclose(np.hypot(x, y), np.where(Rings(n=100).train.targets, 0.5, 1.0))
    made = Xor(n=100, noise=0.0).train
    assert ((made.features[:, 0] * made.features[:, 1] < 0) == made.targets).all()
    made = Moons(n=400, noise=0.0).train
    for label, (x, y) in ((0, (-0.5, -0.25)), (1, (0.5, 0.25))):
        points = made.features[made.targets == label]
        np.testing.assert_allclose(np.hypot(points[:, 0] - x, points[:, 1] - y), 1.0)
        assert ((points[:, 1] - y) * (1 - 2 * label) >= 0).all()
    assert np.abs(made.features.mean(axis=0)).max() < 0.1
    made = Spirals(n=300, noise=0.0).train
    x, y = made.features.T * (1 - 2 * made.targets)
    radius = np.hypot(x, y)
    np.testing.assert_allclose(np.cos(3 * np.pi * radius - np.arctan2(y, x)), 1.0)


def test_stored_digits_are_the_test_set_of_uci():
    images, digits = stored_digits()
    assert images.shape == (1797, 8, 8) and (images.min(), images.max()) == (0, 16)
    # the counts of the data set's description
    assert np.bincount(digits).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert images[0].tolist()[1] == [0, 0, 13, 15, 10, 15, 5, 0] and digits[0] == 0
    assert not images.flags.writeable
    assert DIGITS.stat().st_size < 50_000
    licence = Path(DIGITS).with_suffix(".txt").read_text()
    assert "CC BY 4.0" in licence and "UCI" in licence


def test_training_and_validation_digits_are_different_ones():
    made = Digits(n=1297, validation=500)
    images, _ = stored_digits()
    both = np.concatenate([made.train.features, made.held_out.features]) * 16
    assert sorted(map(tuple, both.astype(int).tolist())) == sorted(map(tuple, images.reshape(-1, 64).tolist()))
    assert (Digits(n=100, validation=500).held_out.features == made.held_out.features).all()


def test_settings_beyond_what_exists_are_refused():
    with pytest.raises(ValueError, match="at most 1297"):
        Digits(n=1298)
    with pytest.raises(ValueError, match="at least 2"):
        Moons(n=1)
    with pytest.raises(ValueError, match="noise"):
        Moons(noise=-0.1)
