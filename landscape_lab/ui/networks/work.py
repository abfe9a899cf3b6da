"""The training of a session as a job: in the worker pool, part by part, with progress and cancellation."""

import time
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from threading import Event

import streamlit as st

from landscape_lab.experiments.networks.scenario import NetworkScenario
from landscape_lab.experiments.networks.training import Training, kept_trainings, train_in_parts
from landscape_lab.ui.jobs.script_semaphore import SCRIPTS
from landscape_lab.ui.jobs.worker_pool import WORKER_POOL

AT_ONCE = 1.5
"""Seconds for which a page waits for a training, to show a short one with the first picture."""
POLL = 0.05
"""Seconds between two checks while it waits."""
WORK, SHOWN, WANTED, STOPPED = "network work", "network training", "network wanted", "network stopped"
"""Keys of the session state: the job; the training on screen; the text of the scenario that is to be trained; that of
one whose training was cancelled."""


class TrainingWork:
    """A training in the worker pool. The page calls `renew` while it shows the progress.

    The parts of about 0.02 s are tasks of their own, so that those of other sessions run between them. `Train` of one
    visitor takes longer while another one trains, but changes of a race do not: scripts run before any task.
    """

    def __init__(self, scenario: NetworkScenario) -> None:
        self.scenario = scenario
        self.share = 0.0
        """How much is done, from 0 to 1."""
        self.training: Training | None = None
        self._parts = train_in_parts(scenario)
        self._executor = WORKER_POOL.executor()
        self._over = Event()
        self._error: BaseException | None = None
        self._began = time.monotonic()
        self._submit()

    @property
    def busy(self) -> bool:
        """Whether the training is neither done nor cancelled."""
        return not self._over.is_set()

    @property
    def seconds_left(self) -> float | None:
        """The estimated remaining time in seconds, or None before there is an estimate."""
        spent = time.monotonic() - self._began
        return spent * (1 - self.share) / self.share if self.share > 0.02 else None

    @property
    def place(self) -> int:
        """The position in the queue, if no part has been done yet; else 0."""
        return 0 if self.share else self._executor.position

    def renew(self) -> None:
        """Report that the result is still needed."""
        self._executor.renew()

    def cancel(self) -> None:
        """End the training after its present part."""
        self._over.set()
        self._executor.cancel()

    def wait(self, timeout: float) -> None:
        """Wait for the end of the training. Raises the exception that ended it."""
        self._executor.renew()
        end = time.monotonic() + timeout
        with SCRIPTS.paused():
            while self.busy and time.monotonic() < end:
                self._over.wait(POLL)
                _ = "page" in st.session_state  # Streamlit ends a script here that has been replaced
        if self._error:
            raise self._error

    def _submit(self) -> None:
        self._executor.submit(self._part).add_done_callback(self._done)

    def _part(self) -> None:
        try:
            self.share = next(self._parts)
        except StopIteration as end:
            self.training = end.value

    def _done(self, future: Future) -> None:
        """Continue with the next part, unless the training has ended or was cancelled."""
        if future.cancelled():  # also if `renew` was not called for long
            self._over.set()
        elif (error := future.exception()) is not None:
            self._error = None if isinstance(error, CancelledError) else error
            self._over.set()
        elif self.training is not None:
            kept = kept_trainings(self.scenario)
            if self.scenario.is_pure:
                kept.put(self.scenario.unnamed, self.training)
            self._over.set()
        elif self.busy:
            self._submit()


def current_training(scenario: NetworkScenario, opened: bool) -> tuple[Training | None, TrainingWork | None]:
    """Return the training to show, and the job if there is one.

    A scenario is trained when `train_now` was called for it, or if the page has `opened` with it. Before it is trained,
    the training on screen stays; None if there is none.
    """
    text = scenario.unnamed
    work: TrainingWork | None = st.session_state.get(WORK)
    if work and (work.scenario.unnamed != text or not (work.busy or work.training)):
        work.cancel()
        work = None
    shown: Training | None = st.session_state.get(SHOWN)
    if shown is None or shown.scenario.unnamed != text:
        found = kept_trainings(scenario).get(text)
        if found:  # it may be another visitor's, whose names for the entries are not shown
            found = replace(found, scenario=scenario)
        wanted = (opened or text == st.session_state.get(WANTED)) and text != st.session_state.get(STOPPED)
        if found is None and wanted:
            work = work or TrainingWork(scenario)
            st.session_state[WORK] = work
            work.wait(AT_ONCE)
            found = work.training
        shown = found or shown
        st.session_state[SHOWN] = shown
    if work is None or not work.busy:
        st.session_state.pop(WORK, None)
        work = None
    return shown, work


def train_now(scenario: NetworkScenario) -> None:
    """Ask for the training of a scenario; the next run of the page begins it."""
    st.session_state[WANTED] = scenario.unnamed
    st.session_state.pop(STOPPED, None)


def stop_training() -> None:
    """Cancel the training of the session."""
    work: TrainingWork | None = st.session_state.pop(WORK, None)
    if work:
        work.cancel()
        st.session_state[STOPPED] = work.scenario.unnamed


def is_stopped(scenario: NetworkScenario) -> bool:
    """Whether the training of a scenario was cancelled."""
    return st.session_state.get(STOPPED) == scenario.unnamed
