"""Surfaces by name, and losses over data that somebody brought."""

import pickle
from collections import OrderedDict
from dataclasses import replace

import pytest

from experiments import Lane, Scenario, ScenarioError, race, surfaces
from experiments import scenario as scenario_module
from experiments.scenario import on_surface, samplers_on
from experiments.surfaces import FORMULA, MOST_BROUGHT, losses_over, remember, surface_named
from landscapes import DATA_LOSSES, SURFACES
from optim_core import OPTIMIZERS, SAMPLERS
from optim_core.samplers.exact import Exact
from optim_core.samplers.minibatch import Minibatch

LANES = (Lane(OPTIMIZERS["gradient_descent"](learning_rate=0.01)),)


def file(shift: int = 0, rows: int = 12) -> bytes:
    lines = [f"{i},{2 * i + 1 + (i + shift) % 3}" for i in range(rows)]
    return "\n".join(["hours,points", *lines]).encode()


def test_a_file_becomes_a_surface_that_can_be_raced_on():
    losses = losses_over(file())
    assert set(losses) == {"linear_regression", "hidden_unit_regression"}
    loss = losses["linear_regression"]
    remember(loss)
    scenario = Scenario(LANES, surface=loss.key, sampler=Minibatch(size=2), steps=20)
    assert scenario.landscape == loss
    path = race(scenario).trajectories[0]
    assert path.losses[-1] < path.losses[0]
    assert Scenario.from_query(scenario.to_query()) == scenario


def test_a_link_to_data_that_are_gone_says_so():
    loss = losses_over(file(1))["linear_regression"]
    with pytest.raises(ScenarioError, match="Load their file again"):
        Scenario.from_query({"surface": loss.key})
    with pytest.raises(ScenarioError, match="no surface called"):
        Scenario.from_query({"surface": "atlantis"})


def test_own_data_go_to_another_process_with_their_scenario(monkeypatch: pytest.MonkeyPatch):
    loss = losses_over(file(2))["linear_regression"]
    remember(loss)
    scenario = Scenario(LANES, surface=loss.key, parameters=(("l2", 0.25),), steps=20)
    parcel, losses = pickle.dumps(scenario), race(scenario).trajectories[0].losses
    scenario_module._landscape.cache_clear()
    monkeypatch.setattr(surfaces, "_brought", OrderedDict())
    again = pickle.loads(parcel)
    assert again == scenario and hash(again) == hash(scenario)
    assert vars(again) == vars(scenario)
    assert race(again).trajectories[0].losses.tobytes() == losses.tobytes()
    built_in = Scenario(LANES)
    assert pickle.loads(pickle.dumps(built_in)) == built_in


def test_only_so_many_are_kept_and_the_oldest_goes():
    first, *others = (losses_over(file(i, rows=12 + i))["linear_regression"] for i in range(MOST_BROUGHT + 1))
    remember(first)
    for loss in others:
        remember(loss)
    assert surface_named(others[0].key) is others[0]
    with pytest.raises(ScenarioError):
        surface_named(first.key)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "empty"),
        (b"a,b\n1,2", "rows"),
        (b"x,y\n" + b"1,2\n" * 20, "constant"),
        (b"x,y\n1,2\n3,four\n" + b"5,6\n" * 20, "four|row 3|line 3"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"1,2\n" * 400_000, "million bytes"),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence(text: bytes, told: str):
    with pytest.raises(ScenarioError, match=told):
        losses_over(text)


def test_samplers_are_offered_where_they_make_sense():
    assert set(samplers_on(DATA_LOSSES["linear_regression"])) == set(SAMPLERS)
    plain = samplers_on(SURFACES["bowl"])
    assert "minibatch" not in plain and "gradient_noise" in plain


def test_moving_to_another_surface_drops_a_sampler_that_has_no_sense_there():
    data = Scenario(LANES, surface="linear_regression", sampler=Minibatch())
    assert on_surface(data, "logistic_regression").sampler == Minibatch()
    assert on_surface(data, "bowl") == replace(data, surface="bowl", start=None, sampler=Exact())


FORMULA_LANES = "gradient_descent(learning_rate=0.01)"


def formula(text: str, **more: float) -> Scenario:
    arguments = "".join(f",{name}={value}" for name, value in more.items())
    return Scenario.from_query({"surface": f'formula(text="{text}"{arguments})', "lanes": FORMULA_LANES, "steps": "50"})


def test_a_formula_travels_in_the_link_and_is_raced_on():
    scenario = formula("a*(1-x)^2 + 10(y-x^2)^2", a=2)
    assert scenario.landscape.parameters == {"a": 2.0}
    assert scenario.landscape.minima[0] == pytest.approx((1, 1))
    path = race(scenario).trajectories[0]
    assert path.losses[-1] < path.losses[0]
    assert Scenario.from_query(scenario.to_query()) == scenario


def test_the_map_of_a_formula_can_be_chosen():
    assert formula("x^2+y^2", left=-1, right=3, bottom=0, top=4).landscape.domain == ((-1.0, 3.0), (0.0, 4.0))


def test_another_formula_keeps_the_letters_they_share():
    changed = on_surface(formula("a*x^2+b*y^2", a=2, b=3), FORMULA, text="a*x^2+c*y^2")
    assert changed.landscape.parameters == {"a": 2.0, "c": 1.0}


@pytest.mark.parametrize(
    ("surface", "told"),
    [
        ('formula(text="sine(x)")', "Column 1.*did you mean"),
        ('formula(text="__import__(1)")', "Column 1"),
        ('formula(text="x^2",q=3)', "has no “q”"),
        ('formula(text="a*x^2",a=1e9)', "outside"),
        ('formula(text="x^2",left=0)', "right"),
        ('formula(text="x^2",left=3,right=0,bottom=0,top=1)', "lower to a higher"),
        ("formula", "“text”"),
        ("formula(text=3)", "“text”"),
        ('formula(text="")', "."),
        ('formula(text="9^9^9^9")', "."),
    ],
)
def test_a_hostile_formula_in_a_link_is_refused_with_a_sentence(surface: str, told: str):
    with pytest.raises(ScenarioError, match=told):
        Scenario.from_query({"surface": surface})
