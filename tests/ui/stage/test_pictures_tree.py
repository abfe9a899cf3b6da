"""What the stage is told of the predictions of networks."""

from typing import Any

import numpy as np

from landscape_lab.experiments.networks.pictures import MOST_PICTURES, SIDE, BoundaryPictures, ImagePictures
from landscape_lab.ui.stage.packing import pack
from landscape_lab.ui.stage.pictures_tree import pictures_tree
from landscapes.datasets import Data
from landscapes.networks import Moons

RNG = np.random.default_rng(0)


def boundary(count: int, lanes: int, train: Data, held_out: Data) -> BoundaryPictures:
    return BoundaryPictures(
        at=np.arange(count),
        x=np.linspace(-2, 2, SIDE),
        y=np.linspace(-1, 1, SIDE),
        outputs=RNG.integers(0, 256, (count, SIDE, SIDE, lanes)).astype(np.uint8),
        train=train,
        held_out=held_out,
        wrong=RNG.random((count, train.n, lanes)) < 0.3,
        wrong_held_out=RNG.random((count, held_out.n, lanes)) < 0.3,
    )


def test_each_entry_has_its_outputs_and_a_bit_for_each_example():
    data = Moons(n=21, validation=10)
    pictures = boundary(5, 3, data.train, data.held_out)
    tree = pictures_tree(pictures)
    assert tree["data"]["ranges"] == [[-2, 2], [-1, 1], [0, 1]] and tree["data"]["names"] == ["x", "y", "class"]
    for lane, run in enumerate(tree["pictures"]["runs"]):
        np.testing.assert_array_equal(run["outputs"], pictures.outputs[..., lane])
        for bits, wrong in zip(run["wrong"], (pictures.wrong, pictures.wrong_held_out), strict=True):
            n = wrong.shape[1]
            np.testing.assert_array_equal(
                np.unpackbits(bits, axis=1, bitorder="little")[:, :n], wrong[..., lane].astype(np.uint8)
            )


def test_images_come_with_their_labels_and_predictions():
    pictures = ImagePictures(
        at=np.array([0, 4]),
        images=RNG.integers(0, 256, (6, 8, 8)).astype(np.uint8),
        labels=np.arange(6, dtype=np.uint8),
        predicted=RNG.integers(0, 10, (2, 6, 3)).astype(np.uint8),
    )
    tree: dict[str, Any] = pictures_tree(pictures)
    assert tree["data"] is None and tree["pictures"]["side"] == 8
    np.testing.assert_array_equal(tree["pictures"]["runs"][2]["predicted"], pictures.predicted[..., 2])
    assert pictures_tree(None) == {"data": None, "pictures": None}


def test_the_largest_pictures_are_half_a_megabyte():
    data = Moons(n=1000, validation=500)
    for lanes in (4, 12):
        largest = boundary(MOST_PICTURES // lanes, lanes, data.train, data.held_out)
        assert 300_000 < len(pack(pictures_tree(largest))) < 500_000
