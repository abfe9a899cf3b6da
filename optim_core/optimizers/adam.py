from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import BETA1, BETA2, BIAS_CORRECTION, EPSILON, LEARNING_RATE
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import Optimizer, State


@final
@dataclass(frozen=True)
class Adam(Optimizer):
    """Momentum for the direction, RMSprop for the size, both corrected for having started at zero.

    beta^t is a running product. So the correction is right for a scheduled beta as well, and a single run rounds like
    one in a batch, which is not true of a power.
    """

    label: ClassVar[str] = "Adam"
    formula: ClassVar[str] = (
        r"m \leftarrow \beta_1 m + (1-\beta_1)\, g \qquad "
        r"v \leftarrow \beta_2 v + (1-\beta_2)\, g^2 \qquad "
        r"\theta \leftarrow \theta - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}, \quad "
        r"\hat m = \frac{m}{1-\beta_1^t},\ \hat v = \frac{v}{1-\beta_2^t}"
    )
    source: ClassVar[str] = "Kingma and Ba 2015, Adam: a method for stochastic optimization, algorithm 1"
    year: ClassVar[int] = 2015

    learning_rate: Real = knob(0.05, like=LEARNING_RATE)
    beta1: Real = knob(like=BETA1)
    beta2: Real = knob(like=BETA2)
    epsilon: Real = knob(like=EPSILON)
    bias_correction: bool = knob(like=BIAS_CORRECTION)

    def init(self, theta: Array) -> State:
        zero = np.zeros_like(theta)
        return State(beta1_t=1.0, beta2_t=1.0, m=zero, v=zero)

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        beta1_t, beta2_t = state["beta1_t"] * self.beta1, state["beta2_t"] * self.beta2
        g = objective.gradient(theta)
        m = self.beta1 * state["m"] + (1 - self.beta1) * g
        v = self.beta2 * state["v"] + (1 - self.beta2) * g * g
        m_hat = m / (1 - beta1_t) if self.bias_correction else m
        v_hat = v / (1 - beta2_t) if self.bias_correction else v
        step = self.learning_rate * m_hat / (np.sqrt(v_hat) + self.epsilon)
        return theta - step, State(beta1_t=beta1_t, beta2_t=beta2_t, m=m, v=v).show(g=g, m_hat=m_hat, v_hat=v_hat)
