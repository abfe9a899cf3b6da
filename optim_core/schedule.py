"""The interface of every schedule: a pure function of the step."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from optim_core.knob import HasKnobs
from optim_core.objective import Array


@dataclass(frozen=True, eq=False)
class Schedule(HasKnobs, ABC):
    """Multiplies one field of an optimizer by a factor that depends on the step alone.

    The field's own value is the base, so a schedule can drive any real field. Steps count from 0; `steps` is the length
    of the whole run. Raises ValueError for a knob value that the formula has no meaning for.
    """

    label: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[str]
    year: ClassVar[int]

    @abstractmethod
    def factor(self, t: Array, steps: int) -> Array:
        """The factor at each step in `t`, of any shape, for a run of `steps` steps."""

    def values(self, base: Any, steps: int) -> list[Any]:
        """The field's value at every step of a run: the values that the run uses, for a plot of them."""
        return [base * factor for factor in self.factor(np.arange(steps, dtype=float), steps).tolist()]


def last_step(steps: int) -> Any:
    """The number of the last step, at least 1: `t / last_step(steps)` is 0 at the first step and 1 at the last."""
    return np.maximum(steps - 1, 1)
