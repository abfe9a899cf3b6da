"""The semaphore for scripts: its limit, its order, expired holds, and pauses."""

import threading
import time

from landscape_lab.ui.jobs.script_semaphore import ScriptSemaphore


def test_number_of_holders_is_limited_and_all_threads_get_the_semaphore():
    scripts, inside, most, done = ScriptSemaphore(2, max_hold=60), 0, 0, []
    lock = threading.Lock()

    def work(i: int) -> None:
        nonlocal inside, most
        with scripts.running():
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


def test_expired_hold_does_not_block_other_threads():
    scripts, over, entered = ScriptSemaphore(1, max_hold=0.05), threading.Event(), threading.Event()

    def long() -> None:
        with scripts.running():
            entered.set()
            over.wait(60)

    thread = threading.Thread(target=long)
    thread.start()
    assert entered.wait(60)
    for _ in range(3):
        with scripts.running():
            assert thread.is_alive()
    over.set()
    thread.join(60)


def test_paused_thread_releases_the_semaphore_and_acquires_it_again():
    scripts, came = ScriptSemaphore(1, max_hold=60), threading.Event()

    def other() -> None:
        with scripts.running():
            came.set()

    with scripts.running():
        thread = threading.Thread(target=other)
        thread.start()
        assert not came.is_set()
        with scripts.paused():
            assert came.wait(60)
        thread.join(60)
    with scripts.running():
        pass


def test_exception_releases_the_semaphore():
    scripts = ScriptSemaphore(1, max_hold=60)
    for _ in range(2):
        try:
            with scripts.running():
                raise ValueError
        except ValueError:
            pass


def test_pause_without_a_hold_is_a_no_op():
    scripts = ScriptSemaphore(1, max_hold=60)
    with scripts.paused():
        pass
    with scripts.running():
        pass
