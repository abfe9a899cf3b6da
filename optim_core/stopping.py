"""Rules that end a run before its last step."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from optim_core.objective import Array, Objective, norm
from optim_core.outcome import Outcome


@dataclass(frozen=True, eq=False)
class StoppingRule(ABC):
    """Determines from its points where a run ends."""

    outcome: ClassVar[Outcome]

    @abstractmethod
    def judge(self, points: Array, values: Array, objective: Objective, memory: Any) -> tuple[NDArray[np.bool_], Any]:
        """Which of the new points end their run: (P, k, runs), (k, runs) -> (k, runs).

        `memory` is None at first, then what the last call returned: a dict of arrays that end in the run axis.
        """


@final
@dataclass(frozen=True)
class Tolerance(StoppingRule):
    """Ends a run as STATIONARY where the length of the gradient is at most `gradient_norm`.

    The checks are made on the exact objective and are not counted as evaluations.
    """

    outcome: ClassVar[Outcome] = Outcome.STATIONARY
    gradient_norm: float = 1e-6

    def judge(self, points: Array, values: Array, objective: Objective, memory: Any) -> tuple[NDArray[np.bool_], Any]:
        return norm(objective.gradient(points)) <= self.gradient_norm, memory


@final
@dataclass(frozen=True)
class Patience(StoppingRule):
    """Ends a run as STOPPED_EARLY when `monitor` has not improved for `patience` steps (Prechelt 1998).

    An improvement is a fall of more than `min_delta` below the best value so far. `monitor` is any objective over
    the same parameters, a validation loss for example; None watches the loss that is being minimised.
    """

    outcome: ClassVar[Outcome] = Outcome.STOPPED_EARLY
    patience: int = 20
    min_delta: float = 0.0
    monitor: Objective | None = None

    def judge(self, points: Array, values: Array, objective: Objective, memory: Any) -> tuple[NDArray[np.bool_], Any]:
        watched = values if self.monitor is None else self.monitor.value(points)
        runs = watched.shape[1]
        best, since = (memory["best"], memory["since"]) if memory else (np.full(runs, np.inf), np.full(runs, -1))
        ends = np.empty(watched.shape, dtype=bool)
        for i, value in enumerate(watched):
            better = value < best - self.min_delta
            best, since = np.where(better, value, best), np.where(better, 0, since + 1)
            ends[i] = since >= self.patience
        return ends, {"best": best, "since": since}
