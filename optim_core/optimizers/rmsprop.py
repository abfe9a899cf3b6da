from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import BETA2, EPSILON, LEARNING_RATE
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import Optimizer, State


@final
@dataclass(frozen=True)
class RMSprop(Optimizer):
    """Adagrad with a running mean in place of the sum of squares, so that the rate can recover.

    Epsilon sits inside the root, as in optax's `eps_in_sqrt=True`; torch adds it outside.
    """

    label: ClassVar[str] = "RMSprop"
    formula: ClassVar[str] = (
        r"v \leftarrow \rho\, v + (1 - \rho)\, g^2 \qquad "
        r"\theta \leftarrow \theta - \frac{\eta}{\sqrt{v + \epsilon}}\, g"
    )
    source: ClassVar[str] = "Tieleman and Hinton 2012, Lecture 6.5, Neural Networks for Machine Learning"
    year: ClassVar[int] = 2012

    learning_rate: Real = knob(0.01, like=LEARNING_RATE)
    rho: Real = knob(0.9, like=BETA2, high=0.9999, symbol=r"\rho")
    epsilon: Real = knob(like=EPSILON)

    def init(self, theta: Array) -> State:
        return State(v=np.zeros_like(theta))

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        g = objective.gradient(theta)
        v = self.rho * state["v"] + (1 - self.rho) * g * g
        return theta - self.learning_rate * g / np.sqrt(v + self.epsilon), State(v=v).show(g=g)
