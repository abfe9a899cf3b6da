"""Every number has a path, and setting it by the path equals writing it into the value."""

import math
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscape_lab.experiments import RACES, Entry, Scenario, ScenarioError
from landscape_lab.experiments.course.lessons import LESSONS, RACE_LESSONS
from landscape_lab.experiments.course.network_lesson import NetworkLesson
from landscape_lab.experiments.fairness import Comparison, default_comparison
from landscape_lab.experiments.maps.plan import MAPS
from landscape_lab.experiments.operations import Setting, apply, setting_at, settings_of, subject
from landscape_lab.experiments.scenarios.entries import CORES, WRAPPERS
from landscape_lab.experiments.scenarios.scenario import MAX_SEED, on_surface
from landscapes import LANDSCAPES
from optim_core import SAMPLERS, SCHEDULES, knobs
from optim_core.optimizers.lookahead import Lookahead
from optim_core.schedules.cosine import Cosine
from optim_core.schedules.warmup import Warmup

GD = CORES["gradient_descent"]
SHORT = Scenario((Entry(GD()), Entry(WRAPPERS["lookahead"](inner=CORES["adam"]()))), steps=20)
SCHEDULED = replace(SHORT, entries=(Entry(GD(), (("learning_rate", Warmup(length=5, then=Cosine())),)),))
FORMULA = Scenario.from_query({"surface": 'formula(text="x^2 + a*y^2",a=3)', "steps": "20"})
PAGES = {
    "playground": SHORT,
    "schedules": SCHEDULED,
    "formula": FORMULA,
    "noise": RACES["noise"].scenario,
    "map": MAPS["edge"].plan,
    "basins": MAPS["basins"].plan,
    "fairness": default_comparison(),
    **{key: lesson() for key, lesson in LESSONS.items()},
}


def paths(held: Any) -> list[str]:
    return [setting.path for setting in settings_of(held)]


@pytest.mark.parametrize("held", PAGES.values(), ids=PAGES)
def test_paths_are_unique_and_setting_the_present_value_changes_nothing(held: Any):
    found = paths(held)
    assert (found or isinstance(held, NetworkLesson)) and len(set(found)) == len(found)
    for setting in settings_of(held):
        assert setting_at(held, setting.path) == setting
        assert apply(held, setting.path, setting.value) is held


@pytest.mark.parametrize("held", PAGES.values(), ids=PAGES)
def test_path_sets_only_its_own_number(held: Any):
    for setting in settings_of(held):
        value = other(setting)
        try:
            new = apply(held, setting.path, value)
        except ScenarioError:  # for example an axis whose lower end is above its upper end
            continue
        now = {each.path: each.value for each in settings_of(new)}
        assert now.pop(setting.path) == value and type(setting_at(new, setting.path).value) is type(setting.value)
        kept = {each.path: each.value for each in settings_of(held) if each.path in now}
        depends = ("start/",) if setting.path.startswith(("domain/", "surface/", "lesson/")) else ()
        assert {k: v for k, v in now.items() if not k.startswith(depends or "-")} == {
            k: v for k, v in kept.items() if not k.startswith(depends or "-")
        }


def other(setting: Setting) -> Any:
    """A value in the range of the setting that differs from the present one."""
    if setting.knob.kind is bool:
        return not setting.value
    low, high = setting.knob.low, setting.knob.high
    if math.isinf(high):
        return float(setting.value) * 1.0625 + 1e-6
    return next(value for value in (low, high) if value != setting.value)


def numbers(thing: Any) -> Iterator[str]:
    """The numbers and booleans that a dataclass declares, found from its fields and not from the tested module."""
    for field in fields(thing):
        if field.type in (int, float, bool, "int", "float", "bool"):
            yield field.name


def test_every_number_of_the_registries_has_a_path():
    for key, cls in CORES.items():
        assert {f"lane/0/{name}" for name in numbers(cls)} <= set(paths(replace(SHORT, entries=(Entry(cls()),)))), key
    for key, cls in WRAPPERS.items():
        entry = Entry(cls(inner=GD()))
        assert {f"lane/0/{name}" for name in numbers(cls)} <= set(paths(replace(SHORT, entries=(entry,)))), key
        assert "lane/0/inner.learning_rate" in paths(replace(SHORT, entries=(entry,)))
    for key, cls in SCHEDULES.items():
        scheduled = replace(SHORT, entries=(Entry(GD(), (("learning_rate", cls()),)),))
        found = set(paths(scheduled))
        assert {f"lane/0/learning_rate/schedule/{name}" for name in numbers(cls)} <= found, key
    for key, landscape in LANDSCAPES.items():
        assert {f"surface/{name}" for name in landscape.parameters} <= set(paths(on_surface(SHORT, key))), key
    for key, cls in SAMPLERS.items():
        if not cls.needs_examples:
            assert {f"sampler/{name}" for name in numbers(cls)} <= set(paths(replace(SHORT, sampler=cls()))), key
    for key, lesson in LESSONS.items():
        start = {"start/x", "start/y"} if key in RACE_LESSONS else set()
        assert {f"lesson/{name}" for name in numbers(lesson)} | start == set(paths(lesson()))
    assert {f"comparison/{name}" for name in numbers(Comparison)} == set(paths(default_comparison()))
    assert {"axis/0/from", "axis/0/to", "axis/1/from", "axis/1/to", "steps"} <= set(paths(MAPS["edge"].plan))
    assert {f"domain/{end}" for end in ("x0", "x1", "y0", "y1")} <= set(paths(FORMULA))


def test_change_equals_the_value_written_out():
    assert apply(SHORT, "lane/0/learning_rate", 0.25).entries == (Entry(GD(learning_rate=0.25)), SHORT.entries[1])
    assert apply(SHORT, "lane/1/inner.beta1", 0.5).entries[1].core == CORES["adam"](beta1=0.5)
    assert apply(SHORT, "lane/1/sync_period", 3.0).entries[1].optimizer == Lookahead(CORES["adam"](), sync_period=3)
    (entry,) = apply(SCHEDULED, "lane/0/learning_rate/schedule/then.final", 0.25).entries
    assert entry.schedules == (("learning_rate", Warmup(length=5, then=Cosine(final=0.25))),)
    (entry,) = apply(SCHEDULED, "lane/0/learning_rate/schedule/length", 7).entries
    assert entry.schedules == (("learning_rate", Warmup(length=7, then=Cosine())),)
    assert apply(FORMULA, "surface/a", 5) == Scenario.from_query(
        {"surface": 'formula(text="x^2 + a*y^2",a=5)', "steps": "20"}
    )
    assert apply(SHORT, "start/y", 0.5) == replace(SHORT, start=(SHORT.point[0], 0.5))
    assert apply(SHORT, "steps", 1e3) == replace(SHORT, steps=1000)
    assert apply(SHORT, "seed", MAX_SEED) == replace(SHORT, seed=MAX_SEED)
    plan = MAPS["edge"].plan
    assert apply(plan, "axis/0/from", 0.0021) == replace(plan, axes=(replace(plan.axes[0], low=0.0021), plan.axes[1]))
    assert apply(plan, "axis/1/to", 0.95).axes[1].high == 0.95
    assert apply(plan, "steps", 9) == plan.with_scenario(replace(plan.scenario, steps=9))
    assert apply(default_comparison(), "comparison/budget", 50) == replace(default_comparison(), budget=50)
    assert apply(default_comparison(), "comparison/second_setting", True).second_setting is True


def test_subject_changes_when_a_path_means_another_number():
    path, first, second = "lane/1/learning_rate", *SHORT.entries
    assert subject(SHORT, path) == subject(apply(SHORT, path.replace("1", "0"), 0.25), path)
    assert subject(SHORT, path) == subject(replace(SHORT, entries=(first, second, second)), path)
    assert subject(SHORT, path) != subject(replace(SHORT, entries=(second, first)), path)
    assert subject(SHORT, path) != subject(replace(SHORT, entries=(first,)), path)
    assert subject(on_surface(SHORT, "bowl"), "surface/b") != subject(on_surface(SHORT, "saddle"), "surface/b")
    assert subject(SHORT, f"lane/{'9' * 5000}/x") == subject(default_comparison(), "comparison/budget") == ""
    assert subject(MAPS["edge"].plan, "lane/0/momentum") == subject(MAPS["edge"].plan.scenario, "lane/0/momentum") != ""


def test_map_drops_the_picked_cell_when_its_axes_change():
    plan = replace(MAPS["edge"].plan, picked=(0.0021, 0.95))
    assert apply(plan, "axis/0/from", 0.00203).picked is None
    assert apply(plan, "steps", 9).picked == (0.0021, 0.95)


def test_bounds_of_a_formula_change_one_at_a_time_and_contain_the_start():
    wide = apply(FORMULA, "domain/x0", -20)
    assert wide.landscape.domain == ((-20, FORMULA.landscape.domain[0][1]), FORMULA.landscape.domain[1])
    assert wide.point == FORMULA.point
    narrow = apply(replace(FORMULA, start=(1.5, 0.25)), "domain/x1", 1)
    assert narrow.landscape.domain[0][1] == 1 and narrow.point[0] <= 1
    with pytest.raises(ScenarioError):
        apply(FORMULA, "domain/x1", -100)


def test_start_of_a_lesson_can_be_changed():
    for lesson in RACE_LESSONS.values():
        x, y = lesson().scenario.point
        (_low, high), _ = lesson().scenario.landscape.domain
        new = x + (high - x) / 8
        moved = apply(lesson(), "start/x", new)
        assert moved == replace(lesson(), start=(new, y)) and moved.scenario.point == (new, y)


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "lane", "lane/0", "lane/0/", "lane/2/learning_rate", "lane/-1/learning_rate", "lane/00/learning_rate",
        "lane/0/inner", "lane/0/__class__", "lane/0/learning_rate.real", "lane/0/learning_rate/schedule/length",
        "lane/0/learning_rate/", "lane/1/inner.inner.beta1", "lane/1/inner.__class__.label", "surface/text", "surface",
        "domain/x0", "sampler/sigma", "start/z", "start", "steps/", "STEPS", "lanes", "lesson/start", "axis/0/from",
        "comparison/budget", "data", "__class__", "lane/١/learning_rate", "lane/0/learning_rate\0", "x" * 100_000,
    ],
)  # fmt: skip
def test_path_without_a_number_raises_a_short_error(path: str):
    with pytest.raises(ScenarioError, match="no number called") as refused:
        apply(SHORT, path, 1.0)
    assert len(str(refused.value)) < 120


WRONG = [math.nan, math.inf, -math.inf, 10**400, "1", None, [1], {"a": 1}, 1j, 1e308, -1e308]


@pytest.mark.parametrize("value", WRONG, ids=str)
@pytest.mark.parametrize("held", [SHORT, SCHEDULED, FORMULA, *(PAGES[key] for key in ("noise", "map", "fairness"))])
def test_value_out_of_range_is_refused_everywhere(held: Any, value: Any):
    for path in paths(held):
        if path.startswith(("axis/", "domain/")) and isinstance(value, float) and math.isfinite(value):
            continue  # the end of an axis has no range
        with pytest.raises(ScenarioError):
            apply(held, path, value)


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("start/x", 1000.1, "lies off the map"),
        ("steps", 0, "goes from 1 to 5000"),
        ("steps", 2.5, "must be a whole number"),
        ("steps", True, "must be a number"),
        ("seed", -1, "goes from 0"),
        ("lane/0/learning_rate", -0.1, "goes from"),
        ("lane/1/sync_period", 1.5, "must be a whole number"),
    ],
)
def test_refusal_states_its_reason(path: str, value: Any, reason: str):
    with pytest.raises(ScenarioError, match=reason):
        apply(SHORT, path, value)


def test_boolean_is_not_a_number():
    for entry in (Entry(cls()) for cls in CORES.values()):
        scenario = replace(SHORT, entries=(entry,))
        for name, facts in knobs(entry.core).items():
            if facts.kind is bool:
                assert (
                    getattr(apply(scenario, f"lane/0/{name}", not facts.default).entries[0].core, name) != facts.default
                )
                with pytest.raises(ScenarioError, match="true or false"):
                    apply(scenario, f"lane/0/{name}", 1)


def test_setting_hidden_by_an_exercise_cannot_change():
    for hide, path, value in (
        (("learning_rate",), "lane/0/learning_rate", 0.5),
        (("steps",), "steps", 7),
        (("start",), "start/x", 0.125),
        (("schedules",), "lane/0/learning_rate/schedule/length", 9),
        (("seed",), "seed", 9),
    ):
        assert apply(SCHEDULED, path, value) != SCHEDULED
        with pytest.raises(ScenarioError, match="what this exercise hides"):
            apply(SCHEDULED, path, value, hide)


def test_settings_of_another_value_raise():
    with pytest.raises(TypeError, match="has no settings"):
        list(settings_of("lane/0/learning_rate"))


@given(st.text(max_size=60), st.floats() | st.integers() | st.booleans() | st.text(max_size=3))
def test_any_path_and_value_is_set_or_raises_a_clear_error(path: str, value: Any):
    for held in (SHORT, MAPS["edge"].plan):
        try:
            apply(held, path, value)
        except ScenarioError as error:
            assert str(error)
