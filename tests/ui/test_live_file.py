"""The live file has every optimizer and every surface in it, and nothing that a link should not give away."""

import base64
import gzip
import re
import subprocess
from itertools import product

import pytest

from experiments import RACES, Scenario, race
from experiments.lanes import CORES, WRAPPERS
from landscapes import SURFACES
from optim_core import OPTIMIZERS, knobs
from scripts.live_file import main
from tests.node import NODE, SCRIPTS, in_node
from tests.ui.test_packing import unpack
from ui.live_file import live_page
from ui.stage.standalone import POLICY
from ui.view import View

MOST = 3_000_000
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


def test_scripts_of_the_page_are_one_module(page: bytes):
    """Which must not name two things alike: Node reads it, and runs nothing."""
    scripts = re.findall(rb'<script type="module">(.*?)</script>', page, re.DOTALL)
    assert len(scripts) == 1
    done = subprocess.run([NODE, "--input-type=module", "--check"], input=scripts[0], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_every_optimizer_goes_with_every_surface(page: bytes):
    lab = lab_of(page)
    assert {each["key"] for each in [*lab["cores"], *lab["wrappers"]]} == set(OPTIMIZERS)
    assert len(lab["surfaces"]) == len(SURFACES) and len(lab["races"]) == 1 + len(RACES)
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


def test_command_writes_the_file_of_a_link(tmp_path, capsys):
    file = tmp_path / "race.html"
    assert (
        main(["http://127.0.0.1:8501/playground?surface=bowl&steps=20&hide=steps", str(file), "--language", "zh"])
        is None
    )
    lab = lab_of(file.read_bytes())
    assert lab["hidden"] == ["race", "steps"] and lab["words"]["wrapper"] == "包装器"
    refused = main(["surface=nowhere", str(tmp_path / "other.html")])
    assert refused == "There is no surface called “nowhere”." and not (tmp_path / "other.html").exists()
