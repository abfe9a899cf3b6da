"""The examples behind a loss, as the stage is told of them."""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments import Scenario
from landscape_lab.ui.i18n.translation import _
from landscapes import DataLoss, Landscape
from landscapes.models import HiddenUnit, LeastSquares, Logistic, Model, SlopeAndIntercept
from optim_core.caching import bounded_cache
from optim_core.example_sampler import ExampleSampler
from optim_core.sampler import Sampler

MODELS: dict[type[Model], str] = {
    SlopeAndIntercept: "line",
    LeastSquares: "plane",
    Logistic: "logistic",
    HiddenUnit: "tanh",
}
"""What the stage calls each model; its `MODELS` say the same as `DataLoss.predict`."""
MOST_ROWS = 100_000
"""Rows of a whole race that are still told: four bytes each."""
ROOM = 0.06
"""Part of an axis left free on either side of the examples."""


def column_name(name: str) -> str:
    """What a column is called. One without a name in its file is called by its number, in the reader's language."""
    unnamed = re.fullmatch(r"column (\d{1,3})", name)
    return _("column {number}").format(number=unnamed[1]) if unnamed else _(name)


def rows_told(landscape: Landscape) -> str:
    """Which rows of a person's own file are trained on; nothing of data made here."""
    if not isinstance(landscape, DataLoss) or landscape.own is None:
        return ""
    held_out = landscape.held_out.n
    if not held_out:
        return _("Trained on all {count} rows; none are held out.").format(count=landscape.n)
    return _("Trained on {count} of {all} rows; {held_out} are held out.").format(
        count=landscape.n, all=landscape.own.n, held_out=held_out
    )


def data_tree(landscape: Landscape) -> dict[str, Any] | None:
    """The examples of a loss over data, those held out, and what turns raw features into the model's; else None."""
    if not isinstance(landscape, DataLoss):
        return None
    data, held_out, moments = landscape.data, landscape.held_out, landscape.moments
    columns = np.concatenate([np.column_stack([part.features, part.targets]) for part in (data, held_out)]).T
    return {
        "model": MODELS[type(landscape.model)],
        "names": [column_name(name) for name in data.names],
        "rows": rows_told(landscape),
        "features": data.features,
        "targets": data.targets,
        "held_out": {"features": held_out.features, "targets": held_out.targets},
        # As plain numbers they keep their double precision.
        "moments": None if moments is None else moments.tolist(),
        "ranges": [_roomy(float(column.min()), float(column.max())) for column in columns],
    }


def rows_of(scenario: Scenario) -> NDArray[np.int32] | None:
    """The examples that each step looks at, (steps, k), with -1 behind those of a smaller batch.

    None where every step looks at all of them, and where there are too many to tell.
    """
    landscape, sampler = scenario.landscape, scenario.sampler
    if not isinstance(landscape, DataLoss) or not isinstance(sampler, ExampleSampler):
        return None
    return _rows(landscape, sampler, scenario.steps, scenario.seed)


@bounded_cache(maxsize=64)
def _rows(landscape: DataLoss, sampler: Sampler, steps: int, seed: int) -> NDArray[np.int32] | None:
    assert isinstance(sampler, ExampleSampler)
    width = len(sampler.rows_at(landscape, 0, seed))
    if width == landscape.n or steps * width > MOST_ROWS:
        return None
    looked_at = [sampler.rows_at(landscape, t, seed) for t in range(steps)]
    rows = np.full((steps, max(map(len, looked_at))), -1, np.int32)
    for row, some in zip(rows, looked_at, strict=True):
        row[: len(some)] = some
    return rows


def _roomy(low: float, high: float) -> list[float]:
    room = ROOM * (high - low) or 0.5
    return [low - room, high + room]
