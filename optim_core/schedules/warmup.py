from dataclasses import dataclass, field
from typing import ClassVar, final

import numpy as np

from optim_core.knob import knob
from optim_core.objective import Array
from optim_core.schedule import Schedule
from optim_core.schedules.constant import Constant


@final
@dataclass(frozen=True)
class Warmup(Schedule):
    """Rises along a straight line to the full value, then follows any other schedule for the rest of the run."""

    label: ClassVar[str] = "Warm-up"
    formula: ClassVar[str] = (
        r"\eta_t = \eta\, \tfrac{t + 1}{T_w} \text{ for } t < T_w, \text{ then the next schedule at } t - T_w"
    )
    source: ClassVar[str] = "Goyal et al. 2017, Accurate, large minibatch SGD, section 2.2"
    year: ClassVar[int] = 2017

    then: Schedule = field(default_factory=Constant)
    length: int = knob(50, 1, 5000, symbol="T_w", scale="log", help="How many steps the rise takes.")

    def factor(self, t: Array, steps: int) -> Array:
        after = self.then.factor(np.maximum(t - self.length, 0.0), np.maximum(steps - self.length, 1))
        return np.where(t < self.length, (t + 1) / self.length, after)
