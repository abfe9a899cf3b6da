"""Recordings in the formats of other tools for loss landscapes."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.recordings.archive import MOST_BYTES, too_large
from landscape_lab.experiments.scenarios.sentence import ScenarioError
from optim_core.objective import Array

MOST_VALUES = 500_000
"""Values of a JSON file at most: with all of them, its tree takes 50 MB while it is read."""


def fields_of_json(file: bytes) -> dict[str, Any]:
    """Return the fields of a recording from the JSON that the tool LossLandscape exports. Raises ScenarioError.

    The format is documented in its README, section "Output Format" (https://github.com/PascalSun/LossLandscape, commit
    b7164ce). `X`, `Y` and `loss_grid_2d` are indexed [x][y]. The path (`traj_1`, `traj_2`) and its losses belong to
    `epochs`; `hessian` has the largest eigenvalue at some of these epochs. Numbers that are not finite are null. The
    file does not contain how far the path is from the plane.
    """
    tree = _tree(file)
    if "trajectory_data" not in tree or "loss_grid_2d" not in tree:
        raise ScenarioError("The JSON file has no landscape of two dimensions with a path (“trajectory_data”).")
    path = tree["trajectory_data"]
    if not isinstance(path, Mapping):
        raise ScenarioError("“{name}” is not as the format says.", name="trajectory_data")
    x, y, grid = (_numbers(tree, name, 2) for name in ("X", "Y", "loss_grid_2d"))
    if not x.shape == y.shape == grid.shape or (x != x[:, :1]).any() or (y != y[:1]).any():
        raise ScenarioError("“X” and “Y” must be the coordinates of “loss_grid_2d”, first x and then y.")
    epochs = _numbers(path, "epochs", 1)
    fields = {
        "x": x[:, 0], "y": y[0], "grid": grid.T,
        "steps": epochs,
        "path": np.stack([_numbers(path, name, 1, len(epochs)) for name in ("traj_1", "traj_2")], axis=1),
        "loss": _numbers(path, "losses", 1, len(epochs)),
        "axes": ("first direction", "second direction"),
    }  # fmt: skip
    if path.get("val_losses"):
        fields["validation_loss"] = _numbers(path, "val_losses", 1, len(epochs))
    hessian = tree.get("hessian")
    if isinstance(hessian, Mapping):
        at = _numbers(hessian, "epochs", 1)
        known = dict(zip(at.tolist(), _numbers(hessian, "max_eigenvalue", 1, len(at)).tolist(), strict=True))
        fields["sharpness"] = np.array([known.get(epoch, np.nan) for epoch in epochs.tolist()])
    return fields


def fields_of_landscaper(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Return the fields of a recording from the arrays that Landscaper's `LossLandscape.save` writes.

    `loss` (n, n, ...) is indexed by the steps along each direction, and `coordinates` (dimensions, n) are those of all
    directions. The model is at the index n // 2 of each (https://github.com/Vis4SciML/Landscaper, commit 7a93bf0,
    `landscaper/landscape.py` and `landscaper/compute.py`). Such a file has no path: the recording has one checkpoint,
    the model. Of a landscape of more dimensions it is the plane of the first two directions through the model.
    """
    for name, array in arrays.items():
        if array.dtype.kind == "U":
            raise ScenarioError("“{name}” must hold numbers.", name=name)
    grid, at = arrays["loss"], arrays["coordinates"]
    if grid.ndim < 2 or at.ndim != 2 or grid.shape != (at.shape[1],) * at.shape[0] or grid.size == 0:
        raise ScenarioError("“loss” must have as many dimensions as there are “coordinates”, two or more.")
    middle = at.shape[1] // 2
    while grid.ndim > 2:
        grid = grid[..., middle]
    return {
        "x": at[0], "y": at[1], "grid": grid.T,
        "steps": np.zeros(1),
        "path": at[None, :2, middle],
        "loss": grid[middle, middle].reshape(1),
        "axes": ("first direction", "second direction"),
    }  # fmt: skip


def _tree(file: bytes) -> dict[str, Any]:
    if len(file) > MOST_BYTES:
        raise too_large()
    if sum(map(file.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise ScenarioError("The JSON file has more than {most:,} values.", most=MOST_VALUES)
    try:
        tree = json.loads(file)
    except (ValueError, RecursionError):  # a UnicodeDecodeError is a ValueError
        raise ScenarioError("The file is no valid JSON.") from None
    if not isinstance(tree, dict):
        raise ScenarioError("The JSON file has no landscape of two dimensions with a path (“trajectory_data”).")
    return tree


def _numbers(tree: Mapping[str, Any], name: str, dimensions: int, length: int | None = None) -> Array:
    """Return a list of numbers, or a list of such lists, as an array; null is NaN."""
    values: Any = tree.get(name)
    rows: Any = values if dimensions == 2 and isinstance(values, list) else [values]
    try:
        if not all(each is None or type(each) in (int, float) for row in rows for each in row):
            raise TypeError(name)
        out = np.array([[np.nan if each is None else float(each) for each in row] for row in rows])
    except (TypeError, ValueError, OverflowError):
        raise ScenarioError("“{name}” is not as the format says.", name=name) from None
    if out.ndim != 2 or not out.size or length not in (None, out.shape[1]):
        raise ScenarioError("“{name}” is not as the format says.", name=name)
    return out if dimensions == 2 else out[0]
