"""What networks predict at their checkpoints."""

from dataclasses import replace

import numpy as np
import pytest

from landscape_lab.experiments import Entry
from landscape_lab.experiments.networks import NetworkScenario, train
from landscape_lab.experiments.networks.pictures import (
    MOST_PICTURES,
    SIDE,
    BoundaryPictures,
    ImagePictures,
    pictures_of,
)
from landscape_lab.experiments.networks.training import Training
from landscapes.networks import Digits, Moons
from optim_core import Outcome

ENTRIES = tuple(map(Entry.from_text, ("gradient_descent(learning_rate=0.5)", "adam(learning_rate=0.05)")))


def trained(**changes: object) -> Training:
    small = {"data": Moons(n=30, validation=20), "hidden": (4,), "batch": 10, "epochs": 8}
    return train(NetworkScenario(ENTRIES, **small | changes))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_wrong_points_are_those_that_the_accuracy_counts(loss: str):
    training = trained(loss=loss, normalisation="batch")
    pictures = pictures_of(training)
    assert isinstance(pictures, BoundaryPictures)
    assert pictures.at[0] == 0 and pictures.at[-1] == len(training.steps) - 1
    np.testing.assert_allclose(1 - pictures.wrong.mean(axis=1), training.accuracy[pictures.at])
    np.testing.assert_allclose(1 - pictures.wrong_held_out.mean(axis=1), training.validation_accuracy[pictures.at])
    assert pictures.outputs.shape == (len(pictures.at), SIDE, SIDE, 2) and pictures.outputs.dtype == np.uint8
    for axis, grid in enumerate((pictures.x, pictures.y)):
        for part in (pictures.train, pictures.held_out):
            assert grid[0] < part.features[:, axis].min() and part.features[:, axis].max() < grid[-1]


def test_outputs_are_those_of_the_network_at_the_grid():
    training = trained()
    pictures = pictures_of(training)
    assert isinstance(pictures, BoundaryPictures)
    k, j, i, lane = 3, 5, 7, 1
    theta = training.points[pictures.at[k], :, lane]
    z = training.scenario.objective.outputs(theta, [[pictures.x[i], pictures.y[j]]])
    assert pictures.outputs[k, j, i, lane] == round(255 / (1 + np.exp(-z.item())))


def test_wrong_images_are_those_that_the_accuracy_counts():
    training = trained(data=Digits(n=40, validation=30))
    pictures = pictures_of(training)
    assert isinstance(pictures, ImagePictures)
    right = pictures.predicted == pictures.labels[:, None]
    np.testing.assert_allclose(right.mean(axis=1), training.validation_accuracy[pictures.at])
    held_out = Digits(n=40, validation=30).held_out
    assert pictures.images[3].tolist() == np.rint(255 * held_out.features[3].reshape(8, 8)).tolist()
    assert pictures.images.max() == 255 and pictures.labels.tolist() == held_out.targets.tolist()


def test_a_run_that_has_ended_keeps_its_last_picture():
    training = trained()
    points = training.points.copy()
    points[4:, :, 0] = np.nan
    pictures = pictures_of(replace(training, points=points))
    assert isinstance(pictures, BoundaryPictures)
    known, ended = pictures.outputs[pictures.at < 4][-1], pictures.outputs[pictures.at >= 4]
    assert (ended[..., 0] == known[..., 0]).all() and not (ended[..., 1] == known[..., 1]).all()


def test_the_picture_of_a_diverged_run_is_that_of_its_last_loss():
    lanes = "gradient_descent(learning_rate=10),adam(learning_rate=0.01)"
    scenario = {"data": "moons(n=40,validation=20)", "widths": "6", "epochs": "3", "batch": "10", "lanes": lanes}
    training = train(NetworkScenario.from_query(scenario | {"loss": "squared_error", "activation": "relu"}))
    assert training.outcomes[0] == Outcome.DIVERGED
    pictures = pictures_of(training)
    assert isinstance(pictures, BoundaryPictures)
    before = training.accuracy[training.last[0] - 1, 0]
    np.testing.assert_allclose(1 - pictures.wrong[-1, :, 0].mean(), before)


def test_there_are_fewer_pictures_of_many_entries():
    training = trained()
    many = replace(training.scenario, entries=ENTRIES * 6)
    pictures = pictures_of(replace(training, scenario=many, points=np.tile(training.points, 6)))
    assert isinstance(pictures, BoundaryPictures)
    assert len(pictures.at) == MOST_PICTURES // 12 < len(training.steps)
