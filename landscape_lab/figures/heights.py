"""How high a loss is drawn: as it is, or as its logarithm where the surface spans too many decades to see."""

from dataclasses import dataclass
from math import ceil, copysign, floor, log10

import numpy as np
from numpy.typing import ArrayLike

from optim_core.objective import Array
from optim_core.printed import NARROW, printed

DECADES = 2.2
"""The logarithm is drawn when the highest loss on the view lies this many decades above all but its lowest part."""
LOW_PART = 0.02
"""That lowest part: a fraction of the view's area."""
FLAT = 1e-7
"""A surface whose losses differ by no more than this part of themselves is flat: single precision shows no more."""
BOTTOM = 20
"""How many times smaller than what lies above the lowest part the losses are that share the bottom of the scale."""


LINES = 22
"""Contour lines on a map, at most."""
RELIEF_LINES = 14
"""Contour lines on a relief, at most."""


@dataclass(frozen=True)
class HeightScale:
    """The shown height of a loss: log10(loss - floor) if `log`, else the loss itself.

    `low` and `high` are the lowest and the highest shown height on the view. The floor lies so far below the lowest
    loss that the very bottom of a valley takes up no more than its share of the scale.
    """

    log: bool
    floor: float
    low: float
    high: float

    def shown(self, losses: ArrayLike) -> Array:
        """Heights of losses; a loss below the floor, which only a point off the view can have, gets the lowest one."""
        losses = np.asarray(losses, dtype=float)
        if not self.log:
            return losses
        return np.log10(np.maximum(losses - self.floor, 10.0**self.low))

    def value(self, heights: ArrayLike) -> Array:
        """The losses that are drawn at these heights."""
        heights = np.asarray(heights, dtype=float)
        return 10.0**heights + self.floor if self.log else heights

    def ticks(self, most: int = 7) -> tuple[list[float], list[str]]:
        """Heights of the ticks of an axis, and the true losses to write beside them."""
        if self.log:
            stride = max(1, ceil((self.high - self.low) / most))
            decades = range(ceil(self.low + 0.5 * stride), floor(self.high + 0.01) + 1, stride)
            values = [self._short_loss(height) for height in (self.low, *decades)]
        else:
            step = round_step((self.high - self.low) / most)
            first, last = ceil(self.low / step - 0.01), floor(self.high / step + 0.01)
            values = [i * step for i in range(first, last + 1)]
        gaps = np.diff(values)
        digits = 1 + ceil(log10(np.abs(values).max() / gaps.min())) if gaps.size else 1
        heights = np.clip(self.shown(values), self.low, self.high)
        return heights.tolist(), [loss_text(v, max(4, digits)) for v in values]

    def levels(self, most: int = LINES) -> tuple[float, float, float]:
        """Contour lines at round heights: one at or below `low`, one at or above `high`, and the step between two."""
        step = round_step((self.high - self.low) / most)
        first, last = floor(self.low / step + 1e-9), ceil(self.high / step - 1e-9)
        return round(first * step, 12), round(last * step, 12), step

    def lines(self, most: int = LINES) -> Array:
        """The heights of the contour lines that `levels` describes."""
        first, last, step = self.levels(most)
        return np.array([first + i * step for i in range(round((last - first) / step) + 1)])

    def as_payload(self) -> dict[str, float | bool]:
        return {"log": self.log, "floor": self.floor, "low": self.low, "high": self.high}

    def _short_loss(self, height: float) -> float:
        """A loss that is short to write and drawn within a fifth of a decade of `height`."""
        loss = float(self.value(height))
        power = copysign(10.0 ** round(log10(abs(loss) or 1.0)), loss)
        rounded = (float(f"{loss:.{digits}e}") for digits in range(12))
        return next((v for v in (0.0, power, *rounded) if v > self.floor and abs(self.shown(v) - height) < 0.2), loss)


def height_scale(losses: ArrayLike, minimum: float | None = None) -> HeightScale:
    """The scale for the losses on a view (any shape; NaN is a hole) and the known minimum of their surface, if any."""
    finite = np.asarray(losses, dtype=float)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return HeightScale(False, 0.0, 0.0, 1.0)
    lowest, highest = float(finite.min()), float(finite.max())
    if minimum is not None and minimum < lowest and lowest - minimum < highest - lowest:
        lowest = minimum
    # Rounded, so that the scale does not tremble with the last bit of a percentile.
    gap = float(f"{np.quantile(finite, LOW_PART) - lowest:.3g}")
    base = lowest - gap / BOTTOM
    if base < lowest and highest - lowest > gap * 10**DECADES:
        return HeightScale(True, base, log10(lowest - base), log10(highest - base))
    if highest - lowest < FLAT * max(1.0, abs(lowest), abs(highest)):
        highest = lowest + max(1.0, abs(lowest))
    return HeightScale(False, lowest, lowest, highest)


def loss_text(loss: float, digits: int = 4) -> str:
    """A loss as a person would write it, rounded to some digits but never to fewer than its whole part has."""
    if loss != 0 and not 1e-3 <= abs(loss) < 1e6:
        mantissa, exponent = f"{loss:.{digits - 1}e}".split("e")
        text = printed(f"{float(mantissa):.{digits}g}e{exponent}")
        return text.removeprefix(f"1{NARROW}×{NARROW}")  # 10⁶, not 1 × 10⁶
    return printed(f"{loss:.{max(digits, len(str(int(abs(loss)))))}g}")


def round_step(step: float) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is not below `step`."""
    power = 10.0 ** floor(log10(step))
    return next((nice * power for nice in (1, 2, 2.5, 5) if step <= nice * power * (1 + 1e-9)), 10 * power)
