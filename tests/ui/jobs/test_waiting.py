"""Waiting for the worker pool: results, status messages and cancellation."""

from concurrent.futures import CancelledError
from threading import Event, Thread
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from landscape_lab.ui.jobs import waiting as module
from landscape_lab.ui.jobs.waiting import Progress, run_queued
from landscape_lab.ui.jobs.worker_pool import WorkerPool

GATE, POOL = Event(), WorkerPool(1)


def page() -> None:
    import streamlit as st

    from landscape_lab.ui.jobs.waiting import run_queued
    from tests.ui.jobs.test_waiting import work

    st.text(str(run_queued([work, lambda: 2], st.empty())))


def work() -> int:
    assert GATE.wait(60)
    return 1


def test_tasks_run_immediately_without_a_session():
    assert run_queued([lambda: 1, lambda: 2]) == [1, 2]


def test_page_shows_the_results(monkeypatch: pytest.MonkeyPatch):
    GATE.set()
    at = AppTest.from_function(page, default_timeout=60).run()
    assert not at.exception and at.text[0].value == "[1, 2]" and not at.info


def test_status_is_shown_until_the_results_are_available(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "WORKER_POOL", POOL)
    monkeypatch.setattr(module, "QUIET", 0.0)
    statuses: list[str] = []
    real = module._status

    def recorded(*arguments: Any) -> str:
        statuses.append(real(*arguments))
        if len(statuses) == 1:
            busy.set()  # the executor before this one continues
        elif "Computing" in statuses[-1]:
            GATE.set()
        return statuses[-1]

    monkeypatch.setattr(module, "_status", recorded)
    GATE.clear()
    busy = Event()
    before = POOL.executor().submit(busy.wait, 60)
    at = AppTest.from_function(page, default_timeout=60).run()
    assert before.result(60)
    assert not at.exception and at.text[0].value == "[1, 2]" and not at.info
    assert statuses[0] == "Waiting for a free processor, at place 1." and "Computing: 0% …" in statuses


def test_cancelled_progress_raises():
    progress = Progress()
    progress(0.25)
    assert progress.fraction == 0.25
    progress.cancelled.set()
    with pytest.raises(CancelledError):
        progress(0.5)


def test_position_counts_the_executors_before():
    pool, gate = WorkerPool(1), Event()
    first, second, third = (pool.executor() for _ in range(3))
    began = Event()
    running = first.submit(lambda: began.set() or gate.wait(60))
    assert began.wait(60)
    futures = [executor.submit(pow, 2, 2) for executor in (second, third)]
    assert (second.position, third.position) == (1, 2)
    gate.set()
    assert [future.result(60) for future in (running, *futures)] == [True, 4, 4]


def test_background_work_waits_until_no_script_runs():
    from landscape_lab.ui.jobs.script_semaphore import ScriptSemaphore

    scripts, entered, over = ScriptSemaphore(1, max_hold=60), Event(), Event()

    def script() -> None:
        with scripts.running():
            entered.set()
            over.wait(60)

    thread = Thread(target=script)
    thread.start()
    assert entered.wait(60)
    scripts.wait_until_idle(0.01)  # returns after its timeout
    waiting = Thread(target=scripts.wait_until_idle, args=(60,))
    waiting.start()
    assert waiting.is_alive()
    over.set()
    thread.join(60)
    waiting.join(60)
    assert not waiting.is_alive()
