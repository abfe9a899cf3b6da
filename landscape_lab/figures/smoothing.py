"""Smoothing of the loss curves of runs with random gradients.

A curve is smoothed if its run draws gradients at random, with minibatches or gradient noise. The oscillation of a run
without randomness is never smoothed. The smoothed curve is the centred running median: it does not lag behind a loss
that falls, a single outlier does not move it, and it is the same curve on a linear and on a logarithmic axis. At the
start the window is narrower, so that the curve begins with the first loss; at the end it has no later steps.

`ui/stage/script/smoothing.js` computes the same.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from optim_core.objective import Array

PARTS = 25
"""A window is two of so many parts of the longest run: long enough for the noise, too short to hide a trend."""
FAINT, THIN = 0.4, 1.0
"""Opacity and width in pixels of the losses themselves, behind a smoothed curve."""


def window_of(last_step: int) -> int:
    """The number of steps in the window of a race whose longest run has `last_step` steps; 1 for no smoothing."""
    return 2 * (last_step // PARTS) + 1


def running_median(values: ArrayLike, window: int) -> Array:
    """The centred running median of values (k,). NaN is not measured: it stays, and does not count."""
    result = np.array(values, dtype=float)
    measured = np.flatnonzero(~np.isnan(result))
    known = result[measured]
    half, count = window // 2, len(known)
    smooth = known.copy()
    whole = range(half, max(half, count - half))
    if whole:
        smooth[whole] = np.median(sliding_window_view(known, window), axis=1)
    for i in set(range(count)).difference(whole):
        smooth[i] = np.median(known[i - min(i, half) : i + min(i, half) + 1])
    result[measured] = smooth
    return result
