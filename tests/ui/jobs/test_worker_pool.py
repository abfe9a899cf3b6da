"""The worker pool: results, fairness between sessions, and cancellation."""

from concurrent.futures import CancelledError, wait
from threading import Event

import pytest

from landscape_lab.ui.jobs import worker_pool as module
from landscape_lab.ui.jobs.worker_pool import WorkerPool


def test_futures_have_results_and_exceptions():
    executor = WorkerPool(2).executor()
    assert executor.submit(pow, 2, 10).result(10) == 1024
    assert list(executor.map(abs, [-1, -2, 3])) == [1, 2, 3]
    with pytest.raises(ZeroDivisionError):
        executor.submit(divmod, 1, 0).result(10)
    assert executor.submit(pow, 2, 3).result(10) == 8, "an error does not end a thread"


def test_one_session_does_not_starve_another():
    pool, order, gate = WorkerPool(1), [], Event()
    greedy, modest = pool.executor(), pool.executor()
    first = greedy.submit(gate.wait, 10)
    futures = [greedy.submit(order.append, ("greedy", i)) for i in range(50)]
    futures += [modest.submit(order.append, ("modest", i)) for i in range(3)]
    gate.set()
    wait([first, *futures], 10)
    assert len(order) == 53
    assert [order.index(("modest", i)) for i in range(3)] < [6, 7, 8]
    assert [i for who, i in order if who == "greedy"] == list(range(50)), "the tasks of one executor stay in order"


def test_tasks_that_have_not_started_can_be_cancelled():
    pool, gate, began = WorkerPool(1), Event(), Event()
    executor = pool.executor()
    running = executor.submit(lambda: began.set() or gate.wait(10))
    later = [executor.submit(pow, 2, 2) for _ in range(5)]
    assert began.wait(10)
    executor.cancel()
    gate.set()
    assert running.result(10)
    assert all(future.cancelled() for future in later)
    assert executor.submit(pow, 3, 2).result(10) == 9, "the executor still accepts tasks"


def test_tasks_of_an_abandoned_executor_are_cancelled(monkeypatch: pytest.MonkeyPatch):
    pool, gate, began = WorkerPool(1), Event(), Event()
    executor, other = pool.executor(), pool.executor()
    running = executor.submit(lambda: began.set() or gate.wait(10))
    later = executor.submit(pow, 2, 2)
    assert began.wait(10)
    monkeypatch.setattr(module, "ABANDONED_AFTER", -1.0)
    gate.set()
    running.result(10)
    with pytest.raises(CancelledError):
        later.result(10)
    monkeypatch.setattr(module, "ABANDONED_AFTER", 60.0)
    assert other.submit(pow, 2, 2).result(10) == 4


def test_executors_behind_a_cancelled_one_move_up():
    pool, begun, over = WorkerPool(1), Event(), Event()
    pool.executor().submit(lambda: (begun.set(), over.wait(60)))
    assert begun.wait(60)
    first, second = pool.executor(), pool.executor()
    first.submit(int)
    last = second.submit(int)
    assert (first.position, second.position) == (1, 2)
    first.cancel()
    assert second.position == 1
    over.set()
    assert last.result(60) == 0
