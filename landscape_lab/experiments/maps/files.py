"""Files of a map: its numbers as .npz or CSV."""

import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.maps.tiles import Sweep
from optim_core import Outcome

MOST_ROWS = 2**18
"""The maximal number of rows of a CSV file that spreadsheets open. The .npz file has all numbers of larger maps."""

CHUNK = 2**24
"""The number of bytes to read at once."""

WORDS = {Outcome.STATIONARY: "stationary", Outcome.FINISHED: "bounded", Outcome.DIVERGED: "diverged"}


@dataclass(frozen=True)
class Bands:
    """An array that is not in memory: its rows are read in bands, from the first to the last."""

    shape: tuple[int, int]
    dtype: np.dtype[Any]
    rows: Callable[[], Iterable[NDArray[Any]]]


def contents(sweep: Sweep) -> dict[str, Any]:
    """Return the arrays of a file by name: those of the map, the names of its axes and the text of its scenario."""
    names = {"axes": np.array([axis.text for axis in sweep.axes]), "scenario": np.array(sweep.scenario.text)}
    return sweep.arrays | names


def write_npz(sweep: Sweep, file: IO[bytes]) -> None:
    """Write the `contents` of a map, some of which may be `Bands`. Equal maps give equal bytes."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in contents(sweep).items():
            header = {"descr": np.lib.format.dtype_to_descr(array.dtype), "fortran_order": False, "shape": array.shape}
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array_header_1_0(entry, header)
                for band in array.rows() if isinstance(array, Bands) else (array,):
                    entry.write(band.tobytes())


def holds(file: Path, sweep: Sweep) -> bool:
    """Return whether a file is the complete `.npz` file of a map. Of `Bands`, shape, type and checksum are compared.

    Raises OSError if the file cannot be read.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            expected = contents(sweep)
            return archive.namelist() == [f"{name}.npy" for name in expected] and all(
                _is_entry(archive, f"{name}.npy", array) for name, array in expected.items()
            )
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError, zlib.error):
        return False  # damaged, encrypted, or another format


def _is_entry(archive: zipfile.ZipFile, name: str, array: Any) -> bool:
    with archive.open(name) as entry:
        if np.lib.format.read_magic(entry) != (1, 0):
            return False
        if np.lib.format.read_array_header_1_0(entry) != (array.shape, False, array.dtype):
            return False
        if not isinstance(array, Bands):
            return entry.read(array.nbytes + 1) == array.tobytes()
        left = array.dtype.itemsize * array.shape[0] * array.shape[1]
        while chunk := entry.read(CHUNK):  # the last read raises BadZipFile if the checksum is wrong
            left -= len(chunk)
        return left == 0


def npz_bytes(sweep: Sweep) -> bytes:
    """Return the bytes that `write_npz` writes."""
    file = io.BytesIO()
    write_npz(sweep, file)
    return file.getvalue()


def csv_text(sweep: Sweep) -> str:
    """Return a row for each cell, for spreadsheets; for a large map every second cell, or third etc., of both axes."""
    stride = 1
    while (sweep.outcomes[::stride, ::stride]).size > MOST_ROWS:
        stride += 1
    x, y = sweep.axes
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([x.setting, y.setting, "outcome", "step", sweep.metric])
    steps = sweep.steps
    for row in range(0, y.count, stride):
        for column in range(0, x.count, stride):
            word = WORDS[Outcome(int(sweep.outcomes[row, column]))]
            cell = [x.values[column], y.values[row], word, steps[row, column], sweep.values[row, column]]
            writer.writerow([value.item() if isinstance(value, np.generic) else value for value in cell])
    return file.getvalue()
