from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import LEARNING_RATE, MOMENTUM
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import Optimizer, State


@final
@dataclass(frozen=True)
class QHM(Optimizer):
    """A weighted mean of the plain step and the momentum step.

    The momentum is an average (it carries the factor 1 - beta), so nu = 1 is `momentum` at the rate (1 - beta) eta.
    """

    label: ClassVar[str] = "QHM"
    formula: ClassVar[str] = (
        r"m \leftarrow \beta_1 m + (1-\beta_1)\, g \qquad "
        r"\theta \leftarrow \theta - \eta \left[ (1-\nu)\, g + \nu\, m \right]"
    )
    source: ClassVar[str] = "Ma and Yarats 2019, Quasi-hyperbolic momentum and Adam, section 3"
    year: ClassVar[int] = 2019

    learning_rate: Real = knob(0.05, like=LEARNING_RATE)
    momentum: Real = knob(like=MOMENTUM, symbol=r"\beta_1", help="How much of the old average of the gradient to keep.")
    nu: Real = knob(
        0.7, 0.0, 1.0, symbol=r"\nu", help="The share of the momentum step: 0 is plain descent, 1 is momentum."
    )

    def init(self, theta: Array) -> State:
        return State(m=np.zeros_like(theta))

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        g = objective.gradient(theta)
        m = self.momentum * state["m"] + (1 - self.momentum) * g
        return theta - self.learning_rate * ((1 - self.nu) * g + self.nu * m), State(m=m).show(g=g)
