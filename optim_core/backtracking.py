"""The backtracking line search that several optimizers share."""

from collections.abc import Callable
from typing import Any

import numpy as np

from optim_core.objective import Array, Objective, is_equal
from optim_core.tracing.tracer import traced_search

TRIES = 16
"""Lengths tried in one call of the objective: up to a thousand numbers, a call takes the same time. With more than two
parameters they are fewer, and one alone for 32 or more."""

ROUNDS = 256
"""Calls of so many lengths after which the search ends: with a shrink factor of 0.99, a step vanishes after 250."""


def backtrack(
    objective: Objective, theta: Array, direction: Array, slope: Array, first: Any, shrink: Any, armijo: Any
) -> tuple[Array, Array]:
    """Shorten a step until Armijo's rule holds: L(theta + alpha d) <= L(theta) + c alpha slope.

    `slope` is g . d, of shape (*batch). Near a minimum the fall of the loss drowns in its rounding and no length obeys
    the rule; the search then ends with the first step too short to change the point. A direction that does not lead
    down (a zero or undefined gradient) is not searched. Returns alpha (*batch) and `waited` (*batch): the evaluations
    a run would not have made alone, because it was done or because its lengths were tried all at once.
    """
    value = objective.value(theta)
    here, d = theta[:, None], direction[:, None]

    def good(lengths):
        trials = here + lengths * d
        return (objective.value(trials) <= value + armijo * lengths * slope) | is_equal(trials, here)

    return first_good(good, slope < 0, first, shrink, max(1, min(TRIES, 2 * TRIES // len(theta))))


@traced_search
def first_good(
    good: Callable[[Any], Any], searching: Any, first: Any, shrink: Any, tries: int = TRIES
) -> tuple[Any, Any]:
    """The first good length of first, first shrink, first shrink^2, ... for each run, and `waited` of `backtrack`.

    `tries` lengths are tried at once.
    """
    alpha, waited = np.zeros(searching.shape) + first, np.zeros(searching.shape)
    for _ in range(ROUNDS * TRIES // tries):
        # Multiplied one by one, not by powers: a run's lengths are then the same bits as in its single run.
        lengths = np.empty((tries, *searching.shape))
        lengths[0], lengths[1:] = alpha, shrink
        lengths = np.multiply.accumulate(lengths)
        fits = good(lengths)
        found, first_fit = fits.any(axis=0), fits.argmax(axis=0)
        waited += np.where(searching, np.where(found, tries - 1 - first_fit, 0), tries)
        longest = np.take_along_axis(lengths, first_fit[None], axis=0)[0]
        alpha = np.where(searching, np.where(found, longest, shrink * lengths[-1]), alpha)
        searching = searching & ~found
        if not searching.any():
            break
    return alpha, waited
