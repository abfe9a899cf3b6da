"""What the stage is told of a step that is opened up, and that it is told nothing of it while it is closed."""

from dataclasses import replace

import numpy as np
import pytest

from landscape_lab.experiments import Scenario, ScenarioError
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui.stage.inspector import inspector_tree
from landscape_lab.ui.stage.message import race_tree
from landscape_lab.ui.stage.packing import pack
from landscapes.curvature import curvature
from optim_core import run

CLASSICS = Scenario.from_query({"lanes": "adam,momentum(learning_rate=0.0005),nesterov,adadelta,line_search"})
OPEN = View(inspector=True)


def size(view: View, scenario: Scenario = CLASSICS) -> int:
    tree = race_tree(scenario, view)
    return len(pack({**tree, "surface": {}}))


def test_a_closed_inspector_costs_nothing():
    tree = race_tree(CLASSICS, View())
    assert tree["inspector"] is None
    assert size(View()) < size(OPEN) < 150_000


def test_it_is_told_of_the_entry_that_is_chosen():
    for place in range(len(CLASSICS.entries)):
        tree = race_tree(CLASSICS, replace(OPEN, inspected=place))
        assert tree["inspector"]["lane"] == tree["view"]["inspected"] == place
    assert race_tree(CLASSICS, replace(OPEN, inspected=50))["inspector"]["lane"] == len(CLASSICS.entries) - 1
    assert race_tree(CLASSICS, OPEN, veiled=True)["inspector"] is None


def test_what_it_tells_are_the_numbers_of_the_run():
    told = inspector_tree(CLASSICS, 2)
    entry = CLASSICS.entries[2]
    path = run(CLASSICS.landscape, entry.optimizer, CLASSICS.point, CLASSICS.steps, record_state=True)
    steps = int(path.last_step)
    np.testing.assert_array_equal(told["momentum"], path.state["m"][:steps].astype(np.float32))
    np.testing.assert_array_equal(told["looked_at"], path.state["look_ahead"][:steps].astype(np.float32))
    bend = curvature(CLASSICS.landscape, path.points.T)
    np.testing.assert_array_equal(told["bend"]["limit"], bend.limit.astype(np.float32))
    assert len(told["bend"]["kind"]) == CLASSICS.steps + 1
    assert {str(kind) for kind in told["bend"]["kind"]} <= set(told["kinds"])
    np.testing.assert_array_equal(told["rates"], np.full(steps, entry.optimizer.learning_rate, np.float32))  # type: ignore


def test_what_a_method_does_not_have_is_not_told():
    adadelta, line_search = inspector_tree(CLASSICS, 3), inspector_tree(CLASSICS, 4)
    assert adadelta["rates"] is adadelta["momentum"] is adadelta["looked_at"] is None
    assert line_search["momentum"] is None


def test_an_entry_without_a_name_tells_the_same_as_one_with():
    named = replace(CLASSICS, entries=(replace(CLASSICS.entries[0], name="<b>mine</b>"),))
    assert inspector_tree(named, 0)["forms"] == inspector_tree(CLASSICS, 0)["forms"]


def test_a_link_keeps_it_open():
    view = View(inspector=True, inspected=3, arrows=True)
    query = view.to_query()
    assert query == {"show": "arrows,inspector", "inspect": "3"}
    assert View.from_query(query) == view
    told = {"inspector": True, "inspected": 3, "arrows": True, "hidden": []}
    assert View.from_browser(told | {"projection": "map"}) == view
    assert View.from_browser({"inspected": "3"}).inspected == View.from_browser({"inspected": -1}).inspected == 0
    assert View(inspected=2).to_query() == {}, "a closed inspector has no lane"


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "9" * 50, "³"])
def test_a_link_that_opens_up_no_number_is_refused(text: str):
    with pytest.raises(ScenarioError, match="opens up an entry by its number"):
        View.from_query({"show": "inspector", "inspect": text})
