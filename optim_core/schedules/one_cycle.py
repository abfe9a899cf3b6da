from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import TAIL
from optim_core.knob import knob
from optim_core.objective import Array
from optim_core.schedule import Schedule, last_step


@final
@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up to the full value, down again, then a fine tail: one cycle over the whole run.

    The three legs are straight, as in the paper: up from 1 / div for half of the run less its tail, down again for
    as long, and a tail from 1 / div to 1 / (div * tail_div), which the last step reaches. Without a tail the last
    step has 1 / div.
    """

    label: ClassVar[str] = "One cycle"
    formula: ClassVar[str] = (
        r"\eta_t = \eta \cdot "
        r"\left( \tfrac{1}{D_1} \nearrow 1 \searrow \tfrac{1}{D_1} \searrow \tfrac{1}{D_1 D_2} \right)"
    )
    source: ClassVar[str] = "Smith 2018, A disciplined approach to neural network hyper-parameters, section 4"
    year: ClassVar[int] = 2018

    div: float = knob(
        10.0, 1.0, 1000.0, symbol="D_1", scale="log", help="The run starts at this fraction of the full value."
    )
    tail: float = knob(like=TAIL)
    tail_div: float = knob(
        100.0, 1.0, 1e4, symbol="D_2", scale="log", help="How much smaller than its start the tail ends."
    )

    def factor(self, t: Array, steps: int) -> Array:
        last = last_step(steps)
        turn, down = last * (1 - self.tail) / 2, last * (1 - self.tail)
        # Two interpolations: in one of them, a tail of no length would be two equal knots, and its end the last rate.
        cycle = np.interp(t, [0, turn, down], [1 / self.div, 1, 1 / self.div])
        tail = np.interp(t, [down, last], [1 / self.div, 1 / (self.div * self.tail_div)])
        return np.where(t > down, tail, cycle)
