"""The part of the stage's message about the examples of a loss over data."""

import re
from typing import Any

import numpy as np

from landscape_lab.ui.i18n.translation import _
from landscapes import DataLoss, Landscape
from landscapes.models import HiddenUnit, LeastSquares, Logistic, Model, SlopeAndIntercept

MODELS: dict[type[Model], str] = {
    SlopeAndIntercept: "line",
    LeastSquares: "plane",
    Logistic: "logistic",
    HiddenUnit: "tanh",
}
"""The stage's name of each model; its `MODELS` compute the same as `DataLoss.predict`."""
ROOM = 0.06
"""Part of an axis left free on either side of the examples."""


def column_name(name: str) -> str:
    """The name of a column; of one without a name in its file, its number in the user's language."""
    unnamed = re.fullmatch(r"column (\d{1,3})", name)
    return _("column {number}").format(number=unnamed[1]) if unnamed else _(name)


def rows_told(landscape: Landscape) -> str:
    """Which rows of a user's own file are trained on; empty for built-in data."""
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


def _roomy(low: float, high: float) -> list[float]:
    room = ROOM * (high - low) or 0.5
    return [low - room, high + room]
