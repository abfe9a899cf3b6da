"""Maps on disk during the computation: finished tiles outlive the process, however it ends.

A file of tiles next to the requested file has a header that identifies the map, then a record for each tile with its
checksum and its cells. A record is valid only if its checksum is right, so that out-of-order writes, a killed process
or a damaged file cost only the affected tiles.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager, suppress
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from landscape_lab.experiments.maps.axis import Axis
from landscape_lab.experiments.maps.files import Bands, holds, write_npz
from landscape_lab.experiments.maps.metrics import METRICS
from landscape_lab.experiments.maps.tiles import (
    TILE,
    TOLERANCE,
    Cells,
    Sweep,
    Tile,
    check,
    run_tile,
    tiles_of,
    values_in,
)
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.experiments.scenarios.sentence import ScenarioError

try:
    import fcntl
except ImportError:  # Windows, where two processes that compute the same map are not detected
    fcntl = None

MOST_CELLS = 2**30
"""The maximal number of cells of a map on disk, of 13 bytes each."""

AHEAD = 4
"""Tiles submitted at once for each thread or process of the executor: the memory does not depend on the map's size."""

MAGIC = b"loss landscape map, tiles 1\n"
CHECKSUM = 16
"""The number of bytes of a tile's checksum."""
BESIDES = 2**16
"""The maximal number of bytes of a finished file besides its arrays: names and the text of the scenario."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CANNOT_RESERVE = (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS)


class Store:
    """The file of tiles of a map, as a context manager that keeps it open and locked.

    The lock ensures that only one process computes a map. `out` is the file that `finish` writes. All methods raise
    ScenarioError for impossible maps and for errors of the file system.
    """

    def __init__(self, scenario: Scenario, axes: tuple[Axis, Axis], metric: str, out: Path) -> None:
        """Check the map and the folder without creating any file."""
        check(scenario, axes, metric, MOST_CELLS)
        with self._in_words(out):
            if out.is_dir():
                raise ScenarioError("“{file}” is a folder: give the name of a file.", file=str(out))
            if not out.parent.is_dir():
                raise ScenarioError("There is no folder “{folder}”.", folder=str(out.parent))
            if out.exists() and not out.is_file():
                raise ScenarioError("“{file}” is no ordinary file.", file=str(out))
        self.out, self.path = out, out.with_name(out.name + ".tiles")
        self.tiles: list[Tile] = list(tiles_of(axes))
        self.shape = (axes[1].count, axes[0].count)
        self.dtypes: list[np.dtype[Any]] = [np.dtype(kind) for kind in (np.int8, np.float32, METRICS[metric].dtype)]
        maps: list[Any] = [Bands(self.shape, dtype, partial(self._bands, k)) for k, dtype in enumerate(self.dtypes)]
        self.sweep = Sweep(scenario, axes, metric, *maps)
        self.done: set[int] = set()
        manifest = {
            "scenario": scenario.text,
            "axes": [axis.text for axis in axes],
            "shape": list(self.shape),
            "metric": metric,
            "tile": TILE,
            "tolerance": TOLERANCE,
            "values": hashlib.sha256(b"".join(axis.values.tobytes() for axis in axes)).hexdigest(),
        }
        self._header = MAGIC + json.dumps(manifest).encode() + b"\n"
        cell = sum(dtype.itemsize for dtype in self.dtypes)
        sizes = (CHECKSUM + cell * _count(tile) for tile in self.tiles)
        self._offsets = list(accumulate(sizes, initial=len(self._header)))
        finished = cell * self.shape[0] * self.shape[1] + sum(axis.values.nbytes for axis in axes) + BESIDES
        self._room = self._offsets[-1] + finished
        self._file: BinaryIO

    @property
    def finished(self) -> bool:
        """Whether the requested file already exists and is complete. Raises ScenarioError if it holds another map."""
        if not self.out.exists():
            return False
        with self._in_words(self.out):
            if holds(self.out, self.sweep):
                return True
        raise ScenarioError(
            "“{file}” is there already and does not hold this map: choose another file, or replace it with {option}.",
            file=self.out.name, option="--force",
        )  # fmt: skip

    def __enter__(self) -> "Store":
        """Open or create the file of tiles, reserve the disk space, and find the finished tiles."""
        with self._in_words(self.path):
            self._file = self._opened()
            try:
                found = self._read(0, len(self._header)).rstrip(b"\0")
                if not self._header.startswith(found):  # a killed process may have left a part of the header
                    raise ScenarioError(
                        "“{file}” does not hold tiles of this map: move it away, or choose another file to write.",
                        file=self.path.name,
                    )
                self._reserve(is_new=not found)
                self._write(self._header, 0)
                self.done = {i for i in range(len(self.tiles)) if self._cells(i) is not None}
            except BaseException:
                self._file.close()
                raise
        return self

    def __exit__(self, *_exception: object) -> None:
        self._file.close()

    def clear(self) -> None:
        """Remove the tiles of a finished map that a killed process left."""
        if self.path.exists():
            with self._in_words(self.path), self._opened() as self._file:
                if self._read(0, len(self._header)) == self._header:
                    self._remove()

    def compute(self, executor: Executor, workers: int, on_tile: Callable[[], Any] | None = None) -> None:
        """Compute the missing tiles, a few at a time."""
        missing = iter([i for i in range(len(self.tiles)) if i not in self.done])
        going: dict[Future, int] = {}
        try:
            while True:
                for i in missing:
                    cells = values_in(self.sweep.axes, self.tiles[i])
                    going[executor.submit(run_tile, self.sweep.scenario, *cells, self.sweep.metric)] = i
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

    def finish(self) -> None:
        """Write the requested file atomically and remove the tiles."""
        part = self.out.with_name(self.out.name + ".part")
        with self._in_words(part):
            self._file.truncate(self._offsets[-1])  # frees the space that was reserved for the other file
            try:
                with part.open("wb") as file:
                    write_npz(self.sweep, file)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(part, self.out)
            except BaseException:
                with suppress(OSError):
                    part.unlink()
                raise
            self._remove()

    def _remove(self) -> None:
        if os.name == "nt":  # Windows cannot remove an open file
            self._file.close()
        self.path.unlink()

    def _opened(self) -> BinaryIO:
        """Return the file of tiles, locked."""
        while True:
            try:
                file = self.path.open("x+b", buffering=0)
            except FileExistsError:
                file = self.path.open("r+b", buffering=0)
            try:
                if fcntl:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.path.samestat(os.fstat(file.fileno()), self.path.stat()):
                    return file
            except BlockingIOError:
                file.close()
                raise ScenarioError(
                    "Another process is computing “{file}” at the moment.", file=self.out.name
                ) from None
            except FileNotFoundError:
                pass  # the process that held the lock has removed the file
            file.close()

    def _reserve(self, is_new: bool) -> None:
        """Reserve disk space for the tiles and the requested file before the computation starts."""
        file = self._file.fileno()
        missing = self._room - 512 * getattr(os.fstat(file), "st_blocks", 0)
        free = shutil.disk_usage(self.path.parent).free
        try:
            if missing > free:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file, 0, self._room)
        except OSError as error:
            if error.errno in CANNOT_RESERVE:
                return
            if is_new:
                self.path.unlink()
            if error.errno == errno.ENOSPC:
                raise ScenarioError(
                    "This map needs {needed} on disk, and {free} are free.", needed=_size(missing), free=_size(free)
                ) from None
            raise

    def _bands(self, k: int) -> Iterator[Any]:
        """Yield the bands of one of the arrays, from the first row of tiles to the last."""
        band: list[Any] = []
        for i, (_rows, columns) in enumerate(self.tiles):
            cells = self._cells(i)
            if cells is None:
                raise ScenarioError("“{file}” was damaged meanwhile: give the same command again.", file=self.path.name)
            band.append(cells[k])
            if columns.stop == self.shape[1]:
                yield np.hstack(band)
                band = []

    def _put(self, i: int, cells: Cells) -> None:
        data = b"".join(part.astype(dtype).tobytes() for part, dtype in zip(cells, self.dtypes, strict=True))
        with self._in_words(self.path):
            self._write(self._checksum(i, data) + data, self._offsets[i])
        self.done.add(i)

    def _cells(self, i: int) -> Cells | None:
        """Return the cells of a tile, or None if they are missing or damaged."""
        begin, end = self._offsets[i : i + 2]
        checksum = self._read(begin, CHECKSUM)
        if not any(checksum):
            return None
        data = self._read(begin + CHECKSUM, end - begin - CHECKSUM)
        if checksum != self._checksum(i, data):
            return None
        rows, columns = self.tiles[i]
        shape = (rows.stop - rows.start, columns.stop - columns.start)
        ends = list(accumulate((dtype.itemsize * _count(self.tiles[i]) for dtype in self.dtypes), initial=0))
        first, second, third = (
            np.frombuffer(data[a:b], dtype).reshape(shape)
            for dtype, a, b in zip(self.dtypes, ends, ends[1:], strict=False)
        )
        return first, second, third

    def _checksum(self, i: int, data: bytes) -> bytes:
        """Return the checksum of the cells of tile `i` of this map."""
        checksum = hashlib.blake2b(self._header, digest_size=CHECKSUM)
        checksum.update(i.to_bytes(8, "little"))
        checksum.update(data)
        return checksum.digest()

    def _read(self, offset: int, count: int) -> bytes:
        """Return `count` bytes, or fewer at the end of the file."""
        self._file.seek(offset)
        return self._file.read(count)

    def _write(self, data: bytes, offset: int) -> None:
        self._file.seek(offset)
        while data:
            data = data[self._file.write(data) :]

    @contextmanager
    def _in_words(self, path: Path) -> Iterator[None]:
        """Raise an OSError of the block as a ScenarioError."""
        try:
            yield
        except OSError as error:
            if error.errno in FULL:
                raise ScenarioError(
                    "There is no room for “{file}”: make some, and give the same command again.", file=path.name
                ) from None
            reason = error.strerror or str(error)
            raise ScenarioError("“{file}” cannot be read or written: {reason}", file=path.name, reason=reason) from None


def _count(tile: Tile) -> int:
    """Return the number of cells of a tile."""
    rows, columns = tile
    return (rows.stop - rows.start) * (columns.stop - columns.start)


def _size(count: int) -> str:
    """Return a number of bytes as text, with the largest suitable unit."""
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{max(count, 0)} bytes"
