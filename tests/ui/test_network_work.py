"""The training job: its result, its fairness to other sessions, its errors and its end without a page."""

import time
from dataclasses import replace

import pytest

from landscape_lab.experiments.networks import NetworkScenario, default_network_entries
from landscape_lab.experiments.networks.training import kept_trainings
from landscape_lab.ui.jobs import worker_pool
from landscape_lab.ui.jobs.worker_pool import WorkerPool
from landscape_lab.ui.networks import work as module
from landscape_lab.ui.networks.work import TrainingWork

SMALL = NetworkScenario(default_network_entries(), hidden=(3,), epochs=4, seed=12)
LONG = replace(SMALL, epochs=1000)


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> WorkerPool:
    """A worker pool of one thread."""
    made = WorkerPool(1)
    monkeypatch.setattr(module, "WORKER_POOL", made)
    return made


def until_over(work: TrainingWork) -> None:
    end = time.monotonic() + 20
    while work.busy and time.monotonic() < end:
        time.sleep(0.01)
    assert not work.busy


def test_result_is_kept(pool: WorkerPool):
    work = TrainingWork(SMALL)
    until_over(work)
    assert work.training is not None
    assert work.training.scenario == SMALL
    assert kept_trainings(SMALL).get(SMALL.unnamed) is work.training


def test_task_of_another_session_runs_between_two_parts(pool: WorkerPool):
    work = TrainingWork(LONG)
    assert pool.executor().submit(pow, 2, 3).result(20) == 8
    assert work.busy and work.share < 1
    work.cancel()
    until_over(work)
    assert work.training is None


def test_training_ends_when_its_page_is_gone(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker_pool, "ABANDONED_AFTER", -1.0)
    work = TrainingWork(LONG)
    until_over(work)
    assert work.training is None


def test_error_of_a_training_is_raised_on_its_page(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch):
    def failing(scenario: NetworkScenario):
        yield 0.1
        raise FloatingPointError("broken")

    monkeypatch.setattr(module, "train_in_parts", failing)
    work = TrainingWork(LONG)
    until_over(work)
    with pytest.raises(FloatingPointError):
        work.wait(0.0)
