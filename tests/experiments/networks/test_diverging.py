"""Trainings that diverge: they end where their loss is huge, and the picture shows what came before."""

import numpy as np
import pytest

from landscape_lab.experiments import ScenarioError
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.experiments.networks import NetworkScenario, default_plan, record, train
from landscape_lab.experiments.networks.plan import NetworkPlan
from landscape_lab.experiments.networks.training import FAR
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui.link import read_link
from optim_core import Outcome

QUERY = {
    "data": "spirals(n=20)",
    "widths": "4",
    "loss": "squared_error",
    "batch": "0",
    "epochs": "400",
    "lanes": "gradient_descent(learning_rate=0.1),gradient_descent(learning_rate=9)",
}


def test_picture_of_a_training_that_diverges_shows_the_other_entries():
    training = train(NetworkScenario.from_query(QUERY))
    assert training.outcomes.tolist() == [Outcome.FINISHED, Outcome.DIVERGED]
    end = int(training.last[1])
    assert np.isnan(training.points[end + 1 :, :, 1]).all() and np.isfinite(training.points[:end]).all()
    assert (training.loss[:end, 1] <= FAR).all() and np.isnan(training.loss[end:, 1]).all()
    recording = record(training, n=5)
    assert recording.diverged == (False, True)
    assert np.isfinite(recording.grid).all() and np.abs(recording.x).max() < 100


@pytest.mark.parametrize("page", ["playground", "networks"])
def test_task_opens_on_the_page_of_its_kind_only(page: str):
    goals = {"playground": "gradient_descent.uphill", "networks": "edge_of_stability.calm"}
    read, default = {
        "playground": (Scenario.from_query, lambda: Scenario.from_query({})),
        "networks": (NetworkPlan.from_query, default_plan),
    }[page]
    for kind, goal in goals.items():
        lesson, _dot, name = goal.partition(".")
        start = LESSONS[lesson].goals()[name].scenario
        for query in ({"goal": goal}, {"goal": goal} | default().to_query()):
            if kind != page:
                with pytest.raises(ScenarioError):
                    read_link(query, read, default, View(), ("goal",))
                continue
            found, view = read_link(query, read, default, View(), ("goal",))
            assert view.goal == goal
            if len(query) == 1:
                assert start in (found, getattr(found, "scenario", None))
