"""Limits of the processor time of each visitor at a public route."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

MOST_VISITORS = 10_000
"""The maximal number of visitors to keep; a further one replaces the least recently seen."""


class Allowance:
    """A token bucket for each visitor, in seconds of processor time. Not thread-safe.

    Args:
        rate: Seconds that a visitor regains per second.
        most: Initial and maximal seconds of a visitor.
        clock: Returns the time in seconds.
    """

    def __init__(self, rate: float, most: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._most, self._clock = rate, most, clock
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()
        """The seconds that each visitor had left, and the time of that."""

    def wait(self, visitor: Hashable) -> float:
        """Return the seconds until the visitor has time left, or 0."""
        return max(0.0, -self._now(visitor) / self._rate)

    def charge(self, visitor: Hashable, seconds: float) -> None:
        """Subtract used seconds. They may exceed the seconds left; the visitor then waits longer."""
        self._left[visitor] = self._now(visitor) - seconds, self._clock()
        self._left.move_to_end(visitor)
        while len(self._left) > MOST_VISITORS:
            self._left.popitem(last=False)

    def _now(self, visitor: Hashable) -> float:
        left, since = self._left.get(visitor, (self._most, 0.0))
        return min(self._most, left + self._rate * (self._clock() - since))
