"""The height scale of a figure: linear, or logarithmic if the losses span too many decades."""

from dataclasses import dataclass
from math import ceil, copysign, floor, log10

import numpy as np
from numpy.typing import ArrayLike

from optim_core.objective import Array
from optim_core.printed import NARROW, printed

DECADES = 2.2
"""The scale is logarithmic if the highest loss is this many decades above all but the lowest part."""
LOW_PART = 0.02
"""The lowest part, as a fraction of the area."""
FLAT = 1e-7
"""The relative variation below which a surface counts as flat, as single precision does not resolve it."""
BOTTOM = 20
"""The factor by which the losses at the bottom of the scale are smaller than those above the lowest part."""


LINES = 22
"""The maximal number of contour lines on a map."""
SURFACE_LINES = 14
"""The maximal number of contour lines on a 3-D surface."""


@dataclass(frozen=True)
class HeightScale:
    """The mapping of losses to heights: log10(loss - floor) if `log`, else the loss itself.

    `low` and `high` are the lowest and the highest height of the figure. The floor is so far below the lowest loss
    that the bottom of a valley does not dominate a logarithmic scale.
    """

    log: bool
    floor: float
    low: float
    high: float

    def shown(self, losses: ArrayLike) -> Array:
        """The heights of losses; the lowest height for losses below the floor, which occur only outside the figure."""
        losses = np.asarray(losses, dtype=float)
        if not self.log:
            return losses
        return np.log10(np.maximum(losses - self.floor, 10.0**self.low))

    def value(self, heights: ArrayLike) -> Array:
        """The losses at these heights."""
        heights = np.asarray(heights, dtype=float)
        return 10.0**heights + self.floor if self.log else heights

    def ticks(self, most: int = 7) -> tuple[list[float], list[str]]:
        """The heights of at most about `most` ticks of an axis, and their labels, which are losses."""
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
        """Contour levels at round heights: the first (at most `low`), the last (at least `high`), and the step."""
        step = round_step((self.high - self.low) / most)
        first, last = floor(self.low / step + 1e-9), ceil(self.high / step - 1e-9)
        return round(first * step, 12), round(last * step, 12), step

    def lines(self, most: int = LINES) -> Array:
        """The heights of the contour lines of `levels`."""
        first, last, step = self.levels(most)
        return np.array([first + i * step for i in range(round((last - first) / step) + 1)])

    def as_payload(self) -> dict[str, float | bool]:
        return {"log": self.log, "floor": self.floor, "low": self.low, "high": self.high}

    def _short_loss(self, height: float) -> float:
        """A loss with few digits whose height is within a fifth of a decade of `height`."""
        loss = float(self.value(height))
        power = copysign(10.0 ** round(log10(abs(loss) or 1.0)), loss)
        rounded = (float(f"{loss:.{digits}e}") for digits in range(12))
        return next((v for v in (0.0, power, *rounded) if v > self.floor and abs(self.shown(v) - height) < 0.2), loss)


def height_scale(losses: ArrayLike, minimum: float | None = None) -> HeightScale:
    """The scale for losses (any shape, NaN is ignored), given the minimum of the surface if known."""
    finite = np.asarray(losses, dtype=float)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return HeightScale(False, 0.0, 0.0, 1.0)
    lowest, highest = float(finite.min()), float(finite.max())
    if minimum is not None and minimum < lowest and lowest - minimum < highest - lowest:
        lowest = minimum
    # Rounded, so that the scale does not depend on the last bits of a quantile.
    gap = float(f"{np.quantile(finite, LOW_PART) - lowest:.3g}")
    base = lowest - gap / BOTTOM
    if base < lowest and highest - lowest > gap * 10**DECADES:
        return HeightScale(True, base, log10(lowest - base), log10(highest - base))
    if highest - lowest < FLAT * max(1.0, abs(lowest), abs(highest)):
        highest = lowest + max(1.0, abs(lowest))
    return HeightScale(False, lowest, lowest, highest)


def loss_text(loss: float, digits: int = 4) -> str:
    """A loss formatted for reading, with `digits` significant digits but never fewer than its integer part has."""
    if loss != 0 and not 1e-3 <= abs(loss) < 1e6:
        mantissa, exponent = f"{loss:.{digits - 1}e}".split("e")
        text = printed(f"{float(mantissa):.{digits}g}e{exponent}")
        return text.removeprefix(f"1{NARROW}×{NARROW}")  # 10⁶, not 1 × 10⁶
    return printed(f"{loss:.{max(digits, len(str(int(abs(loss)))))}g}")


def round_step(step: float) -> float:
    """The smallest number of the form 1, 2, 2.5 or 5 times a power of ten that is at least `step`."""
    power = 10.0 ** floor(log10(step))
    return next((nice * power for nice in (1, 2, 2.5, 5) if step <= nice * power * (1 + 1e-9)), 10 * power)
