"""Work that takes longer than a change may: a few threads for the whole process, which serve all sessions in turn.

A session gets a `Share`, an executor like any other. However much one session asks for, the next free thread takes up
the next session's work. Pieces should be short, a tenth of a second: only what has not begun can be called off.
"""

import os
import sys
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from threading import Condition, Thread, get_native_id
from typing import Any

from landscape_lab.ui.jobs.script_semaphore import TURNS

LEASE = 60.0
"""Seconds after which nobody waits any more for a share's work, unless `renew` was called meanwhile."""

NICENESS = 10
"""How far the threads stand back behind those that answer people, where the system can tell threads apart."""


class LongWork:
    """The threads, and the shares whose turn it is. `workers` threads begin with the first piece of work."""

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or os.cpu_count() or 1
        self._threads: list[Thread] = []
        self._turn = Condition()
        self._waiting: OrderedDict[Share, None] = OrderedDict()
        """Shares with work to do, the one that is next first."""

    def share(self) -> "Share":
        """A new share of the threads."""
        return Share(self)

    def _add(self, share: "Share") -> None:
        """Called with `_turn` held."""
        self._waiting.setdefault(share)
        if len(self._threads) < self._workers:
            thread = Thread(target=self._work, name=f"long-work-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._turn.notify()

    def _next(self) -> "tuple[Future, Callable[[], Any]]":
        with self._turn:
            while True:
                while not self._waiting:
                    self._turn.wait()
                share, _ = self._waiting.popitem(last=False)
                if share.abandoned:
                    share.drop()
                if not share.pieces:
                    continue
                piece = share.pieces.popleft()
                if share.pieces:
                    self._waiting[share] = None  # behind all others
                return piece

    def _work(self) -> None:
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, get_native_id(), NICENESS)
        while True:
            TURNS.let_by()
            future, work = self._next()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = work()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
            del future, work  # what a thread waits with must not be kept alive


class Share(Executor):
    """One session's share of the threads: its pieces are done in order, and in turn with those of others."""

    def __init__(self, of: LongWork) -> None:
        self._of = of
        self.pieces: deque[tuple[Future, Callable[[], Any]]] = deque()
        self.renew()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """As of any executor."""
        future: Future = Future()
        with self._of._turn:
            self.pieces.append((future, lambda: fn(*args, **kwargs)))
            self._of._add(self)
        return future

    def renew(self) -> None:
        """Somebody still waits for this work."""
        self._renewed = time.monotonic()

    @property
    def place(self) -> int:
        """Where in line it is, 1 for the next."""
        with self._of._turn:
            shares = list(self._of._waiting)
        return shares.index(self) + 1 if self in shares else 1

    @property
    def abandoned(self) -> bool:
        """Whether nobody has waited for this work for a long time."""
        return time.monotonic() - self._renewed > LEASE

    def drop(self) -> None:
        """Call off everything that has not begun."""
        with self._of._turn:
            pieces = list(self.pieces)
            self.pieces.clear()
            self._of._waiting.pop(self, None)  # who waits behind it moves up
        for future, _work in pieces:
            future.cancel()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As of any executor, but that the threads go on, for others."""
        if cancel_futures:
            self.drop()


LONG_WORK = LongWork()
"""The threads of this process."""
