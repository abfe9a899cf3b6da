"""What the stage is told of a race, mode by mode."""

from dataclasses import replace

import numpy as np
import pytest

from experiments import RACES, Lane, Scenario, race
from experiments.families import Family, members, run_family
from optim_core import Outcome
from ui.race_view import race_tree
from ui.stage.packing import pack
from ui.state import View

RATES = RACES["rates"].scenario
FAMILY = Family(2, "learning_rate", np.geomspace(1e-3, 1.0, 13).tolist())


def test_a_veiled_race_tells_nothing_that_its_runs_have_found_out():
    def told(scenario: Scenario, **modes: object) -> bytes:
        tree = race_tree(race(scenario), View(), **modes)  # pyright: ignore[reportArgumentType]
        tree["race"]["key"] = ""  # says which settings it was made with, not what they led to
        return pack(tree)

    others = tuple(
        replace(lane, optimizer=other.optimizer) for lane, other in zip(RATES.lanes, RATES.lanes[::-1], strict=True)
    )
    swapped = replace(RATES, lanes=others)
    assert told(RATES) != told(swapped)
    assert told(RATES, veiled=True, family=FAMILY) == told(swapped, veiled=True, family=FAMILY)


def test_a_veiled_race_has_its_lanes_and_their_start():
    tree = race_tree(race(RATES), View(), veiled=True)
    assert tree["race"]["key"] != race_tree(race(RATES), View())["race"]["key"]
    assert [lane["name"] for lane in tree["race"]["lanes"]] == ["too small", "right", "too large", "exploding"]
    for lane in tree["race"]["lanes"]:
        assert lane["points"].tolist() == [list(RATES.point)]
        assert lane["last_step"] == 0 and not lane["diverged"] and lane["outcome"] == ""
    assert tree["curves"]["ranges"]["steps"] == [0.0, RATES.steps]


def test_a_family_is_told_whole():
    tree = race_tree(race(RATES), View(arrows=True), family=FAMILY)
    told = tree["race"]["family"]
    whole = FAMILY.with_own(RATES)
    together = run_family(RATES, whole)
    assert told["label"] == "learning rate η" and told["lane"] == 2
    assert told["values"][told["chosen"]] == 0.195, "the lane is shown as it is"
    assert told["points"].shape == (14, RATES.steps + 1, 2) and told["gradients"].shape == told["points"].shape
    lane = tree["race"]["lanes"][2]
    for name in ("points", "gaps", "gradients"):
        own = told[name][told["chosen"]]
        np.testing.assert_array_equal(own, lane[name].astype(np.float32))
    for name in ("last_step", "outcome", "diverged"):
        assert told[name][told["chosen"]] == lane[name]
    assert told["diverged"] == [path.outcome == Outcome.DIVERGED for path in members(together)]
    assert told["evaluated"] == 1.0


def test_the_gradients_of_a_family_are_sent_for_arrows_only():
    assert race_tree(race(RATES), View(), family=FAMILY)["race"]["family"]["gradients"] is None


def test_the_loss_axes_hold_every_member_that_stays():
    tree = race_tree(race(RATES), View(), family=FAMILY)
    low, high = tree["curves"]["ranges"]["linear"]
    stayed = [path.losses for path in members(run_family(RATES, FAMILY)) if path.outcome != Outcome.DIVERGED]
    assert 2 < len(stayed) < len(FAMILY.values)
    assert low <= min(losses.min() for losses in stayed) and max(losses.max() for losses in stayed) <= high
    alone = race_tree(race(RATES), View())["curves"]["ranges"]["log"]
    assert tree["curves"]["ranges"]["log"][0] < alone[0], "some of them get nearer to the minimum"


@pytest.mark.parametrize(
    ("optimizer", "setting", "label"),
    [
        ("adam()", "beta1", "beta1 β₁"),
        ("rprop()", "step_max", "step max Δmax"),
        ("momentum()", "momentum", "momentum γ"),
        ("decoupled_decay(inner=adam())", "inner.epsilon", "ε"),
    ],
)
def test_the_slider_is_labelled_with_name_and_letter(optimizer: str, setting: str, label: str):
    scenario = replace(RATES, lanes=(Lane.from_text(optimizer),), steps=5)
    family = Family(0, setting, [0.5, 0.6])
    told = race_tree(race(scenario), View(), family=family)["race"]["family"]
    assert told["label"] == label


def test_members_that_pay_differently_tell_their_own_evaluations():
    scenario = replace(RATES, lanes=(Lane.from_text("line_search()"),), steps=10)
    told = race_tree(race(scenario), View(), family=Family(0, "armijo", [1e-4, 0.4]))["race"]["family"]
    assert np.shape(told["evaluated"]) == (len(told["values"]), 11)
