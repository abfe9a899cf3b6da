"""The line in which scripts wait for their turn."""

import threading
import time

from landscape_lab.ui.jobs.script_semaphore import Turns


def test_no_more_are_inside_than_may_be_and_all_get_there():
    turns, inside, most, done = Turns(2, lease=60), 0, 0, []
    lock = threading.Lock()

    def work(i: int) -> None:
        nonlocal inside, most
        with turns.turn():
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.002)
            with lock:
                inside -= 1
        done.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(done) == list(range(30)) and most == 2


def test_a_long_turn_holds_nobody_up():
    turns, over, entered = Turns(1, lease=0.05), threading.Event(), threading.Event()

    def long() -> None:
        with turns.turn():
            entered.set()
            over.wait(60)

    thread = threading.Thread(target=long)
    thread.start()
    assert entered.wait(60)
    for _ in range(3):
        with turns.turn():
            assert thread.is_alive()
    over.set()
    thread.join(60)


def test_who_waits_lets_others_in_and_comes_back():
    turns, came = Turns(1, lease=60), threading.Event()

    def other() -> None:
        with turns.turn():
            came.set()

    with turns.turn():
        thread = threading.Thread(target=other)
        thread.start()
        assert not came.is_set()
        with turns.aside():
            assert came.wait(60)
        thread.join(60)
    with turns.turn():
        pass


def test_a_turn_ends_with_an_error_too():
    turns = Turns(1, lease=60)
    for _ in range(2):
        try:
            with turns.turn():
                raise ValueError
        except ValueError:
            pass


def test_aside_is_nothing_outside_of_a_turn():
    turns = Turns(1, lease=60)
    with turns.aside():
        pass
    with turns.turn():
        pass
