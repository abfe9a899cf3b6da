import base64
import gzip
import re

import pytest

from landscape_lab.experiments import RACES, Scenario
from landscape_lab.experiments.scenarios.scenario import MAX_ENTRIES
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui.assets import live_code, plotly_code
from landscape_lab.ui.stage.message import race_tree
from landscape_lab.ui.stage.packing import pack
from landscape_lab.ui.stage.standalone import standalone_page, standalone_tree
from landscapes import DATA_LOSSES

MOST = 6_000_000


def page_of(scenario: Scenario, title: str = "A race", link: str = "v=1") -> str:
    return standalone_page(standalone_tree(race_tree(scenario, View())), title, link).decode()


def held(page: str, name: str) -> bytes:
    """What the page unpacks."""
    packed = re.search(rf'id="{name}">([^<]*)<', page)
    assert packed
    return gzip.decompress(base64.b64decode(packed[1]))


def test_page_holds_the_same_code_the_same_plotly_and_the_whole_message():
    scenario = RACES["classics"].scenario
    page = page_of(scenario)
    tree = standalone_tree(race_tree(scenario, View()))
    assert live_code().decode().replace("</script", "<\\/script") in page
    assert held(page, "plotly") == plotly_code()
    assert held(page, "message") == pack(tree, short_grids=True)
    assert tree["fixed_start"] and tree["words"]["play"] == "Play"


def test_page_asks_for_nothing():
    """The policy forbids it, and there is no address but the name of SVG's own language."""
    page = page_of(RACES["classics"].scenario)
    assert "default-src &#x27;none&#x27;" in page
    assert set(re.findall(r"https?://[^\s\"']*", page)) <= {"http://www.w3.org/2000/svg"}


@pytest.mark.thorough
@pytest.mark.parametrize("surface", ["rosenbrock", *DATA_LOSSES])
def test_the_longest_race_of_the_most_entries_is_small_enough(surface: str):
    wanted = [f"{key}(learning_rate=0.00123)" for key in ("adam", "rmsprop", "momentum", "nesterov")]
    noise = {} if surface == "rosenbrock" else {"noise": "minibatch"}
    query = {"surface": surface, "lanes": ",".join(wanted * 3), "steps": "5000"} | noise
    scenario = Scenario.from_query(query)
    assert len(scenario.entries) == MAX_ENTRIES
    assert len(page_of(scenario)) <= MOST


def test_names_from_a_link_are_text():
    name = "</script><script>alert(1)</script>"
    page = page_of(Scenario.from_query({"lanes": f'adam(name="{name[:40]}")', "steps": "2"}), title=name, link=name)
    assert "<script>alert" not in page
    assert page.count("<script") == 4
