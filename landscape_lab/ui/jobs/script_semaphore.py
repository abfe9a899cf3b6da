"""A FIFO semaphore that limits how many scripts run at a time.

Python executes one thread at a time. A hundred scripts that run concurrently spend half of the processor time on
switching threads, and all of them finish late; one after another, most of them finish early. A script that runs for
longer than `MAX_HOLD` no longer counts.
"""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Lock, get_ident

AT_ONCE = 1
"""The number of scripts that run at a time. Two would only delay each other; a script that waits releases its place."""

MAX_HOLD = 0.3
"""Seconds after which a running script no longer counts."""
POLL = 0.005
"""Seconds between two checks of a thread that waits until no script runs."""


class ScriptSemaphore:
    """A FIFO semaphore for `at_once` threads. A holder older than `max_hold` seconds no longer counts."""

    def __init__(self, at_once: int = AT_ONCE, max_hold: float = MAX_HOLD) -> None:
        self._at_once, self._max_hold = at_once, max_hold
        self._lock = Lock()
        self._queue: deque[Condition] = deque()
        self._holders: dict[int, float] = {}
        """The time at which each thread acquired the semaphore."""

    @contextmanager
    def running(self) -> Iterator[None]:
        """Hold the semaphore during the block. No-op if this thread already holds it."""
        if get_ident() in self._holders:
            yield
            return
        self._acquire()
        try:
            yield
        finally:
            self._release()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Release the semaphore while this thread waits, and acquire it again. No-op if the thread does not hold it."""
        was_held = self._release()
        try:
            yield
        finally:
            if was_held:
                self._acquire()

    def wait_until_idle(self, timeout: float = 0.1) -> None:
        """Wait until no script runs, for at most `timeout` seconds. Background work calls it between two tasks.

        Python's threads compete for the interpreter every millisecond, whatever their priority in the system.
        """
        end = time.monotonic() + timeout
        while (now := time.monotonic()) < end:
            with self._lock:
                busy = bool(self._queue) or any(since + self._max_hold > now for since in self._holders.values())
            if not busy:
                return
            time.sleep(POLL)

    def _acquire(self) -> None:
        with self._lock:
            mine = Condition(self._lock)
            self._queue.append(mine)
            try:
                while self._queue[0] is not mine or self._seconds_until_free():
                    # Only the first thread of the queue waits with a timeout: a hold expires without a notification.
                    mine.wait(self._seconds_until_free() if self._queue[0] is mine else None)
            finally:
                self._queue.remove(mine)
                if self._queue:
                    self._queue[0].notify()
            self._holders[get_ident()] = time.monotonic()

    def _release(self) -> bool:
        """Release the semaphore if this thread holds it, and return whether it did."""
        with self._lock:
            was_held = self._holders.pop(get_ident(), None) is not None
            if self._queue:
                self._queue[0].notify()
            return was_held

    def _seconds_until_free(self) -> float:
        """Return the seconds until a hold expires and frees a place; 0 if one is free. The lock must be held."""
        now = time.monotonic()
        left = sorted(left for since in self._holders.values() if (left := since + self._max_hold - now) > 0)
        return left[len(left) - self._at_once] if len(left) >= self._at_once else 0.0


SCRIPTS = ScriptSemaphore()
"""The semaphore for all scripts of this process."""
