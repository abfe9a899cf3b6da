"""What every backend offers to `run`: a batch of runs that is advanced by chunks of steps."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from optim_core.objective import Array


class Chunk(NamedTuple):
    """The results of some steps.

    points  (P, steps, runs): the point after each step
    spent   (steps, runs), or (steps, 1) where it is the same for all runs: gradient evaluations since the start
    state   by name, (steps, runs, ...): the variables of the state after each step, if they are recorded
    """

    points: Array
    spent: Array
    state: Mapping[str, Array]

    def of(self, runs: NDArray[np.intp]) -> "Chunk":
        """The results for these runs."""
        spent = self.spent if self.spent.shape[1] == 1 else self.spent[:, runs]
        return Chunk(self.points[..., runs], spent, {name: each[:, runs] for name, each in self.state.items()})


class Stepper(Protocol):
    """Executes the steps of a batch of runs."""

    @property
    def stride(self) -> int:
        """How many steps to execute at once."""
        ...

    def advance(self, t: int, steps: int) -> Chunk:
        """Execute the steps from t on."""
        ...

    def take(self, runs: NDArray[np.intp]) -> None:
        """Keep these runs only."""
        ...
