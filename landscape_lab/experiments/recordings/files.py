"""Recordings as files: `.npz` archives of this format, and the formats of two other tools, which are read only.

A recording is an archive that `numpy.savez` writes. Its arrays are the fields of `Recording` by their names: `x`, `y`,
`grid`, `path` and `loss` are required. docs/reference/recordings.md has a table of them. A file of one run may leave
out the last axis of its arrays. A file is hostile until it is checked: see `archive.py`.
"""

from collections.abc import Mapping
from dataclasses import fields
from hashlib import sha256
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.recordings.archive import arrays_in
from landscape_lab.experiments.recordings.foreign import fields_of_json, fields_of_landscaper
from landscape_lab.experiments.recordings.recording import MAX_ENTRIES, MAX_NAME, Recording
from landscape_lab.experiments.scenarios.sentence import ScenarioError, is_printable
from optim_core.caching import PrivateCache

REQUIRED = ("x", "y", "grid", "path", "loss")
TEXTS = ("names", "axes", "optimizers")
"""The arrays that hold texts."""
BY_RUN = {"path": 3, "limits": 1, "shares": 1, "diverged": 1} | dict.fromkeys(
    ("loss", "validation_loss", "accuracy", "validation_accuracy", "distance", "drawn", "sharpness"), 2
)
"""The arrays whose last axis are the runs, with their numbers of dimensions."""
NAMES = tuple(each.name for each in fields(Recording) if each.name not in ("noisy", "key", "private_cache"))
"""The names of all arrays of a file."""


def read_recording(file: bytes, name: str = "run") -> Recording:
    """Read a recording from the contents of a file. Raises ScenarioError, in one sentence.

    The file is an `.npz` archive of this format or of Landscaper, or the JSON of LossLandscape (`foreign.py`). `name`
    is that of a single run, if the file has none.
    """
    if file.startswith(b"PK"):
        arrays = arrays_in(file)
        given = fields_of_landscaper(arrays) if {"loss", "coordinates"} == arrays.keys() else _fields(arrays)
    elif file.lstrip(b" \t\r\n\xef\xbb\xbf").startswith(b"{"):
        given = fields_of_json(file)
    else:
        raise ScenarioError("The file is neither an .npz archive nor JSON.")
    given = {each: _with_runs(each, value) for each, value in given.items()}
    path = given["path"]
    if path.ndim != 3 or path.shape[2] > MAX_ENTRIES:
        raise ScenarioError(
            "“path” must have the shape (checkpoints, 2, runs), with at most {most} runs.", most=MAX_ENTRIES
        )
    runs = path.shape[2]
    name = name.strip()[:MAX_NAME]
    default = (name if name and is_printable(name) else "run",)
    default = default if runs == 1 else tuple(f"run {i + 1}" for i in range(runs))
    given = {"names": default, "steps": np.arange(float(len(path)))} | given
    if len(given["names"]) != runs:
        raise ScenarioError("“{name}” must have a value for each run.", name="names")
    return Recording(**given, key=f"file {sha256(file).hexdigest()[:16]}", private_cache=PrivateCache())


def write_recording(recording: Recording) -> bytes:
    """Return the `.npz` file of a recording, which `read_recording` reads."""
    values: dict[str, Any] = {name: getattr(recording, name) for name in NAMES}
    stream = BytesIO()
    np.savez_compressed(stream, **{name: value for name, value in values.items() if value is not None and len(value)})
    return stream.getvalue()


def _fields(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Return the fields of a recording from the arrays of a file of this format."""
    for name in REQUIRED:
        if name not in arrays:
            raise ScenarioError("The file has no array “{name}”.", name=name)
    for name, array in arrays.items():
        if name not in NAMES:
            raise ScenarioError("The file has an array “{name}”, which is not a part of the format.", name=name)
        if name in TEXTS and array.dtype.kind != "U":
            raise ScenarioError("“{name}” must hold texts.", name=name)
        if name not in TEXTS and array.dtype.kind == "U":
            raise ScenarioError("“{name}” must hold numbers.", name=name)
        if name in (*TEXTS, "diverged") and array.size > MAX_ENTRIES:
            raise ScenarioError("“{name}” must have a value for each run.", name=name)
    read: dict[str, Any] = dict(arrays)
    for name in (*TEXTS, "diverged"):
        if name in read:
            read[name] = tuple((read[name] if name in TEXTS else read[name] != 0).reshape(-1).tolist())
    return read


def _with_runs(name: str, value: Any) -> Any:
    """Return the value of a field with the axis of the runs, which a file of one run may lack."""
    lacks = isinstance(value, np.ndarray) and name in BY_RUN and value.ndim == BY_RUN[name] - 1
    return value[..., None] if lacks else value
