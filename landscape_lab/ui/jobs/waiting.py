"""Long work of a page: in line with that of others, with a word about its place, called off when its reader leaves.

The script waits, and gives its turn to others meanwhile. When its reader wants something else, or closes the tab,
Streamlit ends the script at its next look at the session, and with it the work that has not begun; what has begun hears
of it through `Going`. What is done soon is simply there.
"""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, Future, wait
from threading import Event
from typing import Any, TypeVar

import streamlit as st

from landscape_lab.ui.i18n.translation import _
from landscape_lab.ui.jobs.script_semaphore import TURNS
from landscape_lab.ui.jobs.worker_pool import LONG_WORK, Share
from landscape_lab.ui.server.private import in_session, is_open, session_id

T = TypeVar("T")
QUIET = 0.3
"""Seconds for which nothing is said."""
LOOK = 0.1
"""Seconds between two looks at the work, and at whether anybody still waits for it."""


class Going:
    """The progress of a piece of work: called with a part from 0 to 1, it lets scripts run first, and raises
    CancelledError once no session waits for the work."""

    def __init__(self) -> None:
        self.part = 0.0
        self.left = Event()

    def __call__(self, part: float) -> None:
        if self.left.is_set():
            raise CancelledError
        self.part = part
        TURNS.let_by()


def in_line(pieces: Iterable[Callable[[], T]], slot: Any = None, going: Going | None = None) -> list[T]:
    """What the pieces come to, in their order. `slot` is an `st.empty()` for the words meanwhile, or else a toast.

    Where there is no session, such as in a notebook, the pieces are simply done.
    """
    if not in_session():
        return [piece() for piece in pieces]
    going = going or Going()
    share = LONG_WORK.share()
    futures = [share.submit(piece) for piece in pieces]
    told, began = "", time.monotonic()
    try:
        with TURNS.aside():
            while wait(futures, timeout=LOOK).not_done:
                share.renew()
                st.session_state.get("page")  # where Streamlit ends a run that has been replaced
                if time.monotonic() - began > QUIET and (words := _place(share, futures, going)) != told:
                    if slot is not None:
                        slot.info(words, icon=":material/hourglass_top:")
                    elif not told:
                        st.toast(words, icon=":material/hourglass_top:")
                    told = words
        return [future.result() for future in futures]
    finally:
        going.left.set()
        share.drop()
        if told and slot is not None:
            slot.empty()


def when_asked(make: Callable[[], T]) -> Callable[[], T]:
    """The same, for a file that is made when it is saved: in line too, and only while its reader is there."""
    session = session_id()

    def made() -> T:
        share = LONG_WORK.share()
        future = share.submit(make)
        while wait([future], timeout=1.0).not_done:
            share.renew()
            if not is_open(session):
                share.drop()
                raise CancelledError
        return future.result()

    return made


def _place(share: Share, futures: list[Future], going: Going) -> str:
    """How many others come first, or how much is done, in tenths: each new word is a message to the browser."""
    if not any(future.done() or future.running() for future in futures):
        return _("In line for the computer: number {place}.").format(place=share.place)
    done = sum(future.done() for future in futures) + going.part
    return _("Computing: {part:.0%} …").format(part=int(10 * min(1.0, done / len(futures))) / 10)
