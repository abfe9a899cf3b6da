from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import BETA1, BETA2, EPSILON, LEARNING_RATE
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import Optimizer, State


@final
@dataclass(frozen=True)
class Adamax(Optimizer):
    """Adam with the largest recent gradient in place of the root mean square."""

    label: ClassVar[str] = "Adamax"
    formula: ClassVar[str] = (
        r"u \leftarrow \max(\beta_2 u, |g| + \epsilon) \qquad \theta \leftarrow \theta - \eta\, \frac{\hat m}{u}"
    )
    source: ClassVar[str] = "Kingma and Ba 2015, Adam, algorithm 2 (epsilon as in torch)"
    year: ClassVar[int] = 2015

    learning_rate: Real = knob(0.05, like=LEARNING_RATE)
    beta1: Real = knob(like=BETA1)
    beta2: Real = knob(like=BETA2)
    epsilon: Real = knob(like=EPSILON)

    def init(self, theta: Array) -> State:
        return State(beta1_t=1.0, m=np.zeros_like(theta), u=np.zeros_like(theta))

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        beta1_t = state["beta1_t"] * self.beta1
        g = objective.gradient(theta)
        m = self.beta1 * state["m"] + (1 - self.beta1) * g
        u = np.maximum(self.beta2 * state["u"], np.abs(g) + self.epsilon)
        m_hat = m / (1 - beta1_t)
        return theta - self.learning_rate * m_hat / u, State(beta1_t=beta1_t, m=m, u=u).show(g=g, m_hat=m_hat)
