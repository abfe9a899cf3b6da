"""The shapes of a still picture, in pixels, with y downwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from optim_core.objective import Array

TEXT = 14
"""The usual size of a text."""


@dataclass(frozen=True)
class Line:
    """A line through points (k, 2), with round ends."""

    points: Array
    color: str
    width: float


@dataclass(frozen=True)
class Area:
    """A filled outline (k, 2)."""

    points: Array
    color: str


@dataclass(frozen=True)
class Text:
    """A text at a point. The anchor is l, m or r, followed by t, m or b. `up` rotates it by 90 degrees."""

    x: float
    y: float
    text: str
    color: str
    size: int = TEXT
    anchor: str = "lm"
    bold: bool = False
    up: bool = False


@dataclass(frozen=True)
class Raster:
    """An image (height, width, 3) stretched over the box left, top, right, bottom."""

    pixels: NDArray[np.uint8]
    box: tuple[float, float, float, float]


Shape: TypeAlias = Line | Area | Text | Raster


@dataclass(frozen=True)
class Still:
    """The shapes of a picture from back to front; those `inside` are clipped to the box."""

    size: tuple[int, int]
    paper: str
    box: tuple[float, float, float, float]
    inside: Sequence[Shape]
    around: Sequence[Shape]
    panel: tuple[float, float, float, float] | None = None
    """The box of the loss curves, if there are any."""
