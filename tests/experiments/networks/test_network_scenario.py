"""Scenarios of trainings: links, limits, and a user's own data."""

from dataclasses import replace

import pytest

from landscape_lab.experiments.networks import NetworkPlan, NetworkScenario, default_network_entries
from landscape_lab.experiments.networks.examples import OwnExamples, own_data_sets
from landscape_lab.experiments.networks.scenario import MOST_CHECKPOINTS, MOST_COST, MOST_NUMBERS, read_widths
from landscape_lab.experiments.scenarios.scenario import MAX_ENTRIES, Entry
from landscape_lab.experiments.scenarios.sentence import ScenarioError
from landscape_lab.experiments.scenarios.surfaces import DataNotLoaded, OwnData, by_key, losses_over
from landscapes.networks import NETWORK_DATASETS, Digits
from landscapes.networks.layers import ACTIVATIONS, INITIALISATIONS, LOSSES, NORMALISATIONS
from optim_core import OPTIMIZERS, SCHEDULES

ENTRIES = default_network_entries()
ROWS = "height,weight,kind\n" + "\n".join(f"{i % 7}.5,{i * i % 11}.25,{'ab'[i % 2]}" for i in range(40))
CLASSES = by_key(losses_over(ROWS.encode()).values())
NUMBERS = by_key(losses_over(ROWS.replace("a\n", "1.5\n").replace("b\n", "7\n").replace(",b", ",3").encode()).values())


@pytest.mark.parametrize("key", NETWORK_DATASETS)
def test_link_gives_an_equal_scenario(key: str):
    scenario = NetworkScenario(ENTRIES, NETWORK_DATASETS[key](), hidden=(5, 3), dropout=0.25, batch=0)
    assert NetworkScenario.from_query(scenario.to_query()) == scenario


WORDS = {
    "activation": ACTIVATIONS,
    "loss": LOSSES,
    "initialisation": INITIALISATIONS,
    "normalisation": NORMALISATIONS,
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WORDS.items() for value in values])
def test_every_choice_is_in_the_link(name: str, value: str):
    scenario = replace(NetworkScenario(ENTRIES), **{name: value})
    assert getattr(NetworkScenario.from_query(scenario.to_query()), name) == value


def test_every_optimizer_wrapper_and_schedule_is_in_the_link():
    for key, cls in OPTIMIZERS.items():
        inner = {"inner": OPTIMIZERS["adam"]()} if "inner" in cls.__dataclass_fields__ else {}
        scenario = NetworkScenario((Entry(cls(**inner)),))
        assert NetworkScenario.from_query(scenario.to_query()) == scenario, key
    for key, schedule in SCHEDULES.items():
        scenario = NetworkScenario((Entry(OPTIMIZERS["adam"](), (("learning_rate", schedule()),)),))
        assert NetworkScenario.from_query(scenario.to_query()) == scenario, key


@pytest.mark.parametrize(
    "query",
    [
        {"widths": "1e9"}, {"widths": "0"}, {"widths": "2,2,2,2,2,2,2,2,2,2,2"}, {"widths": "1.5"}, {"widths": "true"},
        {"widths": "256,256"}, {"widths": "adam"}, {"data": "moons(n=1e9)"}, {"data": "cats"}, {"data": "moons(k=1)"},
        {"data": "digits(n=1298)"}, {"data": "moons(n=2.5)"}, {"data": 'own(digest="0")'}, {"data": "1"},
        {"batch": "-1"}, {"batch": ""}, {"epochs": "1e9"}, {"epochs": "0"}, {"epochs": "1,2"},
        {"epochs": "5000", "batch": "1"}, {"activation": "cube"}, {"loss": ""}, {"dropout": "1"}, {"dropout": "1e999"},
        {"l2": "-1"}, {"seed": "-1"}, {"seed": "1e30"}, {"x": "1"}, {"v": "0"}, {"lanes": ""}, {"lanes": "adam,1"},
        {"lanes": ",".join(["adam"] * (MAX_ENTRIES + 1))}, {"lanes": "adam(learning_rate=1e9)"}, {"widths": "1" * 9**5},
        {"data": "digits(n=1297)", "widths": "64,64", "epochs": "5000", "batch": "0"}, {"plane": "tilted"},
        {"through": "1,2"}, {"through": "1,2,9"}, {"through": "1,2,-1"}, {"plane_seed": "-1"}, {"plane_seed": "1e99"},
    ],
)  # fmt: skip
def test_impossible_link_is_refused(query: dict[str, str]):
    with pytest.raises(ScenarioError):
        NetworkPlan.from_query(query)


def test_widths_are_read_as_they_are_typed():
    assert read_widths("16，8") == read_widths("16, 8") == (16, 8)
    for text in ("8 8", "abc", "4；5", "1e999", "1.5"):
        with pytest.raises(ScenarioError, match="whole numbers such as 16, 16"):
            read_widths(text)


@pytest.mark.parametrize(
    "plan",
    [
        NetworkPlan(NetworkScenario(ENTRIES)),
        NetworkPlan(NetworkScenario(ENTRIES), "random", (3, 1, 0), 7),
        NetworkPlan(NetworkScenario(ENTRIES[:1]), "three", (0, 1, 0)),
    ],
)
def test_link_gives_an_equal_plan(plan: NetworkPlan):
    assert NetworkPlan.from_query(plan.to_query()) == plan


def test_batch_of_more_examples_than_there_are_has_all_of_them():
    whole, larger = (NetworkScenario(ENTRIES, batch=batch) for batch in (0, 300))
    assert (larger.steps, larger.sampler, larger.cost) == (whole.steps, whole.sampler, whole.cost)


def test_removed_entry_leaves_the_plane_determined():
    plan = NetworkPlan(NetworkScenario(ENTRIES), "three", (1, 3, 0))
    assert plan.with_scenario(NetworkScenario(ENTRIES[:2])).points == (1, 2, 0)


def test_large_network_has_fewer_checkpoints():
    small, large = NetworkScenario(ENTRIES), NetworkScenario(ENTRIES, Digits(), (64, 64), batch=32)
    for scenario in (small, large):
        kept = scenario.steps / scenario.every + 2
        assert kept <= MOST_CHECKPOINTS + 2
        assert kept * scenario.network.parameters * len(scenario.entries) < 2 * MOST_NUMBERS
        assert scenario.cost <= MOST_COST
    assert large.steps / large.every < small.steps / small.every


# A user's own data


def own(losses: OwnData) -> OwnExamples:
    (found,) = own_data_sets(losses).values()
    return found


def test_own_data_are_not_in_the_link():
    scenario = NetworkScenario(ENTRIES, own(CLASSES), batch=8)
    query = scenario.to_query()
    assert all(word not in scenario.text for word in ("height", "weight", "0.25", "5.5"))
    assert NetworkScenario.from_query(query, CLASSES) == scenario
    for others in ({}, NUMBERS):
        with pytest.raises(DataNotLoaded):
            NetworkScenario.from_query(query, others)


def test_own_data_have_both_parts_and_a_private_cache():
    data = own(CLASSES)
    scenario = NetworkScenario(ENTRIES, data, batch=8)
    assert data.train.n + data.held_out.n == 40
    assert scenario.private_cache is not None
    assert NetworkScenario(ENTRIES).private_cache is None
    assert replace(data, seed=1).train.targets.tolist() != data.train.targets.tolist()


def test_target_that_is_no_class_needs_squared_error():
    data = own(NUMBERS)
    with pytest.raises(ScenarioError, match="targets"):
        NetworkScenario(ENTRIES, data, batch=8)
    assert not NetworkScenario(ENTRIES, data, batch=8, loss="squared_error").objective.classifies
