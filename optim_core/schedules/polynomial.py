from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import FINAL
from optim_core.knob import knob
from optim_core.objective import Array
from optim_core.schedule import Schedule, last_step


@final
@dataclass(frozen=True)
class Polynomial(Schedule):
    """Falls to its final share along a power of the time that is left."""

    label: ClassVar[str] = "Polynomial"
    formula: ClassVar[str] = r"\eta_t = \eta \left( f + (1 - f) \left(1 - \tfrac{t}{T}\right)^a \right)"
    source: ClassVar[str] = "Chen et al. 2018, DeepLab, section 4.1"
    year: ClassVar[int] = 2018

    power: float = knob(
        1.0, 0.1, 10.0, symbol="a", scale="log", help="1 falls along a straight line; more falls early."
    )
    final: float = knob(like=FINAL)

    def factor(self, t: Array, steps: int) -> Array:
        left = 1 - t / last_step(steps)
        return self.final + (1 - self.final) * np.maximum(left, 0.0) ** self.power
