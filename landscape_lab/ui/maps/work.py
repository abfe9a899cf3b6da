"""The maps of a session while they are computed: coarse first, then finer and finer."""

import time
from collections import OrderedDict
from concurrent.futures import TimeoutError
from dataclasses import replace
from threading import Lock

import streamlit as st

from landscape_lab.experiments.maps import Axis, Sweep, Sweeping
from landscape_lab.experiments.maps.plan import LEVELS, MapPlan
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.ui.jobs.script_semaphore import TURNS
from landscape_lab.ui.jobs.worker_pool import LONG_WORK, Share

MOST_CELLS = 2**21
"""Cells of all maps of a session at once; larger maps are for the command line."""

MOST_KEPT = 2**23
"""Cells of finished maps that the process remembers, for whoever comes back to them: 13 bytes each."""

AT_ONCE = 1.5
"""Seconds that a page waits for its coarsest maps, so that they come with the first picture."""

Key = tuple[Scenario, tuple[Axis, Axis], str]

# Shared by all sessions: a map is nothing but its key computed, and nobody changes what is in it.
# Maps of a person's own data are kept by their session alone.
_kept: OrderedDict[Key, Sweep] = OrderedDict()
_lock = Lock()


class MapWork:
    """The maps of one plan, level by level. Whoever shows it calls `advance` now and then."""

    def __init__(self, plan: MapPlan) -> None:
        self.plan, self.finest = plan, plan.finest
        self.maps: list[Sweep] = []
        """The finest maps so far, one for each mapped entry."""
        self.stopped = False
        self._share: Share = LONG_WORK.share()
        self._going: list[Sweep | Sweeping] = []
        self._spent, self._cells, self._since = 0.0, 0, 0.0
        self._begin()

    @property
    def levels(self) -> list[int]:
        """The levels that this plan has: as fine as is allowed, and no finer than float64."""
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
        """Whether finer levels are left out because neighbours would be the same number."""
        return not all(axis.fine_enough for axis in self.plan.sized(min(self.finest, LEVELS[-1])))

    @property
    def level(self) -> int:
        """The cells along each side of the maps that are there; 0 before the first."""
        return self.maps[0].outcomes.shape[0] if self.maps else 0

    @property
    def busy(self) -> bool:
        """Whether finer maps are on their way."""
        return not self.stopped and bool(self._going)

    @property
    def progress(self) -> float:
        """How much of all cells of all levels has been computed, 0 to 1."""
        levels = self.levels
        total = sum(n * n for n in levels)
        done = sum(n * n for n in levels if n <= self.level)
        coming = next((n for n in levels if n > self.level), 0)
        parts = [going.done / going.total if isinstance(going, Sweeping) else 1.0 for going in self._going]
        return min(1.0, (done + coming * coming * (sum(parts) / len(parts) if parts else 0.0)) / total)

    @property
    def seconds_left(self) -> float | None:
        """How long the rest will take at the pace so far; None while there is none."""
        spent = self._spent + (time.monotonic() - self._since if self._going else 0.0)
        progress = self.progress
        return spent * (1 - progress) / progress if progress > 0.005 else None

    def advance(self, wait: float = 0.0) -> bool:
        """Take in what has been computed and begin the next level; whether there are finer maps than before."""
        self._share.renew()
        finer = False
        while self._going and not self.stopped:
            try:
                maps = [g.wait(timeout=wait) if isinstance(g, Sweeping) else g for g in self._going]
            except TimeoutError:
                break
            for entry, found in zip(self.plan.mapped, maps, strict=True):
                _keep((self.plan.alone(entry), found.axes, found.metric), found)
            self.maps, finer = maps, True
            self._spent += time.monotonic() - self._since
            self._going = []
            self._begin()
            wait = 0.0
        return finer

    def stop(self) -> None:
        """Compute no more."""
        self.stopped = True
        self._share.drop()
        self._going = []

    def go_on(self) -> None:
        """Compute the rest after all."""
        if self.stopped:
            self.stopped = False
            self._begin()

    def _begin(self) -> None:
        """Begin the next level, if there is one."""
        n = next((n for n in self.levels if n > self.level), None)
        if n is None:
            return
        self._since = time.monotonic()
        axes, metric = self.plan.sized(n), self.plan.metric
        for entry in self.plan.mapped:
            alone = self.plan.alone(entry)
            self._going.append(_remembered((alone, axes, metric)) or Sweeping(alone, axes, metric, self._share))


def map_work(plan: MapPlan) -> MapWork:
    """The session's maps of a plan; those of the plan before it are given up."""
    unpicked = replace(plan, picked=None)
    work: MapWork | None = st.session_state.get("map work")
    if work is None or (work.plan.mapped, work.plan.alone(work.plan.mapped[0]), work.plan.axes, work.finest) != (
        unpicked.mapped,
        unpicked.alone(unpicked.mapped[0]),
        unpicked.axes,
        unpicked.finest,
    ):
        if work:
            work.stop()
        work = st.session_state["map work"] = MapWork(unpicked)
    with TURNS.aside():
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
