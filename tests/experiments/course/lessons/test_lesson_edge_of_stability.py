"""What the page on the edge of stability says beyond its claims."""

import numpy as np
import pytest

from landscape_lab.experiments.course.lessons.edge_of_stability import (
    NEAR,
    RATES,
    EdgeOfStability,
    descends,
    follows,
    limits,
    momentum_follows,
    settled,
    sharpness,
)
from landscape_lab.experiments.course.network_lesson import RecordedTraining
from landscape_lab.experiments.networks.stored import stored
from landscape_lab.experiments.networks.stored_recordings import is_stored
from landscape_lab.experiments.recordings import Recording

SEEDS = tuple(EdgeOfStability.choices()["seed"].options)


def recording(training: str, seed: str) -> Recording:
    lesson = EdgeOfStability(training=training, seed=seed)
    return lesson.result_of(lesson.scenario).recording


def shares(training: str, seed: str) -> np.ndarray:
    """The mean sharpness in the last third, as shares of the limits."""
    found = recording(training, seed)
    return settled(found) / limits(found)


def test_everything_that_the_page_shows_is_stored():
    assert all(is_stored("edge_of_stability", scenario) for scenario in EdgeOfStability.scenarios())


@pytest.mark.parametrize("seed", SEEDS)
def test_numbers_of_the_texts(seed: str):
    lesson = EdgeOfStability(seed=seed)
    assert lesson.scenario.network.parameters == 337
    assert lesson.scenario.steps == 3000 and lesson.scenario.every == 30
    found = recording("standard", seed)
    assert limits(found).tolist() == pytest.approx([40, 20, 10, 5])
    first = float(sharpness(found)[0, 0])
    assert limits(found)[-1] < first < limits(found)[-2]
    asked = EdgeOfStability.result_of(EdgeOfStability.prediction.scenario).recording
    assert round(float(sharpness(asked)[0, 0]), 1) == 8.3 and limits(asked).tolist() == pytest.approx([20, 10])


@pytest.mark.parametrize("seed", SEEDS)
def test_relu_reaches_the_limit_as_well(seed: str):
    found = recording("relu", seed)
    assert (sharpness(found).max(axis=0) > limits(found)).all()
    assert (np.abs(shares("relu", seed)[:3] - 1) < NEAR).all()
    jumps = np.diff((sharpness(found)[:, 3] > 1.2 * limits(found)[3]).astype(int))[67:]
    assert (shares("relu", seed)[3] > 1.2) == ((jumps > 0).sum() > 3) == (seed == "0")


@pytest.mark.parametrize("seed", SEEDS)
def test_cross_entropy_leaves_the_edge_at_the_largest_rate_and_is_far_from_it_at_the_smallest(seed: str):
    found = recording("cross_entropy", seed)
    last = shares("cross_entropy", seed)
    assert sharpness(found)[:, 3].max() > limits(found)[3] and last[3] < 0.3 and last[0] < 0.3
    assert found.loss[-1, 3] < 0.02


@pytest.mark.parametrize("seed", SEEDS)
def test_minibatches_end_far_below_the_limit_unless_they_diverge(seed: str):
    found = recording("minibatches", seed)
    ends = np.isfinite(found.loss[-1])
    assert ends.tolist() == [True, True, True, seed != "0"]
    assert (shares("minibatches", seed)[ends] < 0.7).all()


def test_figure_follows_the_line_from_a_rate_on():
    rates, median, lowest, highest, limit = EdgeOfStability().over_rates
    assert rates.tolist() == [0.0125, 0.025, *RATES, 0.8]
    assert (lowest[:-1] <= median[:-1]).all() and (median[:-1] <= highest[:-1]).all()
    near = np.abs(median / limit - 1) < NEAR
    assert near.tolist() == [False, False, True, True, True, True, False]
    assert np.isnan(median[-1]), "all diverge"


@pytest.mark.parametrize("measure", [follows, momentum_follows])
def test_claims_over_many_seeds_can_fail(measure):
    true = stored("edge_rates")["sharpness"]
    assert measure(true)[0]
    for wrong in (1.2 * true, true[::-1], np.broadcast_to(true[:, :1], true.shape)):
        assert not measure(wrong)[0]


def test_goals_count_only_gradient_descent_with_a_constant_rate():
    goal = EdgeOfStability.goals()["flat"]
    solved = EdgeOfStability.result_of(goal.solved)
    assert descends(solved) and goal.measure(EdgeOfStability(), solved)[0]
    for lanes in ("adam", "gradient_descent(learning_rate=0.4*exponential(decay=0.999))"):
        other = EdgeOfStability.read({**goal.link, "lanes": lanes})
        assert not goal.measure(EdgeOfStability(), RecordedTraining(other, "", solved.recording))[0]


def test_runs_of_the_suggestions():
    shown = EdgeOfStability.suggested()
    momentum = [each.optimizer for each in shown["momentum"].entries]
    assert all(each.momentum == 0.5 for each in momentum)
    kept, lost = (each.optimizer.learning_rate for each in shown["beyond"].entries)
    results = stored("edge_rates")
    ended = {rate: np.isfinite(results["loss"][results.where(rate=rate, momentum=0.0)][:, -1]) for rate in (kept, lost)}
    assert ended[kept].all() and not ended[lost].any()
