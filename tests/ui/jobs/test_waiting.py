"""A page's long work: there when it is done, a word about its place until then, called off when nobody waits."""

from concurrent.futures import CancelledError
from threading import Event, Thread
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from landscape_lab.ui.jobs import waiting as module
from landscape_lab.ui.jobs.waiting import Going, in_line
from landscape_lab.ui.jobs.worker_pool import LongWork

GATE, POOL = Event(), LongWork(1)


def page() -> None:
    import streamlit as st

    from landscape_lab.ui.jobs.waiting import in_line
    from tests.ui.jobs.test_waiting import work

    st.text(str(in_line([work, lambda: 2], st.empty())))


def work() -> int:
    assert GATE.wait(60)
    return 1


def test_without_a_session_it_is_simply_done():
    assert in_line([lambda: 1, lambda: 2]) == [1, 2]


def test_a_page_shows_what_came_of_it(monkeypatch: pytest.MonkeyPatch):
    GATE.set()
    at = AppTest.from_function(page, default_timeout=60).run()
    assert not at.exception and at.text[0].value == "[1, 2]" and not at.info


def test_who_waits_is_told_and_the_word_goes_when_it_is_done(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "LONG_WORK", POOL)
    monkeypatch.setattr(module, "QUIET", 0.0)
    places: list[str] = []
    real = module._place

    def heard(*asked: Any) -> str:
        places.append(real(*asked))
        if len(places) == 1:
            busy.set()  # the one who is before us goes on
        elif "Computing" in places[-1]:
            GATE.set()
        return places[-1]

    monkeypatch.setattr(module, "_place", heard)
    GATE.clear()
    busy = Event()
    before = POOL.share().submit(busy.wait, 60)
    at = AppTest.from_function(page, default_timeout=60).run()
    assert before.result(60)
    assert not at.exception and at.text[0].value == "[1, 2]" and not at.info
    assert places[0] == "In line for the computer: number 1." and "Computing: 0% …" in places


def test_work_hears_that_its_reader_has_left():
    going = Going()
    going(0.25)
    assert going.part == 0.25
    going.left.set()
    with pytest.raises(CancelledError):
        going(0.5)


def test_the_place_counts_who_is_before():
    pool, gate = LongWork(1), Event()
    first, second, third = (pool.share() for _ in range(3))
    began = Event()
    running = first.submit(lambda: began.set() or gate.wait(60))
    assert began.wait(60)
    futures = [share.submit(pow, 2, 2) for share in (second, third)]
    assert (second.place, third.place) == (1, 2)
    gate.set()
    assert [future.result(60) for future in (running, *futures)] == [True, 4, 4]


def test_whoever_can_wait_lets_scripts_by():
    from landscape_lab.ui.jobs.script_semaphore import Turns

    turns, entered, over = Turns(1, lease=60), Event(), Event()

    def script() -> None:
        with turns.turn():
            entered.set()
            over.wait(60)

    thread = Thread(target=script)
    thread.start()
    assert entered.wait(60)
    turns.let_by(0.01)  # no longer than it was told
    waiting = Thread(target=turns.let_by, args=(60,))
    waiting.start()
    assert waiting.is_alive()
    over.set()
    thread.join(60)
    waiting.join(60)
    assert not waiting.is_alive()
