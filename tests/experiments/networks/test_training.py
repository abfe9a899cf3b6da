"""Trainings: what is measured, pauses and cancellation, and what is kept."""

from concurrent.futures import CancelledError
from dataclasses import replace

import numpy as np
import pytest

from landscape_lab.experiments.networks import NetworkScenario, default_network_entries, record, train
from landscape_lab.experiments.networks.recorded import PLANES, line_of_training, point_of
from landscape_lab.experiments.networks.training import Kept, kept_trainings, train_in_parts
from landscape_lab.experiments.scenarios.scenario import Entry
from landscape_lab.experiments.scenarios.sentence import ScenarioError
from landscape_lab.experiments.scenarios.surfaces import by_key, losses_over
from landscapes.networks import sharpness
from optim_core import GradientDescent, Outcome, run
from optim_core.caching import clear_shared_caches
from tests.experiments.networks.test_network_scenario import CLASSES, NUMBERS, ROWS, own

SMALL = NetworkScenario(default_network_entries(), hidden=(4,), epochs=3)
TRAINED = train(SMALL)


def test_recording_has_the_losses_of_the_training():
    found = record(TRAINED, n=5)
    theta = np.moveaxis(TRAINED.points, 1, 0)
    np.testing.assert_allclose(found.loss, SMALL.objective.value(theta), rtol=1e-12)
    assert found.grid.shape == (5, 5)
    assert (found.loss[-1] < found.loss[0]).all()


def test_training_is_the_run_of_each_entry():
    for i, entry in enumerate(SMALL.entries):
        start, seed = SMALL.network.start(SMALL.seed), SMALL.seed
        path = run(SMALL.objective, entry.optimizer, start, SMALL.steps, sampler=SMALL.sampler, seed=seed)
        np.testing.assert_array_equal(TRAINED.points[:, :, i], path.points)
        exact = sharpness(SMALL.objective, path.points.T, tolerance=1e-6)
        np.testing.assert_allclose(TRAINED.sharpness[:, i], exact, rtol=0.005)


def test_progress_increases_to_the_end_and_pauses_are_close():
    shares = list(train_in_parts(replace(SMALL, epochs=15)))
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.1 and 0.9 < shares[-1] <= 1
    assert np.diff(shares).max() < 0.1


def test_training_is_cancelled_at_its_next_pause():
    seen: list[float] = []

    def progress(share: float) -> None:
        seen.append(share)
        raise CancelledError

    with pytest.raises(CancelledError):
        train(SMALL, progress)
    assert len(seen) == 1


def test_divergence_is_an_outcome():
    steep = replace(SMALL, entries=(Entry(GradientDescent(10.0)),), activation="relu", loss="squared_error", batch=0)
    training = train(replace(steep, epochs=60))
    assert training.outcomes[0] == Outcome.DIVERGED
    assert training.last[0] < len(training.steps) - 1
    assert np.isnan(training.loss[-1, 0])
    assert np.isfinite(point_of(training, 1)).all()


def test_run_that_goes_too_far_without_diverging_gets_a_sentence():
    with pytest.raises(ScenarioError, match="a run went too far away"):
        record(replace(TRAINED, points=1e35 * TRAINED.points), n=5)


def test_target_that_is_no_class_has_no_accuracy():
    scenario = NetworkScenario(SMALL.entries[:1], own(NUMBERS), (3,), loss="squared_error", batch=0, epochs=5)
    training = train(scenario)
    assert np.isnan(training.accuracy).all()
    assert np.isfinite(training.validation_loss).all()


@pytest.mark.parametrize("plane", PLANES)
def test_true_and_drawn_losses_agree_where_the_plane_holds_the_path(plane: str):
    found = record(TRAINED, plane, n=5, points=(1, 2, 0))
    assert found.distance is not None and found.drawn is not None and found.shares is not None
    near = found.distance < 1e-9
    np.testing.assert_allclose(found.drawn[near], found.loss[near], rtol=1e-9)
    assert ((found.shares >= 0) & (found.shares <= 1)).all()


def test_plane_through_three_points_contains_them():
    found = record(TRAINED, "three", n=5, points=(3, 0, 2))
    assert found.distance is not None
    assert found.distance[[-1, 0, -1], [2, 0, 1]] == pytest.approx([0, 0, 0], abs=1e-9)
    assert found.distance[-1, 0] > 1e-3


@pytest.mark.parametrize("points", [(1, 1, 0), (1, 4, 0)])
def test_points_that_determine_no_plane_are_refused(points: tuple[int, int, int]):
    with pytest.raises(ScenarioError):
        record(TRAINED, "three", n=5, points=points)


def test_line_between_two_ends_has_their_losses():
    training, validation = line_of_training(TRAINED, 1, 3)
    assert training.loss[[0, -1]] == pytest.approx(TRAINED.loss[-1, [0, 2]])
    assert validation.loss[[0, -1]] == pytest.approx(TRAINED.validation_loss[-1, [0, 2]])


def test_kept_trainings_are_bounded_and_the_oldest_is_removed():
    kept = Kept(2 * TRAINED.points.nbytes)
    for text in ("a", "b"):
        kept.put(text, TRAINED)
    assert kept.get("a") is TRAINED
    kept.put("c", TRAINED)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (TRAINED, None, TRAINED)


def test_kept_trainings_are_cleared_with_the_shared_caches():
    kept_trainings(SMALL).put(SMALL.text, TRAINED)
    clear_shared_caches("landscape_lab")
    assert kept_trainings(SMALL).get(SMALL.text) is None


def test_trainings_on_own_data_are_kept_with_the_data():
    others = by_key(losses_over(ROWS.replace("a", "c").encode()).values())
    first, second = (NetworkScenario(SMALL.entries, own(losses), (3,), batch=0) for losses in (CLASSES, others))
    kept_trainings(first).put(first.text, TRAINED)
    assert kept_trainings(first).get(first.text) is TRAINED
    assert kept_trainings(second).get(first.text) is None
    assert kept_trainings(SMALL).get(first.text) is None
