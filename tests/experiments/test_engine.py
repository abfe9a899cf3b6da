"""The browser's engine computes the same paths as `run`.

A program of exact operations gives the same bits. Elsewhere JavaScript's sines and powers may differ from NumPy's in
the last bit: then the paths differ by at most 1e-9, or the setting is chaotic. Chaos is checked: a single step of the
engine from every point and state of `run` differs by at most 1e-8. (A smaller bound would fail for line searches, which
end within the rounding of the loss, with steps of about 1e-9.)
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import cycle
from typing import Any

import numpy as np
import pytest

from landscape_lab.experiments import RACES, Entry, Scenario, race
from landscape_lab.experiments.engine import Program, engine_of
from landscape_lab.experiments.operations import apply, schedule_settings
from landscapes import DATA_LOSSES, LANDSCAPES, DataLoss
from optim_core import SAMPLERS, SCHEDULES, Optimizer, Outcome, Trajectory, run
from optim_core.backends.javascript import HEAD
from optim_core.backends.scalar import ScalarBackend
from optim_core.objective import Array
from optim_core.optimizers.delayed import LONGEST
from optim_core.tracing.traced_step import TracedStep
from tests.node import SCRIPTS, in_node
from tests.optim_core.surfaces import ALONE, EACH, STACKS, float_knobs

STEPS = 500
CLOSE = 1e-9
CLOSE_STEP = 1e-8
INEXACT = re.compile(
    r"\b(arc\w+|cbrt|cosh?|exp|expm1|hypot|log|log10|log1p|log2|logaddexp|power|sinh?|tanh?)\((?!.*=>)", re.M
)
"""Calls of functions whose last bit IEEE 754 leaves open; the C library's hypot is not correctly rounded everywhere."""

RUN = """
const { Engine } = await import(given.engine);
const out = [];
for (const { text, data, numbers, states } of given.races) {
  const module = await modules(text);
  const engine = new Engine(module, numbers, data);
  out.push(numbers.lanes.map((lane, i) => {
    const path = engine.path(i);
    // A step from each of run's states.
    const optimizer = module.optimizers[lane.optimizer];
    const [state, knobs] = [new Float64Array(optimizer.slots), Float64Array.from(Object.values(lane.values))];
    const now = knobs.slice();
    const seen = engine.sampled(engine.loss({}), {});
    const steps = new Float64Array(2 * states[i].length / optimizer.slots);
    for (let t = 0; t < steps.length / 2; t++) {
      state.set(states[i].subarray(t * optimizer.slots, (t + 1) * optimizer.slots));
      for (const { place, factors } of engine.factors[i]) now[place] = knobs[place] * factors[t];
      optimizer.step(state, now, seen(t));
      steps.set(state.subarray(0, 2), 2 * t);
    }
    return { ...path, steps };
  }));
}
return out;
"""


def races(names: Iterable[str], **settings: Any) -> Iterator[Scenario]:
    """Races of the named optimizers on one surface, each with as many entries as allowed."""
    entries = [Entry(STACKS[name]) for name in names]
    for first in range(0, len(entries), 12):
        yield Scenario(tuple(entries[first : first + 12]), **{"steps": STEPS, **settings})


def formula(text: str, **constants: float) -> dict[str, Any]:
    return {"surface": "formula", "parameters": (("text", text), *constants.items())}


def compare(scenarios: Iterable[Scenario]) -> dict[str, int]:
    """Run all races in both ways and compare; return how many entries were equal, close or chaotic."""
    wanted, kept = [], []
    for scenario in scenarios:
        made, paths = engine_of(scenario, 0.0), [recorded(scenario, entry) for entry in scenario.entries]
        assert made is not None, scenario.text
        program, numbers = made
        states = [states_of(entry.optimizer, path) for entry, path in zip(scenario.entries, paths, strict=True)]
        wanted.append({"text": program.text, "data": program.data, "numbers": numbers, "states": states})
        kept.append((scenario, program.text, numbers, paths))
    every = in_node(RUN, {"engine": (SCRIPTS / "engine.js").as_uri(), "races": wanted})
    found = {"same": 0, "close": 0, "chaotic": 0}
    for (scenario, text, numbers, paths), runs in zip(kept, every, strict=True):
        optimizers, surface = parts_of(text)
        for entry, sent, path, again in zip(scenario.entries, numbers["lanes"], paths, runs, strict=True):
            how = verdict(path, again, np.ptp(scenario.landscape.domain, axis=1))
            assert how, f"{entry.text} on {scenario.surface_text}"
            if not INEXACT.search(optimizers[sent["optimizer"]] + surface) and not numbers["sampler"]["values"]:
                assert how == "same", f"{entry.text} on {scenario.surface_text}"
            found[how] += 1
    return found


def recorded(scenario: Scenario, entry: Entry) -> Trajectory:
    """The run of an entry, with its recorded state."""
    return run(
        scenario.landscape,
        entry.optimizer,
        scenario.point,
        scenario.steps,
        schedules=dict(entry.schedules),
        sampler=scenario.sampler,
        seed=scenario.seed,
        record_state=True,
    )


def states_of(optimizer: Optimizer, path: Trajectory) -> Array:
    """The inputs of each step of a run, shape (last step, slots), in the order of a traced step."""
    if not path.last_step:
        return np.empty((0, 2))
    first = ScalarBackend.begin(path.points[0][:, None], optimizer.init(path.points[0][:, None]))
    state: dict[tuple[str, ...], Array] = {(name,): values for name, values in path.state.items()}
    state[()] = path.points[1:]
    for age in range(1, LONGEST + 1):  # the points that a delayed gradient stores, which are not recorded
        state[str(age),] = path.points[np.maximum(np.arange(1, len(path.points)) - age, 0)]
    columns = [state[each.path[-1:]][:, *each.component] for each in TracedStep(optimizer, None).state]
    return np.vstack([first, np.column_stack(columns)])[: path.last_step]


def parts_of(text: str) -> tuple[list[str], str]:
    """The text of a program's optimizers, and of its surface or model."""
    first, rest = text.split("export const optimizers = [\n")[1].split("\n];\n", 1)
    return first.split(",\n(() =>"), rest


def verdict(path: Trajectory, again: dict[str, Any], size: Array) -> str:
    """How the browser's path agrees with that of `run`; an empty string where it does not."""
    points = again["points"].reshape(-1, 2)
    ends = (again["last_step"], again["outcome"]) == (path.last_step, path.outcomes)
    pairs = ((points, path.points), (again["losses"], path.losses), (again["evaluated"], path.evaluated))
    if ends and all(np.array_equal(ours, theirs, equal_nan=True) for ours, theirs in pairs):
        return "same"
    if ends and is_close(points, path.points, size):
        return "close"
    steps = path.points[1 : path.last_step + 1]
    return "chaotic" if is_close(again["steps"].reshape(-1, 2), steps, size, CLOSE_STEP) else ""


def is_close(ours: Array, theirs: Array, size: Array, bound: float = CLOSE) -> bool:
    with np.errstate(invalid="ignore"):
        away = np.abs(ours - theirs) / (size + np.abs(theirs))
    return bool(((away <= bound) | (np.isnan(ours) & np.isnan(theirs)) | (ours == theirs)).all())


def test_every_optimizer_on_some_surface_and_every_surface_with_some_optimizer():
    keys = cycle(LANDSCAPES)
    found = compare([scenario for name in STACKS for scenario in races([name], surface=next(keys))])
    assert found["same"] > found["close"] > found["chaotic"] > 0


@pytest.mark.thorough
@pytest.mark.parametrize("key", LANDSCAPES)
def test_every_optimizer_on_every_surface(key: str):
    compare(races(STACKS, surface=key))


FORMULAS = {
    "exact": ["x^2 + 3y^2", "|x| + 2|y|", "max(x^2, y^2) + x y/4", "sqrt(x^2 + y^2)", "x^4 - 3x^2 + min(y, 2)^2 + x*y",
              "a*x^2 + y^2/b", "floor(x) + ceil(y) + x^2 + y^2", "round(x) + trunc(y) + x^2 + y^2",
              "mod(x, y) + x^2 + y^2", "step(x) + sign(y) y + x^2", "1/x + x y^2"],
    "rounded": ["|x - y|^1.5 + y^2", "exp(-x^2 - y^2) x + y^2/8", "x^y + y^2", "sqrt(x) + y^2 + log(y + 3)",
                "sinc(x) + sinc(2y)",
                "sigmoid(x y) + softplus(x) - y/9", "cbrt(x) + cosh(y) + sinh(x)^2", "atan2(y, x)^2 + x^2 + y^2",
                "asinh(x) + acosh(y + 9) + x^2 + y^2", "atanh(x/90) + atan(y) + log1p(x^2 + y^2)",
                "log2(9 + x) + log10(9 + y)^2",
                "expm1(x) + exp2(y) + x^2 + y^2", "asin(x/99) + acos(y/99) + x^2 + y^2",
                "tan(x/9)^2 + y^2 + y tanh(y)"],
}  # fmt: skip


@pytest.mark.parametrize("kind", FORMULAS)
def test_formulas(kind: str):
    names = ["gradient_descent", "adam", "newton", "line_search"]
    every = [scenario for text in FORMULAS[kind] for scenario in races(names, **formula(text), steps=200)]
    found = compare(every)
    assert (found["close"] + found["chaotic"] == 0) == (kind == "exact")


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_with_noise(name: str):
    """Scheduled factors and noise are sent for every step; the scale of the noise is computed in the browser."""
    some = [Entry(EACH[each]) for each in ("momentum", "adam", "nadam", "lookahead(adam)", "clipping(adam)")]
    entries = [
        replace(entry, schedules=tuple((path, SCHEDULES[name]()) for path, _ in float_knobs(entry.optimizer)))
        for entry in some
    ]
    noise = SAMPLERS["gradient_noise"](0.01, 0.0)
    exact = Scenario(tuple(entries), steps=200, sampler=noise, seed=7)
    fading = replace(exact, surface="bowl", start=None, sampler=SAMPLERS["gradient_noise"]())
    compare([exact, fading])


TURNED = """
const { Engine } = await import(given.engine);
const out = [];
for (const { text, data, numbers, changes } of given.races) {
  const engine = new Engine(await modules(text), numbers, data);
  out.push({ known: Object.keys(changes).every((path) => engine.has(path)), points: engine.path(0, changes).points });
}
return out;
"""


def test_numbers_of_schedules_can_be_changed():
    """Each number of every schedule is set to an end of its range, with and without a warm-up."""
    pairs, given = [], []
    for schedule in [
        each for cls in SCHEDULES.values() for each in (cls(), SCHEDULES["warmup"](then=cls(), length=20))
    ]:
        entry = Entry(EACH["momentum"], (("learning_rate", schedule),))
        scenario = Scenario((entry,), surface="elliptic_bowl", steps=90)
        program, numbers = compiled(scenario)
        for setting in schedule_settings(scenario, 0, "learning_rate"):
            for value in (setting.knob.low, setting.knob.high):
                changes = {setting.path: value}
                given.append({"text": program.text, "data": program.data, "numbers": numbers, "changes": changes})
                pairs.append((apply(scenario, setting.path, value), setting.path))
    made = in_node(TURNED, {"engine": (SCRIPTS / "engine.js").as_uri(), "races": given})
    for (scenario, path), each in zip(pairs, made, strict=True):
        assert each["known"], path
        (wanted,) = race(scenario).trajectories
        np.testing.assert_allclose(each["points"].reshape(-1, 2), wanted.points, rtol=1e-9, atol=1e-9, err_msg=path)


STEPS_TURNED = """
const { Engine } = await import(given.engine);
const out = [];
for (const { text, data, numbers } of given.races) {
  const engine = new Engine(await modules(text), numbers, data);
  const known = given.steps.filter((steps) => engine.has("steps", steps));
  out.push({ known, lanes: known.map((steps) => numbers.lanes.map((_, i) => engine.path(i, { steps }).points)) });
}
return out;
"""


def test_number_of_steps_can_be_changed():
    """The number of steps may grow to the length of the noise; schedules adapt to the new number."""
    entries = "momentum(learning_rate=0.01*cosine),adam(learning_rate=0.05*warmup(then=cosine,length=30))"
    base = {"surface": "elliptic_bowl", "lanes": entries, "steps": "60"}
    sampled = {"surface": "linear_regression", "noise": "minibatch"}
    scenarios = [Scenario.from_query(base | more) for more in ({}, {"noise": "gradient_noise"}, sampled)]
    given = []
    for scenario in scenarios:
        program, numbers = compiled(scenario)
        given.append({"text": program.text, "data": program.data, "numbers": numbers})
    steps = [0, 1, 2.5, 20, 60, 150]
    engine = (SCRIPTS / "engine.js").as_uri()
    for scenario, each in zip(
        scenarios, in_node(STEPS_TURNED, {"engine": engine, "races": given, "steps": steps}), strict=True
    ):
        random = bool(scenario.to_query().get("noise"))
        assert each["known"] == [1, 20, 60] + ([] if random else [150])
        for count, points in zip(each["known"], each["lanes"], strict=True):
            for ours, path in zip(points, race(replace(scenario, steps=count)).trajectories, strict=True):
                np.testing.assert_allclose(ours.reshape(-1, 2), path.points, rtol=1e-9, atol=1e-9)


SAMPLED = [
    {},
    {"noise": "minibatch(size=7)", "seed": "3"},
    {"noise": "minibatch(size=1,replacement=true)"},
    {"noise": "in_order(size=16)"},
    {"noise": "curriculum(size=3)"},
    {"noise": "gradient_noise"},
]


@pytest.mark.parametrize("key", DATA_LOSSES)
def test_losses_over_data(key: str):
    """Paths agree for full batches and mini-batches, with a penalty and with dropout."""
    # Damped, since the curvature of a single example is singular: Newton's step would divide by rounding errors.
    entries = "momentum,adam,line_search,newton(damping=1),l2_penalty(inner=conjugate_gradient)"
    every = [
        Scenario.from_query({"surface": surface, "lanes": entries, "steps": "150", **sampled})
        for surface, samplers in (
            (f"{key}(l2=0.3,n=200)", SAMPLED[:2]),
            (key, SAMPLED[2:]),
            (f"{key}(dropout=0.3)", SAMPLED[:1]),
            (f"{key}(batch_norm=true)", SAMPLED[:1]),
        )
        for sampled in samplers
    ]
    compare(every)


HELD_OUT = """
const { Engine } = await import(given.engine);
return Promise.all(given.races.map(async ({ text, data, numbers }) =>
  new Engine(await modules(text), numbers, data).lane(0).validation));
"""


@pytest.mark.parametrize("key", DATA_LOSSES)
def test_loss_on_held_out_data(key: str):
    """The held-out loss has no penalty, dropout or batches; it is absent where it was not requested."""
    given, wanted = [], []
    for parameters, noise in (("l2=0.3", {"noise": "minibatch"}), ("dropout=0.2,standardised=true", {})):
        query = {"surface": f"{key}({parameters})", "lanes": "adam", "steps": "40"}
        scenario = Scenario.from_query(query | noise)
        made = engine_of(scenario, 0.125, validation=True)
        assert made is not None and isinstance(scenario.landscape, DataLoss)
        given.append({"text": made[0].text, "data": made[0].data, "numbers": made[1]})
        wanted.append(scenario.landscape.validation.value(race(scenario).trajectories[0].points.T) - 0.125)
    program, numbers = compiled(scenario)
    given.append({"text": program.text, "data": program.data, "numbers": numbers})
    *made, without = in_node(HELD_OUT, {"engine": (SCRIPTS / "engine.js").as_uri(), "races": given})
    np.testing.assert_allclose(made, wanted, rtol=1e-6, atol=1e-6)
    assert without is None


@pytest.mark.parametrize("name", RACES)
def test_named_races(name: str):
    compare([RACES[name].scenario])


def test_race_that_diverges_or_has_a_non_finite_start_ends_as_in_python():
    far = Scenario(
        (Entry(EACH["gradient_descent"]), Entry(EACH["newton"])), surface="goldstein_price", start=(2.0, -2.0)
    )
    nowhere = Scenario((Entry(EACH["adam"]),), **formula("log(x) + y^2"), start=(-1.0, 0.0))
    entries = [Entry(STACKS[name]) for name in ALONE][:12]
    steep = [Scenario(tuple(entries), surface=key, steps=100) for key in ("saddle", "monkey_saddle", "goldstein_price")]
    compare([far, nowhere, *steep])
    (run_nowhere,) = race(nowhere).trajectories
    assert (run_nowhere.last_step, run_nowhere.outcome) == (0, Outcome.DIVERGED)


@pytest.mark.parametrize(
    "query",
    [
        {"surface": "logistic_regression(n=2000)"},
        {"surface": "linear_regression", "noise": "dropout"},
        {"surface": "linear_regression(batch_norm=true)", "noise": "minibatch"},
    ],
)
def test_race_that_the_browser_cannot_run_has_no_engine(query: dict[str, str]):
    assert engine_of(Scenario.from_query(query), 0.0) is None


HOSTILE = ["constructor", "__proto__", "</script>", "${alert(1)}", "*/ alert(1) /*"]
TEXT = re.compile(r"[\w\s.,;:?!{}()\[\]=<>+*/&|-]*")


def test_program_text_contains_no_user_input():
    """Names of entries and the variables and spelling of a formula do not change the text; its literals do."""
    entries = tuple(Entry(EACH["adam"], name=name) for name in HOSTILE)
    texts = []
    for variable, value in (("q", 3.25), ("w", -4.5)):
        made = engine_of(
            Scenario(entries, **formula(f"{variable}*x^2 + 2.5y^2 + sin({variable})", **{variable: value})), 0.0
        )
        assert made is not None
        texts.append(made[0].text)
        assert TEXT.fullmatch(made[0].text.removeprefix(HEAD))
    assert texts[0] == texts[1]
    assert "2.5" in texts[0] and "3.25" not in texts[0]


def test_changed_number_keeps_the_program():
    scenario = Scenario.from_query({"surface": "elliptic_bowl", "noise": "gradient_noise"})
    changed = Scenario.from_query(
        {
            "surface": "elliptic_bowl(condition=3,angle=7)",
            "noise": "gradient_noise(eta=2,gamma=1)",
            "start": "0.5,0.25",
            "lanes": ",".join(entry.text.replace("=0.", "=0.00") for entry in scenario.entries),
        }
    )
    (program, before), (same, after) = compiled(scenario), compiled(changed)
    assert program.key == same.key and program.text == same.text
    assert before["lanes"] != after["lanes"]
    assert compiled(replace(scenario, seed=1))[0].key != program.key


CHANGED = """
const { Engine } = await import(given.engine);
const engine = new Engine(await modules(given.text), given.numbers, given.data);
const { start, lanes } = engine.race(given.changes);
const grid = engine.surface(given.changes, [[-1, 1], [0, 2]], 7);
const paths = Object.keys(given.changes);
return { start, lanes, grid, has: paths.map((path) => engine.has(path)), value: paths.map((path) => engine.value(path)),
         other: engine.has("lane/9/learning_rate") || engine.has("seed"), alone: engine.lane(1, given.changes) };
"""


def test_numbers_are_changed_by_their_paths():
    entries = "adam(learning_rate=0.05*cosine),lookahead(inner=line_search,sync_period=5)"
    query = {"surface": "elliptic_bowl", "noise": "gradient_noise", "lanes": entries, "steps": "50"}
    scenario, offset = Scenario.from_query(query), 0.25
    changes = {
        "lane/0/learning_rate": 0.125,
        "lane/0/beta1": 0.5,
        "lane/1/sync_period": 3,
        "lane/1/inner.shrink": 0.25,
        "surface/condition": 4.0,
        "sampler/eta": 0.5,
        "start/x": 0.5,
        "start/y": -1.5,
    }
    entries = "adam(learning_rate=0.125*cosine,beta1=0.5),lookahead(inner=line_search(shrink=0.25),sync_period=3)"
    wanted = Scenario.from_query(
        query
        | {"lanes": entries, "surface": "elliptic_bowl(condition=4)", "noise": "gradient_noise(eta=0.5)"}
        | {"start": "0.5,-1.5"}
    )
    program, numbers = compiled(scenario, offset)
    engine = (SCRIPTS / "engine.js").as_uri()
    given = {"engine": engine, "text": program.text, "data": program.data, "numbers": numbers, "changes": changes}
    made = in_node(CHANGED, given)
    assert made["start"] == [0.5, -1.5] and all(made["has"]) and not made["other"]
    assert made["value"] == [0.05, 0.9, 5, 0.5, 20.0, 0.3, *scenario.point]
    for entry, path in zip(made["lanes"], race(wanted).trajectories, strict=True):
        gradients = wanted.landscape.gradient(path.points.T).T
        for name, expected in (("points", path.points), ("gaps", path.losses - offset), ("gradients", gradients)):
            np.testing.assert_allclose(entry[name], expected.ravel().astype(np.float32), rtol=2e-7, atol=1e-7)
        assert entry["points"].dtype == np.float32 and not entry["diverged"]
    assert made["lanes"][0]["evaluated"] == 1
    np.testing.assert_array_equal(made["lanes"][1]["evaluated"], race(wanted).trajectories[1].evaluated)
    np.testing.assert_array_equal(made["alone"]["points"], made["lanes"][1]["points"])
    heights = wanted.landscape.sample(7, ((-1.0, 1.0), (0.0, 2.0)))[2]
    np.testing.assert_allclose(made["grid"]["z"].reshape(7, 7), heights, rtol=1e-14)
    assert made["grid"]["low"] == made["grid"]["z"].min() and made["grid"]["high"] == made["grid"]["z"].max()


def compiled(scenario: Scenario, offset: float = 0.0) -> tuple[Program, dict[str, Any]]:
    made = engine_of(scenario, offset)
    assert made is not None
    return made
