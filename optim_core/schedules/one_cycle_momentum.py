from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import TAIL
from optim_core.knob import knob
from optim_core.objective import Array
from optim_core.schedule import Schedule, last_step


@final
@dataclass(frozen=True)
class OneCycleMomentum(Schedule):
    """The mirror image of one cycle, for the momentum: down while the rate goes up, then up again and level."""

    label: ClassVar[str] = "One cycle (momentum)"
    formula: ClassVar[str] = r"\gamma_t = \gamma \cdot \left( 1 \searrow f \nearrow 1 \to 1 \right)"
    source: ClassVar[str] = "Smith 2018, A disciplined approach to neural network hyper-parameters, section 4"
    year: ClassVar[int] = 2018

    low: float = knob(
        0.9, 0.0, 1.0, symbol="f", help="The share of the momentum that is left where the rate is highest."
    )
    tail: float = knob(like=TAIL)

    def factor(self, t: Array, steps: int) -> Array:
        last = last_step(steps)
        turn, down = last * (1 - self.tail) / 2, last * (1 - self.tail)
        return np.interp(t, [0, turn, down, last], [1, self.low, 1, 1])
