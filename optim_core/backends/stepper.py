"""What every backend offers to `run`: a batch of runs that is advanced by chunks of steps."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from optim_core.objective import Array


class Chunk(NamedTuple):
    """Some steps that have been made.

    points   (2, steps, lanes): where each of them led
    spent    (steps, lanes), or (steps, 1) where all are alike: gradient evaluations since the start
    letters  by name, (steps, lanes, ...): the whiteboard after each of them, if it was asked for
    """

    points: Array
    spent: Array
    letters: Mapping[str, Array]

    def of(self, runs: NDArray[np.intp]) -> "Chunk":
        """What they brought to these runs."""
        spent = self.spent if self.spent.shape[1] == 1 else self.spent[:, runs]
        return Chunk(self.points[..., runs], spent, {name: each[:, runs] for name, each in self.letters.items()})


class Stepper(Protocol):
    """Lanes that are under way."""

    @property
    def stride(self) -> int:
        """How many steps are worth making at once."""
        ...

    def advance(self, t: int, steps: int) -> Chunk:
        """Make the steps from t on."""
        ...

    def take(self, lanes: NDArray[np.intp]) -> None:
        """Go on with these lanes only."""
        ...
