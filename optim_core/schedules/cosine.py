from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import FINAL
from optim_core.knob import knob
from optim_core.objective import Array
from optim_core.schedule import Schedule, last_step


@final
@dataclass(frozen=True)
class Cosine(Schedule):
    """Falls to its final share along half a cosine: slow, fast, slow."""

    label: ClassVar[str] = "Cosine"
    formula: ClassVar[str] = (
        r"\eta_t = \eta \left( f + (1 - f)\, \tfrac12 \left(1 + \cos \tfrac{\pi t}{T}\right) \right)"
    )
    source: ClassVar[str] = "Loshchilov and Hutter 2017, SGDR: stochastic gradient descent with warm restarts, eq. 5"
    year: ClassVar[int] = 2017

    final: float = knob(like=FINAL)

    def factor(self, t: Array, steps: int) -> Array:
        progress = np.minimum(t / last_step(steps), 1.0)
        return self.final + (1 - self.final) * 0.5 * (1 + np.cos(np.pi * progress))
