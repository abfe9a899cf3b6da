"""The one interface of every schedule: a pure function of the step."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from optim_core.knob import HasKnobs
from optim_core.objective import Array


@dataclass(frozen=True, eq=False)
class Schedule(HasKnobs, ABC):
    """Multiplies one field of an optimizer by a factor that depends on the step alone.

    The field's own value is the base, so a schedule can drive any field. `factor` is 1 where the field has
    its own value. Steps count from 0; `steps` is the length of the whole run. Raises ValueError for an impossible knob.
    """

    label: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[str]
    year: ClassVar[int]

    @abstractmethod
    def factor(self, t: Array, steps: int) -> Array:
        """The factor at each step in `t`, of any shape, for a run of `steps` steps."""

    def values(self, base: Any, steps: int) -> list[Any]:
        """The field's value at every step of a run: what is drawn is what is used."""
        return [base * factor for factor in self.factor(np.arange(steps, dtype=float), steps).tolist()]


def last_step(steps: int) -> Any:
    """The number of the last step, at least 1, so that a run's first step is progress 0 and its last is progress 1."""
    return np.maximum(steps - 1, 1)
