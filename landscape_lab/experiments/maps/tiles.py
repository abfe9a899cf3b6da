"""Computation of maps, tile by tile, with any executor."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.maps.axis import START, Axis, with_values
from landscape_lab.experiments.maps.metrics import METRICS
from landscape_lab.experiments.scenarios.scenario import Entry, Scenario
from landscape_lab.experiments.scenarios.sentence import ScenarioError, in_words
from optim_core.caching import PrivateCache
from optim_core.final_state import run_to_end
from optim_core.objective import Array
from optim_core.optimizer import owner_path, with_field

TOLERANCE = 1e-6
"""A run is stationary, and ends, when the norm of its gradient is at most this."""

MOST_CELLS = 2**24
"""The maximal number of cells of a map in memory; the command line stores larger maps on disk."""

TILE = 128
"""The maximal number of rows and of columns of a tile: one block of `optim_core.final_state.BLOCK_RUNS`. Runs of
neighbouring cells end at similar steps, so a square tile is finished earlier than a strip."""

Tile = tuple[slice, slice]
"""The rows and columns of a part of a map."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """A map, with rows in ascending order of the second axis and columns in ascending order of the first.

    outcomes   (rows, columns): codes of `Outcome`: STATIONARY within tolerance, DIVERGED beyond the map, or FINISHED if
               still bounded after all steps
    crossings  (rows, columns): the moment at which each run ended, in fractional steps; `steps` are rounded up
    values     (rows, columns): the metric at the end of each run
    """

    scenario: Scenario
    axes: tuple[Axis, Axis]
    metric: str
    outcomes: NDArray[np.int8]
    crossings: NDArray[np.float32]
    values: NDArray[Any]

    @property
    def private_cache(self) -> PrivateCache | None:
        """The cache of the scenario's data."""
        return self.scenario.private_cache

    @property
    def steps(self) -> NDArray[np.int32]:
        """The step at which each cell's run ended."""
        return np.ceil(self.crossings).astype(np.int32)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays of the map's file, by name."""
        x, y = self.axes
        shown = {"x": x.values, "y": y.values, "outcomes": self.outcomes, "crossings": self.crossings}
        return shown | {self.metric if self.metric not in START else f"end_{self.metric}": self.values}


def sweep(
    scenario: Scenario,
    axes: tuple[Axis, Axis],
    metric: str = "loss",
    *,
    executor: Executor | None = None,
    on_tile: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Compute a map of the scenario's only entry. Every cell is equal to its own single run to the last bit.

    `axes` are the horizontal and the vertical axis; `metric` is a key of `METRICS`. Tiles are submitted to `executor`,
    by default to threads of this process. `on_tile(done, total)` is called after every tile. Raises ScenarioError,
    before any allocation, for invalid axes and for maps that are too large.
    """
    if executor is None:
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            return Sweeping(scenario, axes, metric, threads).wait(on_tile)
    return Sweeping(scenario, axes, metric, executor).wait(on_tile)


class Sweeping:
    """A map during its computation, which can be cancelled."""

    def __init__(self, scenario: Scenario, axes: tuple[Axis, Axis], metric: str, executor: Executor) -> None:
        check(scenario, axes, metric, MOST_CELLS)
        shape = (axes[1].count, axes[0].count)
        self.sweep = Sweep(
            scenario,
            axes,
            metric,
            np.empty(shape, np.int8),
            np.empty(shape, np.float32),
            np.empty(shape, METRICS[metric].dtype),
        )
        self._futures: dict[Future, Tile] = {}
        for tile in tiles_of(axes):
            self._futures[executor.submit(run_tile, scenario, *values_in(axes, tile), metric)] = tile
        self._put: set[Future] = set()

    @property
    def total(self) -> int:
        """The number of tiles."""
        return len(self._futures)

    @property
    def done(self) -> int:
        """The number of tiles that are done, including cancelled ones."""
        return sum(future.done() for future in self._futures)

    @property
    def cancelled(self) -> int:
        """The number of tiles that were cancelled."""
        return sum(future.cancelled() for future in self._futures)

    def wait(self, on_tile: Callable[[int, int], None] | None = None, timeout: float | None = None) -> Sweep:
        """Wait for the complete map. Raises TimeoutError and any exception of a tile."""
        try:
            for future in as_completed(self._futures, timeout):
                if future not in self._put:
                    rows, columns = self._futures[future]
                    put(self.sweep, rows, columns, future.result())
                    self._put.add(future)
                if on_tile:
                    on_tile(len(self._put), self.total)
        except BaseException as error:
            if not isinstance(error, TimeoutError):
                self.cancel()
            raise
        return self.sweep

    def cancel(self) -> None:
        """Cancel all tiles that have not started."""
        for future in self._futures:
            future.cancel()


Cells = tuple[NDArray[np.int8], NDArray[np.float32], NDArray[Any]]
"""The outcomes, crossings and values of a tile."""


def run_tile(scenario: Scenario, x: Array, y: Array, names: tuple[str, str], metric: str) -> Cells:
    """Compute the cells of a tile with the values `x` (columns) and `y` (rows) of the settings `names`."""
    entry, landscape = scenario.entries[0], scenario.landscape
    shape = (y.size, x.size)
    cells = (np.empty(shape, np.int8), np.empty(shape, np.float32), np.empty(shape, METRICS[metric].dtype))
    for rows, columns in _alike(entry, names, x, y):
        values = dict(zip(names, (x[columns][None, :], y[rows][:, None]), strict=True))
        optimizer: Any = entry.optimizer
        start: list[Any] = [*scenario.point]
        for name, array in values.items():
            if name in START:
                start[START.index(name)] = array
            else:
                path = owner_path(optimizer, name)
                whole = _is_whole(entry, name)
                optimizer = with_field(optimizer, path, round(float(array.flat[0])) if whole else array)
        starts = np.stack(np.broadcast_arrays(*start, np.empty((y[rows].size, x[columns].size)))[:2])
        ends = run_to_end(
            landscape,
            optimizer,
            starts,
            scenario.steps,
            tolerance=TOLERANCE,
            schedules=dict(entry.schedules),
            sampler=scenario.sampler,
            seed=scenario.seed,
        )
        found = (ends.outcomes, ends.crossings, METRICS[metric].of(ends, landscape.value(starts), landscape))
        for array, part in zip(cells, found, strict=True):
            array[rows, columns] = part
    return cells


def cell(scenario: Scenario, axes: tuple[Axis, Axis], row: int, column: int) -> Scenario:
    """Return the scenario of a cell. Raises ScenarioError."""
    x, y = axes
    return with_values(scenario, {x.setting: float(x.values[column]), y.setting: float(y.values[row])})


def check(scenario: Scenario, axes: tuple[Axis, Axis], metric: str, most: int) -> None:
    """Check a map before any allocation. Raises ScenarioError if it is invalid or has more cells than `most`."""
    if len(scenario.entries) != 1:
        raise ScenarioError("A map is about one entry, not {count}.", count=len(scenario.entries))
    if metric not in METRICS:
        raise ScenarioError("A map has no setting “{name}”.", name=metric)
    x, y = axes
    cells = x.count * y.count
    if cells > most:
        raise ScenarioError(
            "A map of {cells} cells is too large: {most} are the limit here.", cells=f"{cells:,}", most=f"{most:,}"
        )
    if x.setting == y.setting:
        raise ScenarioError("Both axes of the map are “{name}”.", name=in_words(x.setting))
    for axis in axes:
        axis.fits(scenario.entries[0], scenario.landscape)


def tiles_of(axes: tuple[Axis, Axis]) -> Iterator[Tile]:
    """Yield the tiles of a map, row by row; a small map has two tiles."""
    width, height = (min(TILE, axis.count) for axis in axes)
    height = min(height, -(-axes[1].count // 2))
    for row, column in product(range(0, axes[1].count, height), range(0, axes[0].count, width)):
        yield slice(row, min(row + height, axes[1].count)), slice(column, min(column + width, axes[0].count))


def values_in(axes: tuple[Axis, Axis], tile: Tile) -> tuple[Array, Array, tuple[str, str]]:
    """Return the arguments `x`, `y` and `names` of `run_tile` for one tile."""
    rows, columns = tile
    return axes[0].values[columns], axes[1].values[rows], (axes[0].setting, axes[1].setting)


def put(into: Sweep, rows: slice, columns: slice, cells: Cells) -> None:
    """Write the cells of a tile into their map."""
    for array, part in zip((into.outcomes, into.crossings, into.values), cells, strict=True):
        array[rows, columns] = part


def _is_whole(entry: Entry, name: str) -> bool:
    knob = Axis(name, 0, 1).knob(entry)
    return knob is not None and knob.kind is int


def _alike(entry: Entry, names: tuple[str, str], x: Array, y: Array) -> Iterator[tuple[slice, slice]]:
    """Yield the parts of a tile that can run as one batch: integer settings must be equal within a batch."""
    runs = [
        _runs(np.rint(values)) if _is_whole(entry, name) else [slice(None)]
        for name, values in zip(names, (x, y), strict=True)
    ]
    for columns, rows in product(*runs):
        yield rows, columns


def _runs(whole: Array) -> list[slice]:
    """Return the slices of equal numbers in an ascending array."""
    cuts = [0, *(np.flatnonzero(np.diff(whole)) + 1).tolist(), whole.size]
    return [slice(begin, end) for begin, end in pairwise(cuts)]
