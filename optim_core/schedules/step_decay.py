from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.knob import knob
from optim_core.objective import Array
from optim_core.schedule import Schedule


@final
@dataclass(frozen=True)
class StepDecay(Schedule):
    """Constant for a while, then drops, again and again."""

    label: ClassVar[str] = "Step"
    formula: ClassVar[str] = r"\eta_t = \eta\, q^{\lfloor t / k \rfloor}"
    source: ClassVar[str] = "He et al. 2016, Deep residual learning for image recognition, section 3.4"
    year: ClassVar[int] = 2016

    every: int = knob(100, 1, 5000, symbol="k", scale="log", help="How many steps between two drops.")
    drop: float = knob(0.5, 0.01, 1.0, symbol="q", help="The share that is left after each drop.")

    def factor(self, t: Array, steps: int) -> Array:
        return self.drop ** np.floor(t / self.every)
