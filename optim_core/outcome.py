"""How a run of one lane can end."""

from enum import IntEnum


class Outcome(IntEnum):
    """An outcome is data, never an exception."""

    FINISHED = 0
    """All steps were made."""
    CONVERGED = 1
    """The gradient fell below the tolerance."""
    STOPPED_EARLY = 2
    """A patience ran out."""
    DIVERGED = 3
    """A value stopped being finite, or the point left the map by a thousand times its size."""
