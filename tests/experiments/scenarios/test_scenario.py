from dataclasses import MISSING, fields, replace
from typing import get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landscape_lab.experiments import Entry, Scenario, ScenarioError
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.experiments.fairness import Comparison
from landscape_lab.experiments.maps.plan import MapPlan
from landscape_lab.experiments.scenarios.entries import with_wrappers
from landscape_lab.experiments.scenarios.scenario import MAX_ENTRIES, MAX_NAME, MAX_STEPS, default_entries
from landscapes import DATA_LOSSES, LANDSCAPES, SURFACES
from optim_core import OPTIMIZERS, SAMPLERS, SCHEDULES, Optimizer, Wrapper, key_of, knobs
from optim_core.registries import REGISTRIES
from optim_core.sampler import Sampler
from optim_core.schedule import Schedule


def knob_values(facts):
    if facts.kind is bool:
        return st.booleans()
    if facts.kind is int:
        return st.integers(facts.low, facts.high)
    return st.floats(facts.low, facts.high).map(lambda x: x + 0.0)


def built(cls, depth=2):
    """Any instance of a registered class, its knobs anywhere in their ranges."""
    hints = get_type_hints(cls)
    parts = {name: knob_values(facts) for name, facts in knobs(cls).items()}
    for f in fields(cls):
        needed = f.default is MISSING and f.default_factory is MISSING
        if hints[f.name] in REGISTRIES and (depth > 0 or needed):
            parts[f.name] = any_of(hints[f.name], depth - 1)
    return st.builds(cls, **parts)


def any_of(base, depth=2):
    simple = [cls for cls in REGISTRIES[base].values() if depth > 0 or not issubclass(cls, Wrapper)]
    return st.sampled_from(simple).flatmap(lambda cls: built(cls, depth))


@st.composite
def entries(draw):
    optimizer = draw(any_of(Optimizer))
    entry = Entry(
        optimizer,
        (),
        draw(st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters='"\\'), max_size=MAX_NAME)),
    )
    paths = [
        "inner." * depth + f
        for depth, layer in enumerate(entry.layers)
        for f, k in knobs(layer).items()
        if k.kind is float
    ]
    chosen = draw(st.lists(st.sampled_from(paths), unique=True, max_size=2)) if paths else []
    return replace(entry, schedules=tuple((path, draw(any_of(Schedule))) for path in chosen))


@st.composite
def scenarios(draw):
    surface = draw(st.sampled_from(list(SURFACES)))
    parameters = tuple((name, draw(knob_values(facts))) for name, facts in SURFACES[surface].knobs.items())
    domain = SURFACES[surface].with_parameters(**dict(parameters)).domain
    return Scenario(
        entries=tuple(draw(st.lists(entries(), min_size=1, max_size=3))),
        surface=surface,
        parameters=parameters,
        start=tuple(draw(st.floats(low, high)) for low, high in domain),
        steps=draw(st.integers(1, MAX_STEPS)),
        sampler=draw(any_of(Sampler).filter(lambda each: surface in DATA_LOSSES or not each.needs_examples)),
        seed=draw(st.integers(0, 2**32 - 1)),
    )


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(scenarios())
def test_a_link_gives_the_scenario_back(scenario):
    again = Scenario.from_query(scenario.to_query())
    # Schedules of one entry may come back in another order, which changes nothing.
    in_order = [
        replace(entry, schedules=tuple(sorted(entry.schedules, key=lambda s: s[0]))) for entry in scenario.entries
    ]
    back = [replace(entry, schedules=tuple(sorted(entry.schedules, key=lambda s: s[0]))) for entry in again.entries]
    assert replace(again, entries=tuple(back)) == replace(scenario, entries=tuple(in_order))
    assert again.to_query() == scenario.to_query()


def test_a_link_tells_every_knob():
    query = Scenario(default_entries()).to_query()
    for entry in default_entries():
        for name in knobs(entry.optimizer):
            assert f"{name}=" in query["lanes"]


hostile = st.text(max_size=30) | st.sampled_from(
    [
        "nan",
        "inf",
        "1e999",
        "-1",
        "1e9",
        "0",
        "true",
        "a*b",
        "adam",
        "adam()",
        "__import__('os')",
        "lookahead",
        '"x"',
        "rosenbrock(b=nan)",
    ]
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["v", "surface", "start", "lanes", "steps", "noise", "seed", "x"]), hostile))
def test_any_link_is_a_scenario_or_a_sentence(query):
    try:
        scenario = Scenario.from_query(query)
    except ScenarioError as error:
        assert len(str(error)) < 300
    else:
        assert 1 <= len(scenario.entries) <= MAX_ENTRIES


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"v": "2"}, "another version"),
        ({"surface": "moon"}, "no surface called"),
        ({"surface": "rosenbrock(c=1)"}, "has no"),
        ({"surface": "rosenbrock(b=1e12)"}, "outside"),
        ({"start": "1"}, "two numbers"),
        ({"start": "1e6,0"}, "off the map"),
        ({"start": "2.0000001,0"}, "start x = 2.0000001 lies off the map: x goes from −2 to 2"),
        ({"start": "1e999,0"}, "too large"),
        ({"start": "nan,0"}, "must be a number"),
        ({"lanes": ""}, "1 to 12 entries, not 0"),
        ({"lanes": ",".join(["adam"] * 13)}, "1 to 12 entries, not 13"),
        ({"lanes": "adam(learning_rate=-1)"}, "outside"),
        ({"lanes": "adam(learning_rate=nan)"}, "must be a number"),
        ({"lanes": "adam(rate=1)"}, "no setting called"),
        ({"lanes": "adam(bias_correction=1)"}, "true or false"),
        ({"lanes": "sgd"}, "no optimizer called"),
        ({"lanes": "lookahead"}, "needs its"),
        ({"lanes": "lookahead(inner=adam,sync_period=2.5)"}, "whole number"),
        ({"lanes": "adam(learning_rate=0.1*sawtooth)"}, "no schedule called"),
        ({"lanes": "lookahead(inner=adam,sync_period=5*cosine)"}, "cannot follow a schedule"),
        ({"lanes": f'adam(name="{"x" * 41}")'}, "40 characters at most"),
        ({"lanes": "3"}, "must name an optimizer"),
        ({"steps": "1000000000"}, "outside"),
        ({"steps": "0"}, "outside"),
        ({"steps": "2.5"}, "whole number"),
        ({"seed": "4294967296"}, "goes from 0 to 4294967295; 4294967296 is outside"),
        ({"noise": "thunder"}, "no kind of noise"),
        ({"noise": "minibatch(size=2)"}, "loss over data"),
        ({"noise": "dropout", "surface": "bowl"}, "loss over data"),
        ({"noise": "minibatch(size=0)", "surface": "linear_regression"}, "outside"),
        ({"surface": "linear_regression(n=20.5)"}, "whole number"),
        ({"surface": "linear_regression(n=9)"}, "outside"),
        ({"surface": "linear_regression(standardised=1)"}, "true or false"),
        ({"seed": "-1"}, "outside"),
        ({"colour": "red"}, "means nothing"),
        ({"lanes": "adam," * 300_000}, "too long"),
    ],
)  # fmt: skip
def test_a_bad_link_says_what_is_wrong(query, says):
    with pytest.raises(ScenarioError, match=says):
        Scenario.from_query(query)


@pytest.mark.parametrize(
    "query", ["http://127.0.0.1/playground?steps=5", None, 3, [("steps", "5")], {"steps": 500}, {"start": (0, 1)},
              {"seed": None}, {3: "steps"}, {"surface": b"bowl"}, {"lanes": ["adam"]}, {"noise": 1.5}],
)  # fmt: skip
@pytest.mark.parametrize("cls", [Scenario, Comparison, MapPlan, next(iter(LESSONS.values()))])
def test_what_is_no_mapping_of_texts_is_refused_in_a_sentence(cls, query):
    with pytest.raises(ScenarioError, match=r"mapping from names to texts|must be a text"):
        cls.from_query(query)
    with pytest.raises(ScenarioError):
        Entry.from_text(query)


@pytest.mark.parametrize("sign", ["+", " ", ""])
def test_a_plus_that_an_address_turned_into_a_blank_is_a_plus(sign):
    query = {
        "surface": f'formula(text="x^2",left=-1e{sign}1,right=1e{sign}1,bottom=-10,top=10)',
        "start": f"{sign}1,5e{sign}0",
        "lanes": f"gradient_descent(learning_rate=1e{sign}0*exponential(decay=0.5))",
        "steps": f"1e{sign}2",
        "seed": f"{sign}3",
    }
    scenario = Scenario.from_query(query)
    assert scenario == Scenario.from_query({name: text.replace(sign, "") for name, text in query.items()})
    assert (scenario.point, scenario.steps, scenario.seed) == ((1.0, 5.0), 100, 3)
    assert scenario.landscape.domain == ((-10.0, 10.0), (-10.0, 10.0))


@pytest.mark.parametrize(
    "name",
    [
        "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}\u200d\N{BOY}",
        "می\u200cخواهم",
        "\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}",
        "क्\u200dष",
        "é" + "a" * 39,
        "\N{WAVING HAND SIGN}\U0001f3fd",
    ],
)
def test_a_name_may_be_in_any_script(name):
    query = {"lanes": f'adam(name="{name}")'}
    scenario = Scenario.from_query(query)
    assert scenario.entries[0].name == name and Scenario.from_query(scenario.to_query()) == scenario


@pytest.mark.parametrize(
    "name",
    ["\u202egpj.exe", "a\u2066b\u2069", "\u200fa", "a\u200e", "\u200d", "a\u200d", "\u200ca", "\u200d\u200d\u200d",
     "a\0b", "a\nb", "\x1b[31m", "a\u2028b", "\ufeffa", "a\u200bb", "a\u00adb", "\ud800", "a\\b", "a" * 41],
)  # fmt: skip
def test_a_name_that_hides_something_is_refused(name):
    with pytest.raises(ScenarioError) as caught:
        Scenario((Entry(OPTIMIZERS["adam"](), name=name),))
    assert "at most: letters, signs and emoji" in str(caught.value)


def test_what_a_link_leaves_out_is_the_default():
    assert Scenario.from_query({}) == Scenario(default_entries())
    assert Scenario.from_query({"surface": "booth"}).start == LANDSCAPES["booth"].start


def test_the_registries_of_scenarios_are_those_of_the_core():
    assert {Optimizer: OPTIMIZERS, Schedule: SCHEDULES, Sampler: SAMPLERS} == REGISTRIES


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_every_optimizer_has_a_text(key):
    cls = OPTIMIZERS[key]
    entry = Entry(cls(inner=OPTIMIZERS["adam"]()) if issubclass(cls, Wrapper) else cls())
    assert entry.text.startswith(key) and Entry.from_text(entry.text) == entry and key_of(entry.optimizer) == key


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=25)
@given(scenarios(), st.data())
def test_the_kind_of_a_scenario_is_all_that_is_chosen_and_nothing_that_is_dragged(scenario, data):
    entry, *others = scenario.entries

    def other_numbers(thing):
        numbers = {name: data.draw(knob_values(facts)) for name, facts in knobs(type(thing)).items()}
        parts = {f.name: getattr(thing, f.name) for f in fields(thing)} | numbers
        return type(thing)(
            **{name: other_numbers(part) if name in ("inner", "then") else part for name, part in parts.items()}
        )

    schedules = tuple((path, other_numbers(schedule)) for path, schedule in entry.schedules)
    dragged = replace(
        scenario,
        entries=(Entry(other_numbers(entry.optimizer), schedules, "another name"), *others),
        start=scenario.landscape.minima[0] if scenario.landscape.minima else None,
        sampler=other_numbers(scenario.sampler),
        steps=data.draw(st.integers(1, MAX_STEPS)),
        seed=scenario.seed ^ 1,
    )
    assert dragged.kind == scenario.kind
    core = next(cls for cls in OPTIMIZERS.values() if not issubclass(cls, Wrapper) and cls is not type(entry.core))
    surface = next(key for key in DATA_LOSSES if key != scenario.surface)
    sampler = next(cls for cls in SAMPLERS.values() if cls is not type(scenario.sampler) and not cls().needs_examples)
    chosen = [
        replace(scenario, entries=(Entry(core()), *others)),
        replace(scenario, entries=(*scenario.entries, Entry(core()))),
        replace(scenario, entries=(with_wrappers(Entry(core()), ["lookahead"]), *others)),
        replace(scenario, entries=(Entry(core(), (("learning_rate", SCHEDULES["cosine"]()),)), *others)),
        replace(scenario, surface=surface, parameters=(), start=None),
        replace(scenario, sampler=sampler()),
    ]
    kinds = [scenario.kind, *(each.kind for each in chosen)]
    assert len(set(kinds)) == len(kinds)
