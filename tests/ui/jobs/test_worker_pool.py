"""Long work: in turn between those who ask, called off when nobody waits."""

from concurrent.futures import CancelledError, wait
from threading import Event

import pytest

from landscape_lab.ui.jobs import worker_pool as long_work
from landscape_lab.ui.jobs.worker_pool import LongWork


def test_results_and_errors_come_back():
    share = LongWork(2).share()
    assert share.submit(pow, 2, 10).result(10) == 1024
    assert list(share.map(abs, [-1, -2, 3])) == [1, 2, 3]
    with pytest.raises(ZeroDivisionError):
        share.submit(divmod, 1, 0).result(10)
    assert share.submit(pow, 2, 3).result(10) == 8, "an error does not end a thread"


def test_one_session_does_not_starve_another():
    pool, order, gate = LongWork(1), [], Event()
    greedy, modest = pool.share(), pool.share()
    first = greedy.submit(gate.wait, 10)
    futures = [greedy.submit(order.append, ("greedy", i)) for i in range(50)]
    futures += [modest.submit(order.append, ("modest", i)) for i in range(3)]
    gate.set()
    wait([first, *futures], 10)
    assert len(order) == 53
    assert [order.index(("modest", i)) for i in range(3)] < [6, 7, 8]
    assert [i for who, i in order if who == "greedy"] == list(range(50)), "everybody's own work stays in order"


def test_what_has_not_begun_can_be_dropped():
    pool, gate, began = LongWork(1), Event(), Event()
    share = pool.share()
    running = share.submit(lambda: began.set() or gate.wait(10))
    later = [share.submit(pow, 2, 2) for _ in range(5)]
    assert began.wait(10)
    share.drop()
    gate.set()
    assert running.result(10)
    assert all(future.cancelled() for future in later)
    assert share.submit(pow, 3, 2).result(10) == 9, "the share itself goes on"


def test_work_that_nobody_waits_for_is_not_begun(monkeypatch: pytest.MonkeyPatch):
    pool, gate, began = LongWork(1), Event(), Event()
    share, other = pool.share(), pool.share()
    running = share.submit(lambda: began.set() or gate.wait(10))
    later = share.submit(pow, 2, 2)
    assert began.wait(10)
    monkeypatch.setattr(long_work, "LEASE", -1.0)
    gate.set()
    running.result(10)
    with pytest.raises(CancelledError):
        later.result(10)
    monkeypatch.setattr(long_work, "LEASE", 60.0)
    assert other.submit(pow, 2, 2).result(10) == 4


def test_whoever_waits_behind_one_that_is_dropped_moves_up():
    pool, begun, over = LongWork(1), Event(), Event()
    pool.share().submit(lambda: (begun.set(), over.wait(60)))
    assert begun.wait(60)
    first, second = pool.share(), pool.share()
    first.submit(int)
    last = second.submit(int)
    assert (first.place, second.place) == (1, 2)
    first.drop()
    assert second.place == 1
    over.set()
    assert last.result(60) == 0
