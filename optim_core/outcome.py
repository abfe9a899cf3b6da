"""How a run can end."""

from enum import IntEnum


class Outcome(IntEnum):
    """An outcome is data, never an exception. As text it reads as a word: "finished", "stopped early"."""

    FINISHED = 0
    """All steps were made."""
    STATIONARY = 1
    """The length of the gradient fell to the tolerance: the run is at a stationary point. See `Tolerance`."""
    STOPPED_EARLY = 2
    """A patience ran out."""
    DIVERGED = 3
    """A value stopped being finite, or the point left the map by a thousand times its size."""

    def __str__(self) -> str:
        return self.name.lower().replace("_", " ")

    def __format__(self, spec: str) -> str:
        return format(int(self) if spec.endswith("d") else str(self), spec)
