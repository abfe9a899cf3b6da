"""A worker pool for work that takes longer than a page may wait, with fair scheduling between sessions.

Each session has its own `SessionExecutor`. A free worker takes the next task of the next session in turn, however many
tasks one session has submitted. Tasks should be short, about 0.1 s: only tasks that have not started can be cancelled.
"""

import os
import sys
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from threading import Condition, Thread, get_native_id
from typing import Any

from landscape_lab.ui.jobs.script_semaphore import SCRIPTS

ABANDONED_AFTER = 60.0
"""Seconds without a call of `renew` after which the tasks of an executor are cancelled."""

NICENESS = 10
"""The priority of the workers on Linux: below that of the threads that answer users."""


class WorkerPool:
    """The worker threads of a process, and the queue of executors. The threads start with the first tasks."""

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or os.cpu_count() or 1
        self._threads: list[Thread] = []
        self._changed = Condition()
        self._queue: OrderedDict[SessionExecutor, None] = OrderedDict()
        """The executors that have tasks, in the order in which they are served."""

    def executor(self) -> "SessionExecutor":
        """Return a new executor."""
        return SessionExecutor(self)

    def _add(self, executor: "SessionExecutor") -> None:
        """Append an executor to the queue. `_changed` must be held."""
        self._queue.setdefault(executor)
        if len(self._threads) < self._workers:
            thread = Thread(target=self._work, name=f"worker-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._changed.notify()

    def _next(self) -> "tuple[Future, Callable[[], Any]]":
        """Wait for a task and remove it from its executor, which moves to the end of the queue."""
        with self._changed:
            while True:
                while not self._queue:
                    self._changed.wait()
                executor, _ = self._queue.popitem(last=False)
                if executor.is_abandoned:
                    executor.cancel()
                if not executor.tasks:
                    continue
                task = executor.tasks.popleft()
                if executor.tasks:
                    self._queue[executor] = None
                return task

    def _work(self) -> None:
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, get_native_id(), NICENESS)
        while True:
            SCRIPTS.wait_until_idle()
            future, work = self._next()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = work()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
            del future, work  # frees the task while the thread waits for the next one


class SessionExecutor(Executor):
    """The executor of one session. Its tasks start in order, alternating with those of other sessions."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool
        self.tasks: deque[tuple[Future, Callable[[], Any]]] = deque()
        self.renew()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """See `concurrent.futures.Executor.submit`."""
        future: Future = Future()
        with self._pool._changed:
            self.tasks.append((future, lambda: fn(*args, **kwargs)))
            self._pool._add(self)
        return future

    def renew(self) -> None:
        """Report that the results are still needed."""
        self._renewed = time.monotonic()

    @property
    def position(self) -> int:
        """The position in the queue, 1 for the next executor."""
        with self._pool._changed:
            executors = list(self._pool._queue)
        return executors.index(self) + 1 if self in executors else 1

    @property
    def is_abandoned(self) -> bool:
        """Whether `renew` has not been called for `ABANDONED_AFTER` seconds."""
        return time.monotonic() - self._renewed > ABANDONED_AFTER

    def cancel(self) -> None:
        """Cancel all tasks that have not started."""
        with self._pool._changed:
            tasks = list(self.tasks)
            self.tasks.clear()
            self._pool._queue.pop(self, None)
        for future, _work in tasks:
            future.cancel()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Cancel the tasks if `cancel_futures` is true. The workers of the pool continue, as they are shared."""
        if cancel_futures:
            self.cancel()


WORKER_POOL = WorkerPool()
"""The worker pool of this process."""
