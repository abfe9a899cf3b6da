from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import LEARNING_RATE, MOMENTUM
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import Optimizer, State


@final
@dataclass(frozen=True)
class Momentum(Optimizer):
    """A heavy ball: every step keeps a share of the last one.

    The rate multiplies the gradient before it enters m (Sutskever et al. 2013, eq. 1), as in optax's
    `chain(scale_by_learning_rate, trace)`. torch multiplies m instead: the same path at a constant rate, another
    one under a schedule.
    """

    label: ClassVar[str] = "Momentum"
    formula: ClassVar[str] = r"m \leftarrow \gamma\, m + \eta\, g \qquad \theta \leftarrow \theta - m"
    source: ClassVar[str] = "Polyak 1964, Some methods of speeding up the convergence of iteration methods"
    year: ClassVar[int] = 1964

    learning_rate: Real = knob(0.01, like=LEARNING_RATE)
    momentum: Real = knob(like=MOMENTUM)

    def init(self, theta: Array) -> State:
        return State(m=np.zeros_like(theta))

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        g = objective.gradient(theta)
        m = self.momentum * state["m"] + self.learning_rate * g
        return theta - m, State(m=m).show(g=g)
