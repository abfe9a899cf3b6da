"""How much of the processor one visitor may use through an address that anybody can ask."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

MOST_VISITORS = 10_000
"""Visitors that are remembered; a further one replaces the one that was last here longest ago."""


class Allowance:
    """A token bucket for each visitor, in seconds of processor time. For one thread.

    Args:
        rate: Seconds that a visitor gets back every second.
        most: Seconds that a visitor has at first, and at most.
        clock: Tells the time in seconds.
    """

    def __init__(self, rate: float, most: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._most, self._clock = rate, most, clock
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()
        """What a visitor had left, and when."""

    def wait(self, visitor: Hashable) -> float:
        """Seconds until the visitor has something left; 0 if so now."""
        return max(0.0, -self._now(visitor) / self._rate)

    def charge(self, visitor: Hashable, seconds: float) -> None:
        """Take what was used, which may be more than is left: the visitor then waits longer."""
        self._left[visitor] = self._now(visitor) - seconds, self._clock()
        self._left.move_to_end(visitor)
        while len(self._left) > MOST_VISITORS:
            self._left.popitem(last=False)

    def _now(self, visitor: Hashable) -> float:
        left, since = self._left.get(visitor, (self._most, 0.0))
        return min(self._most, left + self._rate * (self._clock() - since))
