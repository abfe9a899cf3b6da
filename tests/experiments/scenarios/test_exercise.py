from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landscape_lab.experiments import RACES, Entry, Scenario, ScenarioError
from landscape_lab.experiments.scenarios.entries import with_setting
from landscape_lab.experiments.scenarios.exercise import (
    PARTS,
    check_kept,
    check_names,
    hidden_parts,
    knob_names,
    label_of,
)
from landscape_lab.experiments.scenarios.scenario import on_surface
from optim_core import OPTIMIZERS

RACE = RACES["noise"].scenario
BOWL = RACES["rates"].scenario
FORMULA = Scenario.from_query({"surface": 'formula(text="x^2 + a*y^2",a=3)'})


def otherwise(scenario: Scenario) -> dict[str, Scenario]:
    """For each part that sets something, the scenario with that part set otherwise."""
    first, *rest = scenario.entries
    return {
        "surface": on_surface(scenario, "booth"),
        "parameters": replace(BOWL, parameters=(("condition", 20.0), ("angle", 30.0))),
        "start": replace(scenario, start=(0.125, 0.25)),
        "steps": replace(scenario, steps=7),
        "optimizers": replace(scenario, entries=(replace(first, name="other"), *rest)),
        "schedules": replace(scenario, entries=(first, replace(rest[0], schedules=()), *rest[1:])),
        "noise": replace(scenario, sampler=type(scenario.sampler)(eta=1.0)),  # type: ignore[call-arg]
        "seed": replace(scenario, seed=99),
    }


def test_every_part_that_sets_something_is_tried():
    assert otherwise(RACE).keys() == {name for name, part in PARTS.items() if part.sets}


@pytest.mark.parametrize("name", otherwise(RACE))
def test_what_is_hidden_cannot_be_changed_and_what_is_not_can(name: str):
    old, new = (BOWL if name == "parameters" else RACE), otherwise(RACE)[name]
    with pytest.raises(ScenarioError, match="That would change what this exercise hides"):
        check_kept(old, new, [name])
    check_kept(old, new, [])
    check_kept(old, old, PARTS)
    check_kept(old, new, ["results", "lesson", "share"])


@pytest.mark.parametrize("name", knob_names(RACE))
def test_hidden_knob_cannot_be_changed_in_any_entry(name: str):
    for i, entry in enumerate(RACE.entries):
        for path in ("learning_rate", "inner.learning_rate", "momentum", "beta1"):
            try:
                other = replace(
                    RACE, entries=(*RACE.entries[:i], with_setting(entry, path, 0.0123), *RACE.entries[i + 1 :])
                )
            except (AttributeError, TypeError, ScenarioError):
                continue
            if path.endswith(name):
                with pytest.raises(ScenarioError):
                    check_kept(RACE, other, [name])
            else:
                check_kept(RACE, other, [name])


@pytest.mark.parametrize("name", [*PARTS, "learning_rate"])
def test_a_named_race_does_not_come_round_the_back(name: str):
    sets = name not in PARTS or PARTS[name].sets
    assert ("race" in hidden_parts(RACE, [name])) == (name == "race" or bool(sets))


def test_what_brings_new_knobs_is_hidden_with_a_knob():
    assert hidden_parts(RACE, ["learning_rate"]) == {"learning_rate", "optimizers", "race"}
    assert {"noise", "race"} <= hidden_parts(RACE, ["gamma"])
    assert {"surface", "data", "race"} <= hidden_parts(BOWL, ["angle"])
    assert hidden_parts(RACE, ["results"]) == {"results"}
    assert hidden_parts(RACE, []) == frozenset()


def test_another_formula_is_another_surface_and_its_letters_are_knobs():
    other = Scenario.from_query({"surface": 'formula(text="x^2 + y^2*a",a=3)'})
    with pytest.raises(ScenarioError, match="the choice of the surface"):
        check_kept(FORMULA, other, ["surface"])
    turned = replace(FORMULA, parameters=(*FORMULA.parameters[:1], ("a", 4.0)))
    check_kept(FORMULA, turned, ["surface"])
    with pytest.raises(ScenarioError):
        check_kept(FORMULA, turned, ["a"])


def test_names_are_checked():
    check_names(RACE, ["learning_rate", "gamma", *PARTS])
    for wrong in ("leaning_rate", "angle", "__class__", "<b>"):
        with pytest.raises(ScenarioError, match="there is no such control"):
            check_names(RACE, [wrong])
    assert label_of("learning_rate") == "learning rate" and label_of("noise") == "the noise"


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from([*PARTS, *knob_names(RACE)])), st.sampled_from(sorted(otherwise(RACE))))
def test_whatever_is_let_through_leaves_what_is_hidden_alone(hide: set[str], name: str):
    new = otherwise(RACE)[name]
    try:
        check_kept(RACE, new, hide)
    except ScenarioError:
        return
    for part in hidden_parts(RACE, hide) & PARTS.keys():
        sets = PARTS[part].sets
        assert sets is None or sets(RACE) == sets(new)


def test_hiding_lets_entries_be_added_when_only_the_steps_are_hidden():
    check_kept(RACE, replace(RACE, entries=(*RACE.entries, Entry(OPTIMIZERS["adam"]()))), ["steps"])
