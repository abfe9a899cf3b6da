"""The live file has every optimizer and every surface in it, and nothing that a link should not give away."""

import base64
import gzip
import re
import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from landscape_lab.experiments import RACES, Scenario, race
from landscape_lab.experiments.operations import Setting, apply, settings_of
from landscape_lab.experiments.scenarios.address import parts_of
from landscape_lab.experiments.scenarios.entries import CORES, WRAPPERS
from landscape_lab.experiments.scenarios.exercise import PARTS, check_kept, knob_names
from landscape_lab.experiments.scenarios.scenario import MAX_ENTRIES, MAX_STEPS
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui.sharing.live_file import _hidden, live_page
from landscape_lab.ui.stage import standalone
from landscape_lab.ui.stage.standalone import POLICY
from landscapes import SURFACES
from optim_core import OPTIMIZERS, knobs
from tests.node import NODE, SCRIPTS, in_node
from tests.ui.stage.test_packing import unpack

MOST = 3_000_000
FOLDER = (Path(standalone.__file__).parent / "live").as_uri()
DEFAULT = Scenario.from_query({})

RUN = """
const { Engine } = await import(given.engine);
const library = await modules(given.text);
const spec = { start: [0.3, 0.4], steps: 20, offset: 0, sampler: { values: {} } };
return given.pairs.map(([optimizer, values, surface]) => {
  const { domain, data, start } = surface;
  const lanes = [{ optimizer, values, factors: {} }];
  const engine = new Engine(library, { ...spec, start, lanes, domain, surface: surface.surface }, data);
  return engine.lane(0).last_step > 0;
});
"""


def lab_of(page: bytes) -> dict:
    """The lab that a page unpacks."""
    packed = re.search(rb'id="lab-message">([^<]*)<', page)
    assert packed and packed[1]
    return unpack(gzip.decompress(base64.b64decode(packed[1])))


@pytest.fixture(scope="module")
def page() -> bytes:
    return live_page(race(DEFAULT), View(), "A race", "v=1")()


def test_page_is_small_and_asks_for_nothing(page: bytes):
    assert len(page) <= MOST
    assert POLICY.startswith("default-src 'none'; ")
    assert set(re.findall(rb"https?://[^\s\"']*", page)) <= {b"http://www.w3.org/2000/svg"}


def test_page_of_the_longest_race_is_small():
    """Of the most entries, no two of them alike."""
    names = [
        *(f"{key}(learning_rate=0.00123)" for key in ("adam", "rmsprop", "momentum", "nesterov", "adamax", "nadam"))
    ]
    entries = [*names, *(f"lookahead(inner={name})" for name in names)]
    query = {"lanes": ",".join(entries), "steps": str(MAX_STEPS), "noise": "gradient_noise"}
    page = live_page(race(Scenario.from_query(query)), View(), "A race", "v=1")()
    assert len(entries) == MAX_ENTRIES and len(page) <= MOST


def test_scripts_of_the_page_are_one_module(page: bytes):
    """Which must not name two things alike: Node reads it, and runs nothing."""
    scripts = re.findall(rb'<script type="module">(.*?)</script>', page, re.DOTALL)
    assert len(scripts) == 1
    done = subprocess.run([NODE, "--input-type=module", "--check"], input=scripts[0], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_every_optimizer_goes_with_every_surface(page: bytes):
    lab = lab_of(page)
    assert {each["key"] for each in [*lab["cores"], *lab["wrappers"]]} == set(OPTIMIZERS)
    assert (
        len(lab["surfaces"]) == len(SURFACES)
        and lab["races"][0]["label"] == "The classics"
        and len(lab["races"]) == len(RACES)
    )
    assert set(lab["optimizers"]) == {f"{wrapper} {core}" for wrapper, core in product(["", *WRAPPERS], CORES)}
    values = {
        each["key"]: {facts["path"]: facts["value"] for facts in each["facts"]}
        for each in [*lab["cores"], *lab["wrappers"]]
    }
    for key, cls in OPTIMIZERS.items():
        assert set(values[key]) == {name for name, knob in knobs(cls).items() if knob.kind is not bool}
    surfaces = [surface["numbers"] for surface in lab["surfaces"]]
    forms = list(lab["optimizers"].items())
    pairs = []
    for i in range(max(len(surfaces), len(forms))):  # each of both at least once
        name, place = forms[i % len(forms)]
        wrapper, core = name.split(" ")
        inner = {f"inner.{path}" if wrapper else path: value for path, value in values[core].items()}
        pairs.append([place, values.get(wrapper, {}) | inner, surfaces[i % len(surfaces)]])
    given = {"engine": (SCRIPTS / "engine.js").as_uri(), "text": lab["text"], "pairs": pairs}
    assert all(in_node(RUN, given))


# The lab without a page: what it shows, and what it says of itself after some changes.
LAB = """
const made = [];
const element = () => ({ append() {}, after() {} });
globalThis.document = {
  createElement(tag) { const one = { tag, ...element() }; made.push(one); return one; },
  getElementById: (name) => (made[name] ??= element()),
};
const { Lab } = await import(given.folder + "/lab.js");
const { LiveRace } = await import(given.folder + "/live_race.js");
const begun = (index, hidden = []) => {
  const live = { ...given.lab, hidden };
  const race = new LiveRace(live);
  race.load(index);
  const fields = { live, words: live.words, race, chosen: 0, show() {}, draw() {} };
  return Object.assign(Object.create(Lab.prototype), fields);
};
const linkOf = (lab) => lab.race.address;
"""


def in_lab(script: str, lab: dict, **given: Any) -> Any:
    """What a script returns that is given a lab's code and can begin labs with it."""
    return in_node(LAB + script, {"folder": FOLDER, "lab": lab} | given)


def read_back(link: str) -> Scenario:
    return Scenario.from_query(parts_of(link))


def all_of(scenario: Scenario) -> tuple[Any, ...]:
    """Everything in a scenario, however much of it is spelled out."""
    landscape = scenario.landscape
    shown = landscape.key, landscape.expression, landscape.domain, dict(landscape.parameters)
    return shown, scenario.entries, scenario.point, scenario.steps, scenario.sampler, scenario.seed


MUCH = {
    "surface": "elliptic_bowl(condition=13,angle=37)",
    "start": "0.37,-0.41",
    "lanes": 'nadam(learning_rate=0.0213*warmup(length=17,then=cosine(final=0.07)),name="η & \N{ROCKET}"),'
    "lookahead(inner=momentum(momentum=0.83),sync_period=7),newton",
    "noise": "gradient_noise(eta=1.7,gamma=0.31)",
    "steps": "23",
    "seed": "5",
}
"""A race with something of everything, and no two numbers alike."""
OWN_FORMULA = {"surface": 'formula(text="a*x^2+y^2",left=-3,right=3,bottom=-2,top=2.5,a=1.75)', "lanes": "adam"}
SAMPLED = {
    "surface": "linear_regression(n=24,l2=0.5)",
    "lanes": "adam,momentum",
    "noise": "minibatch(size=3)",
    "steps": "30",
}


@pytest.mark.parametrize("query", [MUCH, OWN_FORMULA, SAMPLED])
def test_the_file_tells_the_link_of_what_is_on_screen(query: dict[str, str]):
    own = Scenario.from_query(query)
    lab = lab_of(live_page(race(own), View(), "A race", "v=1")())
    changes = {}
    for setting in settings_of(own):
        part = setting.path.split("/")[0]
        if part in ("lane", "start", "steps") or (part in ("surface", "sampler") and query is not SAMPLED):
            changes[setting.path] = setting.value if setting.knob.kind is bool else changed(setting)
    numbers = {path: value for path, value in changes.items() if not isinstance(value, bool)}
    told, turned, elsewhere, built = in_lab(
        """
        const all = given.lab.races.map((_, i) => linkOf(begun(i)));
        const turned = begun(0);
        turned.race.set(given.numbers);
        const elsewhere = begun(0);
        elsewhere.race.choose(given.surface);
        elsewhere.race.lanes.length = 0;
        elsewhere.race.build(0, "lookahead", "adam");
        elsewhere.race.build(1, "", "momentum");
        elsewhere.race.set({ "lane/0/inner.beta1": 0.5, "lane/0/sync_period": 9 });
        const again = linkOf(begun(0)); // what was set has not changed the lab
        return [all, linkOf(turned), linkOf(elsewhere), again];
        """,
        lab,
        numbers=numbers,
        surface=list(SURFACES).index("booth"),
    )
    for link, scenario in zip(told, [own, *(each.scenario for each in RACES.values())], strict=True):
        assert all_of(read_back(link)) == all_of(scenario)
    wanted = own
    for path, value in numbers.items():
        wanted = apply(wanted, path, value)
    assert all_of(read_back(turned)) == all_of(wanted)
    assert read_back(built) == own
    kept = {name: value for name, value in query.items() if name in ("noise", "steps", "seed") and query is MUCH}
    entries = "lookahead(inner=adam(beta1=0.5),sync_period=9),momentum"
    steps = {"steps": query.get("steps", "500")}
    wanted = Scenario.from_query({"surface": "booth", "lanes": entries} | steps | kept)
    assert all_of(read_back(elsewhere)) == all_of(wanted)


def changed(setting: Setting) -> float:
    """Another value of a number in its range, which the file can run."""
    if setting.path == "steps":
        return setting.value - 1
    low, high = setting.knob.low, setting.knob.high
    value = (setting.value + (low if abs(setting.value - low) > abs(setting.value - high) else high)) / 2
    return round(value) if setting.knob.kind is int else value


HIDDEN = {
    "schedules": {17, 0.07},
    "parameters": {13, 37},
    "steps": {23},
    "noise": {1.7, 0.31},
    "learning_rate": {0.0213},
    "momentum": {0.83},
    "sync_period": {7},
    "condition": {13},
    "eta": {1.7},
}
"""The numbers of `MUCH` that go with a control."""


@pytest.mark.parametrize("query", [MUCH, SAMPLED])
def test_what_an_exercise_hides_is_neither_shown_nor_changed(query: dict[str, str]):
    """Whatever is done with the controls that are left."""
    own = Scenario.from_query(query)
    lab = lab_of(live_page(race(own), View(), "A race", "v=1")())
    names = [*PARTS, *knob_names(own)]
    every = in_lab(
        """
        return given.hidden.map((hidden) => {
          made.length = 0;
          const lab = begun(0, hidden);
          lab.raceChoices();
          lab.laneChoices();
          const choices = made.filter(({ tag }) => tag === "select").map(({ id }) => id);
          const lanes = lab.race.lanes.flatMap((_, i) => lab.laneNumbers(i));
          const numbers = [...lab.raceNumbers(), ...lanes].filter(Boolean);
          const after = numbers.filter(({ low }) => low !== null).map(({ path, low }) => {
            const other = begun(0, hidden);
            other.race.set({ [path]: low });
            return linkOf(other);
          });
          const done = (act) => { const other = begun(0, hidden); act(other); after.push(linkOf(other)); };
          if (choices.includes("lab-surface")) done((other) => other.race.choose(given.surface));
          if (choices.includes("lab-race")) done((other) => other.race.load(1));
          if (choices.includes("lab-core")) {
            done((other) => other.race.build(0, "", "adam"));
            done((other) => other.race.remove(other.race.lanes.length - 1));
            done((other) => other.race.add());
          }
          return { choices, numbers: numbers.map(({ path, value, label, help }) => [path, value, label, help]), after };
        });
        """,
        lab,
        hidden=[sorted(_hidden(own, [name])) for name in names],
        surface=list(SURFACES).index("booth"),
    )
    whole = {path for path, *_ in every[names.index("results")]["numbers"]}
    assert {"steps", "lane/0/beta1" if query is SAMPLED else "lane/0/learning_rate/schedule/then.final"} <= whole
    for name, shown in zip(names, every, strict=True):
        paths = {path for path, *_ in shown["numbers"]}
        assert not {path for path in paths if re.split(r"[/.]", path)[-1] == name}, name
        if query is MUCH and name in HIDDEN:
            assert paths < whole
            assert not HIDDEN[name] & {value for _, value, *_ in shown["numbers"]}, name
            texts = " ".join(label + help for _, _, label, help in shown["numbers"])
            assert not any(str(number) in texts.split() for number in HIDDEN[name]), name
        for link in shown["after"]:
            check_kept(own, read_back(link), [name])


def test_an_exercise_stays_one():
    scenario = Scenario.from_query({"lanes": 'momentum(learning_rate=0.0213,name="mystery")', "steps": "20"})
    page = live_page(
        race(scenario), View(hide=("learning_rate",)), "A race", "learning_rate=0.0213", ("learning_rate",)
    )
    lab = lab_of(page())
    assert {"learning_rate", "optimizers", "race"} <= set(lab["hidden"])
    assert b"learning_rate=0.0213" not in page(), "the footer does not give away what is hidden"


def test_a_race_that_the_browser_cannot_run_only_plays():
    scenario = Scenario.from_query({"surface": "logistic_regression(n=2000)", "steps": "5"})
    assert b'id="lab-message"><' in live_page(race(scenario), View(), "A race", "v=1")()
