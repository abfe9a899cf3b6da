"""Waiting of a page for work in the worker pool, with its position in the queue, progress and cancellation.

The script waits and releases the script semaphore meanwhile. When the user makes another change or closes the tab,
Streamlit ends the script at its next access to the session state. This cancels the tasks that have not started; running
tasks are cancelled through `Progress`. No message is shown for work that is done quickly.
"""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, Future, wait
from threading import Event
from typing import Any, TypeVar

import streamlit as st

from landscape_lab.ui.i18n.translation import _
from landscape_lab.ui.jobs.script_semaphore import SCRIPTS
from landscape_lab.ui.jobs.worker_pool import WORKER_POOL, SessionExecutor
from landscape_lab.ui.server.private import in_session, is_open, session_id

T = TypeVar("T")
QUIET = 0.3
"""Seconds before the first message is shown."""
POLL = 0.1
"""Seconds between two checks of the work and of the session."""


class Progress:
    """The progress and cancellation token of a task.

    The task calls it with the fraction done, from 0 to 1. The call waits for running scripts, and raises
    CancelledError when no session waits for the task any more.
    """

    def __init__(self) -> None:
        self.fraction = 0.0
        self.cancelled = Event()

    def __call__(self, fraction: float) -> None:
        if self.cancelled.is_set():
            raise CancelledError
        self.fraction = fraction
        SCRIPTS.wait_until_idle()


def run_queued(tasks: Iterable[Callable[[], T]], slot: Any = None, progress: Progress | None = None) -> list[T]:
    """Run tasks in the worker pool and return their results in order.

    `slot` is an `st.empty()` for the status message, by default a toast. Without a session, as in a notebook, the
    tasks run immediately.
    """
    if not in_session():
        return [task() for task in tasks]
    progress = progress or Progress()
    executor = WORKER_POOL.executor()
    futures = [executor.submit(task) for task in tasks]
    shown, began = "", time.monotonic()
    try:
        with SCRIPTS.paused():
            while wait(futures, timeout=POLL).not_done:
                executor.renew()
                st.session_state.get("page")  # Streamlit ends a script here that has been replaced
                if time.monotonic() - began > QUIET and (status := _status(executor, futures, progress)) != shown:
                    if slot is not None:
                        slot.info(status, icon=":material/hourglass_top:")
                    elif not shown:
                        st.toast(status, icon=":material/hourglass_top:")
                    shown = status
        return [future.result() for future in futures]
    finally:
        progress.cancelled.set()
        executor.cancel()
        if shown and slot is not None:
            slot.empty()


def deferred(make: Callable[[], T]) -> Callable[[], T]:
    """Return a function that runs `make` in the worker pool, for files that are made when they are downloaded.

    It raises CancelledError when the session of its page is closed.
    """
    session = session_id()

    def made() -> T:
        executor = WORKER_POOL.executor()
        future = executor.submit(make)
        while wait([future], timeout=1.0).not_done:
            executor.renew()
            if not is_open(session):
                executor.cancel()
                raise CancelledError
        return future.result()

    return made


def _status(executor: SessionExecutor, futures: list[Future], progress: Progress) -> str:
    """Return the position in the queue, or the progress in tenths, as every new text is a message to the browser."""
    if not any(future.done() or future.running() for future in futures):
        return _("Waiting for a free processor, at place {place}.").format(place=executor.position)
    done = sum(future.done() for future in futures) + progress.fraction
    return _("Computing: {part:.0%} …").format(part=int(10 * min(1.0, done / len(futures))) / 10)
