"""A first-in, first-out semaphore for scripts: few run at a time, the others wait in line.

Python runs one thread at a time anyway. A hundred that run at once spend half of the processor on switching between
threads, and all of them end late; in line, most end early. A script that takes longer than `LEASE` no longer holds its
place.
"""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Lock, get_ident

AT_ONCE = 1
"""Scripts that run at a time. Two would only be late together; one that waits for something steps aside."""

LEASE = 0.3
"""Seconds after which a script no longer counts."""
NAP = 0.005
"""Seconds between two checks of a thread that lets scripts run first."""


class Turns:
    """A semaphore for `at_once` threads, in order of arrival. A thread is not counted after `lease` seconds."""

    def __init__(self, at_once: int = AT_ONCE, lease: float = LEASE) -> None:
        self._at_once, self._lease = at_once, lease
        self._lock = Lock()
        self._line: deque[Condition] = deque()
        self._inside: dict[int, float] = {}
        """When each thread came in."""

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait in line, then be inside; at once where this thread is inside already."""
        if get_ident() in self._inside:
            yield
            return
        self._enter()
        try:
            yield
        finally:
            self._leave()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let others go first while this thread waits for something; nothing for a thread that is not inside."""
        inside = self._leave()
        try:
            yield
        finally:
            if inside:
                self._enter()

    def let_by(self, most: float = 0.1) -> None:
        """Wait while scripts are inside, for `most` seconds: called by those who can wait, between two pieces of work.

        Python's threads take the processor from each other every millisecond, whatever the system thinks of their rank.
        """
        end = time.monotonic() + most
        while (now := time.monotonic()) < end:
            with self._lock:
                busy = bool(self._line) or any(came + self._lease > now for came in self._inside.values())
            if not busy:
                return
            time.sleep(NAP)

    def _enter(self) -> None:
        with self._lock:
            mine = Condition(self._lock)
            self._line.append(mine)
            try:
                while self._line[0] is not mine or self._full_for():
                    # The first in line looks again by itself: a lease ends without a word.
                    mine.wait(self._full_for() if self._line[0] is mine else None)
            finally:
                self._line.remove(mine)
                if self._line:
                    self._line[0].notify()
            self._inside[get_ident()] = time.monotonic()

    def _leave(self) -> bool:
        with self._lock:
            was_inside = self._inside.pop(get_ident(), None) is not None
            if self._line:
                self._line[0].notify()
            return was_inside

    def _full_for(self) -> float:
        """Seconds until a lease ends and makes room; 0 where there is. Called with the lock held."""
        now = time.monotonic()
        left = sorted(left for came in self._inside.values() if (left := came + self._lease - now) > 0)
        return left[len(left) - self._at_once] if len(left) >= self._at_once else 0.0


TURNS = Turns()
"""The scripts of this process."""
