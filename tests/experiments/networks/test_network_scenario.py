import numpy as np
import pytest

from landscape_lab.experiments.networks import NetworkScenario, default_network_entries, record, train
from landscape_lab.experiments.scenarios.sentence import ScenarioError
from landscapes.networks import NETWORK_DATASETS

SMALL = NetworkScenario(default_network_entries(), hidden=(4,), epochs=3)


@pytest.mark.parametrize("key", NETWORK_DATASETS)
def test_a_link_gives_an_equal_scenario(key):
    scenario = NetworkScenario(default_network_entries(), NETWORK_DATASETS[key](), hidden=(5, 3), dropout=0.25, batch=0)
    assert NetworkScenario.from_query(scenario.to_query()) == scenario


@pytest.mark.parametrize(
    "query",
    [
        {"hidden": "1e9"}, {"hidden": "0"}, {"hidden": "2,2,2,2,2,2,2,2,2,2,2"}, {"hidden": "1.5"},
        {"data": "moons(n=1e9)"}, {"data": "cats"}, {"data": "moons(k=1)"}, {"batch": "-1"}, {"epochs": "1e9"},
        {"epochs": "5000", "batch": "1"}, {"activation": "cube"}, {"dropout": "1"}, {"l2": "-1"}, {"x": "1"},
        {"v": "0"},
    ],
)  # fmt: skip
def test_an_impossible_training_is_refused(query):
    with pytest.raises(ScenarioError):
        NetworkScenario.from_query(query)


def test_a_recording_has_the_losses_of_the_training():
    training = train(SMALL)
    found = record(training, n=5)
    theta = np.moveaxis(training.points, 1, 0)
    np.testing.assert_allclose(found.loss, SMALL.objective.value(theta), rtol=1e-12)
    assert found.grid.shape == (5, 5)
    assert (found.loss[-1] < found.loss[0]).all()
