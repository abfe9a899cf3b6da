"""A map as a file: its numbers as .npz or CSV."""

import csv
import io
from typing import IO, Any

import numpy as np

from experiments.sweep.tiles import Sweep
from optim_core import Outcome

MOST_ROWS = 2**18
"""Rows of a CSV file: what a spreadsheet still opens; all numbers of larger maps are in the .npz file."""

WORDS = {Outcome.CONVERGED: "converged", Outcome.FINISHED: "bounded", Outcome.DIVERGED: "escaped"}


def write_npz(sweep: Sweep, file: "str | IO[bytes]") -> None:
    """All arrays of a map, the names of its axes, and the text of its scenario. The same map gives the same bytes."""
    names = {"axes": np.array([axis.text for axis in sweep.axes]), "scenario": np.array(sweep.scenario.text)}
    arrays: dict[str, Any] = sweep.arrays | names
    np.savez(file, **arrays)


def npz_bytes(sweep: Sweep) -> bytes:
    """The same, in memory."""
    file = io.BytesIO()
    write_npz(sweep, file)
    return file.getvalue()


def csv_text(sweep: Sweep) -> str:
    """A row for each cell, for a spreadsheet; of a large map every second cell, or third, and so on, in both ways."""
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
