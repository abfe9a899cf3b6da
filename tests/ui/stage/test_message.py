"""What the stage is told of a race, mode by mode."""

from dataclasses import replace

import numpy as np
import pytest

from landscape_lab.experiments import RACES, Entry, Scenario, race
from landscape_lab.experiments.families import Family, members, run_family
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui.stage.data_view import MODELS
from landscape_lab.ui.stage.message import race_tree
from landscape_lab.ui.stage.packing import pack
from landscapes import DATA_LOSSES
from optim_core import Outcome
from optim_core.metrics import examples_seen

RATES = RACES["rates"].scenario
LEARNING = Scenario.from_query(
    {
        "surface": "linear_regression(n=50,outliers=0.2,standardised=true)",
        "noise": "minibatch(size=7)",
        "lanes": "gradient_descent(learning_rate=0.1),adam(learning_rate=0.1),gradient_descent(learning_rate=10)",
        "steps": "60",
    }
)
LOSS = DATA_LOSSES["linear_regression"].with_parameters(n=50, outliers=0.2, standardised=True)
FAMILY = Family(2, "learning_rate", np.geomspace(1e-3, 1.0, 13).tolist())


def test_a_veiled_race_tells_nothing_that_its_runs_have_found_out():
    def told(scenario: Scenario, **modes: object) -> bytes:
        tree = race_tree(scenario, View(), **modes)  # pyright: ignore[reportArgumentType]
        tree["race"]["key"] = ""  # says which settings it was made with, not what they led to
        return pack(tree)

    others = tuple(
        replace(entry, optimizer=other.optimizer)
        for entry, other in zip(RATES.entries, RATES.entries[::-1], strict=True)
    )
    swapped = replace(RATES, entries=others)
    assert told(RATES) != told(swapped)
    assert told(RATES, veiled=True, family=FAMILY) == told(swapped, veiled=True, family=FAMILY)


def test_a_veiled_race_has_its_entries_and_their_start():
    tree = race_tree(RATES, View(), veiled=True)
    assert tree["race"]["key"] != race_tree(RATES, View())["race"]["key"]
    assert [entry["name"] for entry in tree["race"]["lanes"]] == ["too small", "right", "too large", "exploding"]
    for entry in tree["race"]["lanes"]:
        assert entry["points"].tolist() == [list(RATES.point)]
        assert entry["last_step"] == 0 and not entry["diverged"] and entry["outcome"] == ""
    assert tree["curves"]["ranges"]["steps"] == [0.0, RATES.steps]


def test_a_family_is_told_whole():
    tree = race_tree(RATES, View(arrows=True), family=FAMILY)
    told = tree["race"]["family"]
    whole = FAMILY.with_own(RATES)
    together = run_family(RATES, whole)
    assert told["label"] == "learning rate η" and told["lane"] == 2
    assert told["values"][told["chosen"]] == 0.195, "the entry is shown as it is"
    assert told["points"].shape == (14, RATES.steps + 1, 2) and told["gradients"].shape == told["points"].shape
    entry = tree["race"]["lanes"][2]
    for name in ("points", "gaps", "gradients"):
        own = told[name][told["chosen"]]
        np.testing.assert_array_equal(own, entry[name].astype(np.float32))
    for name in ("last_step", "outcome", "diverged"):
        assert told[name][told["chosen"]] == entry[name]
    assert told["diverged"] == [path.outcome == Outcome.DIVERGED for path in members(together)]
    assert told["evaluated"] == 1.0


def test_the_gradients_of_a_family_are_sent_for_arrows_only():
    assert race_tree(RATES, View(), family=FAMILY)["race"]["family"]["gradients"] is None


def test_the_loss_axes_hold_every_member_that_stays():
    tree = race_tree(RATES, View(), family=FAMILY)
    low, high = tree["curves"]["ranges"]["linear"]
    stayed = [path.losses for path in members(run_family(RATES, FAMILY)) if path.outcome != Outcome.DIVERGED]
    assert 2 < len(stayed) < len(FAMILY.values)
    assert low <= min(losses.min() for losses in stayed) and max(losses.max() for losses in stayed) <= high
    alone = race_tree(RATES, View())["curves"]["ranges"]["log"]
    assert tree["curves"]["ranges"]["log"][0] <= alone[0], "some of them get nearer to the minimum"


@pytest.mark.parametrize(
    ("optimizer", "setting", "label"),
    [
        ("adam()", "beta1", "β₁"),
        ("rprop()", "step_max", "largest step size Δmax"),
        ("momentum()", "momentum", "momentum γ"),
        ("decoupled_decay(inner=adam())", "inner.epsilon", "ε"),
    ],
)
def test_the_slider_is_labelled_with_name_and_letter(optimizer: str, setting: str, label: str):
    scenario = replace(RATES, entries=(Entry.from_text(optimizer),), steps=5)
    family = Family(0, setting, [0.5, 0.6])
    told = race_tree(scenario, View(), family=family)["race"]["family"]
    assert told["label"] == label


def test_members_that_pay_differently_tell_their_own_evaluations():
    scenario = replace(RATES, entries=(Entry.from_text("line_search()"),), steps=10)
    told = race_tree(scenario, View(), family=Family(0, "armijo", [1e-4, 0.4]))["race"]["family"]
    assert np.shape(told["evaluated"]) == (len(told["values"]), 11)


# Learning from data


def test_the_axes_are_named_after_the_parameters():
    assert race_tree(LEARNING, View())["surface"]["axes"] == ("slope", "intercept")
    assert race_tree(RATES, View())["surface"]["axes"] == ("x", "y")


def test_a_surface_without_examples_tells_nothing_of_data():
    tree = race_tree(RATES, View(), validation=True)
    assert tree["surface"]["data"] is None and tree["race"]["rows"] is None
    assert (
        {entry["seen"] for entry in tree["race"]["lanes"]}
        == {entry["validation"] for entry in tree["race"]["lanes"]}
        == {None}
    )
    assert tree["curves"]["ranges"].keys() == {"steps", "evaluations", "log", "linear"}


def test_the_examples_are_told_as_they_are():
    told = race_tree(LEARNING, View())["surface"]["data"]
    np.testing.assert_array_equal(told["features"], LOSS.data.features)
    np.testing.assert_array_equal(told["targets"], LOSS.data.targets)
    np.testing.assert_array_equal(told["held_out"]["targets"], LOSS.held_out.targets)
    np.testing.assert_array_equal(told["moments"], LOSS.moments)
    for column, (low, high) in zip([*LOSS.data.features.T, LOSS.data.targets], told["ranges"], strict=True):
        assert low < column.min() and column.max() < high


def test_every_loss_over_data_can_be_shown():
    assert {type(loss.model) for loss in DATA_LOSSES.values()} == set(MODELS)


def test_the_rows_of_every_step_are_told():
    rows = race_tree(LEARNING, View())["race"]["rows"]
    assert rows.shape == (60, 7) and rows.dtype == np.int32
    for t in (0, 6, 7, 59):
        looked_at = LEARNING.sampler.rows_at(LOSS, t, LEARNING.seed)  # pyright: ignore[reportAttributeAccessIssue]
        assert rows[t][rows[t] >= 0].tolist() == looked_at.tolist()
    assert (rows[7] >= 0).sum() == 1, "50 examples make seven batches of seven and one of one"


@pytest.mark.parametrize("noise", ["exact()", "minibatch(size=50)", "dropout(rate=0.5)"])
def test_steps_that_look_at_all_examples_tell_no_rows(noise: str):
    scenario = Scenario.from_query({**LEARNING.to_query(), "noise": noise})
    assert race_tree(scenario, View())["race"]["rows"] is None


def test_the_curves_can_be_drawn_against_examples_and_epochs():
    runs = race(LEARNING)
    tree = race_tree(LEARNING, View())
    seen = [examples_seen(path, LEARNING.sampler, LOSS) for path in runs.trajectories]
    assert seen[0][-1] == 60 // 8 * 50 + 60 % 8 * 7
    assert tree["curves"]["ranges"]["examples"] == [0, seen[0][-1]]
    assert tree["curves"]["ranges"]["epochs"] == [0, seen[0][-1] / 50]
    np.testing.assert_array_equal(tree["race"]["lanes"][0]["seen"], seen[0])
    even = replace(LEARNING, sampler=replace(LEARNING.sampler, size=10))  # pyright: ignore[reportCallIssue]
    assert race_tree(even, View())["race"]["lanes"][0]["seen"] == 10, "one number where every step costs the same"


@pytest.mark.parametrize("axis", ["steps", "evaluations", "examples", "epochs"])
def test_a_link_keeps_the_horizontal_axis(axis: str):
    view = View(progress_axis=axis)
    assert view.to_query() == ({} if axis == "steps" else {"show": axis})
    assert View.from_query(view.to_query()) == View.from_browser({"progress_axis": axis}) == view


def test_the_loss_on_held_out_data_is_beside_every_curve():
    runs = race(LEARNING)
    tree = race_tree(LEARNING, View(), validation=True)
    assert tree["curves"]["offset"] == 0, "what is subtracted from one loss means nothing for another"
    low, high = tree["curves"]["ranges"]["linear"]
    for entry, path in zip(tree["race"]["lanes"], runs.trajectories, strict=True):
        steps = int(path.last_step) + 1
        np.testing.assert_array_equal(
            entry["validation"][:steps], [LOSS.validation.value(p) for p in path.points[:steps]]
        )
        if not entry["diverged"]:
            assert low < entry["validation"][:steps].min() and entry["validation"].max() < high
    assert tree["race"]["lanes"][2]["diverged"]
    without = race_tree(LEARNING, View())
    assert without["curves"]["offset"] == LOSS.minimum_value
    assert without["race"]["lanes"][0]["validation"] is None
    np.testing.assert_allclose(
        tree["race"]["lanes"][0]["gaps"] - LOSS.minimum_value, without["race"]["lanes"][0]["gaps"]
    )


def test_a_family_that_learns_from_data_is_told_whole():
    family = Family(0, "learning_rate", np.geomspace(1e-3, 20.0, 7).tolist())
    tree = race_tree(LEARNING, View(), family=family, validation=True)
    told, entry = tree["race"]["family"], tree["race"]["lanes"][0]
    for name in ("gaps", "validation", "seen"):
        np.testing.assert_array_equal(told[name][told["chosen"]], entry[name].astype(np.float32))
    assert any(told["diverged"])


def test_a_veiled_race_tells_no_rows_and_no_loss_but_that_of_the_start():
    tree = race_tree(LEARNING, View(), veiled=True, validation=True)
    assert tree["race"]["rows"] is None
    assert {len(entry["validation"]) for entry in tree["race"]["lanes"]} == {1}
    assert tree["curves"]["ranges"]["examples"] == [0, 60]
