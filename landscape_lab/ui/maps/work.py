"""The computation of a session's maps, first coarse, then successively finer."""

import time
from collections import OrderedDict
from concurrent.futures import TimeoutError
from dataclasses import replace
from threading import Lock
from typing import NamedTuple

import streamlit as st

from landscape_lab.experiments.maps import Axis, Sweep, Sweeping
from landscape_lab.experiments.maps.plan import LEVELS, MapPlan
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.ui.jobs.script_semaphore import SCRIPTS
from landscape_lab.ui.jobs.worker_pool import WORKER_POOL, SessionExecutor

MOST_CELLS = 2**21
"""The maximal number of cells of all maps of a session; larger maps are for the command line."""

MOST_KEPT = 2**23
"""The maximal number of cells of finished maps in the cache of the process, of 13 bytes each."""

AT_ONCE = 1.5
"""Seconds for which a page waits for its coarsest maps, to show them with the first picture."""

Key = tuple[Scenario, tuple[Axis, Axis], str]


class Shown(NamedTuple):
    """The maps on screen: those of a plan, the finest so far, and whether finer ones were being computed."""

    plan: MapPlan
    maps: list[Sweep]
    busy: bool


# The cache is shared by all sessions: a map is determined by its key and not modified. Maps of a user's own data are
# not in it.
_kept: OrderedDict[Key, Sweep] = OrderedDict()
_lock = Lock()


class MapWork:
    """The maps of one plan, level by level. The page calls `advance` regularly."""

    def __init__(self, plan: MapPlan, before: Shown | None = None) -> None:
        self.plan, self.finest, self._before = plan, plan.finest, before
        self.maps: list[Sweep] = []
        """The finest maps so far, one for each mapped entry."""
        self.stopped = False
        self._executor: SessionExecutor = WORKER_POOL.executor()
        self._running: list[Sweep | Sweeping] = []
        self._spent, self._cells, self._since = 0.0, 0, 0.0
        self._begin()

    @property
    def shown(self) -> Shown:
        """The maps of this plan, or before there are any those of the previous one, if only their ends differ."""
        if not self.maps and self._before and _apart_from_ends(self._before.plan) == _apart_from_ends(self.plan):
            return self._before
        return Shown(self.plan, self.maps, self.busy)

    @property
    def levels(self) -> list[int]:
        """The levels of this plan, limited by the plan, by `MOST_CELLS` and by the resolution of float64."""
        entries = len(self.plan.mapped)
        return [
            n
            for n in LEVELS
            if n <= max(self.finest, LEVELS[0])
            and n * n * entries <= MOST_CELLS
            and all(axis.fine_enough for axis in self.plan.sized(n))
        ] or [LEVELS[0]]

    @property
    def at_limit(self) -> bool:
        """Whether finer levels are excluded because float64 cannot distinguish neighbouring cells."""
        return not all(axis.fine_enough for axis in self.plan.sized(min(self.finest, LEVELS[-1])))

    @property
    def level(self) -> int:
        """The number of cells along each side of the finest finished maps, 0 before the first."""
        return self.maps[0].outcomes.shape[0] if self.maps else 0

    @property
    def busy(self) -> bool:
        """Whether finer maps are being computed."""
        return not self.stopped and bool(self._running)

    @property
    def progress(self) -> float:
        """The fraction of all cells of all levels that has been computed."""
        levels = self.levels
        total = sum(n * n for n in levels)
        done = sum(n * n for n in levels if n <= self.level)
        coming = next((n for n in levels if n > self.level), 0)
        parts = [each.done / each.total if isinstance(each, Sweeping) else 1.0 for each in self._running]
        return min(1.0, (done + coming * coming * (sum(parts) / len(parts) if parts else 0.0)) / total)

    @property
    def seconds_left(self) -> float | None:
        """The estimated remaining time in seconds, or None before there is an estimate."""
        spent = self._spent + (time.monotonic() - self._since if self._running else 0.0)
        progress = self.progress
        return spent * (1 - progress) / progress if progress > 0.005 else None

    def advance(self, wait: float = 0.0) -> bool:
        """Collect finished maps and start the next level. Returns whether there are finer maps than before.

        `wait` is the number of seconds to wait for the present level.
        """
        self._executor.renew()
        finer = False
        while self._running and not self.stopped:
            try:
                maps = [g.wait(timeout=wait) if isinstance(g, Sweeping) else g for g in self._running]
            except TimeoutError:
                break
            for entry, found in zip(self.plan.mapped, maps, strict=True):
                _keep((self.plan.alone(entry), found.axes, found.metric), found)
            self.maps, self._before, finer = maps, None, True
            self._spent += time.monotonic() - self._since
            self._running = []
            self._begin()
            wait = 0.0
        return finer

    def stop(self) -> None:
        """Cancel the computation."""
        self.stopped = True
        self._executor.cancel()
        self._running = []

    def go_on(self) -> None:
        """Continue a cancelled computation."""
        if self.stopped:
            self.stopped = False
            self._begin()

    def _begin(self) -> None:
        """Start the next level, if there is one."""
        n = next((n for n in self.levels if n > self.level), None)
        if n is None:
            return
        self._since = time.monotonic()
        axes, metric = self.plan.sized(n), self.plan.metric
        for entry in self.plan.mapped:
            alone = self.plan.alone(entry)
            self._running.append(_remembered((alone, axes, metric)) or Sweeping(alone, axes, metric, self._executor))


def _apart_from_ends(plan: MapPlan) -> tuple[object, ...]:
    """A plan without the ends of its axes."""
    return plan.scenario, plan.picked, plan.finest, *((axis.setting, axis.scale) for axis in plan.axes)


def map_work(plan: MapPlan) -> MapWork:
    """Return the session's maps of a plan, and cancel those of the previous plan."""
    unpicked = replace(plan, picked=None)
    work: MapWork | None = st.session_state.get("map work")
    if work is None or (work.plan.mapped, work.plan.alone(work.plan.mapped[0]), work.plan.axes, work.finest) != (
        unpicked.mapped,
        unpicked.alone(unpicked.mapped[0]),
        unpicked.axes,
        unpicked.finest,
    ):
        before = work.shown if work else None
        if work:
            work.stop()
        work = st.session_state["map work"] = MapWork(unpicked, before)
    with SCRIPTS.paused():
        work.advance(0.0 if work.maps else AT_ONCE)
    return work


def _remembered(key: Key) -> Sweep | None:
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
        return _kept.get(key)


def _keep(key: Key, found: Sweep) -> None:
    if found.private_cache is not None:
        return
    with _lock:
        _kept[key] = found
        _kept.move_to_end(key)
        while sum(old.outcomes.size for old in _kept.values()) > MOST_KEPT:
            _kept.popitem(last=False)
