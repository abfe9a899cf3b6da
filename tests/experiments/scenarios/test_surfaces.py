"""Surfaces by name, and losses over a person's own data."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from landscape_lab.experiments import Entry, Scenario, ScenarioError, race
from landscape_lab.experiments.fairness import Comparison
from landscape_lab.experiments.maps.plan import MapPlan, usual_axes
from landscape_lab.experiments.scenarios.scenario import on_surface, samplers_on
from landscape_lab.experiments.scenarios.surfaces import (
    FORMULA,
    NO_DATA,
    by_key,
    losses_over,
    notes_on,
    roles_of,
    table_of,
)
from landscapes import DATA_LOSSES, SURFACES, DataLoss
from optim_core import OPTIMIZERS, SAMPLERS
from optim_core.samplers.exact import Exact
from optim_core.samplers.minibatch import Minibatch

ENTRIES = (Entry(OPTIMIZERS["gradient_descent"](learning_rate=0.01)),)


def file(shift: int = 0, rows: int = 12) -> bytes:
    lines = [f"{i},{2 * i + 1 + (i + shift) % 3}" for i in range(rows)]
    return "\n".join(["hours,points", *lines]).encode()


def test_a_file_becomes_a_surface_that_can_be_raced_on():
    losses = losses_over(file())
    assert set(losses) == {"linear_regression", "hidden_unit_regression"}
    loss = losses["linear_regression"]
    scenario = Scenario(ENTRIES, surface=loss.key, sampler=Minibatch(size=2), steps=20, data=loss)
    assert scenario.landscape == loss
    path = race(scenario).trajectories[0]
    assert path.losses[-1] < path.losses[0]
    assert Scenario.from_query(scenario.to_query(), by_key(losses.values())) == scenario


@pytest.mark.parametrize("other", [file(1), file(rows=13), file().replace(b"hours", b"years")], ids=["y", "n", "name"])
def test_files_that_look_different_are_different_surfaces(other: bytes):
    one, two = (losses_over(each)["linear_regression"] for each in (file(), other))
    assert one.key != two.key and one != two
    assert one.with_parameters(standardised=True) != two.with_parameters(standardised=True)
    assert losses_over(file())["linear_regression"] == one


def test_a_link_alone_gives_no_access_to_data():
    """Whatever this process has computed for whoever has them."""
    loss = losses_over(file(1))["linear_regression"]
    own = by_key([loss])
    scenario = Scenario(ENTRIES, surface=loss.key, parameters=(("l2", 0.5),), data=loss)
    race(scenario)
    plan = MapPlan(scenario, usual_axes(scenario))
    for read, query in (
        (Scenario.from_query, scenario.to_query()),
        (MapPlan.from_query, plan.to_query()),
        (Comparison.from_query, Comparison(scenario).to_query()),
    ):
        assert read(query, own).to_query() == query
        for others in (NO_DATA, by_key(losses_over(file(2)).values())):
            with pytest.raises(ScenarioError, match="Load that file first"):
                read(query, others)
    with pytest.raises(ScenarioError, match="Load that file first"):
        on_surface(Scenario(ENTRIES), loss.key)
    with pytest.raises(ScenarioError, match="no surface called"):
        Scenario.from_query({"surface": "atlantis"})


def test_data_belong_to_their_surface():
    loss = losses_over(file())["linear_regression"]
    for wrong in (replace(Scenario(ENTRIES), surface="bowl"), Scenario(ENTRIES, surface="linear_regression")):
        with pytest.raises(ValueError, match="not to the surface"):
            replace(wrong, data=loss)
    with pytest.raises(ValueError, match="not to the surface"):
        Scenario(ENTRIES, surface=loss.key, data=loss.with_parameters(l2=0.5))
    own = Scenario(ENTRIES, surface=loss.key, data=loss)
    assert on_surface(own, "bowl").data is None
    assert on_surface(on_surface(own, "bowl"), loss.key, by_key([loss])) == own


def test_own_data_go_to_another_process_with_their_scenario():
    loss = losses_over(file(2))["linear_regression"]
    scenario = Scenario(ENTRIES, surface=loss.key, parameters=(("l2", 0.25),), steps=20, data=loss)
    again = pickle.loads(pickle.dumps(scenario))
    assert again == scenario and hash(again) == hash(scenario)
    assert vars(again) == vars(scenario)
    assert again.data.data.names == ("hours", "points")
    assert race(again).trajectories[0].losses.tobytes() == race(scenario).trajectories[0].losses.tobytes()
    assert again.private_cache is not scenario.private_cache
    built_in = Scenario(ENTRIES)
    assert pickle.loads(pickle.dumps(built_in)) == built_in


@pytest.mark.parametrize("key", DATA_LOSSES)
def test_every_loss_over_data_can_be_pickled(key: str):
    own = losses_over(file()).get(key)
    part = own and own.with_parameters(held_out_share=0.3, l2=0.5)
    assert own is None or pickle.loads(pickle.dumps(own)) == own
    for loss in filter(None, [DATA_LOSSES[key].with_parameters(l2=0.5), part]):
        for each in (loss, loss.validation):
            again = pickle.loads(pickle.dumps(each))
            assert again == each
            at = np.array(loss.starts).T
            assert again.gradient(at).tobytes() == each.gradient(at).tobytes()


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
    data = Scenario(ENTRIES, surface="linear_regression", sampler=Minibatch())
    assert on_surface(data, "logistic_regression").sampler == Minibatch()
    assert on_surface(data, "bowl") == replace(data, surface="bowl", start=None, sampler=Exact())


FORMULA_ENTRIES = "gradient_descent(learning_rate=0.01)"


def formula(text: str, **more: float) -> Scenario:
    arguments = "".join(f",{name}={value}" for name, value in more.items())
    return Scenario.from_query(
        {"surface": f'formula(text="{text}"{arguments})', "lanes": FORMULA_ENTRIES, "steps": "50"}
    )


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
        ('formula(text="sine(x)")', "Column 1.*not a known function"),
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


ROWS = "\n".join(f"{i % 7},{i * i % 11},{'yes' if i % 3 else 'no'},{i % 5}" for i in range(24))


def test_model_for_classes_comes_first_where_the_target_is_one():
    table = table_of(f"u,v,passed,w\n{ROWS}".encode())
    assert next(iter(losses_over(table))) == "logistic_regression"
    assert list(losses_over(table, roles_of(table, "u,v,w"))) == ["multiple_regression"]
    assert list(losses_over(table, roles_of(table, "1,4"))) == ["linear_regression", "hidden_unit_regression"]
    assert [str(note) for note in notes_on(table)] == ["“passed”: no = 0, yes = 1."]
    with pytest.raises(ScenarioError, match="no column “x”"):
        roles_of(table, "u,x")


def test_share_that_is_held_out_is_a_setting_of_the_link():
    own = by_key(losses_over(f"u,v,passed,w\n{ROWS}".encode()).values())
    key = next(iter(own))
    scenario = Scenario.from_query({"surface": f"{key}(held_out_share=0.25)"}, own)
    loss = scenario.landscape
    assert isinstance(loss, DataLoss) and (loss.n, loss.held_out.n) == (18, 6)
    assert Scenario.from_query(scenario.to_query(), own) == scenario
    with pytest.raises(ScenarioError, match=r"goes from 0 to 0\.5"):
        Scenario.from_query({"surface": f"{key}(held_out_share=0.6)"}, own)


def test_columns_that_become_constant_by_holding_rows_out_get_a_sentence():
    """Each of the rows in turn is the only one whose feature differs: some are held out, and are refused."""
    refused = 0
    for odd in range(12):
        rows = "\n".join(f"{int(i == odd)},{i % 5}" for i in range(12))
        own = by_key(losses_over(f"u,v\n{rows}".encode()).values())
        key = next(iter(own))
        try:
            Scenario.from_query({"surface": f"{key}(held_out_share=0.3)"}, own)
        except ScenarioError as error:
            refused += "constant" in str(error)
    assert refused == 4
