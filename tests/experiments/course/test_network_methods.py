"""SGDM and Adam on a network: the claims of the lesson hold for other seeds, and fail for manipulated trainings."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from landscape_lab.experiments.course.lesson import Claim
from landscape_lab.experiments.course.lessons.adam_or_sgdm import CORRECT, LARGE, SMALL, WRONG, AdamOrSgdm
from landscape_lab.experiments.course.network_methods import TRAINING, TUNING_SEEDS, Comparison, comparison
from landscape_lab.experiments.networks import NetworkPlan
from landscape_lab.experiments.networks.studies.adam_or_sgdm import EPOCHS, EXAMPLES, EXPERIMENT, LOW, METHODS, RATES
from landscapes.networks import Network

CLAIMS = [claim for claim in AdamOrSgdm.claims().values() if claim.cell == "network"]
EACH = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
SEEDS = np.arange(16)
NO_RACE: Any = None
"""The claims are about stored results."""


def measured(claim: Claim, change: Any) -> bool:
    """Whether a claim holds for changed trainings."""

    def network(wrong: float = CORRECT, batch: int = SMALL) -> Comparison:
        return change(comparison(wrong, batch))

    holds, _values = claim.measure(SimpleNamespace(network=network, _settings=AdamOrSgdm._settings), NO_RACE)
    return holds


@pytest.mark.parametrize("first", [4, 8, 12])
@EACH
def test_claim_about_the_network_holds_if_other_seeds_choose_the_rates(claim: Claim, first: int):
    tuning = (first <= SEEDS) & (first + TUNING_SEEDS > SEEDS)
    assert measured(claim, lambda each: Comparison(each.arrays, tuning))


@EACH
def test_claim_about_the_network_fails_for_manipulated_trainings(claim: Claim):
    def changed(**factors: tuple[float, float]) -> Any:
        return lambda each: Comparison(
            {
                name: array * np.array(factors.get(name, (1.0, 1.0)))
                for name, array in each.arrays.items()
                if name != "before"
            }
            | {"before": each["before"]},
            each.tuning,
        )

    def untuned_is_best(each: Comparison) -> Comparison:
        accuracy = each["validation_accuracy"] + np.where(np.isin(each.rates.round(6), (0.01, 0.001)), 1.0, 0.0)
        return Comparison({**each.arrays, "validation_accuracy": accuracy}, each.tuning)

    wrong = {
        "tuned_networks_alike": changed(validation_accuracy=(1.0, 0.98)),
        "untuned_networks_lose": untuned_is_best,
        "network_speed": changed(reached=(1.0, 0.5)),
        "sharpness_follows_the_loss": changed(sharpness=(1.0, 1.5)),
        "flat_is_not_better": changed(loss=(-1.0, -1.0)),
    }
    assert not measured(claim, wrong[claim.name])


def test_rates_are_chosen_by_the_seeds_of_the_tuning_alone():
    accuracy = np.zeros((3, 2, 2))
    accuracy[0] = [[0.5, 0.9], [0.6, 0.8]]
    accuracy[1:] = [[0.9, 0.1], [0.2, 0.9]]
    reached = np.array([[[7.0, 3.0], [np.nan, 5.0]]] * 3)
    made = Comparison({"validation_accuracy": accuracy, "reached": reached, "loss": -accuracy}, SEEDS[:3] < 1)
    assert made.tuned.tolist() == [1, 0] == made.lowest.tolist()
    assert made.fastest.tolist() == [0, 0]
    assert made.at(made.tuned, "validation_accuracy").tolist() == [[0.2, 0.1]] * 2
    assert made.seeds == 2


def test_sharpness_is_interpolated_between_the_rates_up_to_the_lowest_loss():
    loss = np.array([1.0, 0.1, 0.01, 5.0])[None, :, None].repeat(2, axis=2)
    made = Comparison({"loss": loss, "sharpness": 4 * loss**0.5}, np.array([False]))
    found = made.sharpness_at(np.array([0.001, 0.01, 0.03, 1.0, 2.0]))
    expected = [np.nan, 0.4, 4 * 0.03**0.5, 4.0, np.nan]
    np.testing.assert_allclose(found[0], np.stack([expected] * 2, axis=1))


def test_link_trains_the_network_of_the_experiment_at_the_tuned_rates():
    linked, tuned = NetworkPlan.from_query(TRAINING).scenario, comparison(CORRECT, SMALL)
    assert linked.network == Network((64, 64, 10)) and (linked.epochs, linked.batch) == (EPOCHS, SMALL)
    assert (linked.data.n, linked.data.train.difficulty.sum()) == (EXAMPLES, 0)
    optimizers: Any = [entry.optimizer for entry in linked.entries]
    assert tuple(map(type, optimizers)) == METHODS
    rates = [optimizer.learning_rate for optimizer in optimizers]
    assert rates == pytest.approx(tuned.rates[tuned.tuned, [0, 1]].tolist())


def test_experiment_is_the_one_that_the_page_describes():
    assert {(case["noise"], case["batch"], case["seed"]) for case in EXPERIMENT.cases} == {
        (noise, batch, seed) for noise, batch in ((CORRECT, SMALL), (WRONG, SMALL), (CORRECT, LARGE)) for seed in SEEDS
    }
    text = AdamOrSgdm.content().cells["network"].pieces[0].text
    assert (EPOCHS, EXAMPLES, len(RATES), LOW, TUNING_SEEDS) == (60, 500, 9, 0.1, 4)
    assert Network((64, 64, 10)).parameters == 4810 and len(SEEDS) - TUNING_SEEDS == 12
    for word in ("4,810", "500", "60 epochs", "batches of 32", "nine", "four seeds", "twelve"):
        assert word in text
