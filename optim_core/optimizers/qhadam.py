from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import BETA1, BETA2, BIAS_CORRECTION, EPSILON, LEARNING_RATE
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import Optimizer, State


@final
@dataclass(frozen=True)
class QHAdam(Optimizer):
    """Adam whose two averages are each mixed with the plain gradient."""

    label: ClassVar[str] = "QHAdam"
    formula: ClassVar[str] = (
        r"\theta \leftarrow \theta - \eta\, \frac{(1-\nu_1)\, g + \nu_1 \hat m}"
        r"{\sqrt{(1-\nu_2)\, g^2 + \nu_2 \hat v} + \epsilon}"
    )
    source: ClassVar[str] = "Ma and Yarats 2019, Quasi-hyperbolic momentum and Adam, section 4"
    year: ClassVar[int] = 2019

    learning_rate: Real = knob(0.05, like=LEARNING_RATE)
    beta1: Real = knob(like=BETA1)
    beta2: Real = knob(like=BETA2)
    epsilon: Real = knob(like=EPSILON)
    nu1: Real = knob(
        0.7,
        0.0,
        1.0,
        symbol=r"\nu_1",
        help="The share of the averaged gradient: 0 takes the plain gradient, 1 is Adam's.",
    )
    nu2: Real = knob(
        1.0, 0.0, 1.0, symbol=r"\nu_2", help="The share of the averaged square: 0 takes the plain square, 1 is Adam's."
    )
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
        numerator = (1 - self.nu1) * g + self.nu1 * m_hat
        denominator = np.sqrt((1 - self.nu2) * g * g + self.nu2 * v_hat) + self.epsilon
        step = self.learning_rate * numerator / denominator
        return theta - step, State(beta1_t=beta1_t, beta2_t=beta2_t, m=m, v=v).show(g=g, m_hat=m_hat, v_hat=v_hat)
