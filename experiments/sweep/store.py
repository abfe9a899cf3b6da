"""A map on disk while it is computed: finished tiles outlive the process, however it ends.

Beside the file that is asked for stands a folder with an array file for each kind of number, a byte for each tile, and
what it is a map of. A tile is written before its mark is: a process that is killed loses the tiles it was at, and the
next one goes on from there to the same bytes.
"""

import hashlib
import json
import os
import shutil
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from pathlib import Path
from typing import Any

import numpy as np

from experiments.scenario import Scenario
from experiments.sentence import ScenarioError
from experiments.sweep.axis import Axis
from experiments.sweep.files import write_npz
from experiments.sweep.metrics import METRICS
from experiments.sweep.tiles import TILE, TOLERANCE, Sweep, Tile, check, put, run_tile, tiles_of, values_in

MOST_CELLS = 2**30
"""Cells of a map on disk: 13 bytes each."""

AHEAD = 4
"""Tiles for each thread or process of the executor that are handed out at once: memory does not grow with the map."""


class Store:
    """The folder of a map that is being computed, with what is in it already."""

    def __init__(self, scenario: Scenario, axes: tuple[Axis, Axis], metric: str, out: Path) -> None:
        """Raises ScenarioError for a map that cannot be, or for which there is no room, before anything is made."""
        check(scenario, axes, metric, MOST_CELLS)
        self.out, self.folder = out, out.with_name(out.name + ".parts")
        self.tiles: list[Tile] = list(tiles_of(axes))
        shape = (axes[1].count, axes[0].count)
        kinds = {"outcomes": np.int8, "crossings": np.float32, "values": METRICS[metric].dtype}
        manifest = {
            "scenario": scenario.text,
            "axes": [axis.text for axis in axes],
            "shape": list(shape),
            "metric": metric,
            "tile": TILE,
            "tolerance": TOLERANCE,
            "values": hashlib.sha256(b"".join(axis.values.tobytes() for axis in axes)).hexdigest(),
        }
        self._resume_or_begin(manifest, shape, kinds)
        arrays = [np.lib.format.open_memmap(self.folder / f"{name}.npy", mode="r+") for name in kinds]
        self.sweep = Sweep(scenario, axes, metric, *arrays)
        self._marks = np.lib.format.open_memmap(self.folder / "done.npy", mode="r+")

    def _resume_or_begin(self, manifest: dict[str, Any], shape: tuple[int, int], kinds: dict[str, Any]) -> None:
        told = self.folder / "manifest.json"
        if told.exists():
            if json.loads(told.read_text(encoding="utf-8")) != manifest:
                raise ScenarioError(
                    "“{folder}” holds the tiles of another map: remove it, or choose another file.",
                    folder=self.folder.name,
                )
            return
        bytes_needed = 2 * shape[0] * shape[1] * sum(np.dtype(kind).itemsize for kind in kinds.values())
        free = shutil.disk_usage(self.out.absolute().parent).free
        if bytes_needed > free:
            raise ScenarioError(
                "This map needs {needed} GB on disk, and {free} GB are free.",
                needed=f"{bytes_needed / 1e9:.1f}", free=f"{free / 1e9:.1f}",
            )  # fmt: skip
        self.folder.mkdir(exist_ok=True)
        for name, kind in kinds.items():
            np.lib.format.open_memmap(self.folder / f"{name}.npy", "w+", kind, shape).flush()
        np.lib.format.open_memmap(self.folder / "done.npy", "w+", np.uint8, (len(self.tiles),)).flush()
        # Written last: a folder without it was not finished, and is begun again.
        part = told.with_suffix(".part")
        part.write_text(json.dumps(manifest, indent=2), encoding="utf-8")
        os.replace(part, told)

    @property
    def done(self) -> int:
        """How many tiles are finished."""
        return int(np.count_nonzero(self._marks))

    def compute(self, executor: Executor, workers: int, on_tile: Any = None) -> None:
        """Compute the tiles that are missing, a few at a time."""
        missing = iter([i for i in range(len(self.tiles)) if not self._marks[i]])
        going: dict[Future, int] = {}
        sweep = self.sweep
        try:
            while True:
                for i in missing:
                    cells = values_in(sweep.axes, self.tiles[i])
                    going[executor.submit(run_tile, sweep.scenario, *cells, sweep.metric)] = i
                    if len(going) >= AHEAD * workers:
                        break
                if not going:
                    return
                for future in wait(going, return_when=FIRST_COMPLETED).done:
                    self._put(going.pop(future), future.result())
                    if on_tile:
                        on_tile()
        finally:
            for future in going:
                future.cancel()

    def _put(self, i: int, cells: Any) -> None:
        put(self.sweep, *self.tiles[i], cells)
        # What a killed process wrote, the system still has: only a machine that fails may lose it.
        self._marks[i] = 1

    def finish(self) -> None:
        """Write the file that was asked for, all at once, and remove the folder."""
        part = self.out.with_name(self.out.name + ".part")
        with part.open("wb") as file:
            write_npz(self.sweep, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, self.out)
        shutil.rmtree(self.folder)
