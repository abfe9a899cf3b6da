"""Plans of maps: a link says everything, and what a map cannot be gets a sentence."""

from dataclasses import replace

import pytest

from landscape_lab.experiments import RACES, Scenario, ScenarioError
from landscape_lab.experiments.maps import Axis
from landscape_lab.experiments.maps.plan import MAPS, MOST_MAPS, MapPlan, axes_of, usual_axes, whole_axis
from landscape_lab.experiments.scenarios.entries import CORES
from landscape_lab.experiments.scenarios.scenario import Entry, on_surface
from landscapes import SURFACES
from optim_core import OPTIMIZERS, Wrapper, knobs
from optim_core.optimizer import get_field


@pytest.mark.parametrize("key", MAPS)
def test_link_reads_back_to_the_same_plan(key: str):
    plan = MAPS[key].plan
    assert MapPlan.from_query(plan.to_query()) == plan
    picked = replace(plan, picked=tuple(float(axis.values[3]) for axis in plan.axes))
    assert MapPlan.from_query(picked.to_query()) == picked != plan
    closer = picked.zoomed((0.1, 0.2), (0.30001, 0.7))
    assert MapPlan.from_query(closer.to_query()) == closer


@pytest.mark.parametrize("key", CORES)
def test_every_optimizer_has_a_map(key: str):
    scenario = Scenario((Entry(CORES[key]()),))
    for axes in (usual_axes(scenario), usual_axes(scenario, basins=True)):
        assert MapPlan(scenario, axes).mapped == scenario.entries
    for name in axes_of(scenario):
        whole_axis(scenario.entries[0], scenario.landscape, name).fits(scenario.entries[0], scenario.landscape)


@pytest.mark.parametrize("key", [key for key, cls in OPTIMIZERS.items() if issubclass(cls, Wrapper)])
def test_wrapped_ones_too(key: str):
    scenario = Scenario((Entry(OPTIMIZERS[key](inner=OPTIMIZERS["adam"]())),))  # type: ignore[call-arg]
    for name in axes_of(scenario):
        whole_axis(scenario.entries[0], scenario.landscape, name).fits(scenario.entries[0], scenario.landscape)


def test_entries_that_lack_a_setting_have_no_map():
    plan = MapPlan.from_query(
        {"lanes": "momentum,adam,nesterov", "across": "learning_rate=0.1:1", "up": "momentum=0:0.9"}
    )
    assert [entry.label for entry in plan.mapped] == ["Momentum", "Nesterov"]
    many = MapPlan.from_query({"lanes": ",".join(["adam"] * 6), "across": "x=-1:1", "up": "y=0:1"})
    assert len(many.mapped) == MOST_MAPS


def test_entry_that_may_not_have_all_values_leaves_the_others_their_maps():
    plan = MapPlan.from_query({"lanes": "momentum,newton", "across": "learning_rate=0.0001:1:log", "up": "x=-1:1"})
    assert [entry.label for entry in plan.mapped] == ["Momentum"]
    for named in RACES.values():
        assert MapPlan(named.scenario, usual_axes(named.scenario)).mapped


def test_picked_cell_is_a_race_with_its_values():
    plan = MapPlan.from_query(
        {"lanes": "momentum,adam", "across": "learning_rate=0.1:1", "up": "x=-1:1", "at": "0.5,0.25"}
    )
    assert [get_field(entry.optimizer, "learning_rate") for entry in plan.run.entries] == [0.5, 0.5]
    assert plan.run.point == (0.25, plan.scenario.point[1])
    assert replace(plan, picked=None).run.entries == plan.mapped


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"across": "nonsense"}, "written like"),
        ({"across": "learning_rate=0:1:log"}, "needs a lower end above 0"),
        ({"lanes": "adam", "across": "momentum=0:1"}, "No entry has both"),
        ({"lanes": "adam", "across": "x=0:1", "up": "x=0:1"}, "Both axes"),
        ({"lanes": "adam", "up": "x=-5:5"}, "“x” goes from −2 to 2"),
        ({"lanes": "adam", "at": "99,1"}, "“learning rate” goes from"),
        ({"at": "1"}, "two numbers"),
        ({"across": "x" * 20_000}, "too long"),
        ({"beauty": "1"}, "means nothing here"),
    ],
)
def test_link_that_is_no_map_gets_a_sentence(query: dict[str, str], sentence: str):
    with pytest.raises(ScenarioError, match=sentence):
        MapPlan.from_query(query)


@pytest.mark.parametrize("key", SURFACES)
def test_another_surface_keeps_the_axes_where_it_can(key: str):
    for name in ("edge", "basins"):
        old = MAPS[name].plan
        new = old.with_scenario(on_surface(old.scenario, key))
        assert new.basins == old.basins and new.picked is None
        if not old.basins:
            assert new.axes == old.axes


def test_another_optimizer_gets_axes_that_it_has():
    plan = MAPS["edge"].plan
    adam = plan.with_scenario(replace(plan.scenario, entries=(Entry(CORES["adam"]()),)))
    assert [axis.setting for axis in adam.axes] == ["learning_rate", "beta1"]


def test_zoom_ends_where_float64_does():
    plan = MAPS["edge"].plan
    with pytest.raises(ScenarioError, match="float64 has about 16 digits"):
        for _ in range(40):
            plan = plan.zoomed((0.4, 0.6), (0.4, 0.6))
    assert 1e-16 < plan.axes[0].high - plan.axes[0].low < 1e-12
    assert plan.axes[0].fine_enough and not replace(plan.axes[0], count=2**20).fine_enough


def test_wider_never_leaves_the_range():
    plan = MAPS["basins"].plan
    wider = (-0.5, 1.5)
    for _ in range(5):
        plan = plan.zoomed(wider, wider)
    assert tuple((axis.low, axis.high) for axis in plan.axes) == plan.scenario.landscape.domain
    rate, momentum = Axis("learning_rate", 1e-3, 1e-2, "log"), Axis("momentum", 0.5, 0.9)
    rate = replace(plan, axes=(rate, momentum)).zoomed((-1, 2), (-0.1, 0.9)).axes[0]
    assert (rate.low, rate.high) == (pytest.approx(1e-4), pytest.approx(1e-1))
    with pytest.raises(ScenarioError):
        plan.zoomed((1.5, 2.5), (0, 1))


def test_a_logarithmic_axis_spans_five_decades_around_the_usual_value_within_the_range():
    scenario = Scenario((Entry(OPTIMIZERS["adam"]()),))
    for name in ("learning_rate", "epsilon"):
        facts = knobs(OPTIMIZERS["adam"])[name]
        axis = whole_axis(scenario.entries[0], scenario.landscape, name)
        assert axis.scale == facts.scale == "log"
        assert axis.low == pytest.approx(max(facts.low, facts.default / 1000))
        assert axis.high == pytest.approx(min(facts.high, facts.default * 100))
